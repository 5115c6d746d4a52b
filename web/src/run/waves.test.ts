import { describe, expect, it } from 'vitest'
import { kubernetesRun } from '../../fixtures/kubernetes.ts'
import type { GoingRun } from '../api/home.ts'
import type { WaveMark } from '../api/runs.ts'
import { recorded, type Recorded } from '../../fixtures/recorded.ts'
import { title } from './attention.ts'
import { progress, sentence } from './sentence.ts'
import { currentWave, openQuestion, waveMarks } from './waves.ts'

const mark = (name: string, kind: WaveMark['kind'], state: WaveMark['state']): WaveMark => ({ name, kind, state, done: null })
/** Since a moment that this browser's clock has not reached yet; it usually takes less than a second. */
const ready = (done: number, waiting_for: string): GoingRun['ready'][number] => ({ step: 0, name: 'canary', things: 'hosts', done, total: 2, waiting_for, since: 1_000, usual_milliseconds: 415 })
const line = (name: Recorded): string => waveMarks(recorded(name, 0)).map(({ name, state }) => `${name} ${state}`).join(', ')

describe('the wave line of runs as they were recorded', () => {
  it.each<[Recorded, string]>([
    ['begun', 'canary done, tests done, evidence going, default waiting, tests waiting'],
    ['asking', 'canary done, tests done, evidence asking, default waiting, tests waiting'],
    ['rolledBack', 'canary undone, tests done, evidence failed, default waiting, tests waiting'],
    ['succeeded', 'canary done, tests done, evidence done, default done, tests done'],
    ['stuck', 'canary failed, tests done, evidence failed, default waiting, tests waiting'],
  ])('%s', (name, expected) => expect(line(name)).toBe(expected))

  it('fills the ring of a wave by what is ready', () => {
    const run = kubernetesRun({ run: 1, service: 'mathoid', person: 'ada', pods: 10, failing: 0 })
    expect(waveMarks(run).find(({ state }) => state === 'going')).toEqual({ name: 'codfw', kind: 'wave', state: 'going', done: 0.6 })
    expect(currentWave(run)?.name).toBe('codfw')
  })

  it('looks at the wave that made a run turn back', () => expect(currentWave(recorded('rolledBack', 0))?.name).toBe('canary'))
})

describe('where a run is, in a sentence', () => {
  it('says what it waits for and how long that usually takes', () => {
    const run = kubernetesRun({ run: 1, service: 'mathoid', person: 'ada', pods: 8, failing: 0 })
    expect(sentence(run, run.ready[0]!.since + 40_000)).toBe('waiting for 4 of 8 pods of production in codfw (deployment `mathoid-production`: pod `mathoid-production-7d9f-x2x8k` is not ready yet), 40 s, usually 25 s')
  })
  it.each<[Recorded, string]>([
    ['begun', 'comparing canary with what ran before'],
    ['asking', 'evidence after canary failed: errors `UndefinedError basket.html` appeared that the control does not have (60 in 2,733 requests; 0 in 15,089), certain to better than 1 in 1,000,000,000'],
    ['succeeded', 'every step was read back, every gate passed'],
  ])('%s', (name, expected) => expect(sentence(recorded(name, 0), Date.now())).toBe(expected))

  it.each<[Partial<GoingRun>, string]>([
    [{ phase: 'preparing' }, 'looking at the world before anything is changed'],
    [{ phase: 'deploying', waves: [mark('canary', 'wave', 'going')] }, 'changing canary'],
    [{ phase: 'judging', waves: [mark('canary', 'wave', 'done'), mark('tests', 'gate', 'done'), mark('errors', 'gate', 'going')] }, 'judging canary: errors'],
    [{ phase: 'deploying', ready: [ready(1, 'shop1 to restart')] }, 'waiting for 1 of 2 hosts of canary (shop1 to restart), 0 s'],
    [{ phase: 'deploying', ready: [ready(2, '')] }, 'all 2 hosts of canary are ready'],
  ])('from little: %o', (run, expected) => expect(progress({ phase: 'deploying', ready: [], waves: [], ...run }, 900)).toBe(expected))

  it('puts a question into the title of the tab', () => {
    expect(title(recorded('asking', 0))).toBe('❓ shop: waits for an answer · run 4')
    expect(title(recorded('rolledBack', 0))).toBe('shop: rolled back · run 3')
    expect(openQuestion(recorded('stuck', 0))).toBeNull()
  })
})
