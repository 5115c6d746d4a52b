/** The page goes on where it was when its connection is lost, and does without WebSockets where there are none. */

import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { Window } from './browser.mjs'
import { checkOut, deployInTerminal, pageServer, quiet, startPageServer, unbarAll } from './demo.mjs'
import { linesCounted, linesShown, onWholeScreen, tall } from './terminal.mjs'
import { until } from './wait.mjs'

let ada, page
before(async () => (ada = await Window.of('ada', { viewport: tall })))
beforeEach(async () => {
  await quiet()
  unbarAll()
  checkOut('v3')
  page = await ada.another()
})

async function watch(run) {
  await page.goto(`/runs/${run}`)
  await onWholeScreen(page)
  await until('the first lines', async () => (await linesShown(page)).length > 3)
}

async function sameLines(run) {
  await quiet()
  const log = await ada.log(run)
  await until('the last line', async () => (await linesShown(page)).at(-1) === log.at(-1))
  assert.deepEqual(await linesShown(page), log, 'no line is missing, none is there twice')
  await until('the count of lines', async () => (await linesCounted(page)) === log.length)
}

test('a server that stops is said to be lost, and the terminal goes on at the exact line', async () => {
  const run = await deployInTerminal()
  await watch(run)
  const light = page.locator('.top .live').first()
  process.kill(pageServer(), 'SIGKILL')
  await light.getByText(/^as of \d\d:\d\d:\d\d UTC, trying again/).waitFor()
  await until('the server to be gone', () => pageServer() === null)
  startPageServer()
  await light.getByText('live', { exact: true }).first().waitFor()
  await sameLines(run)
})

test('where WebSockets are closed at once the same lines come as events', async () => {
  let closed = 0
  await page.routeWebSocket(/\/api\/live/, (socket) => {
    closed += 1
    socket.close()
  })
  const events = page.waitForRequest(/\/api\/live\.events/)
  const run = await deployInTerminal()
  await watch(run)
  await events
  assert.equal(closed, 2, 'it was tried twice')
  await sameLines(run)
})
