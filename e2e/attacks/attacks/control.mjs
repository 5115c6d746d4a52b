// No attack: what is legitimate works, and the look from outside sees it. Else all the rest would show nothing.

import { gains, look } from '../lib/outside.mjs'
import { sleep } from '../lib/time.mjs'
import { word } from '../lib/wire.mjs'

function sees(found, word) {
  if (!found.some((it) => it.includes(word))) throw new Error(`it is not seen from outside: ${JSON.stringify(found)}`)
}

export const control = [
  {
    name: 'control: a code starts a run, ends a freeze and gives a lock back, and all of it is seen',
    isControl: true,
    run: async (scene) => {
      await scene.stand()
      const before = await look(scene.demo)
      const run = await scene.deploy('ada')
      const answered = []
      answered.push(await scene.root.act(scene.tokens.root, { act: 'thaw', reason: 'r' }))
      answered.push(await scene.root.act(scene.tokens.root, { act: 'unlock', key: 'service/shop', reason: 'r' }))
      answered.push(await scene.root.act(scene.tokens.root, { act: 'unban', person: 'mallory', reason: 'r' }))
      answered.push(await scene.ada.act(scene.tokens.ada, { act: 'run', run: scene.asking, request: { request: 'answer', question: 0, choice: 'decline' } }))
      if (answered.some((reply) => word(reply) !== 'answered')) throw new Error(JSON.stringify(answered))
      await sleep(500)
      const found = gains(before, await look(scene.demo))
      for (const what of [`runs started: ${run}`, 'freeze', 'locks given back', 'bans lifted', 'deployed', 'thawed', 'answered', 'questions answered']) sees(found, what)
      await scene.clear()
      return `seen: ${found.join('; ')}`
    },
  },
]
