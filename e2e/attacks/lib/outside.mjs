// What is so, seen from outside: through cli.sock and the files of the state folder, never through web.sock.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { arguments_of } from './demo.mjs'

const execute = promisify(execFile)
const ROOM = { maxBuffer: 256 * 1024 * 1024, timeout: 60_000 }

/** Deeds that start, answer or loosen something, or take something from others. */
const POWER = new Set(
  ('deployed rolled_back answered approved unlocked thawed banned unbanned administered queue_edited policy_changed ' +
    'factor_enrolled factor_removed broke_glass unmasked').split(' '),
)

export async function scap(demo, ...words) {
  const { stdout } = await execute(demo.binary, [...arguments_of(demo), ...words], ROOM)
  return stdout
}

export const json = async (demo, ...words) => JSON.parse(await scap(demo, '--format', 'json', ...words))

export async function look(demo) {
  const [runs, held, users, audit] = await Promise.all([
    json(demo, 'runs'),
    json(demo, 'lock'),
    json(demo, 'spiderpig', 'user', 'list'),
    json(demo, 'spiderpig', 'audit', 'list', '--limit', '1000000'),
  ])
  const going = runs.filter((run) => run.outcome === null)
  const shown = await Promise.all(going.map((run) => json(demo, 'show', String(run.run))))
  return {
    runs: runs.map((run) => run.run),
    asked: shown.flatMap((run) => run.questions.filter((it) => !it.answer).map((it) => `${it.id} of run ${run.run}`)),
    begun: shown.flatMap((run) => run.steps.filter((it) => it.started).map((it) => `${it.name} of run ${run.run}`)),
    freeze: held.freeze,
    locks: held.locks.map((lock) => lock.key).sort(),
    bans: users.people.filter((it) => it.ban).map((it) => `${it.person} ${it.ban.until}`).sort(),
    factors: users.people.map((it) => `${it.person} ${it.factors.map((factor) => factor.factor)}`).sort(),
    // Half ones end by themselves after five minutes.
    sessions: users.sessions.filter((it) => it.is_whole).map((it) => it.id).sort(),
    files: ['policy.yaml', 'scap.yaml', 'service-catalog.yaml'].map((name) => digest(`${demo.folder}/${name}`)),
    power: audit.filter((entry) => POWER.has(entry.act)).map((entry) => `${entry.seq} ${entry.person} ${entry.act}`),
    audit,
  }
}

function digest(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** What an attack has brought about: no line where nothing was. */
export function gains(before, after, may = {}) {
  const more = (name) => after[name].filter((it) => !before[name].includes(it))
  const less = (name) => before[name].filter((it) => !after[name].includes(it))
  const runs = more('runs')
  const found = [
    runs.length > (may.runs ?? 0) && `runs started: ${runs}`,
    more('power').length > (may.deeds ?? 0) && `deeds: ${more('power')}`,
    before.freeze && !frozenAsLong(before.freeze, after.freeze) && 'the freeze was lifted or shortened',
    less('locks').length > 0 && !may.locks && `locks given back: ${less('locks')}`,
    less('bans').length > 0 && `bans lifted: ${less('bans')}`,
    more('bans').length > 0 && `banned: ${more('bans')}`,
    String(before.factors) !== String(after.factors) && 'second factors changed',
    String(before.files) !== String(after.files) && !may.files && 'the policy or configuration changed',
    less('sessions').length > (may.sessions ?? 0) && `sessions ended: ${less('sessions')}`,
    less('asked').length > 0 && !may.questions && `questions answered: ${less('asked')}`,
    more('begun').length > 0 && !may.steps && `steps begun: ${more('begun')}`,
  ]
  return found.filter(Boolean)
}

function frozenAsLong(before, after) {
  if (!after) return before.until !== null && before.until <= Date.now()
  return after.until === null || (before.until !== null && after.until >= before.until)
}
