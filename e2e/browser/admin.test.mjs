/** An admin freezes, thaws, bans and logs out; every open page says so at once. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Window } from './browser.mjs'
import { quiet } from './demo.mjs'

/** From the answer that it was done until another page shows it: a second, and what a busy machine adds. */
const AT_ONCE = 2_000

let ada, grace, root
before(async () => {
  await quiet()
  ada = await Window.of('ada')
  grace = await Window.of('grace')
  root = await Window.of('root')
  await ada.page.goto('/')
  await grace.page.goto('/runs')
  await root.page.goto('/admin')
})

/** Presses, gives the code, and waits until it is done. */
async function does(path, press) {
  const done = root.page.waitForResponse((answer) => answer.url().endsWith(path) && answer.ok())
  await press()
  await root.giveCode()
  await done
}

/** In the dialog that says what is done to whom. */
async function because(reason, button) {
  const dialog = root.page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill(reason)
  await dialog.getByRole('button', { name: button, exact: true }).click()
}

test('a freeze is a banner with its reason on every open page', async () => {
  const banner = ada.page.getByText('Deployments are frozen.')
  await root.page.getByLabel('Reason').fill('the switch of datacenters')
  await does('/api/admin/freeze', () => root.page.getByRole('button', { name: 'Freeze deployments' }).click())
  await banner.waitFor({ timeout: AT_ONCE })
  assert.match(await ada.page.locator('main').innerText(), /the switch of datacenters\s*root, .*ends in/)
  await ada.picture('home-frozen')
})

test('a thaw takes it away', async () => {
  const banner = ada.page.getByText('Deployments are frozen.')
  await root.page.getByRole('button', { name: 'Thaw' }).click()
  await does('/api/admin/thaw', () => because('it is over', 'Thaw'))
  await banner.waitFor({ state: 'detached', timeout: AT_ONCE })
})

test('who is banned sees it at once and cannot sign in until the ban is lifted', async () => {
  await root.page.getByRole('button', { name: 'ban grace' }).first().click()
  await does('/api/admin/ban', () => because('a laptop was lost', 'Ban'))
  await grace.page.getByRole('heading', { name: 'Sign in to deploy' }).waitFor({ timeout: AT_ONCE })
  await root.page.getByRole('heading', { name: 'Bans' }).waitFor()
  assert.match(await root.page.locator('section[aria-labelledby=bans]').innerText(), /grace\s+a laptop was lost by root/)
  await root.picture('admin-ban')
  await grace.page.getByRole('link', { name: /^Go on with/ }).click()
  await grace.page.getByRole('button', { name: 'grace' }).click()
  await grace.page.getByText(/banned/).waitFor()
  await grace.picture('banned')
  await root.page.getByRole('button', { name: 'lift the ban of grace' }).click()
  await does('/api/admin/unban', () => because('it was found again', 'Lift the ban'))
  await grace.signIn()
})

test('when everyone is logged out all open pages end', async () => {
  await root.page.getByRole('button', { name: 'Log out everyone' }).click()
  await does('/api/admin/log-out', () => because('an exercise', 'Log out'))
  for (const window of [ada, grace, root]) {
    await window.page.getByRole('heading', { name: 'Sign in to deploy' }).waitFor({ timeout: AT_ONCE })
  }
})
