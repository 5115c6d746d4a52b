// Tokens that are none, are no more, or are only half of one.

import { acts } from '../lib/acts.mjs'
import { each, never, refused } from '../lib/verdict.mjs'
import { sleep } from '../lib/time.mjs'
import { word } from '../lib/wire.mjs'

const DOCUMENTS = ['home', 'admin', 'runs', 'runs/1', 'services', 'services/shop', 'audit']

/** Everything that can be asked with a token. */
async function everything(scene, token) {
  const { wire } = scene
  const read = await each(DOCUMENTS, (document) => wire.read(token, document))
  const planned = await wire.plan(token, { service: 'shop', version: 'v2', environments: [] })
  const acted = await each(await acts(scene), ([, act]) => wire.act(token, act))
  const free = [
    { act: 'freeze', reason: 'r', until: null },
    { act: 'run', run: scene.asking, request: { request: 'abort', kind: 'stop' } },
    { act: 'run', run: scene.asking, request: { request: 'cancel' } },
    { act: 'log_out', session: null },
  ]
  const others = await each(free, (act) => wire.act(token, act))
  const following = await wire.follow(token)
  following.ask({ ask: 'document', path: 'runs' }, { ask: 'lines', run: 1, from: 0 })
  await new Promise((done) => setTimeout(done, 300))
  following.end()
  // Whoever is hung up on while asking may lose what was said last: that is a refusal too, as long as nothing else was told.
  const hungUp = following.closed ? { problem: { kind: 'signed_out' } } : 'open'
  const followed = following.told.some((told) => told.tell) ? 'told' : (following.told[0] ?? hungUp)
  return [...read, planned, ...acted, ...others, followed]
}

const INVENTED = (real, id) => [
  '', ' ', 'null', 'undefined', '0', '0'.repeat(64), 'f'.repeat(64), 'f'.repeat(63), 'f'.repeat(65), 'f'.repeat(128),
  real.toUpperCase(), ` ${real}`, `${real} `, `${real}\n`, `${real}\0`, `0x${real}`, real.slice(0, 63), real.slice(1), `${real}0`,
  real.replace(/[0-9]/, (digit) => String.fromCharCode(0xff10 + Number(digit))), `${real.slice(0, 62)}é`, id, `${id}${id}`,
  "' OR 1=1 --", '../identity.key', '%00', 'f'.repeat(200_000),
]

async function idOf(scene, token) {
  return (await scene.wire.read(token, 'me')).answer.live_token
}

export const attacks = [
  {
    name: 'everything without a token',
    run: async (scene) => refused(await everything(scene, null), 'signed_out'),
  },
  {
    name: 'everything with the first factor only',
    run: async (scene) => refused(await everything(scene, await scene.ada.half()), 'signed_out'),
  },
  {
    name: 'invented tokens, and real ones spelled in other ways',
    run: async (scene) => {
      const invented = INVENTED(scene.tokens.root, await idOf(scene, scene.tokens.root))
      const replies = await each(invented, async (token) => {
        const me = await scene.wire.read(token, 'me')
        never(me.answer && me.answer.sign !== 'out', `${JSON.stringify(token).slice(0, 80)} is somebody`)
        return scene.wire.read(token, 'home')
      })
      return refused(replies, 'signed_out')
    },
  },
  {
    name: 'tokens of other types',
    run: async (scene) =>
      refused(await each([0, 1, true, [scene.tokens.root], { token: scene.tokens.root }, 1e309], (token) => scene.wire.read(token, 'home')), 'invalid', 'signed_out'),
  },
  {
    name: 'a token that the page had before the second factor',
    may: { sessions: 0 },
    run: async (scene) => {
      const half = await scene.root.half()
      const whole = await scene.wire.ask(half, { verb: 'show_factor', proof: { totp: await scene.root.code() } })
      never(word(whole) !== 'answered' || whole.answer.token === half, 'the token stayed')
      return refused(await everything(scene, half), 'signed_out')
    },
  },
  {
    name: 'a token after its person logged out',
    run: async (scene) => {
      const token = await scene.root.whole()
      await scene.wire.act(token, { act: 'log_out', session: null })
      return refused(await everything(scene, token), 'signed_out')
    },
  },
  {
    name: 'tokens of somebody who is banned, whole and half, and a new sign-in',
    may: { deeds: 2, sessions: 9 },
    run: async (scene) => {
      const half = await scene.grace.half()
      await scene.scap('spiderpig', 'user', 'ban', 'grace', 'for the attack')
      const again = await scene.grace.half().catch(() => null)
      never(again !== null, 'who is banned signed in')
      const replies = [...(await everything(scene, scene.tokens.grace)), ...(await everything(scene, half))]
      await scene.scap('spiderpig', 'user', 'unban', 'grace')
      replies.push(await scene.wire.read(scene.tokens.grace, 'home'))
      scene.tokens.grace = await scene.grace.whole()
      return refused(replies, 'signed_out', 'closed')
    },
  },
  {
    name: 'a half session of ada made whole with a code of grace',
    run: async (scene) => {
      const half = await scene.ada.half()
      const proof = { totp: await scene.grace.code() }
      await scene.ada.settled()
      const reply = await scene.wire.ask(half, { verb: 'show_factor', proof })
      scene.ada.wasWrong()
      return refused([reply, await scene.wire.read(half, 'home')], 'second_factor_refused', 'signed_out')
    },
  },
  {
    name: 'a half session made whole without a code',
    run: async (scene) => {
      const half = await scene.ada.half()
      const proofs = [undefined, null, {}, '', [], { passkey: {} }, { totp: null }, true]
      const shown = await each(proofs, (proof) => scene.wire.ask(half, { verb: 'show_factor', proof }))
      return refused([...shown, await scene.wire.read(half, 'home')], 'invalid', 'signed_out')
    },
  },
  {
    name: "ending others' sessions by their ids, without a factor",
    run: async (scene) => {
      const ids = [await idOf(scene, scene.tokens.root), await idOf(scene, scene.tokens.grace), '', '%', '*', "' OR 1=1 --", '../x']
      return refused(await each(ids, (session) => scene.wire.act(scene.tokens.ada, { act: 'log_out', session })), 'not_found')
    },
  },
  {
    name: 'acts of an admin with the token of a deployer and a real code',
    run: async (scene) => {
      const isOfAdmins = ([token, act]) => token === scene.tokens.root && (act.act !== 'run' || act.request.request === 'unbar')
      const admins = (await acts(scene)).filter(isOfAdmins)
      const proof = { totp: await scene.ada.code() }
      const free = [{ act: 'freeze', reason: 'r', until: null }]
      const replies = await each([...admins.map(([, act]) => act), ...free], (act) => scene.wire.act(scene.tokens.ada, act, proof))
      return refused(replies, 'forbidden')
    },
  },
]

/** More than five minutes after the beginning. */
export const late = [
  {
    name: 'a half session that is older than five minutes, with a real code',
    run: async (scene) => {
      await sleep(Math.max(0, scene.began + 305_000 - Date.now()))
      const proof = { totp: await scene.ada.code() }
      return refused([await scene.wire.ask(scene.tokens.half, { verb: 'show_factor', proof })], 'signed_out')
    },
  },
]
