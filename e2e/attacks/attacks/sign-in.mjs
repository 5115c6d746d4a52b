// The way to the identity provider and back: invented, used, mixed up, and leading elsewhere.

import { pressed } from '../lib/people.mjs'
import { each, never, refused } from '../lib/verdict.mjs'
import { tally } from '../lib/wire.mjs'

const begin = async (scene, back = '/') => (await scene.wire.ask(null, { verb: 'begin_sign_in', back })).answer
const finish = (scene, flow, query) => scene.wire.ask(null, { verb: 'finish_sign_in', flow, query })

const BACKS = [
  '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', 'https://evil.example', 'https:evil.example', 'javascript:alert(1)', 'data:text/html,x', ' /', '\t//evil.example',
  '/\t/evil.example', '/\n/evil.example', '/a\r\nLocation: https://evil.example', '', 'evil.example', '/\0', '/\u0085/evil.example', `/${'a'.repeat(200_000)}`,
]

export const attacks = [
  {
    name: 'flows that were never begun',
    run: async (scene) => {
      const { url } = await begin(scene)
      const query = await pressed(url, 'root')
      const flows = ['', '0'.repeat(64), query.state, query.code, "' OR 1=1", 'f'.repeat(200_000)]
      return refused(await each(flows, (flow) => finish(scene, flow, query)), 'refused')
    },
  },
  {
    name: 'a flow and a code that were used already',
    run: async (scene) => {
      const { url, flow } = await begin(scene)
      const query = await pressed(url, 'root')
      await finish(scene, flow, query)
      const fresh = await begin(scene)
      const state = new URL(fresh.url).searchParams.get('state')
      return refused([await finish(scene, flow, query), await finish(scene, fresh.flow, { ...query, state })], 'refused')
    },
  },
  {
    name: "root's code in a sign-in of ours, and our flow with root's state",
    run: async (scene) => {
      const theirs = await begin(scene)
      const stolen = await pressed(theirs.url, 'root')
      const ours = await begin(scene)
      const state = new URL(ours.url).searchParams.get('state')
      const mixed = [
        [ours.flow, stolen],
        [theirs.flow, { ...stolen, state }],
        [ours.flow, { ...stolen, state }],
      ]
      return refused(await each(mixed, ([flow, query]) => finish(scene, flow, query)), 'refused')
    },
  },
  {
    name: 'what came back, with parts left out or changed',
    run: async (scene) => {
      const changes = [{ state: undefined }, { state: '' }, { code: undefined }, { code: '' }, { iss: 'https://evil.example' }, { iss: undefined }, { code: 'x'.repeat(100_000) }, { error: 'access_denied' }]
      const replies = await each(changes, async (change) => {
        const { url, flow } = await begin(scene)
        return finish(scene, flow, { ...(await pressed(url, 'root')), ...change })
      })
      return refused(replies, 'refused', 'invalid')
    },
  },
  {
    name: 'a nonce and a challenge of our own',
    run: async (scene) => {
      const { url, flow } = await begin(scene)
      const other = await begin(scene)
      const asked = new URL(url)
      const replies = await each(['nonce', 'code_challenge'], async (name) => {
        asked.searchParams.set(name, new URL(other.url).searchParams.get(name))
        return finish(scene, flow, await pressed(String(asked), 'root'))
      })
      return refused(replies, 'refused')
    },
  },
  {
    name: 'a way back that leads to another site',
    run: async (scene) => {
      const replies = await each(BACKS, async (back) => {
        const { url, flow } = await begin(scene, back)
        return finish(scene, flow, await pressed(url, 'ada'))
      })
      const elsewhere = replies.filter((reply) => reply.answer && reply.answer.back !== '/')
      never(elsewhere.length > 0, JSON.stringify(elsewhere))
      return `${tally(replies)}, all back to /`
    },
  },
  {
    name: 'one flow finished 32 times at once',
    run: async (scene) => {
      const { url, flow } = await begin(scene)
      const query = await pressed(url, 'ada')
      const replies = await Promise.all([...Array(32)].map(() => finish(scene, flow, query)))
      never(replies.filter((reply) => reply.answer).length > 1, 'more than one session')
      return tally(replies)
    },
  },
]
