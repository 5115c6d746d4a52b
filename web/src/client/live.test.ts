import { describe, expect, it } from 'vitest'
import type { Ask, Told } from '../api/live.ts'
import type { Listener, OpenChannel, Wanted } from './channel.ts'
import { Live, type LiveState } from './live.ts'

/** A network whose connections the test opens, loses and speaks on; time passes when the test says so. */
class World {
  now = 1_000
  opened: { kind: 'socket' | 'events'; listener: Listener; asked: Ask[]; wanted: () => Wanted; isClosed: boolean }[] = []
  states: LiveState[] = []
  private timers: { at: number; call: () => void }[] = []
  readonly live = new Live(
    { now: () => this.now, chance: () => 1, after: (milliseconds, call) => this.after(milliseconds, call), socket: this.open('socket'), events: this.open('events') },
    (state) => this.states.push(state),
  )

  get last() {
    return this.opened.at(-1)!
  }

  get is(): LiveState['is'] | undefined {
    return this.states.at(-1)?.is
  }

  greet(): void {
    this.last.listener.opened()
    this.last.listener.told({ tell: 'hello' })
  }

  tell(message: Told): void {
    this.last.listener.told(message)
  }

  pass(milliseconds: number): void {
    const end = this.now + milliseconds
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers.splice(this.timers.indexOf(next), 1)
      this.now = next.at
      next.call()
    }
    this.now = end
  }

  private after(milliseconds: number, call: () => void): () => void {
    const timer = { at: this.now + milliseconds, call }
    this.timers.push(timer)
    return () => (this.timers = this.timers.filter((one) => one !== timer))
  }

  private open(kind: 'socket' | 'events'): OpenChannel {
    return (listener, wanted) => {
      const channel = { kind, listener, wanted, asked: [] as Ask[], isClosed: false }
      this.opened.push(channel)
      return { send: (ask) => channel.asked.push(ask), close: () => (channel.isClosed = true) }
    }
  }
}

function watching(): { world: World; seen: string[] } {
  const world = new World()
  const seen: string[] = []
  world.live.connect()
  world.live.watchLines(7, 0, (lines, from) => lines.forEach((line, index) => seen.push(`${from + index} ${line}`)))
  world.greet()
  return { world, seen }
}

describe('a live connection', () => {
  it('greets first and asks for what is wanted when it was greeted back', () => {
    const world = new World()
    world.live.token = 'secret'
    world.live.watchDocument('home', () => undefined)
    world.live.connect()
    world.last.listener.opened()
    expect(world.last.asked).toEqual([{ ask: 'hello', token: 'secret' }])
    world.tell({ tell: 'hello' })
    expect(world.last.asked.at(-1)).toEqual({ ask: 'document', path: 'home' })
    expect(world.is).toBe('live')
  })

  it('goes on at the exact line after a disconnect', () => {
    const { world, seen } = watching()
    world.tell({ tell: 'lines', run: 7, from: 0, lines: ['a', 'b', 'c'] })
    world.last.listener.closed()
    expect(world.is).toBe('lost')
    world.pass(500)
    world.greet()
    expect(world.last.asked.at(-1)).toEqual({ ask: 'lines', run: 7, from: 3 })
    world.tell({ tell: 'lines', run: 7, from: 3, lines: ['d'] })
    expect(seen).toEqual(['0 a', '1 b', '2 c', '3 d'])
  })

  it('shows a line once that is told twice', () => {
    const { world, seen } = watching()
    world.tell({ tell: 'lines', run: 7, from: 0, lines: ['a', 'b'] })
    world.tell({ tell: 'lines', run: 7, from: 1, lines: ['b', 'c'] })
    world.tell({ tell: 'lines', run: 7, from: 0, lines: ['a'] })
    expect(seen).toEqual(['0 a', '1 b', '2 c'])
  })

  it('asks again where lines are missing, and shows none behind the gap', () => {
    const { world, seen } = watching()
    world.tell({ tell: 'lines', run: 7, from: 0, lines: ['a'] })
    world.tell({ tell: 'lines', run: 7, from: 5, lines: ['f'] })
    expect(seen).toEqual(['0 a'])
    expect(world.last.asked.at(-1)).toEqual({ ask: 'lines', run: 7, from: 1 })
  })

  it('hears nothing of a connection that it gave up', () => {
    const { world, seen } = watching()
    const old = world.last.listener
    old.closed()
    world.pass(500)
    world.greet()
    old.told({ tell: 'lines', run: 7, from: 0, lines: ['ghost'] })
    old.closed()
    expect(seen).toEqual([])
    expect(world.is).toBe('live')
  })

  it('gives up a connection that says nothing for 40 s, and keeps one that does', () => {
    const { world } = watching()
    world.pass(39_000)
    world.tell({ tell: 'beat' })
    world.pass(39_000)
    expect(world.is).toBe('live')
    world.pass(2_000)
    expect(world.is).toBe('lost')
  })

  it('takes a stream of events where sockets never greet, and asks by its address', () => {
    const world = new World()
    world.live.watchDocument('runs/7', () => undefined)
    world.live.connect()
    world.pass(5_000)
    world.pass(20_000)
    expect(world.opened.map(({ kind }) => kind).slice(0, 3)).toEqual(['socket', 'socket', 'events'])
    expect(world.last.wanted()).toEqual({ documents: ['runs/7'], lines: [] })
  })

  it('waits twice as long each time, and says since when it is lost', () => {
    const { world } = watching()
    world.last.listener.closed()
    const since = world.now
    const waits = [1, 2, 3].map(() => {
      const state = world.states.at(-1)
      if (state?.is !== 'lost') throw new Error('not lost')
      expect(state.since).toBe(since)
      const wait = state.again - world.now
      world.pass(wait)
      world.last.listener.closed()
      return wait
    })
    expect(waits).toEqual([500, 1_000, 2_000])
  })

  it('does not come back after a goodbye', () => {
    const { world } = watching()
    world.tell({ tell: 'goodbye', why: 'banned' })
    world.pass(600_000)
    expect(world.is).toBe('ended')
    expect(world.opened).toHaveLength(1)
  })

  it('replaces a document as a whole, and leaves it when nobody looks any more', () => {
    const world = new World()
    const seen: unknown[] = []
    world.live.connect()
    world.greet()
    const leave = world.live.watchDocument('home', (body) => seen.push(body))
    world.tell({ tell: 'document', path: 'home', body: { now: [1] } })
    world.tell({ tell: 'document', path: 'home', body: { now: [] } })
    expect(seen).toEqual([{ now: [1] }, { now: [] }])
    leave()
    expect(world.last.asked.at(-1)).toEqual({ ask: 'leave', path: 'home' })
    world.tell({ tell: 'document', path: 'home', body: {} })
    expect(seen).toHaveLength(2)
  })
})
