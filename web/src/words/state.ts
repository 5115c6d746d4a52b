/** Every state as icon, word and tone: never by colour alone. */

import {
  cdxIconAlert, cdxIconBlock, cdxIconCheck, cdxIconClock, cdxIconError, cdxIconHelpNotice, cdxIconPause,
  cdxIconPlay, cdxIconStop, cdxIconSuccess, cdxIconUndo, cdxIconHelp, cdxIconEye, cdxIconClose,
  type Icon,
} from '@wikimedia/codex-icons'
import type { Choice, Outcome, Phase, StepStatus, Verdict } from '../api/run.ts'
import type { WaveState } from '../api/runs.ts'

export type Tone = 'calm' | 'going' | 'good' | 'warning' | 'bad'

export interface Saying {
  word: string
  tone: Tone
  icon: Icon
}

const phases: Record<Exclude<Phase, 'finished'>, Saying> = {
  planned: { word: 'planned', tone: 'calm', icon: cdxIconClock },
  preparing: { word: 'preparing', tone: 'going', icon: cdxIconPlay },
  deploying: { word: 'deploying', tone: 'going', icon: cdxIconPlay },
  judging: { word: 'judging', tone: 'going', icon: cdxIconEye },
  asking: { word: 'waits for an answer', tone: 'warning', icon: cdxIconHelp },
  frozen: { word: 'held by the freeze', tone: 'warning', icon: cdxIconPause },
  stopping: { word: 'stopping', tone: 'warning', icon: cdxIconStop },
  rolling_back: { word: 'rolling back', tone: 'warning', icon: cdxIconUndo },
  stuck: { word: 'stuck: a person is needed', tone: 'bad', icon: cdxIconError },
}

const outcomes: Record<Outcome, Saying> = {
  succeeded: { word: 'succeeded', tone: 'good', icon: cdxIconSuccess },
  succeeded_with_stragglers: { word: 'succeeded with stragglers', tone: 'warning', icon: cdxIconAlert },
  rolled_back: { word: 'rolled back', tone: 'bad', icon: cdxIconUndo },
  stopped: { word: 'stopped, partly deployed', tone: 'warning', icon: cdxIconStop },
  cancelled: { word: 'cancelled, nothing changed', tone: 'calm', icon: cdxIconBlock },
  refused: { word: 'refused, nothing changed', tone: 'bad', icon: cdxIconBlock },
}

export function runState(phase: Phase, outcome: Outcome | null): Saying {
  if (phase !== 'finished') return phases[phase]
  return outcome ? outcomes[outcome] : { word: 'finished', tone: 'calm', icon: cdxIconCheck }
}

export const waveStates: Record<WaveState, Saying> = {
  waiting: { word: 'waiting', tone: 'calm', icon: cdxIconClock },
  going: { word: 'going on', tone: 'going', icon: cdxIconPlay },
  done: { word: 'done', tone: 'good', icon: cdxIconCheck },
  failed: { word: 'failed', tone: 'bad', icon: cdxIconClose },
  asking: { word: 'asks', tone: 'warning', icon: cdxIconHelp },
  undone: { word: 'undone', tone: 'bad', icon: cdxIconUndo },
}

export const verdicts: Record<Verdict, Saying> = {
  pass: { word: 'passed', tone: 'good', icon: cdxIconCheck },
  fail: { word: 'failed', tone: 'bad', icon: cdxIconClose },
  concern: { word: 'raises a concern', tone: 'warning', icon: cdxIconAlert },
  inconclusive: { word: 'inconclusive', tone: 'warning', icon: cdxIconHelpNotice },
  no_data: { word: 'no data', tone: 'warning', icon: cdxIconHelpNotice },
}

export const stepStatuses: Record<StepStatus, string> = {
  waiting: 'waiting',
  started: 'going on',
  interrupted: 'interrupted, is looked at',
  acted: 'changed, reading back',
  succeeded: 'done',
  failed: 'failed',
  undoing: 'undoing',
  undo_interrupted: 'undo interrupted, is looked at',
  undone: 'undone',
  undo_failed: 'undo failed',
}

/** What a choice does. */
export const choices: Record<Choice, { word: string; meaning: string }> = {
  approve: { word: 'Approve', meaning: 'carry the plan out' },
  decline: { word: 'Decline', meaning: 'do not begin' },
  promote: { word: 'Promote', meaning: 'go on in spite of what is known' },
  hold: { word: 'Hold', meaning: 'go on watching as long again' },
  undo: { word: 'Undo', meaning: 'put everything back' },
  stop: { word: 'Stop', meaning: 'stop here and leave everything as it is' },
}
