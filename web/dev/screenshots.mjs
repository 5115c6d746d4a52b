/**
 * Takes a picture of every page in every state, and lets axe look at each: `npm run build && npm run screenshots [WORD…]`.
 * A word picks those whose names have it. What the browser complains of, the policy's refusals among it, is told and fails.
 */

import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import { preview } from 'vite'
import { pictures, looks } from './pictures.mjs'

const folder = 'screenshots'
const words = process.argv.slice(2)
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

await mkdir(folder, { recursive: true })
const server = await preview({ preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error' })
const address = `http://127.0.0.1:${server.httpServer.address().port}`
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
const troubles = []

for (const look of looks) {
  for (const picture of pictures) {
    const name = `${picture.name}.${look.name}`
    if (picture.looks && !picture.looks.includes(look.name)) continue
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue
    troubles.push(...(await take(picture, look, name)))
  }
}

await browser.close()
await server.close()
for (const trouble of troubles) console.log(trouble)
console.log(troubles.length === 0 ? 'nothing to mend' : `${troubles.length} to mend`)
process.exit(troubles.length === 0 ? 0 : 1)

async function take(picture, look, name) {
  const found = []
  const context = await browser.newContext({ ...look.context, bypassCSP: false })
  await context.addCookies([{ name: 'fixture', value: picture.scenario, url: address }])
  const page = await context.newPage()
  page.on('console', (message) => {
    const isWanted = ['failing_server', 'lost'].includes(picture.scenario) || message.location().url.includes('/api/')
    if (message.type() === 'error' && !isWanted) found.push(`${name}: ${message.text()}`)
  })
  page.on('pageerror', (error) => found.push(`${name}: ${error.message}`))
  await page.goto(address + picture.path)
  await page.waitForTimeout(picture.wait ?? 700)
  if (picture.until) await page.waitForSelector(picture.until)
  if (picture.brings) await bring(page, picture.brings)
  await picture.act?.(page)
  if (look.media) await page.emulateMedia(look.media)
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: picture.fullPage ?? true })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) found.push(`${name}: ${wide} pixels wider than the window`)
  found.push(...(await violations(page, name)))
  await context.close()
  return found
}

/** What draws itself only where it can be seen, such as a terminal, is looked at first. */
async function bring(page, selector) {
  await page.locator(selector).first().scrollIntoViewIfNeeded()
  await page.waitForTimeout(300)
  await page.evaluate(() => scrollTo(0, 0))
}

/** Through the debugger: the policy lets no other script in. */
async function violations(page, name) {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axe })
  const { result } = await session.send('Runtime.evaluate', { expression: 'axe.run().then((r) => JSON.stringify(r.violations.map((v) => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map((n) => n.target + " " + (n.any[0]?.message ?? "")).join(" | "))))', awaitPromise: true, returnByValue: true })
  return JSON.parse(result.value).map((violation) => `${name}: axe ${violation}`)
}
