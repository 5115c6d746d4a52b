/** The time, once a second, for all that counts it. */

import { onScopeDispose, readonly, ref, type Ref } from 'vue'

const time = ref(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useNow(): Readonly<Ref<number>> {
  if (watchers++ === 0) {
    time.value = Date.now()
    timer = setInterval(() => (time.value = Date.now()), 1_000)
  }
  onScopeDispose(() => {
    if (--watchers === 0) clearInterval(timer)
  })
  return readonly(time)
}
