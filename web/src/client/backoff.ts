/** How long to wait before the next try to connect. */

const FIRST_MILLISECONDS = 500
const LONGEST_MILLISECONDS = 15_000

/** `tries` failed in a row; `chance` from 0 to 1 spreads many pages that lost the same server. */
export function backoffMilliseconds(tries: number, chance: number): number {
  const doubled = FIRST_MILLISECONDS * 2 ** Math.max(0, tries - 1)
  return Math.round(Math.min(LONGEST_MILLISECONDS, doubled) * (0.5 + chance / 2))
}
