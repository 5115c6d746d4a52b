/** What the server says when it does not do what was asked. */

import type { Problem as Told } from './generated.ts'

/** `second_factor_needed` asks for one and is tried again with it; `unreachable` is the page's own, when nobody answers. */
export type Problem = Omit<Told, 'kind'> & { kind: Told['kind'] | 'unreachable' }
