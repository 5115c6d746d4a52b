/** A run: what `scap show RUN --format json` prints (schemas/explanation.json), and what the page needs beside it. */

import type { PlanView } from './plan.ts'

/** Wall time, milliseconds since 1970. */
export type UnixMillis = number
export type RunId = number
export type StepId = number
export type WaveId = number

export type Phase =
  | 'planned' | 'preparing' | 'deploying' | 'judging' | 'asking' | 'frozen'
  | 'stopping' | 'rolling_back' | 'stuck' | 'finished'
export type Outcome =
  | 'succeeded' | 'succeeded_with_stragglers' | 'rolled_back' | 'stopped' | 'cancelled' | 'refused'
export type StepStatus =
  | 'waiting' | 'started' | 'interrupted' | 'acted' | 'succeeded' | 'failed'
  | 'undoing' | 'undo_interrupted' | 'undone' | 'undo_failed'
export type Verdict = 'pass' | 'fail' | 'concern' | 'inconclusive' | 'no_data'
export type Choice = 'approve' | 'decline' | 'promote' | 'hold' | 'undo' | 'stop'
export type GateName = 'readiness' | 'tests' | 'evidence' | 'bake' | 'shadow' | 'watch'

export interface Finding {
  severity: 'error' | 'warning'
  message: string
  hint: string | null
}

export interface Straggler {
  name: string
  why: string
}

export interface Failure {
  kind: 'failed' | 'stopped' | 'unobservable'
  message: string
  causes: string[]
  hints: string[]
  commands: string[]
}

export interface StepReport {
  step: StepId
  name: string
  before: string | null
  status: StepStatus
  attempt: number
  started: UnixMillis | null
  ended: UnixMillis | null
  readback: { summary: string; stragglers: Straggler[] } | null
  failure: Failure | null
}

export interface TestReport {
  test: string
  instance: string
  failure: string | null
  remark?: string | null
  retries?: number
  quarantine?: { reason: string; until?: string | null } | null
}

export interface Counts {
  requests: number
  errors: number
}

export interface ChartPoint {
  at: UnixMillis
  elapsed_milliseconds: number
  canary: Counts
  control: Counts
  /** Natural logarithm of the e-value. */
  log_e: number
}

export interface ChartKind {
  signature: string
  is_new: boolean
  is_ordinary: boolean
  canary: number
  control: number
  log_e: number
  first_seen: UnixMillis | null
  canary_by_point: number[]
  control_by_point: number[]
}

export interface Chart {
  /** The `log_e` that is an alarm. */
  limit: number
  points: ChartPoint[]
  ratio: { low: number; estimate: number | null; high: number | null } | null
  verdict: { at: UnixMillis; verdict: Verdict } | null
  kinds: ChartKind[]
  more_kinds: number
}

export interface ErrorExample {
  at?: UnixMillis | null
  instance: string
  signature: string
  text: string
}

export interface OtherRun {
  run: RunId
  service: string
  person: string
  since: UnixMillis
  until?: UnixMillis | null
}

export interface AskedQuery {
  finds: string
  of: string[]
  place: string
  query: string
  fields: Record<string, string>
  link: string | null
}

export interface EvidenceReport {
  canary: Counts
  control: Counts
  chart: Chart | null
  queries: AskedQuery[]
  counterfactual: string | null
  missing: string[]
  sent: Sent
  others?: OtherRun[]
  examples: ErrorExample[] | null
  missing_examples: string | null
}

/** Requests of scap's own that were answered. */
export interface Sent {
  canary: number
  control: number
}

export interface GateReport {
  wave: string
  gate: number
  is_shadow: boolean
  verdict: Verdict | null
  why: string | null
  tests: TestReport[] | null
  evidence: EvidenceReport | null
}

export type Cause =
  | { cause: 'step'; step: StepId }
  | { cause: 'gate'; wave: WaveId; gate: number }
  | { cause: 'abort' }

export type Question = {
  id: number
  choices: Choice[]
  /** Taken when nobody answers in time. */
  default: Choice
  until: UnixMillis
  answer: Choice | null
} & (
  | { about: 'approve' }
  | { about: 'undecided'; wave: WaveId; gate: number }
  | { about: 'failed'; cause: Cause }
)

export interface Report {
  run: RunId
  service: string
  version: string
  person: string
  reason: string | null
  created: UnixMillis
  changed: UnixMillis
  phase: Phase
  outcome: Outcome | null
  plan: PlanView
  findings: Finding[] | null
  steps: StepReport[]
  gates: GateReport[]
  questions: Question[]
  abort: { by: string; kind: 'stop' | 'undo'; reason: string | null } | null
  undo: Cause | null
  undo_tests: TestReport[] | null
  stuck: { why: string; commands: string[] } | null
}

/** A wave by its name, with its steps and with the gates after it in order, readiness left out. */
export interface WaveView {
  name: string
  steps: StepId[]
  gates: GateName[]
}

/** How far a step is that goes on. */
export interface Ready {
  step: StepId
  done: number
  total: number
  waiting_for: string
  since: UnixMillis
  usual_milliseconds: number | null
}

/** A pod or a host of a step. */
export interface InstanceView {
  step: StepId
  name: string
  state: 'old' | 'starting' | 'new' | 'failing' | 'unreachable'
  why: string | null
}

export interface Link {
  name: string
  url: string
}

/** What a person does next, after an undo. */
export interface Mending {
  barred_by: RunId | null
  files: { service: string; bad_tag: string; good_tag: string; commit: { id: string; subject: string } } | null
}

export type RunRight = 'answer' | 'abort' | 'resume' | 'rollback' | 'hand_over' | 'unbar' | 'unmask'

export interface RunDocument extends Report {
  waves: WaveView[]
  ready: Ready[]
  instances: InstanceView[]
  /** How long such a run usually takes in all. */
  usual_milliseconds: number | null
  /** How many lines its terminal has so far. */
  lines: number
  links: Link[]
  mending: Mending | null
  /** What the person who looks may ask of it. */
  rights: RunRight[]
  /** Needs a fresh second factor to answer. */
  needs_step_up: boolean
}
