/** A document of the server in a component: loaded once, then replaced as a whole whenever it changes. */

import { onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import type { Problem } from '../api/problem.ts'
import { live } from './connection.ts'
import { asProblem, get } from './http.ts'

export interface Shown<T> {
  body: Readonly<ShallowRef<T | null>>
  problem: Ref<Problem | null>
  load(): Promise<void>
}

/** Stays as it was loaded. */
export function useLoaded<T>(path: MaybeRefOrGetter<string>): Shown<T> {
  const body = shallowRef<T | null>(null)
  const problem = ref<Problem | null>(null)
  async function load(): Promise<void> {
    const asked = toValue(path)
    try {
      const answer = await get<T>(asked)
      // Somebody may have gone on to another one meanwhile.
      if (asked !== toValue(path)) return
      body.value = answer
      problem.value = null
    } catch (error) {
      if (asked === toValue(path)) problem.value = asProblem(error)
    }
  }
  watch(() => toValue(path), load, { immediate: true })
  return { body, problem, load }
}

/** Follows the document as it changes. */
export function useLive<T>(path: MaybeRefOrGetter<string>): Shown<T> {
  const loaded = useLoaded<T>(path)
  const body = shallowRef<T | null>(null)
  let leave = (): void => undefined
  watch(
    () => toValue(path),
    (wanted) => {
      leave()
      body.value = null
      leave = live.watchDocument(wanted, (told) => {
        if (wanted !== toValue(path)) return
        body.value = told as T
        loaded.problem.value = null
      })
    },
    { immediate: true },
  )
  // What is pushed while the first one is loaded is never older than it.
  watch(loaded.body, (first) => (body.value ??= first), { flush: 'sync' })
  onScopeDispose(() => leave())
  /** What one did oneself is seen at once, pushed or not; what is pushed meanwhile is newer. */
  async function load(): Promise<void> {
    const before = body.value
    await loaded.load()
    if (body.value === before && loaded.problem.value === null) body.value = loaded.body.value
  }
  return { body, problem: loaded.problem, load }
}
