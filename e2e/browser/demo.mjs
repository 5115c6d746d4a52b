/** The demo that `run` has started: where its page is, and what one does to it in a terminal. */

import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './wait.mjs'

const told = readFileSync(process.env.SCAP_DEMO, 'utf8')
const first = (pattern) => pattern.exec(told)?.[1] ?? ''

export const address = first(/(http:\/\/localhost:\d+)\/deploy/)
export const phones = first(/^ {2}(http:\/\/localhost:\d+)$/m)
export const folder = first(/^What the runner and the page have to say is in (.*)\.$/m)
export const artefacts = process.env.SCAP_ARTEFACTS

const place = ['--config', join(folder, 'scap.yaml'), '--state-dir', join(folder, 'state')]

export function scap(...words) {
  return execFileSync(process.env.SCAP, [...place, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** `v2` is good, `v3` is bad. */
export function checkOut(version) {
  execFileSync('git', ['-C', join(folder, 'shop'), 'checkout', '--quiet', version])
}

export function commit(version) {
  return execFileSync('git', ['-C', join(folder, 'shop'), 'rev-parse', version], { encoding: 'utf8' }).trim()
}

/** Whatever was rolled back may be deployed again. */
export function unbarAll() {
  const bad = runs().filter(({ outcome }) => outcome === 'rolled_back')
  for (const { run } of bad) {
    try {
      scap('unbar', String(run), 'the tests want it once more')
    } catch (error) {
      if (!/bars nothing/.test(String(error.stderr))) throw error
    }
  }
}

/** Begins a run of what is checked out, as somebody at the deploy host does; answers its number once it goes on. */
export async function deployInTerminal(reason = 'from a terminal') {
  const before = new Set(runs().map(({ run }) => run))
  spawn(process.env.SCAP, [...place, 'deploy-service', 'shop', '--yes', `--reason=${reason}`], { stdio: 'ignore', detached: true }).unref()
  const isNew = ({ run, phase }) => !before.has(run) && phase !== 'planned'
  return (await until('the run of the terminal', () => runs().find(isNew))).run
}

export function runs() {
  return JSON.parse(scap('--format', 'json', 'runs'))
}

/** No run goes on or waits. */
export async function quiet() {
  await until('every run to end', () => runs().every(({ phase }) => phase === 'finished'), 240_000)
}

/** The process that serves the page; another one once it was started again. */
export function pageServer() {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  const line = lines.find((one) => one.includes(join(folder, 'scap.yaml')) && one.trim().endsWith('spiderpig web'))
  return line ? Number.parseInt(line, 10) : null
}

/** Not one of the demo's own, so `run` ends it by the number that is written down. */
export function startPageServer() {
  const server = spawn(process.env.SCAP, [...place, 'spiderpig', 'web'], { stdio: 'ignore', detached: true })
  writeFileSync(join(artefacts, 'page-server.pid'), String(server.pid))
  server.unref()
}
