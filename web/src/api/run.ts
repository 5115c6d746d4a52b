/** A run: what `scap show RUN --format json` prints (schemas/explanation.json), and what the page needs beside it. */

import type { RunDocument } from './generated.ts'

export type {
  Cause, Chart, Choice, Counts, EvidenceReport, Finding, GateName, GateReport, Instance as InstanceView, Outcome, Phase, Question, RawOutput, Ready,
  RunDocument, RunId, StepReport, StepStatus, TestReport, UnixMillis, Verdict, WaveView,
} from './generated.ts'

/** What a terminal prints too. */
export type Report = Omit<RunDocument, 'waves' | 'ready' | 'instances' | 'usual_milliseconds' | 'lines' | 'links' | 'mending' | 'rights'>
