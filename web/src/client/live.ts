/** The one live connection of a page: keeps documents and lines coming, and comes back when it is lost. */

import type { Ask, Told } from '../api/live.ts'
import type { RunId, UnixMillis } from '../api/run.ts'
import { backoffMilliseconds } from './backoff.ts'
import type { Channel, OpenChannel, Wanted } from './channel.ts'
import { LineFollower, type TakeLines } from './lines.ts'

export type LiveState =
  | { is: 'connecting' }
  | { is: 'live' }
  | { is: 'lost'; since: UnixMillis; again: UnixMillis }
  | { is: 'ended'; why: string }

type TakeDocument = (body: unknown) => void

/** What a page's surroundings give; the tests have others. */
export interface Surroundings {
  now(): UnixMillis
  chance(): number
  after(milliseconds: number, call: () => void): () => void
  socket: OpenChannel
  events: OpenChannel
}

const HELLO_MILLISECONDS = 5_000
/** The server tells something every 15 s. */
const SILENCE_MILLISECONDS = 40_000
const MISSES_BEFORE_EVENTS = 2

export class Live {
  token: string | null = null
  private state: LiveState = { is: 'connecting' }
  private channel: Channel | null = null
  private generation = 0
  private tries = 0
  private socketMisses = 0
  private lostSince: UnixMillis | null = null
  private cancelTimer = (): void => undefined
  private readonly documents = new Map<string, Set<TakeDocument>>()
  private readonly followers = new Set<LineFollower>()

  constructor(
    private readonly surroundings: Surroundings,
    private readonly changed: (state: LiveState) => void,
  ) {}

  connect(): void {
    this.cancelTimer()
    this.channel?.close()
    const generation = ++this.generation
    const current = (): boolean => generation === this.generation
    const usesEvents = this.socketMisses >= MISSES_BEFORE_EVENTS
    const open = usesEvents ? this.surroundings.events : this.surroundings.socket
    this.expectWithin(HELLO_MILLISECONDS)
    this.channel = open(
      {
        opened: () => current() && this.greet(),
        told: (message) => current() && this.hear(message),
        closed: () => current() && this.lose(),
      },
      () => this.wanted(),
    )
  }

  watchDocument(path: string, take: TakeDocument): () => void {
    const takers = this.documents.get(path) ?? new Set()
    const isFirst = takers.size === 0
    this.documents.set(path, takers.add(take))
    if (isFirst) this.send({ ask: 'document', path })
    return () => {
      takers.delete(take)
      if (takers.size > 0 || this.documents.get(path) !== takers) return
      this.documents.delete(path)
      this.send({ ask: 'leave', path })
    }
  }

  watchLines(run: RunId, from: number, take: TakeLines): () => void {
    const follower = new LineFollower(run, from, take)
    this.followers.add(follower)
    this.send({ ask: 'lines', run, from })
    return () => {
      this.followers.delete(follower)
      this.send({ ask: 'leave_lines', run })
    }
  }

  private wanted(): Wanted {
    const lines = [...this.followers].map(({ run, next }) => ({ run, from: next }))
    return { documents: [...this.documents.keys()], lines }
  }

  private send(ask: Ask): void {
    if (this.state.is === 'live') this.channel?.send(ask)
  }

  private greet(): void {
    this.channel?.send({ ask: 'hello', token: this.token })
  }

  private hear(message: Told): void {
    this.expectWithin(SILENCE_MILLISECONDS)
    switch (message.tell) {
      case 'hello':
        return this.begin()
      case 'document':
        return this.documents.get(message.path)?.forEach((take) => take(message.body))
      case 'lines':
        return this.offer(message.run, message.from, message.lines)
      case 'goodbye':
        return this.end(message.why)
    }
  }

  private begin(): void {
    const wasEvents = this.socketMisses >= MISSES_BEFORE_EVENTS
    this.tries = 0
    this.lostSince = null
    if (!wasEvents) this.socketMisses = 0
    this.tell({ is: 'live' })
    // A stream of events carries its wishes in its address.
    if (wasEvents) return
    for (const path of this.documents.keys()) this.send({ ask: 'document', path })
    for (const { run, next } of this.followers) this.send({ ask: 'lines', run, from: next })
  }

  private offer(run: RunId, from: number, lines: string[]): void {
    for (const follower of this.followers) {
      if (follower.run !== run || follower.offer(from, lines) === 'taken') continue
      this.send({ ask: 'lines', run, from: follower.next })
    }
  }

  private lose(): void {
    if (this.state.is !== 'live') this.socketMisses += 1
    this.channel?.close()
    this.channel = null
    this.generation += 1
    this.tries += 1
    const now = this.surroundings.now()
    this.lostSince ??= now
    const wait = backoffMilliseconds(this.tries, this.surroundings.chance())
    this.tell({ is: 'lost', since: this.lostSince, again: now + wait })
    this.schedule(wait, () => this.connect())
  }

  private end(why: string): void {
    this.cancelTimer()
    this.generation += 1
    this.channel?.close()
    this.channel = null
    this.tell({ is: 'ended', why })
  }

  private expectWithin(milliseconds: number): void {
    this.schedule(milliseconds, () => this.lose())
  }

  private schedule(milliseconds: number, call: () => void): void {
    this.cancelTimer()
    this.cancelTimer = this.surroundings.after(milliseconds, call)
  }

  private tell(state: LiveState): void {
    this.state = state
    this.changed(state)
  }
}
