import { describe, expect, it } from 'vitest'
import { evidenceAxis, linear, linePath, roundUp } from './scale.ts'

const LIMIT = Math.log(100)
const labels = (values: number[]): string[] => evidenceAxis(values, LIMIT).ticks.map(({ label }) => label)

describe('the axis of evidence', () => {
  it('has the limit in sight before anything speaks against the version', () => {
    const { domain } = evidenceAxis([-0.3, 0.2], LIMIT)
    expect(domain[0]).toBe(-0.3)
    expect(domain[1]).toBeGreaterThan(LIMIT)
  })
  it('says odds in decades', () => expect(labels([0, LIMIT])).toEqual(['1', '10', '100']))
  it('says high odds as powers, and few of them', () => expect(labels([0, 36])).toEqual(['1', '1,000', '10⁶', '10⁹', '10¹²', '10¹⁵']))
  it('cuts what speaks for the version at 1 to 100', () => expect(evidenceAxis([-30, 1], LIMIT).domain[0]).toBeCloseTo(-LIMIT))
  it('holds without any point', () => expect(evidenceAxis([], LIMIT).domain).toEqual([0, LIMIT * 1.25]))
})

describe('scales', () => {
  it('go both ways', () => expect([0, 5, 10].map(linear([0, 10], [100, 0]))).toEqual([100, 50, 0]))
  it('hold where all is equal', () => expect(linear([3, 3], [0, 100])(3)).toBe(0))
  it.each([[0, 1], [1, 1], [3, 5], [7, 10], [12, 20], [430, 500]])('round %i up to %i', (value, round) => expect(roundUp(value)).toBe(round))
  it('leave gaps where nothing was counted', () => expect(linePath([[0, 1], null, [2, 3], [4, 5]])).toBe('M0.0,1.0M2.0,3.0L4.0,5.0'))
})
