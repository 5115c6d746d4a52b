// Texts of ours that others read: in terminals, in the runner's log, in the audit.

import { readFileSync } from 'node:fs'
import { each, never } from '../lib/verdict.mjs'
import { tally } from '../lib/wire.mjs'

const EVIL = {
  escapes: 'a\u001b[2J\u001b[1;1H\u001b]52;c;ZWNobw==\u0007\u001b]8;;https://evil.example\u0007b',
  'C1 controls': 'a\u009b2J\u009d0;title\u009cb\u0090q\u009c',
  'ends of lines': 'a\nFORGED 14:00:00  run 1 succeeded\r\nFORGED root  deployed\rFORGED',
  'other direction': 'a\u202eFORGED\u202c\u2066b\u2069\u200f',
  'no text at all': '\u0000\u0001\u0008\u0008\u0008\u007f',
  'other ends of lines': 'a\u2028FORGED\u2029FORGED\u0085FORGED\u000bFORGED\u000cFORGED',
}

/** Told apart, so that one fault is one attack. */
const MOST = Object.entries(EVIL).filter(([name]) => name !== 'other ends of lines').map(([, text]) => text)

const BAD = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** What a person sees who looks. */
async function views(scene) {
  const run = String(scene.asking)
  const all = [
    ['lock'], ['runs'], ['status'], ['show', run], ['log', run], ['spiderpig', 'audit', 'list', '--limit', '100'], ['spiderpig', 'user', 'list'],
  ]
  const texts = await each(all, async (words) => [words.join(' '), await scene.let('--color', 'never', ...words)])
  return [...texts, ['runner.log', uncoloured(readFileSync(`${scene.demo.folder}/runner.log`, 'utf8'))]]
}

/** The log has colours of its own. */
const uncoloured = (text) => text.replaceAll(/\u001b\[[0-9;]*m/g, '')

async function clean(scene, what) {
  const dirty = []
  for (const [name, text] of await views(scene)) {
    const found = BAD.exec(text)
    if (found) dirty.push(`${name} has ${JSON.stringify(found[0])}`)
    if (/^FORGED/m.test(text)) dirty.push(`${name} has a line of ours`)
  }
  never(dirty.length > 0, `${what}: ${dirty.join('; ')}`)
}

const freezes = Object.entries(EVIL).map(([name, text]) => ({
  name: `${name} in the reason of a freeze, which needs no factor`,
  run: async (scene) => {
    const said = tally([await scene.wire.act(scene.tokens.root, { act: 'freeze', reason: text, until: null })])
    try {
      await clean(scene, said)
    } finally {
      await scene.scap('freeze', 'for the scene')
    }
    return `${said}, and shown as text`
  },
}))

export const attacks = [
  ...freezes.slice(0, -1),
  {
    name: 'escapes and ends of lines in acts that are refused: reasons, keys, devices',
    run: async (scene) => {
      const from = { client: { address: '10.1.1.1', device: MOST.join('') } }
      const acts = MOST.flatMap((text) => [
        { act: 'thaw', reason: text }, { act: 'unlock', key: text, reason: text }, { act: 'log_out', session: text }, { act: 'ban', person: 'grace', reason: text, until: null },
      ])
      const replies = await each(acts, (act) => scene.wire.act(scene.tokens.ada, act, null, from))
      await clean(scene, tally(replies))
      return tally(replies)
    },
  },
  {
    name: 'escapes and ends of lines in the reason of a deployment, with a real code',
    may: { runs: 1, deeds: 1 },
    run: async (scene) => {
      const digest = await scene.planned('ada')
      const reply = await scene.ada.act(scene.tokens.ada, { act: 'deploy', digest, reason: MOST.join(' ') })
      const { run } = reply.answer
      const kept = scene.asking
      try {
        scene.asking = run
        await clean(scene, 'deployed')
      } finally {
        scene.asking = kept
        await scene.wire.act(scene.tokens.ada, { act: 'run', run, request: { request: 'abort', kind: 'stop', reason: MOST.join(' ') } })
        await scene.let('abort', String(run), '--stop')
      }
      scene.asking = run
      await clean(scene, 'aborted').finally(() => (scene.asking = kept))
      return 'shown as text'
    },
  },
  {
    name: 'a reason of 200 kB for a freeze, which all see',
    run: async (scene) => {
      const reply = await scene.wire.act(scene.tokens.root, { act: 'freeze', reason: 'x'.repeat(200_000), until: null })
      const shown = await scene.let('lock')
      const home = JSON.stringify(await scene.wire.read(scene.tokens.ada, 'home')).length
      await scene.scap('freeze', 'for the scene')
      never(shown.length > 50_000 || home > 100_000, `${tally([reply])}: \`scap lock\` prints ${shown.length} characters, the first page has ${home}`)
      return tally([reply])
    },
  },
  {
    name: 'an audit that was forged by what is written into it: the chain holds',
    run: async (scene) => {
      const verified = await scene.let('spiderpig', 'audit', 'verify')
      never(!/holds|as (it|they) w(as|ere)|good|intact|whole/i.test(verified), verified.slice(0, 200))
      return verified.trim().split('\n')[0].slice(0, 100)
    },
  },
  // The audit keeps it in sight of all that come later.
  freezes.at(-1),
]
