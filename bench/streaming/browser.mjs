// A burst of lines in a real browser, and its first page: `browser.mjs SCAP PAGE`. CHROMIUM names another one than Debian's.

import { createRequire } from 'node:module'
import { Site } from './lib/site.mjs'
import { median, sleep, until } from './lib/time.mjs'

const { chromium } = createRequire(new URL('../../web/package.json', import.meta.url))('playwright-core')
const [scap, folder] = process.argv.slice(2)
const BURST = 10_000
const ROUNDS = 3

const watchTasks = () => {
  globalThis.tasks = []
  new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((it) => it.duration))).observe({ type: 'longtask', buffered: true })
}

const site = await new Site(scap, folder).begin()
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const ada = await site.person('ada')
  const [name, value] = (await ada.signIn()).split('=')
  const context = await browser.newContext({ baseURL: site.url, viewport: { width: 1280, height: 900 } })
  await context.addCookies([{ name, value, url: site.url }])
  await context.addInitScript(watchTasks)
  await firstPage(context)
  for (let index = 0; index < ROUNDS; index += 1) await burst(context)
} finally {
  await browser.close()
  await site.end()
}

async function firstPage(context) {
  const times = []
  let sizes
  for (let index = 0; index < 5; index += 1) {
    const page = await context.newPage()
    const began = performance.now()
    await page.goto('/')
    await page.getByRole('navigation', { name: 'pages' }).waitFor()
    times.push(performance.now() - began)
    sizes ??= await page.evaluate(() => performance.getEntriesByType('resource').filter((it) => /\.js$/.test(it.name)).map((it) => it.encodedBodySize))
    await page.close()
  }
  const kilobytes = Math.round(sizes.reduce((all, it) => all + it, 0) / 1024)
  console.log(`first page: ${sizes.length} scripts, ${kilobytes} KiB compressed; shown and usable after ${Math.round(times[0])} ms, then ${Math.round(median(times.slice(1)))} ms`)
}

async function burst(context) {
  const run = await site.deploy()
  const page = await context.newPage()
  await page.goto(`/runs/${run}`)
  const counted = page.locator('.dock header .tabular').first()
  await counted.waitFor()
  await sleep(2_000)
  await page.evaluate(() => void (globalThis.tasks.length = 0))
  const began = performance.now()
  site.say({ rate: 0, lines: BURST })
  await until('all lines on the page', async () => Number((/[\d,]+/.exec(await counted.textContent()) ?? ['0'])[0].replaceAll(',', '')) >= BURST)
  await sleep(1_000)
  const tasks = await page.evaluate(() => globalThis.tasks)
  const took = Math.round(performance.now() - began - 1_000)
  console.log(`${BURST} lines at once: there after ${took} ms; ${tasks.length} tasks longer than 50 ms, the longest ${Math.round(Math.max(0, ...tasks))} ms`)
  await page.close()
  await site.deployed
}
