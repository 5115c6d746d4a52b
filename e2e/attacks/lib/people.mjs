// People with their phones: they sign in, and type codes, which the web process sees.

import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { createInterface } from 'node:readline'
import { arguments_of } from './demo.mjs'
import { json, scap } from './outside.mjs'
import { sleep } from './time.mjs'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export const now = () => Math.floor(Date.now() / 30_000)

export function totp(secret, step) {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const hash = createHmac('sha1', key).update(counter).digest()
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

export class Person {
  constructor(name, secret, wire) {
    Object.assign(this, { name, secret, wire, used: now() + 1, failed: 0, free: 0 })
  }

  /** On the deploy host, with a new phone in place of the demo's. */
  static async enrol(demo, name, wire) {
    const { people } = await json(demo, 'spiderpig', 'user', 'list')
    for (const { factor } of people.find((it) => it.person === name)?.factors ?? []) {
      await scap(demo, 'spiderpig', 'user', 'remove-factor', name, String(factor))
    }
    const words = [...arguments_of(demo), '--format', 'json', 'spiderpig', 'user', 'enrol', '--person', name]
    const child = spawn(demo.binary, words, { stdio: ['pipe', 'pipe', 'ignore'] })
    const ended = new Promise((done) => child.once('exit', done))
    const line = await new Promise((done) => createInterface({ input: child.stdout }).once('line', done))
    const secret = JSON.parse(line).secret.replaceAll(' ', '')
    child.stdin.end(`${totp(secret, now())}\n`)
    if ((await ended) !== 0) throw new Error(`${name} has no phone`)
    const person = new Person(name, secret, wire)
    person.used = now()
    return person
  }

  /** A code that counts, or two: nobody may use its step again. Waits until there is one. */
  async code() {
    await this.settled()
    const many = this.failed >= 10 ? 2 : 1
    const first = Math.max(this.used + 1, now() - 1)
    const last = first + many - 1
    while (last > now() + 1) await sleep(500)
    this.used = last
    return [...Array(many).keys()].map((index) => totp(this.secret, first + index)).join(' ')
  }

  /** Wrong codes make single codes wait: until they are looked at again. */
  async settled() {
    if (this.failed < 10) await sleep(Math.max(0, this.free - Date.now()))
  }

  /** A single code was wrong, or used before. */
  wasWrong() {
    this.failed += 1
    this.free = Date.now() + 1_200 + 1_000 * 2 ** (this.failed - 1)
  }

  /** Only the identity provider vouches for them so far. */
  async half() {
    const { url, flow } = (await this.wire.ask(null, { verb: 'begin_sign_in', back: '/' })).answer
    const query = await pressed(url, this.name)
    const finished = await this.wire.ask(null, { verb: 'finish_sign_in', flow, query })
    return finished.answer.token
  }

  async whole() {
    const token = await this.half()
    const shown = await this.wire.ask(token, { verb: 'show_factor', proof: { totp: await this.code() } })
    if (!shown.answer) throw new Error(`${this.name} cannot sign in: ${JSON.stringify(shown)}`)
    return shown.answer.token
  }

  async act(token, act) {
    return this.wire.act(token, act, { totp: await this.code() })
  }
}

/** Presses a person's button at the identity provider; what the browser comes back with. */
export async function pressed(url, person) {
  const asked = new URL(url)
  const form = new URLSearchParams(asked.searchParams)
  form.set('person', person)
  const answer = await fetch(`${asked.origin}${asked.pathname}`, { method: 'POST', body: form, redirect: 'manual' })
  const back = new URL(answer.headers.get('location'))
  return Object.fromEntries(back.searchParams)
}
