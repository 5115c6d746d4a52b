/** Hostile texts in every field that a page shows: all of them stay texts, under the policy that the server really sends. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { address, checkOut, deployInTerminal, quiet, scap, unbarAll } from './demo.mjs'
import { elsewhere, payloads } from './payloads.mjs'
import { until } from './wait.mjs'

const all = payloads.join('\n')
const found = { dialogs: [], refused: [] }

async function watched(person) {
  const window = await Window.of(person)
  await window.context.exposeFunction('tellRefused', (what) => found.refused.push(what))
  await window.context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample, sourceFile }) =>
      globalThis.tellRefused({ violatedDirective, blockedURI, sample, sourceFile }))
  })
  window.page.on('dialog', (dialog) => {
    found.dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  return window
}

async function harmless(page, name) {
  assert.equal(await page.evaluate(() => globalThis.hostile), undefined, `${name}: a script ran`)
  assert.deepEqual(found, { dialogs: [], refused: [] }, name)
}

let ada, root
before(async () => {
  await quiet()
  unbarAll()
  checkOut('v3')
  ada = await watched('ada')
  root = await watched('root')
})

test('there are 500 of them', () => assert.equal(new Set(payloads).size, 500))

test('as the reason of a deployment', async () => {
  // A page takes shorter reasons only.
  const run = await deployInTerminal(all)
  await ada.page.goto(`/runs/${run}`)
  await ada.page.getByRole('heading', { name: /^shop rolled back/ }).waitFor()
  const { reason } = await ada.read(`runs/${run}`)
  const shown = await ada.page.locator('.facts-line bdi').last().textContent()
  assert.equal(shown, reason, 'as it is, as text')
  await harmless(ada.page, 'the run')
  await ada.picture('hostile-run')
  for (const path of ['/', '/runs', '/services/shop']) {
    await ada.page.goto(path)
    await ada.page.locator(`a.row[href="/runs/${run}"]`).waitFor()
    await harmless(ada.page, path)
  }
})

test('as the reason of a freeze and of a ban', async () => {
  // In several pieces too: one that opens a comment would hide those after it.
  const pieces = Array.from({ length: 10 }, (_, index) => payloads.slice(index * 50, index * 50 + 50).join(' ').replaceAll('\0', ''))
  for (const piece of pieces) {
    scap('spiderpig', 'user', 'ban', '--', 'mallory', piece)
    scap('freeze', '--', piece)
    await root.page.goto('/admin')
    await root.page.locator('section[aria-labelledby=bans] bdi').nth(1).waitFor()
    await root.page.getByText('Deployments are frozen.').waitFor()
    await harmless(root.page, 'admin')
    await ada.page.goto('/')
    await ada.page.getByText('Deployments are frozen.').waitFor()
    await harmless(ada.page, 'home')
    scap('spiderpig', 'user', 'unban', 'mallory')
    scap('thaw')
  }
  await root.page.goto('/audit')
  await root.page.locator('.table').waitFor()
  await harmless(root.page, 'audit')
})

test('as what is searched for', async () => {
  const fields = [
    { path: '/runs', label: /^Search runs/ },
    { path: '/deploy', label: 'What to deploy' },
    { path: '/audit', label: /^Search the audit/ },
  ]
  for (const { path, label } of fields) {
    await root.page.goto(path)
    const field = root.page.getByLabel(label)
    for (let index = 0; index < payloads.length; index += 10) {
      const asked = root.page.waitForResponse(/search=/)
      await field.fill(payloads.slice(index, index + 10).join(' '))
      await asked
    }
    await harmless(root.page, path)
  }
  for (const payload of payloads.slice(0, 25)) {
    await root.page.goto(`/runs?search=${encodeURIComponent(payload)}`)
    await until('what was searched for', async () => (await root.page.locator('p.card').textContent())?.includes(payload))
    await harmless(root.page, payload)
  }
})

test('as the place to go to after signing in: it is always one of the page', async () => {
  const stranger = await Window.open('ada')
  for (const back of elsewhere) {
    await stranger.page.goto(`/api/sign-in?back=${encodeURIComponent(back)}`)
    await stranger.page.getByRole('button', { name: 'ada' }).click()
    await stranger.page.waitForURL(`${address}/**`)
    assert.equal(new URL(stranger.page.url()).origin, address, back)
    assert.equal(await stranger.page.evaluate(() => globalThis.hostile), undefined, back)
  }
  await stranger.forget()
})

test('Trusted Types are in force, and so is the policy', async () => {
  const { page } = ada
  await page.goto('/')
  await page.getByRole('heading', { name: 'Now' }).waitFor()
  const tried = await page.evaluate(() => {
    const does = (what) => {
      try {
        what()
        return 'done'
      } catch (error) {
        return error.name
      }
    }
    return [
      does(() => (document.createElement('div').innerHTML = '<b>')),
      does(() => globalThis.trustedTypes.createPolicy('another', {})),
      does(() => document.createElement('script').text = 'globalThis.hostile=1'),
    ]
  })
  assert.deepEqual(tried, ['TypeError', 'TypeError', 'TypeError'])
  await page.evaluate(() => document.body.setAttribute('onclick', 'globalThis.hostile=1')).catch(() => undefined)
  await page.locator('body').click({ position: { x: 5, y: 5 } })
  assert.equal(await page.evaluate(() => globalThis.hostile), undefined)
  await until('the refusals to be told', () => found.refused.length > 0)
})
