/** How times are said: relative to read, exact on hover. */

import type { UnixMillis } from '../api/run.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `0:42`, `12:05`, `1:02:03` */
export function clock(milliseconds: number): string {
  const left = Math.max(0, milliseconds)
  const hours = Math.floor(left / HOUR)
  const minutes = Math.floor((left % HOUR) / MINUTE)
  const seconds = two(Math.floor((left % MINUTE) / SECOND))
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`
}

/** `40 s`, `3 min`, `2 h` */
export function span(milliseconds: number): string {
  if (milliseconds < 1.5 * MINUTE) return `${Math.round(milliseconds / SECOND)} s`
  if (milliseconds < 1.5 * HOUR) return `${Math.round(milliseconds / MINUTE)} min`
  if (milliseconds < 2 * DAY) return `${Math.round(milliseconds / HOUR)} h`
  return `${Math.round(milliseconds / DAY)} days`
}

/** How long a request takes: `0.8 ms`, `230 ms`, `1.25 s` */
export function latency(milliseconds: number): string {
  if (milliseconds >= 1_000) return `${Number((milliseconds / 1_000).toFixed(2))} s`
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`
}

/** `just now`, `4 min ago`, `in 3 min` */
export function relative(at: UnixMillis, now: UnixMillis): string {
  const passed = now - at
  if (Math.abs(passed) < SECOND) return 'just now'
  return passed > 0 ? `${span(passed)} ago` : `in ${span(-passed)}`
}

/** `2026-11-22 10:02:31 UTC` */
export function exact(at: UnixMillis): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `10:02:31`, of UTC: people of all places talk about the same moment. */
export function timeOfDay(at: UnixMillis): string {
  return new Date(at).toISOString().slice(11, 19)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
