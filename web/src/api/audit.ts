/** Who did, saw, forced and approved what. */

import type { RunId, UnixMillis } from './run.ts'

export interface AuditEntry {
  number: number
  at: UnixMillis
  person: string
  from: string
  /** Past tense: `deployed`, `answered`. */
  did: string
  /** A sentence. */
  what: string
  run: RunId | null
  reason: string | null
}

export interface AuditDocument {
  entries: AuditEntry[]
  more: boolean
  /** Whether the chain holds up to the newest entry. */
  holds: boolean
}
