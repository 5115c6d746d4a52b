/** From figures to places in a chart. */

export type Scale = (value: number) => number

export function linear(domain: [number, number], range: [number, number]): Scale {
  const width = domain[1] - domain[0] || 1
  return (value) => range[0] + ((value - domain[0]) / width) * (range[1] - range[0])
}

export interface EvidenceAxis {
  /** Of `log_e`. */
  domain: [number, number]
  ticks: { log_e: number; label: string }[]
}

/**
 * The e-value on a log scale: `log_e` is a logarithm already. The limit is always in sight, with room above it,
 * and what speaks for the version ends at 1 to 100.
 */
export function evidenceAxis(values: number[], limit: number): EvidenceAxis {
  const high = Math.max(limit * 1.25, ...values)
  const low = Math.max(Math.min(0, ...values), Math.log(0.01))
  return { domain: [low, high], ticks: decades(low, high) }
}

function decades(low: number, high: number): EvidenceAxis['ticks'] {
  const [first, last] = [Math.ceil(low / Math.LN10 - 1e-9), Math.floor(high / Math.LN10)]
  const step = Math.max(1, Math.ceil((last - first) / 6))
  const ticks = []
  for (let power = Math.min(0, first); power <= last; power += step) {
    if (power >= first) ticks.push({ log_e: power * Math.LN10, label: odds(power) })
  }
  return ticks
}

/** What is so many decades of evidence: `1`, `100`, `10⁶`. */
function odds(power: number): string {
  if (power < 0) return `1/${10 ** -power}`
  if (power <= 3) return (10 ** power).toLocaleString('en-US')
  return `10${[...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')}`
}

/** A round number that is at least `value`, for the top of an axis. */
export function roundUp(value: number): number {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 5, 10].find((step) => step * power >= value) ?? 10
  return step * power
}

/** The path of a line; a gap where there is no value. */
export function linePath(points: (readonly [number, number] | null)[]): string {
  let isDown = false
  return points
    .map((point) => {
      if (!point) {
        isDown = false
        return ''
      }
      const command = isDown ? 'L' : 'M'
      isDown = true
      return `${command}${point[0].toFixed(1)},${point[1].toFixed(1)}`
    })
    .join('')
}
