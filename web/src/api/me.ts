/** Who looks, and what they may do at all. */

import type { Me as MeDocument, Right } from './generated.ts'

export type { MeDocument, Right }

/** Any of these lets somebody do something on the admin's page. */
export const careRights: Right[] = ['freeze', 'thaw', 'ban', 'log_out', 'administer']
