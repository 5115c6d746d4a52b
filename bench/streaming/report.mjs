// What else there is to know of many viewers: `report.mjs SCAP PAGE PYTHON`. Joining late, viewers who read nothing, 1,000 viewers,
// and what all of them are to the run itself.

import { page, withReread } from './lib/load.mjs'
import { Site } from './lib/site.mjs'
import { median, until } from './lib/time.mjs'

const [scap, folder, python] = process.argv.slice(2)
const LONG = 100_000
const TAIL = 50
const JOINS = 21
const SESSIONS = 50

const now = () => performance.now()
const round = (number) => Math.round(number * 100) / 100
const megabytes = ({ resident }) => resident.map((it) => Math.round(it)).join(' + ')
const seconds = ({ cpu }) => cpu.map(round).join(' + ')

async function join(site, person, cookies) {
  const run = await site.deploy()
  // Any faster, and some would only be counted.
  site.say({ rate: 10_000, lines: LONG })
  await site.deployed
  const read = async () => (await (await fetch(`${site.url}/api/runs/${run}`, { headers: { cookie: cookies } })).json()).lines
  const lines = await until('all lines', async () => ((await read()) >= LONG ? read() : null))
  const times = []
  for (let index = 0; index < JOINS; index += 1) {
    const began = now()
    const socket = await new Promise((done) => {
      const opened = person.live(cookies, (told) => told.tell === 'lines' && opened.then(done))
      opened.then((it) => it.ask({ ask: 'lines', run, from: lines - TAIL }))
    })
    times.push(now() - began)
    socket.close()
  }
  console.log(`joining at the end of ${lines} lines: ${round(median(times))} ms, at most ${round(Math.max(...times))}`)
}

async function joinReread() {
  const times = []
  await withReread(python, async ({ url, say, written }) => {
    say({ rate: 0, lines: LONG })
    await written
    for (let index = 0; index < JOINS; index += 1) {
      const began = now()
      const stopping = new AbortController()
      const answer = await fetch(`${url}/log?skip=${LONG - TAIL}`, { signal: stopping.signal })
      for await (const chunk of answer.body) if (Buffer.from(chunk).includes('number=')) break
      times.push(now() - began)
      stopping.abort()
    }
  })
  console.log(`the same, re-reading: ${round(median(times))} ms, at most ${round(Math.max(...times))}`)
}

async function stalled(site, cookies) {
  for (const count of [0, 20, 0, 20]) {
    const figures = await page(site, cookies, { viewers: 100 + count, rate: 500, lines: 5_000, stalled: count })
    console.log(`100 viewers of 500 lines a second, ${count} more read nothing: p50 ${round(figures.p50)}, p99 ${round(figures.p99)} ms; ${seconds(figures)} s; ${megabytes(figures)} MiB`)
  }
}

async function many(site, cookies) {
  for (const viewers of [0, 1_000, 0, 1_000]) {
    const figures = await page(site, cookies, { viewers, rate: 50, lines: 600 })
    const late = viewers ? `p50 ${round(figures.p50)}, p99 ${round(figures.p99)} ms, the client itself ${round(figures.client_lag_p99)} late; ` : ''
    console.log(`${viewers} viewers of 50 lines a second: ${late}${seconds(figures)} s; ${megabytes(figures)} MiB; the run took ${round(figures.seconds)} s`)
  }
  for (const viewers of [0, 1_000, 0, 1_000]) {
    const figures = await page(site, cookies, { viewers, rate: 0, lines: 10_000 })
    console.log(`${viewers} viewers of 10,000 lines at once: ${seconds(figures)} s; ${megabytes(figures)} MiB; the run took ${round(figures.run_seconds)} s`)
  }
}

const site = await new Site(scap, folder).begin()
try {
  const cookies = []
  const people = []
  for (let index = 0; index < SESSIONS; index += 1) {
    people.push(await site.person(`viewer${index}`))
    cookies.push(await people.at(-1).signIn())
  }
  await join(site, people[0], cookies[0])
  await joinReread()
  await stalled(site, cookies)
  await many(site, cookies)
} finally {
  await site.end()
}
