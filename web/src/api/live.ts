/** What crosses the live connection: whole documents, and lines of terminals. */

export type { Ask, Told } from './generated.ts'
