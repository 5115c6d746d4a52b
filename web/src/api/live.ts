/** What crosses the live connection: whole documents, and lines of terminals. */

import type { RunId } from './run.ts'

/** From the page. A connection begins with `hello`. */
export type Ask =
  | { ask: 'hello'; token: string | null }
  | { ask: 'document'; path: string }
  | { ask: 'lines'; run: RunId; from: number }
  | { ask: 'leave'; path: string }
  | { ask: 'leave_lines'; run: RunId }

/** From the server. */
export type Told =
  | { tell: 'hello' }
  /** The whole document, in place of the one before. */
  | { tell: 'document'; path: string; body: unknown }
  /** Nothing new, every 15 s. */
  | { tell: 'beat' }
  /** Lines from number `from` on, counted from 0. */
  | { tell: 'lines'; run: RunId; from: number; lines: string[] }
  /** Signed out, banned: do not come back. */
  | { tell: 'goodbye'; why: string }
