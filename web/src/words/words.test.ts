import { describe, expect, it } from 'vitest'
import { count, rate, short, times, withoutName } from './number.ts'
import { clock, exact, latency, relative, span } from './time.ts'

describe('times', () => {
  it.each([
    [0, '0:00'],
    [42_000, '0:42'],
    [725_000, '12:05'],
    [3_723_000, '1:02:03'],
    [-5_000, '0:00'],
  ])('%i ms is %s on a clock', (milliseconds, said) => expect(clock(milliseconds)).toBe(said))

  it.each([
    [40_000, '40 s'],
    [89_000, '89 s'],
    [180_000, '3 min'],
    [7_200_000, '2 h'],
    [4 * 86_400_000, '4 days'],
  ])('%i ms is %s long', (milliseconds, said) => expect(span(milliseconds)).toBe(said))

  it.each([
    [1_000_000, 1_000_200, 'just now'],
    [1_000_000, 1_240_000, '4 min ago'],
    [1_240_000, 1_000_000, 'in 4 min'],
  ])('%i seen at %i is %s', (at, now, said) => expect(relative(at, now)).toBe(said))

  it.each([
    [0.84, '0.8 ms'],
    [229.6, '230 ms'],
    [1_000, '1 s'],
    [1_254, '1.25 s'],
  ])('a request of %f ms takes %s', (milliseconds, said) => expect(latency(milliseconds)).toBe(said))

  it('are exact in UTC', () => expect(exact(1_795_342_165_444)).toBe('2026-11-22 10:09:25 UTC'))
})

describe('numbers', () => {
  it('say one thing and many', () => expect([count(1, 'host'), count(1_200, 'host')]).toEqual(['1 host', '1,200 hosts']))
  it('say no rate without requests', () => expect([rate(2, 812), rate(0, 0)]).toEqual(['0.25 %', '–']))
  it('say how many times', () => expect([times(25.8), times(1.38)]).toEqual(['26 ×', '1.4 ×']))
  it('cut hashes and nothing else', () => expect([short('20a5d5b8e97ac6c5b8cb'), short('2026-11-22-091500-production')]).toEqual(['20a5d5b8e97a', '2026-11-22-091500-production']))
  it('leave out a name that both versions have', () => {
    expect(withoutName('mathoid:1', 'mathoid:2')).toEqual({ before: '1', version: '2' })
    expect(withoutName('citoid:1', 'mathoid:2')).toEqual({ before: 'citoid:1', version: 'mathoid:2' })
    expect(withoutName(null, 'mathoid:2')).toEqual({ before: null, version: '2' })
  })
})
