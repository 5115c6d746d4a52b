/** How long the page is blocked by 10,000 lines at once, and by joining 100,000: `npm run build && node dev/burst.mjs`. */

import { chromium } from 'playwright-core'
import { preview } from 'vite'

const server = await preview({ preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error' })
const address = `http://127.0.0.1:${server.httpServer.address().port}`
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })

for (const scenario of ['burst', 'long_log']) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  await context.addCookies([{ name: 'fixture', value: scenario, url: address }])
  const page = await context.newPage()
  await page.addInitScript(() => {
    window.blocks = []
    new PerformanceObserver((list) => window.blocks.push(...list.getEntries().map((entry) => [Math.round(entry.startTime), Math.round(entry.duration)]))).observe({ type: 'longtask', buffered: true })
  })
  await page.goto(`${address}/runs/2041`)
  await page.waitForSelector('.dock .xterm-rows span')
  const opened = await page.evaluate(() => Math.round(performance.now()))
  await page.waitForTimeout(4_000)
  if (scenario === 'long_log') await page.getByRole('button', { name: /Show the/ }).click()
  await page.waitForTimeout(15_000)
  const blocks = await page.evaluate(() => window.blocks)
  const after = blocks.filter(([at]) => at > opened).map(([, long]) => long)
  console.log(`${scenario}: terminal there after ${opened} ms; longest block ${Math.max(0, ...blocks.map(([, long]) => long))} ms, after that ${Math.max(0, ...after)} ms in ${after.length} long tasks`)
  await context.close()
}
await browser.close()
await server.close()
process.exit(0)
