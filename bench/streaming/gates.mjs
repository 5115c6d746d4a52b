// How soon open streams know that a right has ended: `gates.mjs SCAP PAGE`. A stream that is never told is an error.
//
// Lines end for good where a runner that others keep from running for 4 s loses its run: then the machine was too busy to tell.
//
// 100 WebSockets of five people, each with `home` and the lines of a run that goes on printing. A freeze is told by `home`; whoever
// is in no group any more gets no more lines; who is logged out or banned is told goodbye and the stream is closed.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Site } from './lib/site.mjs'
import { median, sleep, until } from './lib/time.mjs'

const [scap, page] = process.argv.slice(2)
const PEOPLE = 5
const STREAMS_OF_A_PERSON = 20
/** Lines go on for longer than all of this takes. */
const LINES = { rate: 20, lines: 20 * 250 }
/** Who is without lines for so long, in milliseconds, while others get them, gets no more. */
const SILENCE = 1_500
/** Groups are no older than a minute. */
const GROUPS_ARE_READ = 70_000

const now = () => performance.timeOrigin + performance.now()
let failed = false

/** Milliseconds from what was done until each stream knew. */
function report(what, times) {
  const never = times.filter((time) => time === null).length
  const known = times.filter((time) => time !== null)
  const round = (time) => Math.round(Math.max(0, time))
  const words = `${round(Math.min(...known))} / ${round(median(known))} / ${round(Math.max(...known))} ms`
  console.log(`${what}: min / median / max of ${known.length} streams ${words}${never ? `; ${never} WERE NEVER TOLD` : ''}`)
  failed ||= never > 0 || known.length === 0
}

class Stream {
  frozen = null
  goodbye = null
  closed = null
  line = null

  static async open(person, cookies, run) {
    const stream = new Stream()
    stream.person = person
    stream.socket = await person.live(cookies, (told) => stream.#hear(told))
    stream.socket.on('close', () => (stream.closed ??= now()))
    stream.watch(run)
    return stream
  }

  watch(run) {
    this.socket.ask({ ask: 'document', path: 'home' })
    this.socket.ask({ ask: 'lines', run, from: 0 })
  }

  #hear(told) {
    if (told.tell === 'lines') this.line = now()
    if (told.tell === 'goodbye') this.goodbye = now()
    if (told.tell === 'document') this.frozen = told.body.freeze ? (this.frozen ?? now()) : null
  }
}

const site = await new Site(scap, page).begin()

async function open(people, run) {
  const streams = []
  for (const person of people) {
    person.cookies = await person.signIn()
    const opened = [...Array(STREAMS_OF_A_PERSON)].map(() => Stream.open(person, person.cookies, run))
    streams.push(...(await Promise.all(opened)))
  }
  await flowing(streams)
  return streams
}

const flowing = (streams) => until('lines on every stream', () => streams.every((it) => it.line && now() - it.line < SILENCE))

/** When the last line of each came; nothing where they go on. Somebody who keeps the right shows that there are lines. */
async function silent(streams, control, patience) {
  const isSilent = (it) => control.line - it.line > SILENCE
  await until('lines to end', () => streams.every(isSilent), patience).catch(() => null)
  return streams.map((it) => (isSilent(it) ? it.line : null))
}

async function frozen(streams, root, ada) {
  const plan = await (await ada.post('plans', { service: 'shop', version: null, environments: [] }, ada.cookies)).json()
  const proof = { totp: await root.code() }
  const began = now()
  const freeze = await root.post('admin/freeze', { reason: 'an incident', until: null, proof }, root.cookies)
  root.cookies = freeze.headers.getSetCookie()[0]?.split(';')[0] ?? root.cookies
  if (!freeze.ok) throw new Error(`nothing is frozen: ${await freeze.text()}`)
  await until('all to know of the freeze', () => streams.every((it) => it.frozen)).catch(() => null)
  report('freeze, asked at a page', streams.map((it) => it.frozen && it.frozen - began))
  const deploy = await ada.post('runs', { digest: plan.digest, reason: null, proof: { totp: await ada.code() } }, ada.cookies)
  ada.cookies = deploy.headers.getSetCookie()[0]?.split(';')[0] ?? ada.cookies
  const { run } = await deploy.json()
  await sleep(SILENCE)
  const begun = run ? JSON.parse(site.ask('--format', 'json', 'show', String(run))).steps.filter((it) => it.started).length : 0
  console.log(`  a deployment meanwhile: ${run ? 'queued' : 'refused'}; ${begun} steps of it begin`)
  failed ||= begun > 0
  site.ask('thaw')
}

async function withoutGroupByPolicy(streams, control, run) {
  const file = join(site.folder, 'policy.yaml')
  const before = readFileSync(file, 'utf8')
  const began = now()
  writeFileSync(file, before.replace('groups: [deployers, admins]', 'groups: [admins]'))
  const last = await silent(streams, control, 10_000)
  report('another policy file: the last line', last.map((at) => at && at - began))
  writeFileSync(file, before)
  await sleep(1_500)
  for (const stream of streams) stream.watch(run)
  await flowing(streams)
}

async function withoutGroupByProvider(streams, control, people) {
  const answered = new Map()
  site.provider.asked = (person) => answered.has(person) || answered.set(person, now())
  for (const person of people) site.provider.groups.set(person.name, [])
  const last = await silent(streams, control, GROUPS_ARE_READ)
  report("the identity provider's word: the last line after it", last.map((at, index) => at && at - (answered.get(streams[index].person.name) ?? NaN)))
  for (const person of people) site.provider.groups.set(person.name, ['deployers'])
}

async function over(what, streams, end) {
  const began = new Map()
  await Promise.all(
    [...new Set(streams.map((it) => it.person))].map(async (person) => {
      began.set(person, now())
      await end(person)
    }),
  )
  await until('goodbyes', () => streams.every((it) => it.goodbye && it.closed), 20_000).catch(() => null)
  report(`${what}: goodbye`, streams.map((it) => it.goodbye && it.goodbye - began.get(it.person)))
  report(`${what}: closed`, streams.map((it) => it.closed && it.closed - began.get(it.person)))
}

async function ask(person, path, body) {
  const answer = await person.post(path, body, person.cookies)
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
}

try {
  const run = await site.deploy()
  site.say(LINES)
  const people = []
  for (let index = 0; index < PEOPLE; index += 1) people.push(await site.person(`person${index}`))
  const root = await site.person('root', ['admins'])
  root.cookies = await root.signIn()
  const control = await Stream.open(root, root.cookies, run)
  const streams = await open(people, run)
  console.log(`${streams.length} streams of ${PEOPLE} people`)
  await frozen(streams, root, people[0])
  await withoutGroupByPolicy(streams, control, run)
  await withoutGroupByProvider(streams, control, people)
  await flowing([control])
  await over('logout', streams, (person) => ask(person, 'me/log-out', { session: null }))
  const again = await open(people, run)
  await over('ban', again, (person) => Promise.resolve(site.ask('spiderpig', 'user', 'ban', person.name, 'for the bench')))
  await flowing([control])
} finally {
  await site.end()
}
process.exit(failed ? 1 : 0)
