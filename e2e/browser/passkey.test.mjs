/** Somebody makes a passkey, confirms it on the deploy host, deploys and signs in with it; what it signed once does nothing else. */

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { violations } from './axe.mjs'
import { Window } from './browser.mjs'
import { checkOut, quiet, runs, scap, unbarAll } from './demo.mjs'

let ada, page, sent
before(async () => {
  await quiet()
  unbarAll()
  checkOut('v3')
  ada = await Window.of('ada')
  page = ada.page
  const device = await ada.context.newCDPSession(page)
  await device.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true }
  await device.send('WebAuthn.addVirtualAuthenticator', { options })
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/api/runs') && (sent = request.postDataJSON()))
})

/** As the page posts it. */
function post(path, body) {
  return page.evaluate(async ([path, body]) => {
    const answer = await fetch(`/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return [answer.status, (await answer.json()).kind]
  }, [path, body])
}

test('a passkey is added on her profile, and counts once she has confirmed it on the deploy host', async () => {
  await page.goto('/profile')
  const field = page.getByLabel('Name of a new passkey')
  await field.focus()
  await page.keyboard.press('Enter')
  await page.getByText('Give it a name').waitFor()
  await page.keyboard.type('laptop')
  await page.keyboard.press('Enter')
  const command = page.getByText(/^scap spiderpig user enrol --passkey \d{6}$/)
  await command.waitFor()
  await ada.picture('passkey-waits')
  const row = page.getByRole('row', { name: /^laptop passkey/ })
  assert.equal(await row.count(), 0, 'it does not count yet')
  const [number] = /\d{6}/.exec(await command.innerText())
  assert.match(scap('spiderpig', 'user', 'enrol', '--passkey', number, '--person', 'ada'), /“laptop” counts from now on/)
  await page.getByText('The passkey counts from now on.').waitFor()
  assert.match(await row.innerText(), /never/)
  await ada.picture('passkey-counts')
})

test('she deploys with it, without a code', async () => {
  const before = runs().length
  await ada.showPlan()
  await page.locator('form.bar button[type=submit]').click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.waitForURL(/\/runs\/\d+/)
  assert.equal(runs().length, before + 1)
})

test('what it signed does nothing a second time, and nothing else', async () => {
  const before = runs().length
  assert.ok(sent.proof.passkey.response.signature)
  assert.deepEqual(await post('runs', sent), [403, 'second_factor_refused'])
  const other = await page.evaluate(async (digest) => {
    const ask = (path, body) => fetch(`/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const options = await (await ask('challenges', { act: { path: 'runs', body: { digest, reason: 'one reason' } } })).json()
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
    const answer = await ask('runs', { digest, reason: 'another reason', proof: { passkey: credential.toJSON() } })
    return [answer.status, (await answer.json()).kind]
  }, sent.digest)
  assert.deepEqual(other, [403, 'second_factor_refused'])
  assert.equal(runs().length, before)
})

test('she signs out, and in again with her provider and the passkey', async () => {
  await page.goto('/profile')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await ada.throughProvider()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('navigation', { name: 'pages' }).waitFor()
  await page.goto('/profile')
  const row = page.getByRole('row', { name: /^laptop passkey/ })
  await row.waitFor()
  assert.match(await row.innerText(), /just now|\d+ s ago/)
})

test('a device that has one makes no second, and axe has nothing against the page', async () => {
  await page.getByLabel('Name of a new passkey').fill('phone')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('This device may have one already').waitFor()
  // Last of all: its session of the debugger ends the device.
  assert.deepEqual(await violations(page), [])
  await ada.close()
})

test('the browser complains of nothing but what was refused', () => {
  assert.deepEqual(ada.complaints.filter((one) => !one.includes('403')), [])
})
