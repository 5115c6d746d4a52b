/** A question that a page shows is answered in a terminal. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { checkOut, deployInTerminal, quiet, scap, unbarAll } from './demo.mjs'
import { hasFreshCode } from './phone.mjs'

let ada
before(async () => {
  await quiet()
  unbarAll()
  ada = await Window.of('ada')
  // The other run lasts no longer than a code is waited for.
  await hasFreshCode('ada')
  checkOut('v3')
  await deployInTerminal()
})

test('the question goes away where it is shown, and the run says how it ended', async () => {
  checkOut('v1')
  await ada.showPlan()
  await ada.page.getByRole('button', { name: 'Queue it' }).waitFor()
  const run = await ada.deployPlan()
  const question = ada.page.getByRole('region', { name: 'Carry this plan out?' })
  await question.waitFor({ timeout: 90_000 })
  assert.match(await ada.page.title(), /❓/, 'the title of the tab says that it asks')
  scap('answer', String(run), 'decline')
  await question.waitFor({ state: 'detached', timeout: 5_000 })
  await ada.page.getByRole('heading', { name: /^shop cancelled/ }).waitFor()
})
