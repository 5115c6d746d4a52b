/** A deployer signs in, deploys a bad version, and watches how it is caught and taken back. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { checkOut, commit, quiet, unbarAll } from './demo.mjs'
import { wrongCode } from './phone.mjs'
import { linesCounted, linesShown, onWholeScreen, tall } from './terminal.mjs'
import { until } from './wait.mjs'

let ada, page, run
before(async () => {
  await quiet()
  unbarAll()
  checkOut('v3')
  ada = await Window.open('ada')
  page = ada.page
})

test('a wrong code is refused in words, and the right one lets her in', async () => {
  await page.goto('/runs')
  await ada.throughProvider()
  await page.getByLabel('Code of your authenticator app').fill(await wrongCode('ada'))
  await page.keyboard.press('Enter')
  const refusal = page.locator('.cdx-message--error')
  await refusal.waitFor()
  assert.match(await refusal.innerText(), /code/)
  await until('the right code to count again', async () => {
    await ada.giveCode()
    await Promise.race([refusal.waitFor(), page.getByRole('navigation', { name: 'pages' }).waitFor()])
    return page.getByRole('navigation', { name: 'pages' }).isVisible()
  }, 120_000)
  assert.equal(new URL(page.url()).pathname, '/runs', 'where she wanted to go')
})

test('she finds the shop and sees the plan before anything is done', async () => {
  await page.getByRole('link', { name: 'New deployment' }).first().click()
  await page.getByLabel('What to deploy').fill('sho')
  await page.getByRole('option', { name: /shop/ }).click()
  const plan = page.getByRole('article', { name: 'plan of shop' })
  await plan.waitFor()
  const text = await plan.innerText()
  assert.match(text, new RegExp(`${commit('v1').slice(0, 12)}\\s*→\\s*to\\s*${commit('v3').slice(0, 12)}`))
  assert.match(text, /canary \(shop1\)/)
  assert.match(text, /What undo restores/)
  assert.match(text, /Deploy now/)
})

test('she deploys it with a code and watches it live, without any reload', async () => {
  await page.evaluate(() => (globalThis.isSamePage = true))
  await page.getByLabel('Reason, for the others').fill('a new basket')
  await page.getByRole('button', { name: 'Deploy now' }).click()
  await ada.giveCode()
  await page.waitForURL(/\/runs\/\d+/)
  run = Number(/\d+$/.exec(page.url())[0])
  const line = page.getByRole('list', { name: 'waves and gates' })
  await line.getByText('going on').first().waitFor()
  await page.getByText('Evidence against the new version').waitFor()
  const [counted, told] = [await linesCounted(page), await page.locator('.chart .told').innerText()]
  await until('more lines in the terminal', async () => (await linesCounted(page)) > counted)
  await until('more evidence in the chart', async () => (await page.locator('.chart .told').innerText()) !== told)
  await page.getByText('errors UndefinedError basket.html appeared').first().waitFor()
  await page.getByRole('heading', { name: /^shop rolled back to/ }).waitFor()
  assert.match(await line.innerText(), /canary\s+undone/)
  assert.match(await line.innerText(), /evidence\s+failed/)
  assert.ok(await page.evaluate(() => globalThis.isSamePage), 'the page was never loaded again')
  await ada.picture('run-rolled-back')
})

test('the terminal shows every line of the run', async () => {
  await page.setViewportSize(tall)
  await onWholeScreen(page)
  const log = await ada.log(run)
  await until('all lines', async () => (await linesShown(page)).length >= log.length)
  assert.deepEqual(await linesShown(page), log)
  assert.equal(await linesCounted(page), log.length)
  await page.setViewportSize({ width: 1280, height: 900 })
})

test('the history, the home page and the service know of it', async () => {
  for (const path of ['/runs', '/', '/services/shop']) {
    await page.goto(path)
    const row = page.locator(`a.row[href="/runs/${run}"]`)
    await row.waitFor()
    assert.match(await row.innerText(), /rolled back/, path)
  }
  const rows = await page.locator('section[aria-labelledby=where] tbody tr').allInnerTexts()
  assert.equal(rows.length, 2)
  for (const row of rows) assert.match(row, new RegExp(commit('v1').slice(0, 12)))
})

test('the browser complains of nothing but the code that was refused', () => {
  assert.deepEqual(ada.complaints.filter((one) => !one.includes('403')), [])
})
