/** Services: what one can deploy, and what runs where of one (`scap status SERVICE --format json`). */

import type { Link, UnixMillis, Verdict } from './run.ts'
import type { RunId } from './run.ts'
import type { RunLine } from './runs.ts'

/** Something that the search for a deployment finds. */
export interface Found {
  kind: 'service' | 'chart' | 'image' | 'change' | 'last_deployment'
  name: string
  service: string
  version: string | null
  detail: string
}

export interface Target {
  target: string
  environment: string
  version: string | null
  since: UnixMillis | null
  person: string | null
  run: RunId | null
  /** A sentence for each thing that somebody changed outside of the release. */
  drift: string[]
  failure: string | null
  instances: number
}

export interface CheckHistory {
  name: string
  mode: 'blocking' | 'shadow'
  /** Oldest first. */
  verdicts: Verdict[]
  false_alarms: number
}

export interface ServiceDocument {
  service: string
  owners: string[]
  targets: Target[]
  barred: { version: string; run: RunId; since: UnixMillis }[]
  runs: RunLine[]
  checks: CheckHistory[]
  links: Link[]
  may_deploy: boolean
}
