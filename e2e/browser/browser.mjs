/** Chromium, and people in it: each has a context of their own, with the real policy of the page in force. */

import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after } from 'node:test'
import { address, artefacts, folder } from './demo.mjs'
import { freshCode } from './phone.mjs'

const { chromium } = createRequire(new URL('../../web/package.json', import.meta.url))('playwright-core')

/** Of what the page is made to show at once, the slowest on a busy machine. */
const PATIENCE = 60_000
export const wide = { width: 1280, height: 900 }

mkdirSync(artefacts, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const windows = new Set()
after(async () => {
  for (const window of windows) {
    // What is there in the end tells most of why a test failed.
    await window.picture(`last-${window.person}`).catch(() => {})
    await window.close()
  }
  await browser.close()
})

/** Somebody's window; what the browser complains of is kept in `complaints`. */
export class Window {
  complaints = []

  static async open(person, options = {}) {
    const context = await browser.newContext({ viewport: wide, baseURL: address, ...options })
    context.setDefaultTimeout(PATIENCE)
    const window = new Window()
    window.person = person
    window.context = context
    window.page = await context.newPage()
    window.listen(window.page)
    windows.add(window)
    return window
  }

  listen(page) {
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()))
    page.on('pageerror', (error) => this.complaints.push(error.message))
  }

  async another() {
    const page = await this.context.newPage()
    this.listen(page)
    return page
  }

  /** As somebody who is signed in, since another test if need be: signing in costs a code. */
  static async of(person, options = {}) {
    const kept = join(folder, `session-of-${person}.json`)
    const window = await Window.open(person, { ...options, ...(existsSync(kept) ? { storageState: kept } : {}) })
    const isIn = (await window.read('me')).sign === 'in'
    if (!isIn) await window.signIn()
    return window
  }

  /** By the identity provider and a code, from the page that they wanted to see. */
  async signIn(path = '/') {
    await this.page.goto(path)
    await this.throughProvider()
    await this.giveCode()
    await this.page.getByRole('navigation', { name: 'pages' }).waitFor()
    return this
  }

  async throughProvider() {
    await this.page.getByRole('link', { name: /^Go on with/ }).click()
    await this.page.getByRole('button', { name: this.person }).click()
    await this.page.getByRole('heading', { name: 'One more step' }).waitFor()
  }

  /** Where the page asks for it, in a dialog or when signing in. */
  async giveCode() {
    const field = this.page.getByLabel('Code of your authenticator app')
    await field.waitFor()
    await field.fill(await freshCode(this.person))
    await this.page.getByRole('button', { name: 'Go on with the code' }).click()
  }

  /** Answers the run's number. */
  async deploy(reason = '') {
    await this.showPlan()
    return this.deployPlan(reason)
  }

  async showPlan() {
    await this.page.goto('/deploy?service=shop')
    await this.page.getByRole('article', { name: 'plan of shop' }).waitFor()
  }

  /** The one that is shown. */
  async deployPlan(reason = '') {
    if (reason) await this.page.getByLabel('Reason, for the others').fill(reason)
    await this.page.locator('form.bar button[type=submit]').click()
    await this.giveCode()
    await this.page.waitForURL(/\/runs\/\d+/)
    return Number(/\d+$/.exec(new URL(this.page.url()).pathname)[0])
  }

  /** A document as the page gets it. */
  async read(path) {
    const answer = await this.context.request.get(`/api/${path}`)
    return answer.json()
  }

  async log(run) {
    const text = await (await this.context.request.get(`/api/runs/${run}/log.txt`)).text()
    return text.replace(/\x1b\[[0-9;]*m/g, '').split('\n').filter((line, index, all) => index < all.length - 1 || line !== '')
  }

  async picture(name, page = this.page) {
    await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true })
  }

  forget() {
    windows.delete(this)
    return this.context.close()
  }

  /** What they are signed in as is kept for the next test. */
  async close() {
    windows.delete(this)
    await this.context.storageState({ path: join(folder, `session-of-${this.person}.json`) })
    await this.context.close()
  }
}
