/** The codes on people's phones; each counts once, so what was shown before is kept in a file beside the demo. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder, phones } from './demo.mjs'
import { until } from './wait.mjs'

const file = join(folder, 'codes-used.json')

async function shown(person) {
  const page = await (await fetch(phones)).text()
  return new RegExp(`<td>${person}<td>(\\d{6})`).exec(page)?.[1] ?? null
}

/** The demo itself used the first one of each, to enrol them. */
async function firstOnes() {
  const people = ['ada', 'grace', 'root']
  return Object.fromEntries(await Promise.all(people.map(async (person) => [person, await shown(person)])))
}

async function alreadyUsed() {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : firstOnes()
}

/** Comes when the phone shows a code that was not used yet, which may take 30 s: before something that lasts no longer than that. */
export async function hasFreshCode(person) {
  const used = (await alreadyUsed())[person]
  return until(`a fresh code of ${person}`, async () => {
    const now = await shown(person)
    return now && now !== used ? now : null
  }, 45_000, 500)
}

export async function freshCode(person) {
  const code = await hasFreshCode(person)
  writeFileSync(file, JSON.stringify({ ...(await alreadyUsed()), [person]: code }))
  return code
}

/** None of those that count at the moment or in half a minute: a person's own, one digit off, may by chance. */
export async function wrongCode(person) {
  const now = await shown(person)
  return String((Number(now) + 500_000) % 1_000_000).padStart(6, '0')
}
