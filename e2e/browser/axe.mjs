/** What axe finds wrong with a page; through the debugger, as the page's policy lets no other script in. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axe = readFileSync(createRequire(new URL('../../web/package.json', import.meta.url)).resolve('axe-core/axe.min.js'), 'utf8')
const RUN = `axe.run().then(({ violations }) => JSON.stringify(violations.map(({ id, help, nodes }) =>
  id + ': ' + help + ' ' + nodes.slice(0, 3).map(({ target, any }) => target + ' ' + (any[0]?.message ?? '')).join(' | '))))`

export async function violations(page) {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axe })
  const { result } = await session.send('Runtime.evaluate', { expression: RUN, awaitPromise: true, returnByValue: true })
  await session.detach()
  return JSON.parse(result.value)
}

/** In pixels. */
export function widerThanWindow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
