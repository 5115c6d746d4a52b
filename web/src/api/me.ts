/** Who looks, and what they may do at all. */

export type { Me as MeDocument } from './generated.ts'
