/** Something that a person does: sent, perhaps proved, and its refusal kept until the next one. */

import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Problem } from '../api/problem.ts'
import { send } from './factor.ts'
import { asProblem } from './http.ts'

export interface Action {
  problem: ShallowRef<Problem | null>
  isSending: Ref<boolean>
  /** Nothing when it was refused or given up. */
  run<T>(path: string, body: object): Promise<T | null>
  again(): void
}

export function useAction(): Action {
  const problem = shallowRef<Problem | null>(null)
  const isSending = ref(false)
  let last = (): void => undefined
  async function run<T>(path: string, body: object): Promise<T | null> {
    last = () => void run(path, body)
    isSending.value = true
    problem.value = null
    try {
      return await send<T>(path, body)
    } catch (error) {
      problem.value = asProblem(error)
      return null
    } finally {
      isSending.value = false
    }
  }
  return { problem, isSending, run, again: () => last() }
}
