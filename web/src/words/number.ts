/** How numbers are said. */

const whole = new Intl.NumberFormat('en-US')

/** `12,345` */
export function thousands(number: number): string {
  return whole.format(number)
}

/** `1 host`, `1,200 hosts` */
export function count(number: number, thing: string): string {
  return `${thousands(number)} ${thing}${number === 1 ? '' : 's'}`
}

/** `0.25 %`; nothing without requests. */
export function rate(errors: number, requests: number): string {
  return requests === 0 ? '–' : `${((errors / requests) * 100).toFixed(2)} %`
}

/** How many times the control's rate: `26 ×`, `1.4 ×` */
export function times(ratio: number): string {
  return `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)} ×`
}

/** A digest or revision as people compare it: its first twelve characters. */
export function short(digest: string): string {
  return /^[0-9a-f]{13,}$/.test(digest) ? digest.slice(0, 12) : digest
}

/** Two versions of one image without its name, which both begin with. */
export function withoutName(before: string | null, version: string): { before: string | null; version: string } {
  const name = /^[^:]+:/.exec(version)?.[0]
  if (!name || (before !== null && !before.startsWith(name))) return { before: before && short(before), version: short(version) }
  return { before: before?.slice(name.length) ?? null, version: version.slice(name.length) }
}
