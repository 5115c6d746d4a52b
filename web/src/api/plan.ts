/** A plan: what `scap plan SERVICE --format json` prints, and what stands beside it before anybody approves it. */

import type { Finding, GateName, UnixMillis, WaveView } from './run.ts'

export interface ReleaseStepView {
  environment_type: 'STAGING' | 'PRODUCTION'
  stage: string
  environment: string
  namespace: string
  release: string | null
  directory: string
  gates: GateName[]
  reason: string
}

export interface HostStepView {
  host_group: string
  hosts: string[]
  revision: string
  directory: string
  gates: GateName[]
  reason: string
}

export type StepView = ReleaseStepView | HostStepView

export interface ReleasePlace {
  environment: string
  namespace: string
  release: string
}

export interface PlanView {
  service: string
  cluster_group: string | null
  primary_datacenter: string | null
  digest: string
  steps: StepView[]
  unchanged?: ReleasePlace[]
}

export type ObjectState = 'added' | 'removed' | 'kept' | 'changed' | 'drifted' | 'missing' | 'unchanged'

/** A line of a difference as it is shown; secrets are hidden already. */
export interface DifferenceLine {
  sign: 'added' | 'removed' | 'same'
  text: string
}

export interface ObjectDifference {
  object: string
  state: ObjectState
  fields: { path: string; lines: DifferenceLine[] }[]
}

/** The difference of one step; steps with the same one name the first. */
export interface StepDifference {
  step: number
  same_as: number | null
  objects: ObjectDifference[]
}

export interface PlannedCheck {
  name: string
  gate: GateName
  wave: string
  sentence: string
  usual_milliseconds: number | null
  is_shadow: boolean
}

/** A plan that needs a second person. */
export interface Approval {
  person: string
  digest: string
  service: string
  version: string
  /** One of these has to agree. */
  group: string
  reason: string | null
  asked: UnixMillis | null
  approved_by: string[]
  is_mine: boolean
  may_approve: boolean
}

export interface PlanDocument extends PlanView {
  version: string
  waves: WaveView[]
  /** The version that runs now, for each step. */
  before: (string | null)[]
  differences: StepDifference[]
  checks: PlannedCheck[]
  /** What undo would restore, a sentence for each. */
  undo: string[]
  findings: Finding[]
  usual_milliseconds: number | null
  /** Runs that would go first. */
  ahead: number
  needs_step_up: boolean
  needs_approval: string | null
  /** Whether the person may go on without it. */
  may_break_glass: boolean
  /** Who wants consent to it. */
  approval: Approval | null
  may_deploy: boolean
}

/** A plan of somebody who wants consent. */
export interface ApprovalOrder {
  approval: string
  person: string
}

/** What a person asks to be planned. */
export interface PlanOrder {
  service: string
  version?: string
  environments?: string[]
}
