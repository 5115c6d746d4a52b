/** The wave line of a run: its waves with their gates between, each with a state. */

import type { GateName, GateReport, Question, RunDocument, StepStatus, WaveView } from '../api/run.ts'
import type { WaveMark, WaveState } from '../api/runs.ts'

export interface GateView {
  wave: string
  name: GateName
  state: WaveState
  report: GateReport | null
}

export function waveMarks(run: RunDocument): WaveMark[] {
  return run.waves.flatMap((wave) => [
    { name: wave.name, kind: 'wave', state: waveState(run, wave), done: waveDone(run, wave) } as const,
    ...gatesOf(run, wave).map(({ name, state }) => ({ name, kind: 'gate', state, done: null }) as const),
  ])
}

/** The gates that hold a run up after a wave; a shadow holds up nothing. */
export function gatesOf(run: RunDocument, wave: WaveView): GateView[] {
  const views = wave.gates.map((name, gate): GateView => {
    const report = run.gates.find((report) => report.wave === wave.name && report.gate === gate) ?? null
    return { wave: wave.name, name, report, state: 'waiting' }
  })
  const shown = views.filter(({ name, report }) => name !== 'shadow' && !report?.is_shadow)
  for (const view of shown) view.state = gateState(run, wave, view, shown)
  return shown
}

/** The wave that is looked at: where something goes on or went wrong, else the last one that was begun. */
export function currentWave(run: RunDocument): WaveView | null {
  const begun = run.waves.filter((wave) => statuses(run, wave).some((status) => status !== 'waiting'))
  const cause = run.undo
  const guilty = cause?.cause === 'gate' ? run.waves[cause.wave] : undefined
  return guilty ?? begun.at(-1) ?? run.waves[0] ?? null
}

export function openQuestion(run: RunDocument): Question | null {
  return run.questions.find((question) => question.answer === null) ?? null
}

/** Whether the run has ended; a stuck one has not. */
export function isOver(run: RunDocument): boolean {
  return run.phase === 'finished'
}

function statuses(run: RunDocument, wave: WaveView): StepStatus[] {
  return wave.steps.map((id) => run.steps[id]?.status ?? 'waiting')
}

const byStatus: [StepStatus[], WaveState][] = [
  [['failed', 'undo_failed'], 'failed'],
  [['undoing', 'undo_interrupted', 'undone'], 'undone'],
  [['started', 'acted', 'interrupted'], 'going'],
]

function waveState(run: RunDocument, wave: WaveView): WaveState {
  const all = statuses(run, wave)
  for (const [some, state] of byStatus) {
    if (all.some((status) => some.includes(status))) return state
  }
  if (all.every((status) => status === 'succeeded')) return 'done'
  return all.includes('succeeded') && !isOver(run) ? 'going' : 'waiting'
}

function waveDone(run: RunDocument, wave: WaveView): number | null {
  const parts = wave.steps.map((id) => {
    if (run.steps[id]?.status === 'succeeded') return 1
    const ready = run.ready.find((ready) => ready.step === id)
    return ready && ready.total > 0 ? ready.done / ready.total : 0
  })
  return parts.length === 0 ? null : parts.reduce((sum, part) => sum + part, 0) / parts.length
}

function gateState(run: RunDocument, wave: WaveView, gate: GateView, shown: GateView[]): WaveState {
  const asked = openQuestion(run)
  if (asked && isGate(run, gate, placeOf(asked))) return 'asking'
  const verdict = gate.report?.verdict
  if (verdict === 'pass') return 'done'
  if (verdict) return 'failed'
  const next = run.waves[run.waves.indexOf(wave) + 1]
  const isBehind = next ? statuses(run, next).some((status) => status !== 'waiting') : run.outcome?.startsWith('succeeded')
  if (isBehind) return 'done'
  const isOpen = run.phase === 'judging' && waveState(run, wave) === 'done'
  const isNext = shown.slice(0, shown.indexOf(gate)).every(({ state }) => state === 'done')
  return isOpen && isNext ? 'going' : 'waiting'
}

interface GatePlace {
  wave: number
  gate: number
}

/** The gate that a question is about. */
function placeOf(asked: Question): GatePlace | null {
  if (asked.about === 'undecided') return asked
  return asked.about === 'failed' && asked.cause.cause === 'gate' ? asked.cause : null
}

function isGate(run: RunDocument, gate: GateView, place: GatePlace | null): boolean {
  return place !== null && run.waves[place.wave]?.name === gate.wave && gate.report?.gate === place.gate
}
