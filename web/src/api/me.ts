/** Who looks, and what they may do at all. */

import type { UnixMillis } from './run.ts'

export interface Factor {
  id: string
  kind: 'totp' | 'passkey'
  name: string
  added: UnixMillis
  used: UnixMillis | null
}

export interface Session {
  id: string
  person: string
  is_this: boolean
  from: string
  device: string
  since: UnixMillis
  seen: UnixMillis
}

export type Sign = 'in' | 'first_factor_only' | 'out'

export interface MeDocument {
  sign: Sign
  person: string | null
  /** The identity provider's name. */
  provider: string
  groups: string[]
  is_admin: boolean
  /** Goes along with the first message of a live connection. */
  live_token: string | null
  factors: Factor[]
  sessions: Session[]
}
