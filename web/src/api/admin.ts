/** What admins look after: the freeze, locks, sessions, people. */

export type { Admin as AdminDocument, FreezeOrder as Freeze } from './generated.ts'
