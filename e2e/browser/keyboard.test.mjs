/** The way from the first page to a deployment without a mouse. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { checkOut, commit, quiet, unbarAll } from './demo.mjs'
import { freshCode } from './phone.mjs'

let grace, keys
before(async () => {
  await quiet()
  unbarAll()
  checkOut('v3')
  grace = await Window.of('grace')
  keys = grace.page.keyboard
})

/** With the tab key alone, to what has this text or label. */
async function tabTo(name) {
  for (let presses = 0; presses < 60; presses += 1) {
    await keys.press('Tab')
    const focused = await grace.page.evaluate(() => {
      const element = document.activeElement
      return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
    })
    if (focused === name) return
  }
  assert.fail(`the tab key does not lead to ${name}`)
}

test('a run is begun and watched with the keyboard alone', async () => {
  const { page } = grace
  await page.goto('/')
  await page.getByRole('heading', { name: 'Now' }).waitFor()
  await keys.press('n')
  await page.getByLabel('What to deploy').waitFor()
  await keys.press('/')
  await keys.type('shop')
  await page.getByRole('option', { name: /shop/ }).waitFor()
  await keys.press('ArrowDown')
  await keys.press('Enter')
  await page.getByRole('article', { name: 'plan of shop' }).waitFor()
  await tabTo('Reason, for the others')
  await keys.type('without a mouse')
  await keys.press('Enter')
  await page.getByLabel('Code of your authenticator app').waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'code', 'the code can be typed at once')
  await keys.type(await freshCode('grace'))
  await keys.press('Enter')
  await page.waitForURL(/\/runs\/\d+/)
  await page.getByText('Evidence against the new version').waitFor()
  await keys.press('t')
  await page.getByRole('button', { name: 'leave the whole screen' }).waitFor()
  await keys.press('t')
  await page.getByRole('button', { name: 'on the whole screen' }).waitFor()
  await keys.press('?')
  await page.getByRole('dialog').waitFor()
  await grace.picture('keys')
  await keys.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: /^shop rolled back/ }).waitFor()
  assert.match(await page.locator('main').innerText(), new RegExp(commit('v3').slice(0, 12)))
})
