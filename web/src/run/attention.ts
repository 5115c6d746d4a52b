/** A question reaches people who look elsewhere: in the title of the tab, and as a notification where they allow it. */

import { onScopeDispose, watch, type Ref } from 'vue'
import type { RunDocument } from '../api/run.ts'
import { runState } from '../words/state.ts'
import { asked } from './sentence.ts'
import { openQuestion } from './waves.ts'

export function title(run: RunDocument): string {
  const asks = openQuestion(run) ? '❓ ' : ''
  return `${asks}${run.service}: ${runState(run.phase, run.outcome).word} · run ${run.run}`
}

export function useAttention(run: Readonly<Ref<RunDocument | null>>): void {
  let notification: Notification | null = null
  let notified = ''
  watch(run, (now) => {
    if (!now) return
    document.title = title(now)
    const question = openQuestion(now)
    const key = question ? `${now.run}/${question.id}` : ''
    if (key === notified) return
    notified = key
    notification?.close()
    notification = question ? notify(now, asked(now, question), key) : null
  }, { immediate: true })
  onScopeDispose(() => notification?.close())
}

/** Whoever looks at the page sees the question there. */
function notify(run: RunDocument, sentence: string, tag: string): Notification | null {
  const isWanted = 'Notification' in window && Notification.permission === 'granted'
  if (!isWanted || document.visibilityState === 'visible') return null
  const notification = new Notification(`${run.service} waits for an answer`, { body: sentence, tag, requireInteraction: true })
  notification.onclick = () => window.focus()
  return notification
}
