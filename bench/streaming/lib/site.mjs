// A deploy host in a new folder: one service on one host, the runner and the page's server, and whoever is to sign in.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Person } from './person.mjs'
import { Provider } from './provider.mjs'
import { sleep, until } from './time.mjs'

export const here = join(dirname(fileURLToPath(import.meta.url)), '..')

export class Site {
  folder = mkdtempSync(join(tmpdir(), 'scap-streaming-'))
  order = join(this.folder, 'order.json')

  constructor(scap, page) {
    Object.assign(this, { scap, page })
  }

  async begin() {
    this.provider = await new Provider().begin()
    this.port = await freePort()
    this.url = `http://localhost:${this.port}`
    this.#write()
    this.runner = this.#servant('runner')
    this.web = this.#servant('spiderpig', 'web')
    await until('the page to answer', () => fetch(`${this.url}/api/health`).then((it) => it.ok, () => false))
    return this
  }

  async end() {
    for (const child of [this.web, this.runner]) {
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(15_000).then(() => child.kill('SIGKILL'))])
    }
    this.provider.end()
    rmSync(this.folder, { recursive: true, force: true })
  }

  arguments(words) {
    return ['--config', join(this.folder, 'scap.yaml'), '--state-dir', join(this.folder, 'state'), ...words]
  }

  get state() {
    return join(this.folder, 'state')
  }

  ask(...words) {
    return execFileSync(this.scap, this.arguments(words), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  runs() {
    return JSON.parse(this.ask('--format', 'json', 'runs'))
  }

  /** Begins a run whose program waits for `say`; its number. */
  async deploy() {
    rmSync(this.order, { force: true })
    const repository = join(this.folder, 'shop')
    writeFileSync(join(repository, 'version'), `${Date.now()}\n`)
    git(repository, 'add', '--all')
    git(repository, 'commit', '--quiet', '--message', 'Another version')
    const before = this.runs().length
    this.deploying = spawn(this.scap, this.arguments(['deploy-service', 'shop', '--yes']), { stdio: 'ignore' })
    this.deployed = new Promise((done) => this.deploying.once('exit', done))
    const run = await until('the run', () => this.runs().toReversed()[before])
    await until('its program', () => programs(this.runner.pid).some((it) => it.includes(this.order)))
    return run.run
  }

  /** Has the run's program print: `lines` in all, `rate` a second. */
  say(order) {
    writeFileSync(`${this.order}.new`, JSON.stringify(order))
    execFileSync('mv', [`${this.order}.new`, this.order])
  }

  async person(name, groups = ['deployers']) {
    this.provider.groups.set(name, groups)
    return Person.enrol(this, name)
  }

  #servant(...words) {
    const log = openSync(join(this.folder, `${words.at(-1)}.log`), 'w')
    return spawn(this.scap, this.arguments(words), { stdio: ['ignore', log, log] })
  }

  #write() {
    const write = (name, text) => {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true })
      writeFileSync(join(this.folder, name), text)
    }
    const policy = join(here, 'policy.yaml')
    write('policy.yaml', readFileSync(policy))
    write('scap.yaml', configuration(this))
    write('service-catalog.yaml', 'services:\n  shop:\n    hosts:\n      repository: shop\n')
    write('hosts/web1/.here', '')
    write('shop/scap/targets', 'web1\n')
    const restart = `python3 ${join(here, 'lines.py')} ${this.order}`
    write('shop/scap/scap.cfg', `[global]\ngit_repo: shop\ngit_deploy_dir: /srv/deployment\ndsh_targets: targets\nrestart_command: ${restart}\n`)
    git(join(this.folder, 'shop'), 'init', '--quiet', '--initial-branch=main')
  }
}

function configuration({ port, page, provider }) {
  return `service_catalog: service-catalog.yaml
hosts: { transport: local, root: hosts, addresses: { web1: 127.0.1.1 } }
spiderpig:
  url: http://localhost:${port}
  listen: 127.0.0.1:${port}
  page: "${page}"
  policy: policy.yaml
  sign_in: { name: the bench, type: oidc, issuer: "${provider.issuer}", client_id: spiderpig }
`
}

function git(folder, ...words) {
  execFileSync('git', ['-C', folder, '-c', 'user.name=bench', '-c', 'user.email=bench@example.org', ...words])
}

/** Command lines of all that a process has begun, and of what those have. */
function programs(pid) {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  const all = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter(Boolean)
  const below = new Set([pid])
  for (let size = 0; size < below.size; ) {
    size = below.size
    for (const [, child, parent] of all) if (below.has(Number(parent))) below.add(Number(child))
  }
  return all.filter(([, child]) => below.has(Number(child))).map(([, , , words]) => words)
}

export function freePort() {
  return new Promise((done) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
