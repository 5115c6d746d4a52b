// Passkeys that the web process makes itself, in the names of people whose sessions pass it.

import { acts } from '../lib/acts.mjs'
import { Authenticator } from '../lib/authenticator.mjs'
import { each, never, refused } from '../lib/verdict.mjs'
import { word } from '../lib/wire.mjs'

/** One of ours that waits for somebody to confirm it. */
async function planted(scene, token) {
  const key = new Authenticator(new URL(scene.demo.url).origin)
  const options = await scene.wire.ask(token, { verb: 'begin_passkey' })
  const made = await scene.wire.ask(token, { verb: 'finish_passkey', name: 'ours', credential: key.makes(options.answer) })
  // Else the attack would not have come so far, and its refusals would show nothing.
  if (word(made) !== 'answered') throw new Error(`no passkey was made: ${JSON.stringify(made)}`)
  return { key, number: made.answer.number }
}

export const attacks = [
  {
    name: 'a passkey of ours in the name of a person: every act with it, before anybody has confirmed it',
    run: async (scene) => {
      const { key } = await planted(scene, scene.tokens.root)
      const challenge = { challenge: 'A'.repeat(43), rpId: 'localhost' }
      const replies = await each(await acts(scene), async ([token, act]) => {
        const asked = await scene.wire.ask(token, { verb: 'challenge', act })
        never(word(asked) === 'answered', `a challenge was given for ${JSON.stringify(act)}`)
        return scene.wire.act(token, act, { passkey: key.signs(challenge) })
      })
      return refused(replies)
    },
  },
  {
    name: 'a passkey of ours, confirmed by words of our own',
    run: async (scene) => {
      const { number } = await planted(scene, scene.tokens.root)
      const words = ['confirm_passkey', 'confirm_enrolment', 'keep_passkey', 'finish_passkey'].map((verb) => ({ verb, number, person: 'root', code: number }))
      return refused(await each(words, (question) => scene.wire.ask(scene.tokens.root, question)), 'invalid')
    },
  },
  {
    name: 'a passkey of ours with the first factor only, and without any',
    run: async (scene) => {
      const half = await scene.ada.half()
      const begun = await each([half, null], (token) => scene.wire.ask(token, { verb: 'begin_passkey' }))
      const finished = await each([half, null], (token) => scene.wire.ask(token, { verb: 'finish_passkey', name: 'ours', credential: {} }))
      return refused([...begun, ...finished], 'signed_out')
    },
  },
]
