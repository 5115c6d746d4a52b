/** A plan: what `scap plan SERVICE --format json` prints, and what stands beside it before anybody approves it. */

import type { StepView } from './generated.ts'

export type { ApprovalView as Approval, ApprovalWanted as ApprovalOrder, DeploymentWanted as PlanOrder, ObjectView as ObjectDifference, PlanDocument, StepDifference, StepView } from './generated.ts'

/** On Kubernetes. */
export type ReleaseStepView = Extract<StepView, { release: unknown }>
export type HostStepView = Extract<StepView, { hosts: unknown }>
