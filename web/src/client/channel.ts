/** One connection to the server: a WebSocket, or a stream of events where a proxy lets no WebSocket through. */

import type { Ask, Told } from '../api/live.ts'

export interface Listener {
  opened(): void
  told(message: Told): void
  closed(): void
}

export interface Channel {
  send(ask: Ask): void
  close(): void
}

/** What the page wants to be told at the moment; lines by run, from which on. */
export interface Wanted {
  documents: string[]
  lines: { run: number; from: number }[]
}

export type OpenChannel = (listener: Listener, wanted: () => Wanted) => Channel

export const openSocket: OpenChannel = (listener) => {
  const url = new URL('/api/live', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  socket.onopen = () => listener.opened()
  socket.onmessage = (event) => listener.told(JSON.parse(String(event.data)) as Told)
  socket.onclose = () => listener.closed()
  return {
    send: (ask) => socket.send(JSON.stringify(ask)),
    close: () => {
      socket.onclose = null
      socket.close()
    },
  }
}

/** A stream cannot be written to: another wish opens another stream. */
export const openEvents: OpenChannel = (listener, wanted) => {
  let source = stream(listener, wanted())
  let again = false
  return {
    send: (ask) => {
      if (ask.ask === 'hello' || again) return
      again = true
      queueMicrotask(() => {
        again = false
        source.close()
        source = stream(listener, wanted())
      })
    },
    close: () => source.close(),
  }
}

export function eventsPath(wanted: Wanted): string {
  const query = new URLSearchParams()
  for (const path of wanted.documents) query.append('document', path)
  for (const { run, from } of wanted.lines) query.append('lines', `${run}:${from}`)
  return `/api/live.events?${query}`
}

function stream(listener: Listener, wanted: Wanted): EventSource {
  const source = new EventSource(eventsPath(wanted))
  source.onmessage = (event) => listener.told(JSON.parse(String(event.data)) as Told)
  // Left alone it would come back by itself, and ask for lines that are here already.
  source.onerror = () => {
    source.close()
    listener.closed()
  }
  return source
}
