/** The keys of the page, listed by `?`. */

import { onScopeDispose, reactive } from 'vue'

export interface KeyBinding {
  keys: string
  meaning: string
  run(): void
}

/** Those that work at the moment. */
export const bindings = reactive<KeyBinding[]>([])

/** A second key, such as `h` after `g`, is awaited so long. */
const SEQUENCE_MILLISECONDS = 1_000

/** For as long as the component lives. */
export function useKeys(...own: KeyBinding[]): void {
  bindings.push(...own)
  onScopeDispose(() => {
    for (const binding of own) {
      const index = bindings.findIndex(({ keys, run }) => keys === binding.keys && run === binding.run)
      if (index >= 0) bindings.splice(index, 1)
    }
  })
}

export class KeyReader {
  private before = ''
  private beforeAt = 0

  /** Which binding a key finishes; the latest one where two have the same keys. */
  read(event: KeyboardEvent, from: readonly KeyBinding[]): KeyBinding | null {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return null
    const isSequel = event.timeStamp - this.beforeAt < SEQUENCE_MILLISECONDS
    const pressed = isSequel && this.before ? `${this.before} ${event.key}` : event.key
    const found = from.findLast(({ keys }) => keys === pressed) ?? from.findLast(({ keys }) => keys === event.key)
    this.before = found ? '' : event.key
    this.beforeAt = event.timeStamp
    return found ?? null
  }
}

/** Where letters are letters. */
function isTyping(target: EventTarget | null): boolean {
  const { tagName = '', isContentEditable = false } = (target ?? {}) as Partial<HTMLElement>
  return isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(tagName)
}
