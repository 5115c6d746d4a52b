/** The page's live connection, as Vue sees it. */

import { shallowRef } from 'vue'
import { openEvents, openSocket } from './channel.ts'
import { Live, type LiveState } from './live.ts'

export const liveState = shallowRef<LiveState>({ is: 'connecting' })

export const live = new Live(
  {
    now: () => Date.now(),
    chance: () => Math.random(),
    after: (milliseconds, call) => {
      const timer = setTimeout(call, milliseconds)
      return () => clearTimeout(timer)
    },
    socket: openSocket,
    events: openEvents,
  },
  (state) => (liveState.value = state),
)

export function beginLive(token: string | null): void {
  live.token = token
  live.connect()
  // The laptop is open again, or the network is back: do not wait.
  addEventListener('online', () => liveState.value.is === 'lost' && live.connect())
}
