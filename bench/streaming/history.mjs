// The page's history of few and of very many runs: `history.mjs SCAP PAGE BENCH`.

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { Site } from './lib/site.mjs'
import { median } from './lib/time.mjs'

const [scap, folder, bench] = process.argv.slice(2)
const ROUNDS = 21
const round = (number) => Math.round(number * 10) / 10
/** Of 170 services that have as many runs each. */
const LOOKS = [
  ['first page', 'runs'],
  ['one service', 'runs?search=service-7'],
  ['one run, an old one', 'runs?search=service-7+500'],
  ['nothing', 'runs?search=nothing-of-that-name'],
]

for (const runs of [1_000, 100_000]) {
  const site = new Site(scap, folder)
  mkdirSync(site.state)
  execFileSync(bench, ['many', '--finished', String(runs), '--into', site.state])
  await site.begin()
  try {
    const cookies = await (await site.person('ada')).signIn()
    for (const [what, path] of LOOKS) {
      const times = []
      let found
      for (let index = 0; index < ROUNDS; index += 1) {
        const began = performance.now()
        const answer = await fetch(`${site.url}/api/${path}`, { headers: { cookie: cookies } })
        found = (await answer.json()).runs.length
        times.push(performance.now() - began)
      }
      console.log(`${runs} runs, ${what}: ${found} found; median ${round(median(times))} ms, at most ${round(Math.max(...times))}`)
    }
  } finally {
    await site.end()
  }
}
