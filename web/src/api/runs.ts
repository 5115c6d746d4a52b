/** Runs in one line each: what `scap runs --format json` prints, and the wave line in small. */

import type { Outcome, Phase, RunId, UnixMillis } from './run.ts'

export interface RunSummary {
  run: RunId
  service: string
  person: string
  version: string
  digest: string
  created: UnixMillis
  changed: UnixMillis
  phase: Phase
  outcome: Outcome | null
}

/** What a mark of a wave line says. */
export type WaveState = 'waiting' | 'going' | 'done' | 'failed' | 'asking' | 'undone'

export interface WaveMark {
  name: string
  /** A gate's mark is a diamond. */
  kind: 'wave' | 'gate'
  state: WaveState
  /** From 0 to 1, while it goes on and that is known. */
  done: number | null
}

export interface RunLine extends RunSummary {
  before: string | null
  waves: WaveMark[]
}

export interface RunList {
  runs: RunLine[]
  /** Whether there are older ones. */
  more: boolean
}
