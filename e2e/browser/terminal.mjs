/** What a run's terminal shows: in a window this tall, all of its lines at once and none of them broken. */

export const tall = { width: 2600, height: 2400 }

/** Without the blanks at their ends. */
export async function linesShown(page) {
  const rows = await page.locator('.dock .xterm-rows > div').allTextContents()
  const lines = rows.map((row) => row.replace(/\u00a0/g, ' ').trimEnd())
  while (lines.at(-1) === '') lines.pop()
  return lines
}

/** `21 lines`, as its head says. */
export async function linesCounted(page) {
  const text = await page.locator('.dock header .tabular').first().textContent()
  return Number(/[\d,]+/.exec(text)[0].replaceAll(',', ''))
}

export async function onWholeScreen(page) {
  await page.getByRole('button', { name: 'on the whole screen' }).click()
  await page.getByRole('button', { name: 'leave the whole screen' }).waitFor()
}
