/** Where a run is, in one sentence that says what it waits for. */

import type { GoingRun } from '../api/home.ts'
import type { Cause, Question, Ready, RunDocument } from '../api/run.ts'
import type { WaveMark } from '../api/runs.ts'
import { verdicts } from '../words/state.ts'
import { span } from '../words/time.ts'
import { openQuestion, waveMarks } from './waves.ts'

export function sentence(run: RunDocument, now: number): string {
  const question = openQuestion(run)
  if (question) return asked(run, question)
  if (run.stuck) return run.stuck.why
  if (run.outcome) return ended(run)
  if (run.phase === 'rolling_back' && run.undo && run.ready.length === 0) return cause(run, run.undo)
  return progress({ phase: run.phase, ready: run.ready, waves: waveMarks(run) }, now)
}

/** What goes on where nobody is asked anything: what is waited for, and how long that usually takes. */
export function progress({ phase, ready, waves }: Pick<GoingRun, 'phase' | 'ready' | 'waves'>, now: number): string {
  if (phase === 'judging') return judging(waves)
  if (ready.length > 0) return ready.map((ready) => waits(ready, now)).join('; ')
  const going = waves.filter((mark) => mark.kind === 'wave' && mark.state === 'going')
  switch (phase) {
    case 'planned':
      return 'nothing was changed yet'
    case 'preparing':
      return 'looking at the world before anything is changed'
    case 'rolling_back':
      return 'putting everything back'
    case 'frozen':
      return 'no step starts while the freeze lasts'
    default:
      return going.map(({ name }) => `changing ${name}`).join('; ')
  }
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

function judging(waves: WaveMark[]): string {
  const place = waves.findIndex((mark) => mark.kind === 'gate' && mark.state === 'going')
  const [gate, wave] = [waves[place]?.name, waves.slice(0, place + 1).findLast(({ kind }) => kind === 'wave')?.name]
  if (gate === undefined || wave === undefined) return 'judging the new version'
  return gate === 'evidence' ? `comparing ${wave} with what ran before` : `judging ${wave}: ${gate}`
}

/** `waiting for 3 of 8 pods of canary in eqiad, 40 s, usually 25 s` */
function waits({ name, things, total, done, waiting_for, since, usual_milliseconds }: Ready, now: number): string {
  const usual = usual_milliseconds === null || usual_milliseconds < 1_000 ? '' : `, usually ${span(usual_milliseconds)}`
  if (done === total && waiting_for === '') return `all ${total} ${things} of ${name} are ready`
  const what = waiting_for === '' ? '' : ` (${waiting_for})`
  return `waiting for ${total - done} of ${total} ${things} of ${name}${what}, ${span(Math.max(0, now - since))}${usual}`
}
