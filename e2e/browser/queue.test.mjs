/** Two people deploy the same service: one goes first, the other sees for what she waits and is asked when it is her turn. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { checkOut, quiet, scap, unbarAll } from './demo.mjs'
import { hasFreshCode } from './phone.mjs'

let ada, grace, hers
before(async () => {
  await quiet()
  unbarAll()
  ada = await Window.of('ada')
  grace = await Window.of('grace')
})

test('who comes second waits, and both see for what', async () => {
  // She has her plan before the other run changes anything: it is as the world is again once that run was undone.
  checkOut('v2')
  await grace.showPlan()
  checkOut('v3')
  await hasFreshCode('grace')
  const first = await ada.deploy('first')
  hers = await grace.deployPlan('second')
  const watching = await ada.another()
  const also = await grace.another()
  for (const page of [watching, also]) {
    await page.goto('/')
    const queued = page.locator('.queue li', { has: page.locator(`a[href="/runs/${hers}"]`) })
    await queued.waitFor()
    const text = await queued.innerText()
    assert.match(text, /^1\b/, 'her place')
    assert.match(text, page === also ? /yours/ : /grace/)
    assert.match(text, new RegExp(`waits for run ${first}\\b`), 'what she waits for')
    assert.match(text, /starts (in \d+ (s|min)|any moment)/, 'the expected start')
  }
  await ada.picture('home-queue', watching)
  await watching.getByText('Nobody waits.').waitFor({ timeout: 90_000 })
  await watching.close()
  await also.close()
})

test('when it is her turn she is asked, and the plan is carried out after her code', async () => {
  const question = grace.page.getByRole('region', { name: 'Carry this plan out?' })
  await question.waitFor({ timeout: 90_000 })
  await grace.picture('run-asking')
  await question.getByRole('button', { name: 'Approve' }).click()
  await grace.giveCode()
  await question.waitFor({ state: 'detached' })
  await grace.page.getByRole('heading', { name: /^shop succeeded/ }).waitFor({ timeout: 180_000 })
  await grace.picture('run-succeeded')
})

test('another time she hands her run over while it waits, and whose it is now takes it out of the queue', async () => {
  checkOut('v1')
  await grace.showPlan()
  scap('lock', 'shop', '--reason', 'so that nothing goes on meanwhile')
  const run = await grace.deployPlan()
  await grace.page.getByRole('button', { name: 'Hand over' }).click()
  await grace.page.getByLabel('To whom').fill('ada')
  await grace.page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click()
  await grace.giveCode()
  await grace.page.getByText(/^run \d+ by ada/).waitFor()
  await ada.page.goto('/')
  await ada.page.getByRole('button', { name: 'Leave the queue' }).click()
  await ada.page.getByText('Nobody waits.').waitFor()
  await grace.page.goto(`/runs/${run}`)
  await grace.page.getByRole('heading', { name: /^shop cancelled, nothing changed/ }).waitFor()
  scap('unlock', 'shop')
  await quiet()
})
