// Waiting.

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))

/** What `look` says as soon as it says something. */
export async function until(look, milliseconds, why) {
  const end = Date.now() + milliseconds
  for (;;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(why)
    await sleep(150)
  }
}
