// Plans that nobody was shown, and what is to be planned with things in it that do not belong there.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { each, never, refused } from '../lib/verdict.mjs'
import { tally, word } from '../lib/wire.mjs'

const deployment = (digest) => ({ act: 'deploy', digest, reason: null })

const SERVICES = [
  '', '.', '..', '../shop', './shop', 'shop/', 'shop/../shop', '/etc/passwd', 'shop\0', 'shop\n', ' shop', 'SHOP', '-shop', '--config=/etc/passwd',
  '--yes', 'shop --yes', 'shop;id', '$(id)', '`id`', 'shop%2f..', '\u202eshop', 'ѕhop', 'service/shop', '*', 'a'.repeat(200_000),
]

/** `CANARY` is a file that must never be there. */
const VERSIONS = [
  '', '-', '--', '-h', '--help', '--all', '--upload-pack=touch CANARY', '--exec=touch CANARY', '--output=CANARY', '-oCANARY', '|touch CANARY',
  '$(touch CANARY)', '`touch CANARY`', 'v2;touch CANARY', 'v2\ntouch CANARY', 'v2\0', 'v2 ', '../../etc/passwd', 'refs/heads/../../..', 'HEAD@{now}',
  ':/Basket', 'v2^{/touch}', 'v2:scap/scap.cfg', 'ext::sh -c touch% CANARY', '@{-1}', '~', '@', '@CANARY', '*', '\u202ev2', 'v'.repeat(200_000),
]

const ENVIRONMENTS = [[''], ['..'], ['--environment'], ['eqiad', 'eqiad'], ['*'], ['\n'], ['eqiad\0'], ['../x'], Array(10_000).fill('eqiad')]

export const attacks = [
  {
    name: "ada's token and a real code of hers, with the digest of a plan that only grace was shown",
    run: async (scene) => {
      const digest = await scene.planned('grace', 'v2^{commit}~0')
      const only = await scene.planned('grace', 'v3')
      const proof = { totp: await scene.ada.code() }
      return `${digest === only ? 'one digest' : 'another digest'}: ${refused([await scene.wire.act(scene.tokens.ada, deployment(only), proof)], 'refused', 'not_found')}`
    },
  },
  {
    name: 'digests that were not shown: of past runs, cut short, in other spellings, a thousand guesses',
    run: async (scene) => {
      const shown = await scene.planned('ada')
      const past = (await scene.json('runs')).at(-1).digest
      const odd = ['', past, shown.slice(0, 12), shown.slice(0, 63), shown.toUpperCase(), `${shown} `, `${shown}\0`, '%', '*', '0'.repeat(64), 'a'.repeat(200_000)]
      const guesses = [...Array(1_000)].map(() => randomBytes(32).toString('hex'))
      const proof = { totp: await scene.ada.code() }
      return refused(await each([...odd, ...guesses], (digest) => scene.wire.act(scene.tokens.ada, deployment(digest), proof)), 'refused', 'not_found')
    },
  },
  {
    name: 'services with traversal, options, ends of lines and look-alikes',
    run: async (scene) =>
      refused(await each(SERVICES, (service) => scene.wire.plan(scene.tokens.ada, { service, version: null, environments: [] })), 'not_found', 'refused', 'invalid'),
  },
  {
    name: "versions that are options or commands of git's",
    run: async (scene) => {
      const canary = `${scene.demo.folder}/canary`
      const replies = await each(VERSIONS, (version) =>
        scene.wire.plan(scene.tokens.ada, { service: 'shop', version: version.replaceAll('CANARY', canary), environments: [] }),
      )
      never(existsSync(canary) || existsSync(`${scene.demo.folder}/shop/canary`), 'a program wrote a file')
      const planned = VERSIONS.filter((_, index) => word(replies[index]) === 'answered')
      const asked = planned.filter((version) => version.startsWith('-'))
      never(asked.length > 0, `planned: ${JSON.stringify(asked)}`)
      return `${tally(replies)}; planned, as git reads them: ${JSON.stringify(planned)}`
    },
  },
  {
    name: 'environments that are none, of a service that has none',
    run: async (scene) => {
      const replies = await each(ENVIRONMENTS, (environments) => scene.wire.plan(scene.tokens.ada, { service: 'shop', version: 'v2', environments }))
      return refused(replies, 'refused', 'invalid', 'not_found')
    },
  },
  {
    name: 'rollbacks of runs that are none, and of a rollback as well as a deployment',
    run: async (scene) => {
      const runs = [0, -1, 10 ** 6, Number.MAX_SAFE_INTEGER, '1', 'shop', 1.5, null, [1]]
      const both = { rollback: 1, service: 'shop', version: 'v2', environments: [] }
      const replies = await each([...runs.map((rollback) => ({ rollback })), both, {}, [], null, 'shop'], (wanted) => scene.wire.plan(scene.tokens.ada, wanted))
      return refused(replies, 'refused', 'invalid', 'not_found')
    },
  },
  {
    name: 'a plan that says itself what it is: with steps, a digest, commands',
    run: async (scene) => {
      const more = [{ digest: 'a' }, { steps: [] }, { command: 'id' }, { restart_command: '/bin/id' }, { approved: true }, { person: 'root' }]
      return refused(await each(more, (it) => scene.wire.plan(scene.tokens.ada, { service: 'shop', version: 'v2', environments: [], ...it })), 'invalid')
    },
  },
]
