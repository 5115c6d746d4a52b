// Somebody with a phone, who signs in at the page as a browser does.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { now, totp } from '../../../e2e/attacks/lib/people.mjs'
import { sleep } from './time.mjs'

const { WebSocket } = createRequire(new URL('../../../web/package.json', import.meta.url))('ws')

export class Person {
  constructor(site, name, secret) {
    Object.assign(this, { site, name, secret, used: now() - 1 })
  }

  /** With a code of half a minute ago, so that the one of now still counts. */
  static async enrol(site, name) {
    const words = site.arguments(['--format', 'json', 'spiderpig', 'user', 'enrol', '--person', name])
    const child = spawn(site.scap, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = new Promise((done) => child.once('exit', done))
    const line = await new Promise((done) => createInterface({ input: child.stdout }).once('line', done))
    const person = new Person(site, name, JSON.parse(line).secret.replaceAll(' ', ''))
    child.stdin.end(`${totp(person.secret, person.used)}\n`)
    if ((await ended) !== 0) throw new Error(`${name} has no phone`)
    return person
  }

  /** A code that counts; each does once. */
  async code() {
    this.used = Math.max(this.used + 1, now() - 1)
    while (this.used > now() + 1) await sleep(200)
    return totp(this.secret, this.used)
  }

  /** The cookie of a session of both factors. */
  async signIn() {
    const begun = await this.#get('/api/sign-in?back=%2F', '')
    const query = this.site.provider.vouch(this.name, begun.headers.get('location'))
    const half = await this.#get(`/api/sign-in/finish?${query}`, cookie(begun))
    const whole = await this.post('sign-in/factor', { proof: { totp: await this.code() } }, cookie(half, 'spiderpig='))
    if (!whole.ok) throw new Error(`${this.name} cannot sign in: ${await whole.text()}`)
    return cookie(whole, 'spiderpig=')
  }

  #get(path, cookies) {
    return fetch(`${this.site.url}${path}`, { redirect: 'manual', headers: { cookie: cookies } })
  }

  post(path, body, cookies) {
    const headers = { cookie: cookies, origin: this.site.url, 'content-type': 'application/json' }
    return fetch(`${this.site.url}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /** A live connection; `tell` has all that comes. */
  live(cookies, tell) {
    const socket = new WebSocket(`${this.site.url.replace('http', 'ws')}/api/live`, { origin: this.site.url, headers: { cookie: cookies } })
    socket.ask = (ask) => socket.send(JSON.stringify(ask))
    socket.on('message', (text) => tell(JSON.parse(text)))
    return new Promise((done, fail) => {
      socket.once('error', fail)
      socket.once('open', () => {
        socket.ask({ ask: 'hello', token: null })
        done(socket)
      })
    })
  }
}

function cookie(answer, name = '') {
  const set = answer.headers.getSetCookie().find((it) => it.startsWith(name))
  if (!set) throw new Error(`there is no cookie ${name}: ${answer.status}`)
  return set.split(';')[0]
}
