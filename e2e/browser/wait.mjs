/** Waiting for what is expected, with a name for it; never for a time alone. */

export async function until(name, isSo, milliseconds = 30_000, every = 100) {
  const end = Date.now() + milliseconds
  for (;;) {
    const found = await isSo()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited ${milliseconds / 1_000} s for ${name}`)
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
