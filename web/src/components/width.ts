/** How wide an element is, in pixels of CSS. */

import { onScopeDispose, ref, watch, type Ref } from 'vue'

const BEFORE_IT_IS_KNOWN = 640

export function useWidth(element: Readonly<Ref<HTMLElement | null>>): Ref<number> {
  const width = ref(BEFORE_IT_IS_KNOWN)
  const observer = new ResizeObserver(([entry]) => {
    if (entry) width.value = Math.max(200, Math.floor(entry.contentRect.width))
  })
  watch(element, (now, before) => {
    if (before) observer.unobserve(before)
    if (now) observer.observe(now)
  })
  onScopeDispose(() => observer.disconnect())
  return width
}
