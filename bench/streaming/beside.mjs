// How late lines are, and what they cost, beside a server that polls and re-reads: `beside.mjs SCAP PAGE PYTHON [ROUNDS]`.

import { page, reread } from './lib/load.mjs'
import { Site } from './lib/site.mjs'
import { sleep } from './lib/time.mjs'

const [scap, folder, python, rounds = '2'] = process.argv.slice(2)
const SECONDS = 12
const VIEWERS_OF_A_COOKIE = 20
const LOADS = [
  [200, 50],
  [100, 500],
]

const round = (number) => Math.round(number * 100) / 100
const sum = (numbers) => numbers.reduce((all, it) => all + it, 0)

function tell(who, { p50, p99, max, cpu, messages, client_lag_p99 }) {
  const parts = cpu.map(round).join(' + ')
  console.log(`${who}: p50 ${round(p50)}, p99 ${round(p99)}, max ${round(max)} ms; ${round(sum(cpu))} s (${parts}); ${messages} messages; the client itself ${round(client_lag_p99)} ms late`)
}

const loads = process.env.LOADS ? process.env.LOADS.split(' ').map((it) => it.split('x').map(Number)) : LOADS
const site = await new Site(scap, folder).begin()
try {
  const most = Math.max(...loads.map(([viewers]) => viewers))
  const cookies = []
  for (let index = 0; index < most / VIEWERS_OF_A_COOKIE; index += 1) cookies.push(await (await site.person(`viewer${index}`)).signIn())
  for (let index = 0; index < Number(rounds); index += 1) {
    for (const [viewers, rate] of loads) {
      const load = { viewers, rate, lines: rate * SECONDS }
      console.log(`\n${viewers} viewers, ${rate} lines a second`)
      const ours = await page(site, cookies, load)
      tell('page', ours)
      await sleep(1_000)
      const theirs = await reread(python, load)
      tell('re-reading', theirs)
      console.log(`of it: p99 ${round(ours.p99 / theirs.p99)}, processor time ${round(sum(ours.cpu) / sum(theirs.cpu))}`)
    }
  }
} finally {
  await site.end()
}
