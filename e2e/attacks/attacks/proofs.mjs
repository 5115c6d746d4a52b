// Acts without a fresh second factor, and with one that counts no more or for somebody else.

import { acts } from '../lib/acts.mjs'
import { now, totp } from '../lib/people.mjs'
import { each, never, refused, together } from '../lib/verdict.mjs'
import { client, tally, word } from '../lib/wire.mjs'

/** What stands where a proof should; `undefined` is left out. No code is tried by them, so nobody's codes become scarce. */
const NO_PROOFS = {
  'no proof': undefined,
  'a proof of null': null,
  'an empty text as proof': '',
  'an empty list as proof': [],
  'an empty object as proof': {},
  'true as proof': true,
  'a passkey of null': { passkey: null },
  'an empty passkey': { passkey: {} },
  'an invented passkey': {
    passkey: { id: 'AA', rawId: 'AA', type: 'public-key', response: { authenticatorData: 'AA', clientDataJSON: 'e30', signature: 'AA', userHandle: null } },
  },
  'a code that is no text': { totp: 123456 },
  'a code of null': { totp: null },
  'codes in a list': { totp: ['000000', '000001'] },
  'a proof that was checked already, by our word': { verified: true, factor: 'totp', at: Date.now() },
  'a code and a passkey in one proof': { totp: '000000', passkey: {} },
}

const withoutProof = Object.entries(NO_PROOFS).map(([name, proof]) => ({
  name: `every act with ${name}`,
  run: async (scene) =>
    refused(
      await each(await acts(scene), ([token, act]) => scene.wire.ask(token, { verb: 'act', act, proof })),
      'second_factor_needed',
      'invalid',
    ),
}))

/** An act of root's that changes nothing, and needs a factor as all others. */
const idle = (to) => ({ act: 'unban', person: to, reason: 'r' })

/** One wrong code: looked at as soon as it is looked at at all. */
async function wrong(scene, person, token, act, proof) {
  await person.settled()
  const reply = await scene.wire.act(token, act, proof)
  if (reply.problem?.message !== 'too many codes were wrong: two are needed') person.wasWrong()
  return reply
}

const withCodes = [
  {
    name: 'a used code again, for the same act',
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.root.code() }
      const first = await scene.wire.act(scene.tokens.root, idle('nobody'), proof)
      never(word(first) !== 'answered', `the code did not count: ${JSON.stringify(first)}`)
      return `first answered, then ${refused([await wrong(scene, scene.root, scene.tokens.root, idle('nobody'), proof)], 'second_factor_refused')}`
    },
  },
  {
    name: 'a used code again, for another act',
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.root.code() }
      await scene.wire.act(scene.tokens.root, idle('nobody'), proof)
      return refused([await wrong(scene, scene.root, scene.tokens.root, { act: 'thaw', reason: 'r' }, proof)], 'second_factor_refused')
    },
  },
  {
    name: 'a code that was typed to sign in, for an act',
    may: { sessions: 1 },
    run: async (scene) => {
      const half = await scene.ada.half()
      const proof = { totp: await scene.ada.code() }
      await scene.wire.ask(half, { verb: 'show_factor', proof })
      const [, act] = (await acts(scene))[1]
      return refused([await wrong(scene, scene.ada, scene.tokens.ada, act, proof)], 'second_factor_refused')
    },
  },
  {
    name: 'a code that was typed for an answer that is not offered, for one that is',
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.ada.code() }
      const answer = (choice) => ({ act: 'run', run: scene.asking, request: { request: 'answer', question: 0, choice } })
      const first = await scene.wire.act(scene.tokens.ada, answer('promote'), proof)
      never(word(first) === 'answered', 'an answer that is not offered was taken')
      return refused([first, await wrong(scene, scene.ada, scene.tokens.ada, answer('approve'), proof)], 'refused', 'second_factor_refused')
    },
  },
  {
    name: "another person's code",
    run: async (scene) => {
      const proof = { totp: await scene.ada.code() }
      return refused([await wrong(scene, scene.root, scene.tokens.root, { act: 'thaw', reason: 'r' }, proof)], 'second_factor_refused')
    },
  },
  {
    name: 'a code of the step before the last one',
    run: async (scene) => {
      const proof = { totp: totp(scene.grace.secret, now() - 2) }
      return refused([await wrong(scene, scene.grace, scene.tokens.grace, deployment(await scene.planned('grace')), proof)], 'second_factor_refused')
    },
  },
  {
    name: 'a code of the step after the next one',
    run: async (scene) => {
      await scene.grace.settled()
      const proof = { totp: totp(scene.grace.secret, now() + 3) }
      return refused([await wrong(scene, scene.grace, scene.tokens.grace, deployment(await scene.planned('grace')), proof)], 'second_factor_refused')
    },
  },
  {
    name: 'an older code that nobody has used, after a newer one',
    may: { sessions: 1 },
    run: async (scene) => {
      const half = await scene.grace.half()
      await scene.grace.settled()
      scene.grace.used = Math.max(scene.grace.used, now())
      await scene.wire.ask(half, { verb: 'show_factor', proof: { totp: await scene.grace.code() } })
      const proof = { totp: totp(scene.grace.secret, scene.grace.used - 1) }
      return refused([await wrong(scene, scene.grace, scene.tokens.grace, deployment(await scene.planned('grace')), proof)], 'second_factor_refused')
    },
  },
  {
    name: 'one code for 64 deployments at once',
    may: { runs: 1, deeds: 1 },
    run: async (scene) => {
      const digest = await scene.planned('ada')
      const proof = { totp: await scene.ada.code() }
      const replies = await together(64, () => scene.wire.act(scene.tokens.ada, deployment(digest), proof))
      scene.ada.wasWrong()
      const won = replies.filter((reply) => word(reply) === 'answered')
      never(won.length > 1, `${won.length} runs of one code`)
      for (const reply of won) await scene.let('abort', String(reply.answer.run), '--stop')
      return tally(replies)
    },
  },
  {
    name: 'one code for 64 different acts at once',
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.root.code() }
      const replies = await together(64, (index) => scene.wire.act(scene.tokens.root, idle(`nobody${index}`), proof))
      scene.root.wasWrong()
      never(replies.filter((reply) => word(reply) === 'answered').length > 1, 'a code counted twice')
      return tally(replies)
    },
  },
  {
    name: 'codes in odd spellings: many in one proof, other digits, signs, ends of lines',
    run: async (scene) => {
      const code = totp(scene.grace.secret, scene.grace.used)
      const wide = code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))
      const spelled = ['', ' ', `${code} ${code}`, `${wide} ${wide}`, `+${code} -${code}`, `${code}\0 ${code}`, `00${code} 0${code}`, Array(5_000).fill('000000').join(' ')]
      const pairs = spelled.filter((it) => it.trim().includes(' '))
      const digest = await scene.planned('grace')
      return refused(await each(pairs, (it) => scene.wire.act(scene.tokens.grace, deployment(digest), { totp: it })), 'second_factor_refused')
    },
  },
  {
    name: 'a challenge for a passkey of our own making',
    run: async (scene) => refused([await scene.wire.ask(scene.tokens.root, { verb: 'challenge', act: { act: 'thaw', reason: 'r' } })]),
  },
]

