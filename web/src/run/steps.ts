/** How a step is called. */

import type { StepView } from '../api/plan.ts'

export function stepName(step: StepView | undefined): string {
  if (!step) return ''
  if ('host_group' in step) return `${step.host_group} (${step.hosts.length === 1 ? step.hosts[0] : `${step.hosts.length} hosts`})`
  return `${step.release ?? step.namespace} in ${step.environment}`
}
