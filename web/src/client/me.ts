/** Who looks: known before any page is shown. */

import { shallowRef } from 'vue'
import type { MeDocument, Right } from '../api/me.ts'
import type { Problem } from '../api/problem.ts'
import { beginLive } from './connection.ts'
import { asProblem, get, Refused } from './http.ts'

export const me = shallowRef<MeDocument | null>(null)
export const meProblem = shallowRef<Problem | null>(null)

/** Whether the person has one of these rights over everything. */
export function may(...rights: Right[]): boolean {
  return rights.some((right) => me.value?.rights.includes(right))
}

export async function loadMe(): Promise<void> {
  await readMe()
  if (!meProblem.value && me.value?.sign === 'in') beginLive(me.value.live_token)
}

/** As it is now, for what may have changed elsewhere. */
export async function readMe(): Promise<void> {
  try {
    me.value = await get<MeDocument>('me')
    meProblem.value = null
  } catch (error) {
    if (error instanceof Refused && error.status === 401) location.reload()
    meProblem.value = asProblem(error)
  }
}
