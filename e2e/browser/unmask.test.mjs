/** What programs printed, without the mask: for an admin, with a reason and a code, and gone once it is closed. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { deployInTerminal, checkOut, quiet, scap, unbarAll } from './demo.mjs'

const SHOWN = 'show what was printed without the mask'
let ada, root, run
before(async () => {
  await quiet()
  unbarAll()
  checkOut('v3')
  run = await deployInTerminal()
  await quiet()
  ada = await Window.of('ada')
  root = await Window.of('root')
})

test('whoever may not is not even offered it', async () => {
  await ada.page.goto(`/runs/${run}`)
  await ada.page.getByRole('heading', { name: 'Terminal' }).waitFor()
  assert.equal(await ada.page.getByRole('button', { name: SHOWN }).count(), 0)
})

test('an admin says why, gives a code, and sees what each program printed', async () => {
  await root.page.goto(`/runs/${run}`)
  await root.page.getByRole('button', { name: SHOWN }).click()
  await root.page.getByLabel('Reason').fill('a certificate is in question')
  await root.page.getByRole('dialog').getByRole('button', { name: 'Show it' }).click()
  await root.giveCode()
  const dialog = root.page.getByRole('dialog', { name: 'Without the mask' })
  // Which programs there were depends on what the hosts had fetched before.
  await dialog.getByRole('heading', { level: 3 }).first().waitFor()
  await root.picture('unmasked')
})

test('closed, nothing of it is left on the page, and the audit knows of it', async () => {
  const dialog = root.page.getByRole('dialog', { name: 'Without the mask' })
  await dialog.getByRole('button', { name: 'Close' }).click()
  await dialog.waitFor({ state: 'detached' })
  assert.equal(await root.page.locator('.unmasked pre').count(), 0)
  const [newest] = JSON.parse(scap('--format', 'json', 'spiderpig', 'audit', 'list', '--limit', '1'))
  assert.deepEqual([newest.act, newest.person, newest.run, newest.reason], ['unmasked', 'root', run, 'a certificate is in question'])
})
