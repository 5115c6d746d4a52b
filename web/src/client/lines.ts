/** Follows the lines of one terminal, so that after a disconnect it goes on at the exact line. */

import type { RunId } from '../api/run.ts'

export type TakeLines = (lines: string[], from: number) => void

export class LineFollower {
  constructor(
    readonly run: RunId,
    /** The number of the line that is wanted next. */
    public next: number,
    private readonly take: TakeLines,
  ) {}

  /** Hands on what is new; answers whether lines are missing before these. */
  offer(from: number, lines: string[]): 'taken' | 'gap' {
    if (from > this.next) return 'gap'
    const fresh = lines.slice(this.next - from)
    if (fresh.length === 0) return 'taken'
    const first = this.next
    this.next += fresh.length
    this.take(fresh, first)
    return 'taken'
  }
}
