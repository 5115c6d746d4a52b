/** Where a run is, in one sentence that says what it waits for. */

import type { Cause, Question, Ready, RunDocument } from '../api/run.ts'
import { verdicts } from '../words/state.ts'
import { span } from '../words/time.ts'
import { gatesOf, openQuestion } from './waves.ts'

export function sentence(run: RunDocument, now: number): string {
  const question = openQuestion(run)
  if (question) return asked(run, question)
  if (run.stuck) return run.stuck.why
  if (run.outcome) return ended(run)
  if (run.phase === 'judging') return judging(run)
  const goes = run.ready.map((ready) => waits(run, ready, now))
  return goes.length > 0 ? goes.join('; ') : whilePhase(run)
}

/** What is asked, and why. */
export function asked(run: RunDocument, question: Question): string {
  switch (question.about) {
    case 'approve':
      return 'Carry this plan out?'
    case 'undecided':
      return gateSentence(run, question.wave, question.gate)
    case 'failed':
      return cause(run, question.cause)
  }
}

export function cause(run: RunDocument, cause: Cause): string {
  switch (cause.cause) {
    case 'abort':
      return `${run.abort?.by ?? 'somebody'} ended the run${run.abort?.reason ? `: ${run.abort.reason}` : ''}`
    case 'gate':
      return gateSentence(run, cause.wave, cause.gate)
    case 'step': {
      const step = run.steps[cause.step]
      return `${step?.name ?? 'a step'} failed${step?.failure ? `: ${step.failure.message}` : ''}`
    }
  }
}

function gateSentence(run: RunDocument, wave: number, gate: number): string {
  const planned = run.waves[wave]
  const report = run.gates.find((report) => report.wave === planned?.name && report.gate === gate)
  const said = report?.verdict ? verdicts[report.verdict].word : 'says nothing yet'
  return `${planned?.gates[gate] ?? 'a gate'} after ${planned?.name ?? 'a wave'} ${said}${report?.why ? `: ${report.why}` : ''}`
}

function ended(run: RunDocument): string {
  if (run.undo) return cause(run, run.undo)
  const errors = (run.findings ?? []).filter((finding) => finding.severity === 'error')
  if (run.outcome === 'refused') return errors.map((finding) => finding.message).join('; ')
  if (run.outcome === 'succeeded') return 'every step was read back, every gate passed'
  const stragglers = run.steps.flatMap((step) => step.readback?.stragglers ?? [])
  if (stragglers.length > 0) return `without ${stragglers.map(({ name }) => name).join(', ')}`
  return run.abort ? cause(run, { cause: 'abort' }) : ''
}

function judging(run: RunDocument): string {
  const gates = run.waves.flatMap((wave) => gatesOf(run, wave))
  const going = gates.find((gate) => gate.state === 'going')
  if (!going) return 'judging the new version'
  return going.name === 'evidence' ? `comparing ${going.wave} with what ran before` : `${going.name} after ${going.wave}`
}

/** `waiting for 3 of 8 pods of canary in eqiad, 40 s, usually 25 s` */
function waits(run: RunDocument, ready: Ready, now: number): string {
  const name = run.steps[ready.step]?.name ?? ''
  const usual = ready.usual_milliseconds === null ? '' : `, usually ${span(ready.usual_milliseconds)}`
  const left = ready.total - ready.done
  return `waiting for ${left} of ${ready.total} ${ready.waiting_for} of ${name}, ${span(now - ready.since)}${usual}`
}

function whilePhase(run: RunDocument): string {
  switch (run.phase) {
    case 'planned':
      return 'nothing was changed yet'
    case 'preparing':
      return 'looking at the world before anything is changed'
    case 'rolling_back':
      return run.undo ? cause(run, run.undo) : 'putting everything back'
    case 'frozen':
      return 'no step starts while the freeze lasts'
    default:
      return run.steps.filter((step) => step.status === 'started').map((step) => `changing ${step.name}`).join('; ')
  }
}
