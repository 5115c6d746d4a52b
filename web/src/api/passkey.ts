/** A passkey that this browser has made and that waits to be confirmed. */

export type { MadePasskey } from './generated.ts'
