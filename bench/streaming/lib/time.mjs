// Waiting.

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))

/** What `look` says as soon as it says something. */
export async function until(what, look, milliseconds = 60_000) {
  const end = Date.now() + milliseconds
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await sleep(20)
  }
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
