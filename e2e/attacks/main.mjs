// Runs all attacks, one after the other, and looks from outside at what each has brought about.

import { start, stop } from './lib/demo.mjs'
import { gains, look } from './lib/outside.mjs'
import { Scene } from './lib/scene.mjs'
import { sleep } from './lib/time.mjs'
import { Won } from './lib/verdict.mjs'
import { seen, word } from './lib/wire.mjs'
import { control } from './attacks/control.mjs'
import { attacks as files, ofAnotherUser } from './attacks/files.mjs'
import { attacks as floods } from './attacks/floods.mjs'
import { attacks as follow } from './attacks/follow.mjs'
import { attacks as http } from './attacks/http.mjs'
import { attacks as passkeys } from './attacks/passkeys.mjs'
import { attacks as plans } from './attacks/plans.mjs'
import { attacks as proofs, guessing } from './attacks/proofs.mjs'
import { attacks as questions, races } from './attacks/questions.mjs'
import { attacks as secrets } from './attacks/secrets.mjs'
import { attacks as sessions, late } from './attacks/sessions.mjs'
import { attacks as signIn } from './attacks/sign-in.mjs'
import { attacks as text } from './attacks/text.mjs'
import { attacks as visibility, last } from './attacks/visibility.mjs'
import { attacks as words } from './attacks/words.mjs'

const ALL = [
  ...control, ...files, ...words, ...proofs, ...passkeys, ...sessions, ...plans, ...signIn, ...questions, ...visibility, ...text, ...http, ...follow, ...floods,
  ...late, ...last, ...races, ...guessing, ...secrets, ...control, ...ofAnotherUser,
]

const [binary, page] = process.argv.slice(2)
const only = new RegExp(process.env.ATTACKS ?? '', 'u')
const counts = { held: 0, won: 0, broken: 0 }

const demo = await start(binary, page)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop(demo).then(() => process.exit(130)))
try {
  const scene = new Scene(demo)
  await scene.people()
  await scene.stand()
  for (const attack of ALL.filter((it) => only.test(it.name))) await attempt(scene, attack)
} finally {
  await stop(demo)
}
console.log(`${counts.held + counts.won + counts.broken} attacks: ${counts.held} held off, ${counts.won} won, ${counts.broken} could not be judged; ${seen.bytes} bytes seen, ${seen.leaks.length} secrets in them`)
process.exitCode = counts.won + counts.broken + seen.leaks.length > 0 ? 1 : 0

/** Says what came of it. An attack has won by its own look, or by what the world is like after it. */
async function attempt(scene, attack) {
  const began = Date.now()
  let [verdict, said] = ['held', '']
  try {
    if (!attack.isControl && attack !== ofAnotherUser[0] && !secrets.includes(attack)) await scene.stand()
    await attack.before?.(scene)
    const before = await look(demo)
    try {
      said = await attack.run(scene)
    } catch (error) {
      ;[verdict, said] = [error instanceof Won ? 'won' : 'broken', error.message]
    }
    if (!ofAnotherUser.includes(attack)) {
      await sleep(300)
      const found = attack.isControl ? [] : gains(before, await look(demo), attack.may)
      if (found.length > 0) [verdict, said] = ['won', `${found.join('; ')} (${said})`]
      const alive = await scene.wire.read(null, 'me')
      if (word(alive) !== 'answered') [verdict, said] = ['won', `the runner says ${word(alive)} afterwards (${said})`]
    }
  } catch (error) {
    ;[verdict, said] = ['broken', `${error.message} (${said})`]
  }
  await attack.after?.(scene)
  counts[verdict] += 1
  const seconds = ((Date.now() - began) / 1_000).toFixed(1)
  console.log(`${verdict.toUpperCase().padEnd(6)} ${attack.name}: ${said.replaceAll('\n', ' ').slice(0, 600)} [${seconds} s]`)
}
