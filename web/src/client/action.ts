/** Something that a person does: sent, perhaps proved, and its refusal kept until the next one. */

import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Answer, Body, PostPath } from '../api/act.ts'
import type { Problem } from '../api/problem.ts'
import { send } from './factor.ts'
import { asProblem } from './http.ts'

export interface Action {
  problem: ShallowRef<Problem | null>
  isSending: Ref<boolean>
  /** Nothing when it was refused or given up. */
  run<Path extends PostPath>(path: Path, body: Body<Path>): Promise<Answer<Path> | null>
  again(): void
}

export function useAction(): Action {
  const problem = shallowRef<Problem | null>(null)
  const isSending = ref(false)
  let last = (): void => undefined
  async function run<Path extends PostPath>(path: Path, body: Body<Path>): Promise<Answer<Path> | null> {
    last = () => void run(path, body)
    isSending.value = true
    problem.value = null
    try {
      return await send(path, body)
    } catch (error) {
      problem.value = asProblem(error)
      return null
    } finally {
      isSending.value = false
    }
  }
  return { problem, isSending, run, again: () => last() }
}
