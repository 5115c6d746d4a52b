/** Who did, saw, forced and approved what. */

export type { AuditPage as AuditDocument } from './generated.ts'
