// A service that grace may not see: nothing of it is shown, and nothing done to it.

import { readFileSync, writeFileSync } from 'node:fs'
import { each, never, refused } from '../lib/verdict.mjs'
import { sleep, until } from '../lib/time.mjs'
import { tally } from '../lib/wire.mjs'

/** Deployers may do nothing any more; admins everything. */
const HIDDEN = `groups:
  deployers: Whoever deploys
  admins: Whoever looks after all of it
rules:
  everything:
    allow: [see, deploy, rollback, answer, abort]
    groups: [admins]
    services: all
  administer:
    allow: [edit_queue, freeze, thaw, ban, log_out, audit, administer]
    groups: [admins]
`

async function hidden(scene, work) {
  const file = `${scene.demo.folder}/policy.yaml`
  const before = readFileSync(file)
  await sleep(20)
  writeFileSync(file, HIDDEN)
  try {
    return await work()
  } finally {
    await sleep(20)
    writeFileSync(file, before)
  }
}

/** No word of the service, its versions or its people's runs. */
async function tellsNothing(scene, replies) {
  const runs = await scene.json('runs')
  const words = ['shop', 'scene', ...runs.flatMap((run) => [run.version, run.digest])]
  for (const [name, reply] of replies) {
    const text = JSON.stringify(reply).replaceAll('no service `shop`', '').replaceAll('services/shop', '')
    const found = words.find((it) => text.includes(it))
    never(found, `${name} tells of ${found}: ${text.slice(0, 300)}`)
  }
}

export const attacks = [
  {
    name: 'documents of a service that one may not see',
    run: (scene) =>
      hidden(scene, async () => {
        const runs = await scene.json('runs')
        const paths = ['runs', 'runs?search=shop', 'services', 'services?search=sho', 'services/shop', ...runs.map((run) => `runs/${run.run}`)]
        const replies = await each(paths, async (path) => [path, await scene.wire.read(scene.tokens.grace, path)])
        await tellsNothing(scene, replies)
        return tally(replies.map(([, reply]) => reply))
      }),
  },
  {
    name: 'the first page, where others deploy what one may not see',
    run: (scene) =>
      hidden(scene, async () => {
        const home = await scene.wire.read(scene.tokens.grace, 'home')
        // The freeze is for everybody to see.
        const { freeze, ...rest } = home.answer
        await tellsNothing(scene, [['home', rest]])
        return `only ${Object.keys(home.answer).join(', ')}, ${freeze ? 'with' : 'without'} the freeze`
      }),
  },
  {
    name: 'acts on runs of a service that one may not see',
    run: (scene) =>
      hidden(scene, async () => {
        const requests = [
          { request: 'answer', question: 0, choice: 'approve' }, { request: 'abort', kind: 'stop' }, { request: 'abort', kind: 'undo' },
          { request: 'resume' }, { request: 'unbar', reason: 'r' },
        ]
        const acts = [...requests, { request: 'cancel' }].map((request) => ({ act: 'run', run: scene.asking, request }))
        acts.push({ act: 'run', run: scene.waiting, request: { request: 'cancel' } })
        return refused(await each(acts, (act) => scene.wire.act(scene.tokens.grace, act, { passkey: {} })), 'forbidden', 'not_found')
      }),
  },
  {
    name: 'what is refused tells nothing of the service either',
    run: (scene) =>
      hidden(scene, async () => {
        const wanted = [
          { service: 'shop', version: null, environments: [] }, { service: 'shop', version: 'v2', environments: [] }, { service: 'shop', version: 'no-such-version', environments: [] },
          { service: 'shop', version: null, environments: ['no-such-environment'] }, { rollback: 1 }, { rollback: scene.asking },
        ]
        const nothing = await scene.wire.plan(scene.tokens.grace, { service: 'no-such', version: null, environments: [] })
        const replies = await each(wanted, async (it) => [JSON.stringify(it), await scene.wire.plan(scene.tokens.grace, it)])
        await tellsNothing(scene, replies)
        const messages = new Set(replies.map(([, reply]) => reply.problem?.kind))
        never(messages.size > 1, `one can tell by what is said: ${replies.map(([what, { problem }]) => `${what}: ${problem?.kind} ${problem?.message}`).join('; ')}; of none: ${JSON.stringify(nothing.problem)}`)
        return `${tally(replies.map(([, reply]) => reply))}`
      }),
  },
  {
    name: 'a plan that one was shown, deployed after one may not any more, with a real code',
    run: async (scene) => {
      const digest = await scene.planned('grace')
      const proof = { totp: await scene.grace.code() }
      return hidden(scene, async () => refused([await scene.wire.act(scene.tokens.grace, { act: 'deploy', digest, reason: null }, proof)], 'forbidden', 'not_found'))
    },
  },
  {
    name: 'the pages of admins, by a deployer',
    run: async (scene) => refused(await each(['admin', 'audit', 'audit?search=root'], (path) => scene.wire.read(scene.tokens.ada, path)), 'forbidden'),
  },
]

/** Ends the run that waits. */
export const last = [
  {
    name: 'an open connection to a run that one may not see any more',
    run: async (scene) => {
      const following = await scene.wire.follow(scene.tokens.grace)
      following.ask({ ask: 'document', path: `runs/${scene.waiting}` }, { ask: 'document', path: 'runs' }, { ask: 'lines', run: scene.waiting, from: 0 })
      await until(() => following.told.length > 4, 10_000, 'nothing is told').catch(() => {})
      return hidden(scene, async () => {
        await sleep(1_500)
        const before = following.told.length
        // Something happens that is told to whoever may see it.
        await scene.let('abort', String(scene.waiting), '--stop', '--reason', 'a secret of the others')
        await sleep(3_000)
        const after = following.told.slice(before).filter((it) => ['lines', 'document'].includes(it.tell))
        following.end()
        never(JSON.stringify(after).includes('shop') || after.some((it) => it.tell === 'lines' && it.lines.length), `told after that: ${JSON.stringify(after).slice(0, 300)}`)
        return `nothing was told after that`
      })
    },
    may: { questions: true },
  },
]
