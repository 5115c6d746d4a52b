/** Services: what one can deploy, and what runs where of one. */

export type { Found, ServiceDocument } from './generated.ts'