const deployment = (digest) => ({ act: 'deploy', digest, reason: null })

const freezes = Object.entries({
  'ended long ago': () => 0,
  'ends in a second': () => Date.now() + 1_000,
  'ends before time began': () => -9_223_372_036_854_775_000,
  'ends sooner than the one that stands': () => Date.now() + 60_000,
}).map(([name, end]) => ({
  name: `thawing without a factor: a freeze that ${name} in place of one without an end`,
  run: async (scene) => {
    const reply = await scene.wire.act(scene.tokens.root, { act: 'freeze', reason: 'r', until: end() })
    return word(reply)
  },
  after: (scene) => scene.scap('freeze', 'for the scene'),
}))

/** The last of all: the guesses of many addresses make grace's codes scarce. */
export const guessing = [
  {
    name: 'guessing a code from 300 invented addresses, in sign-ins and in acts',
    run: async (scene) => {
      const half = await scene.grace.half()
      const digest = await scene.planned('grace')
      const guess = (index) => {
        const proof = { totp: String(100_000 + index) }
        const from = { client: client() }
        return index % 2 ? scene.wire.ask(half, { verb: 'show_factor', proof }, from) : scene.wire.act(scene.tokens.grace, deployment(digest), proof, from)
      }
      const replies = await each([...Array(300).keys()], guess)
      const tried = replies.filter((reply) => reply.problem?.message === 'the code is wrong')
      scene.grace.failed = 10
      never(tried.length > 10, `${tried.length} codes were looked at`)
      return `${tried.length} of 300 were looked at; ${refused(replies, 'second_factor_refused')}`
    },
  },
  {
    name: 'guessing from an address that is none, or nobody tells',
    run: async (scene) => {
      const addresses = [null, '', '0.0.0.0', '::', '::ffff:10.0.0.1', '999.1.1.1', 'localhost', '10.0.0.1, 10.0.0.2', 7, { ip: '10.0.0.1' }]
      const digest = await scene.planned('grace')
      const ask = (address) => scene.wire.act(scene.tokens.grace, deployment(digest), { totp: '000000' }, { client: { address, device: '' } })
      return refused(await each(addresses, ask), 'second_factor_refused', 'invalid')
    },
  },
  {
    name: 'keeping grace out by guessing: two codes of hers still count',
    may: { sessions: 0 },
    run: async (scene) => {
      scene.tokens.grace = await scene.grace.whole()
      return 'she is in'
    },
  },
]

export const attacks = [...withoutProof, ...freezes, ...withCodes]
