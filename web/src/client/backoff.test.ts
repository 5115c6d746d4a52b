import { expect, it } from 'vitest'
import { backoffMilliseconds } from './backoff.ts'
import { eventsPath } from './channel.ts'

it.each([
  [1, 1, 500],
  [1, 0, 250],
  [4, 1, 4_000],
  [9, 1, 15_000],
  [900, 1, 15_000],
])('after %i tries with chance %d it waits %i ms', (tries, chance, milliseconds) => {
  expect(backoffMilliseconds(tries, chance)).toBe(milliseconds)
})

it('names all that is wanted in the address of a stream', () => {
  expect(eventsPath({ documents: ['home', 'runs/12'], lines: [{ run: 12, from: 533 }] })).toBe('/api/live.events?document=home&document=runs%2F12&lines=12%3A533')
})
