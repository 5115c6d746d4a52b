/** Every page with real data, light, dark and on a phone: a picture of each, and nothing that axe or a narrow window objects to. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { violations, widerThanWindow } from './axe.mjs'
import { Window, wide } from './browser.mjs'
import { checkOut, quiet, runs, unbarAll } from './demo.mjs'

const looks = [
  { name: 'light', colorScheme: 'light', size: wide },
  { name: 'dark', colorScheme: 'dark', size: wide },
  { name: 'phone', colorScheme: 'light', size: { width: 390, height: 844 } },
]

const pages = [
  { name: 'home', path: '/', until: '#recent' },
  { name: 'deploy', path: '/deploy', until: '.deploy-search' },
  { name: 'plan', path: '/deploy?service=shop', until: 'form.bar' },
  { name: 'run', path: () => `/runs/${ended('rolled_back')}`, until: '.dock .xterm-rows span' },
  { name: 'first-run', path: '/runs/1', until: '#end' },
  { name: 'no-run', path: '/runs/999999', until: '.cdx-message--error' },
  { name: 'history', path: '/runs', until: 'a.row' },
  { name: 'history-none', path: '/runs?search=nothing-of-this-name', until: 'p.card' },
  { name: 'service', path: '/services/shop', until: '#where' },
  { name: 'no-service', path: '/services/nothing-of-this-name', until: '.cdx-message' },
  { name: 'audit', path: '/audit', until: '.table' },
  { name: 'admin', path: '/admin', until: '#sessions' },
  { name: 'profile', path: '/profile', until: '#factors' },
  { name: 'nowhere', path: '/nowhere', until: 'h1' },
]

function ended(outcome) {
  const found = runs().find((run) => run.outcome === outcome)
  assert.ok(found, `a run that was ${outcome}`)
  return found.run
}

let root
before(async () => {
  await quiet()
  unbarAll()
  checkOut('v2')
  root = await Window.of('root')
  if (runs().some(({ outcome }) => outcome === 'rolled_back')) return
  checkOut('v3')
  await root.deploy('a new basket')
  await quiet()
  checkOut('v2')
})

async function look(page, { name, path, until }, look) {
  await page.emulateMedia({ colorScheme: look.colorScheme })
  await page.setViewportSize(look.size)
  await page.goto(typeof path === 'function' ? path() : path)
  await page.locator(until).first().waitFor()
  await root.picture(`${name}.${look.name}`, page)
  assert.deepEqual(await violations(page), [], `${name}, ${look.name}`)
  assert.equal(await widerThanWindow(page), 0, `${name}, ${look.name}: pixels wider than the window`)
}

for (const one of looks) {
  for (const page of pages) {
    test(`${page.name}, ${one.name}`, () => look(root.page, page, one))
  }
  test(`sign-in, ${one.name}`, async () => {
    const stranger = await Window.open('nobody')
    await look(stranger.page, { name: 'sign-in', path: '/', until: '#sign-in' }, one)
    await stranger.forget()
  })
}
