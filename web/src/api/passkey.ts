/** A passkey that this browser has made and that waits to be confirmed. */

import type { UnixMillis } from './run.ts'

export interface MadePasskey {
  /** To be typed on the deploy host. */
  number: string
  /** When it waits no more. */
  until: UnixMillis
}
