// One load on one server: so many viewers of so many lines a second; how late the lines are, and what the server's processes cost.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort, here } from './site.mjs'
import { sleep, until } from './time.mjs'

const TICKS_A_SECOND = 100

/** Seconds of processor time that a process has used, its own only. */
function used(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

/** MiB. */
function memory(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
}

/** SpiderPig's page: the runner and the web process. */
export async function page(site, cookies, load) {
  const run = await site.deploy()
  const server = { words: ['socket', new URL(site.url).host, run], pids: [site.runner.pid, site.web.pid], cookies, ended: site.deployed }
  return measured(server, load, (order) => site.say(order))
}

/** The server that polls and re-reads. */
export async function reread(python, load) {
  return withReread(python, ({ url, pid, say, written }) => {
    const server = { words: ['http', new URL(url).host, '/log'], pids: [pid], cookies: [], ended: written }
    return measured(server, load, say)
  })
}

/** What `work` makes of that server: `say` has its log written, and `written` is when it is. */
export async function withReread(python, work) {
  const folder = mkdtempSync(join(tmpdir(), 'scap-reread-'))
  const [log, order, port] = [join(folder, 'log.jsonl'), join(folder, 'order.json'), await freePort()]
  writeFileSync(log, '')
  const environment = { ...process.env, LOG: log, DATABASE: join(folder, 'jobs.db') }
  const words = ['-m', 'uvicorn', '--no-access-log', '--log-level', 'critical', '--port', String(port), 'reread:app']
  // It complains of every write to a viewer who has left.
  const server = spawn(python, words, { cwd: here, env: environment, stdio: 'ignore' })
  const writer = spawn('python3', [join(here, 'lines.py'), order], { stdio: 'inherit' })
  const written = new Promise((done) => writer.once('exit', done))
  const say = (wanted) => {
    writeFileSync(`${order}.new`, JSON.stringify({ ...wanted, log }))
    renameSync(`${order}.new`, order)
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await until('the server', () => fetch(url).then(() => true, () => false))
    return await work({ url, pid: server.pid, say, written })
  } finally {
    server.kill('SIGKILL')
    writer.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From when lines are asked for until all viewers have all of them, or until what prints them has ended where nobody watches. */
async function measured({ words, pids, cookies, ended }, { viewers, rate, lines, stalled = 0 }, say) {
  const child = viewers > 0 && begin([...words, viewers, lines, stalled, ...cookies])
  if (child) await child.there
  await sleep(1_000)
  const [before, began] = [pids.map(used), performance.now()]
  const since = () => (performance.now() - began) / 1000
  say({ rate, lines })
  const run_seconds = ended.then(since)
  const figures = child ? await child.figures : await run_seconds.then(() => ({}))
  const all = { ...figures, seconds: since(), cpu: pids.map((pid, index) => used(pid) - before[index]), resident: pids.map(memory) }
  if (child) await child.end()
  if (all.wrong) throw new Error(`${all.wrong} lines came again or not in their order`)
  return { ...all, run_seconds: await run_seconds }
}

function begin(words) {
  const child = spawn(process.env.VIEWERS, words.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((done) => child.once('exit', done))
  const told = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value } = await told.next()
    if (value === undefined) throw new Error('the viewers have ended')
    return value
  }
  const there = next()
  const figures = there.then(next).then(JSON.parse)
  return { there, figures, end: () => (child.kill('SIGKILL'), ended) }
}
