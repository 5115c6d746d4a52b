/** What admins look after: the freeze, locks, sessions, people. */

import type { Session } from './me.ts'
import type { RunId, UnixMillis } from './run.ts'

export interface Freeze {
  person: string
  reason: string
  since: UnixMillis
  /** When it ends by itself. */
  until: UnixMillis | null
}

export interface Lock {
  key: string
  /** Absent when a person took it by hand. */
  run: RunId | null
  person: string
  reason: string | null
  since: UnixMillis
  waiting: RunId[]
}

export interface Ban {
  person: string
  reason: string
  by: string
  until: UnixMillis | null
}

export interface AdminDocument {
  freeze: Freeze | null
  locks: Lock[]
  sessions: Session[]
  bans: Ban[]
}
