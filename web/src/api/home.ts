/** What the first page shows. */

import type { Freeze } from './admin.ts'
import type { Approval } from './plan.ts'
import type { RunId, UnixMillis } from './run.ts'
import type { RunLine } from './runs.ts'

export interface GoingRun extends RunLine {
  /** Where it is, in a sentence. */
  sentence: string
  left_milliseconds: number | null
  /** When its question takes its default. */
  question_until: UnixMillis | null
}

export interface QueuedRun {
  run: RunId
  service: string
  version: string
  before: string | null
  person: string
  is_mine: boolean
  expected_start: UnixMillis | null
  /** `run 5`, `grace, who locked it by hand` */
  waits_for: string
}

export interface SignalPoint {
  at: UnixMillis
  /** Errors in a hundred requests; absent where nothing was counted. */
  error_percentage: number | null
}

export interface Signal {
  name: string
  /** Its last five minutes were more than twice as bad as any before them. */
  is_raised: boolean
  /** Why there are no points. */
  missing: string | null
  points: SignalPoint[]
}

export interface DeploymentMark {
  at: UnixMillis
  run: RunId
  service: string
  version: string
  person: string
}

export interface HomeDocument {
  now: GoingRun[]
  queue: QueuedRun[]
  may_order_queue: boolean
  approvals: Approval[]
  freeze: Freeze | null
  signals: Signal[]
  marks: DeploymentMark[]
  recent: RunLine[]
}
