/** Runs in one line each, with the wave line in small. */

export type { RunLine, RunList, WaveMark, WaveState } from './generated.ts'
