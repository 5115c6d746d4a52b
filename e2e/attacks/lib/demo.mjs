// The demo with its page: begun, made to print secrets, and ended. Beside it runners of our own with other settings.

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { sleep, until } from './time.mjs'

/** Values that no byte to the web process may have; each in a form that scap knows as a secret. */
export const SECRETS = ['planted-password-7f3a91', 'planted-bearer-c0ffee2b41d9', 'planted-basic-5e11a0c3']
/** Stands beside them and is no secret: proves that the lines with the secrets were shown. */
export const PLAIN = 'planted-plain-line'

const FOLDER = /What the runner and the page have to say is in (\S+)\.$/
const URL_LINE = /^\s+(http:\/\/localhost:\d+)/

export async function start(binary, page) {
  const child = spawn(binary, ['demo', '--page', page], { stdio: ['ignore', 'pipe', 'inherit'] })
  const urls = []
  const folder = await new Promise((done, fail) => {
    child.once('exit', (code) => fail(new Error(`the demo ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = URL_LINE.exec(line)
      if (url) urls.push(url[1])
      const found = FOLDER.exec(line)
      if (found) done(found[1])
    })
  })
  const demo = { binary, child, folder, url: urls.at(-2), phones: urls.at(-1), socket: `${folder}/state/web.sock` }
  demo.runner = await servant(demo)
  return demo
}

export async function stop(demo) {
  const ended = new Promise((done) => demo.child.once('exit', done))
  demo.child.kill('SIGTERM')
  await Promise.race([ended, sleep(20_000)])
}

/** The runner's process, which is a child of the demo's. */
async function servant(demo) {
  const is = (pid) => {
    const line = text(`/proc/${pid}/cmdline`)
    return line.includes(`${demo.folder}/state`) && line.split('\0').includes('runner')
  }
  return until(() => readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && is(pid)), 10_000, 'there is no runner')
}

/** Makes another version of the shop, as bad as v3, whose restart prints secrets; it is what is checked out. */
export function plantSecrets(demo) {
  const script = `${demo.folder}/restart`
  const said = [
    `cloning from https://deployer:${SECRETS[0]}@git.example/shop`,
    `curl -H 'Authorization: Bearer ${SECRETS[1]}' https://api.example`,
    `{"authorization": "Basic ${SECRETS[2]}"}`,
    PLAIN,
  ]
  const lines = said.map((line) => `echo '${line.replaceAll("'", `'"'"'`)}'`)
  writeFileSync(script, `#!/bin/sh\n${lines.join('\n')}\nexec ${demo.binary} demo-restart\n`)
  chmodSync(script, 0o755)
  const file = `${demo.folder}/shop/scap/scap.cfg`
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, before.replace(/^restart_command: .*$/m, `restart_command: ${script}`))
  const who = ['-c', 'user.name=demo', '-c', 'user.email=demo@example.org']
  execFileSync('git', ['-C', `${demo.folder}/shop`, ...who, 'commit', '--quiet', '--all', '--message', 'Print what is secret'])
}

/** Ends the demo's runner, and begins one with other settings, for `work`. */
export async function withRunner(demo, change, work) {
  if (demo.runner) process.kill(Number(demo.runner), 'SIGTERM')
  await until(() => !text(`/proc/${demo.runner}/stat`) || / Z /.test(text(`/proc/${demo.runner}/stat`)), 20_000, 'the runner stays')
  demo.runner = null
  const file = `${demo.folder}/scap.yaml`
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, change(before))
  mkdirSync(`${demo.folder}/web`, { recursive: true })
  chmodSync(`${demo.folder}/web`, 0o755)
  chmodSync(demo.folder, 0o755)
  const child = spawn(demo.binary, [...arguments_of(demo), 'runner'], { stdio: 'ignore' })
  try {
    await sleep(3_000)
    return await work(child)
  } finally {
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGTERM')
    await Promise.race([ended, sleep(10_000)])
    writeFileSync(file, before)
  }
}

export function arguments_of(demo) {
  return ['--config', `${demo.folder}/scap.yaml`, '--state-dir', `${demo.folder}/state`]
}

/** Of the runner, in KiB. */
export function memory(demo) {
  return Number(/VmRSS:\s+(\d+)/.exec(text(`/proc/${demo.runner}/status`))?.[1] ?? 0)
}

export function descriptors(demo) {
  return readdirSync(`/proc/${demo.runner}/fd`).length
}

function text(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
