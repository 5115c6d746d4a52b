/** What is posted: where, with what, and what is answered. */

import type { paths } from './generated.ts'

export type { MeantAct, Proof } from './generated.ts'

type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never
type Operation = { requestBody: unknown; responses: { 200: unknown } }
/** After `/api/`, with a number in the place of a run's. */
type Filled<Path> = Path extends `/api/${infer Before}{run}${infer After}` ? `${Before}${number}${After}` : Path extends `/api/${infer Rest}` ? Rest : never
type Operations = { [Path in keyof paths as paths[Path] extends { post: Operation } ? Filled<Path> : never]: paths[Path] extends { post: infer Posted } ? Posted : never }

export type PostPath = keyof Operations
export type Body<Path extends PostPath> = Json<Operations[Path]['requestBody']>
export type Answer<Path extends PostPath> = Json<Operations[Path]['responses'][200]>
export type RunRequest = Body<`runs/${number}/requests`>
