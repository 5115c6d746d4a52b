// web.sock, as the web process has it: whole questions, and bytes of any kind.

import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { SECRETS } from './demo.mjs'

/** All that ever crossed is looked through: what must not have been seen is counted here. */
export const seen = { bytes: 0, leaks: [] }

const LONGEST = Math.max(...SECRETS.map((it) => it.length))

/** Each connection has an address of its own: what is limited by address only is not limited. */
export function client() {
  const byte = () => 1 + Math.floor(Math.random() * 250)
  return { address: `10.${byte()}.${byte()}.${byte()}`, device: 'attacker' }
}

export class Wire {
  constructor(path) {
    this.path = path
  }

  open() {
    const socket = connect(this.path)
    let tail = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      seen.bytes += chunk.length
      const text = tail + chunk.toString('latin1')
      for (const secret of SECRETS) if (text.includes(secret)) seen.leaks.push(secret)
      tail = text.slice(-LONGEST)
    })
    return socket
  }

  /** Bytes as they are; answers with what came back, or how it ended. */
  raw(bytes, { patience = 20_000, end = false } = {}) {
    return new Promise((done) => {
      const socket = this.open()
      let text = ''
      const finish = (how) => {
        clearTimeout(timer)
        socket.destroy()
        done(parsed(text) ?? { [how]: true })
      }
      const timer = setTimeout(() => finish('silent'), patience)
      socket.on('data', (chunk) => {
        text += chunk
        if (text.includes('\n')) finish('answered')
      })
      socket.on('close', () => finish('closed'))
      socket.on('error', () => finish('closed'))
      socket.on('connect', () => (end ? socket.end(bytes) : socket.write(bytes)))
    })
  }

  ask(token, verb, options = {}) {
    return this.raw(`${JSON.stringify({ token, client: options.client ?? client(), verb })}\n`, options)
  }

  act(token, act, proof = null, options = {}) {
    return this.ask(token, { verb: 'act', act, proof }, options)
  }

  read(token, document) {
    return this.ask(token, { verb: 'read', document })
  }

  plan(token, wanted) {
    return this.ask(token, { verb: 'plan', wanted })
  }

  /** A connection that follows: `tell` has all that came, `ask` sends one more. */
  async follow(token, hello = { ask: 'hello', token: null }, options = {}) {
    const socket = this.open()
    const following = { socket, told: [], closed: false }
    following.ask = (...asks) => socket.write(asks.map((it) => `${JSON.stringify(it)}\n`).join(''))
    following.end = () => socket.destroy()
    socket.on('close', () => (following.closed = true))
    if (!options.deaf) {
      createInterface({ input: socket }).on('line', (line) => following.told.push(parsed(line) ?? line)).on('error', () => {})
    }
    socket.write(`${JSON.stringify({ token, client: client(), verb: { verb: 'follow' } })}\n`)
    if (hello) following.ask(hello)
    return following
  }
}

function parsed(text) {
  try {
    return JSON.parse(text.split('\n')[0])
  } catch {
    return null
  }
}

/** What was answered, in a word. */
export function word(reply) {
  if (typeof reply === 'string') return reply
  if (reply?.problem) return reply.problem.kind
  if (reply && 'answer' in reply) return 'answered'
  return Object.keys(reply ?? { nothing: 1 })[0]
}

/** Words with how often each was said. */
export function tally(replies) {
  const counts = new Map()
  for (const it of replies.map(word)) {
    counts.set(it, (counts.get(it) ?? 0) + 1)
  }
  return [...counts].map(([said, count]) => (count > 1 ? `${said} ×${count}` : said)).join(', ')
}
