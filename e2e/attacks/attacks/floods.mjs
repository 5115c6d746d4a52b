// Connections by the hundred: others still get their answers.

import { descriptors, memory } from '../lib/demo.mjs'
import { sleep, until } from '../lib/time.mjs'
import { never, together } from '../lib/verdict.mjs'
import { word } from '../lib/wire.mjs'

/** How long others wait meanwhile, at the terminal and at the page, in milliseconds. */
async function others(scene) {
  const began = Date.now()
  await scene.scap('runs')
  const terminal = Date.now() - began
  const me = await scene.wire.read(scene.tokens.grace, 'home')
  never(word(me) !== 'answered', `others are told ${word(me)}`)
  never(Date.now() - began > 20_000, `others wait for ${Date.now() - began} ms`)
  return `terminal ${terminal} ms, page ${Date.now() - began - terminal} ms`
}

async function held(scene, count, begin) {
  const [before, files] = [memory(scene.demo), descriptors(scene.demo)]
  const sockets = await together(count, () => begin())
  await sleep(1_000)
  const opened = descriptors(scene.demo) - files
  const said = await others(scene)
  for (const it of sockets) (it.end ?? it.destroy).call(it)
  const closed = Date.now()
  const left = () => descriptors(scene.demo) - files
  await until(() => left() < 100, 30_000, '').catch(() => never(true, `${left()} descriptors stay open for 30 s`))
  const freed = `free again after ${Date.now() - closed} ms`
  const grown = Math.round((memory(scene.demo) - before) / 1024)
  never(grown > 128, `the runner has grown by ${grown} MiB`)
  return `${opened} connections open; ${said}; ${freed}; grown by ${grown} MiB`
}

export const attacks = [
  {
    name: '500 connections that say nothing',
    run: (scene) => held(scene, 500, () => closing(scene.wire.open())),
  },
  {
    name: '500 connections with half a question each',
    run: (scene) => held(scene, 500, () => closing(scene.wire.open(), '{"token":null,"client":')),
  },
  {
    name: '500 connections that follow',
    run: (scene) =>
      held(scene, 500, async () => {
        const following = await scene.wire.follow(scene.tokens.ada)
        following.ask({ ask: 'document', path: 'home' })
        return following
      }),
  },
  {
    name: 'a question that comes one byte in a second',
    run: async (scene) => {
      const socket = scene.wire.open()
      let [text, closed] = ['', false]
      socket.on('data', (chunk) => (text += chunk))
      socket.on('close', () => (closed = true))
      const began = Date.now()
      const bytes = `${JSON.stringify({ token: scene.tokens.ada, client: { address: null, device: '' }, verb: { verb: 'read', document: 'me' } })}\n`
      for (const byte of bytes) {
        if (closed || Date.now() - began > 20_000) break
        socket.write(byte)
        await sleep(1_000)
      }
      socket.destroy()
      never(!closed, 'the runner waits for more than 20 s')
      return `closed after ${Math.round((Date.now() - began) / 1_000)} s`
    },
  },
  {
    name: '500 questions at once, none of which are waited for',
    run: (scene) =>
      held(scene, 500, () => {
        const socket = scene.wire.open()
        socket.write(`${JSON.stringify({ token: scene.tokens.ada, client: { address: null, device: '' }, verb: { verb: 'read', document: 'runs' } })}\n`)
        return closing(socket)
      }),
  },
  {
    name: '2,000 sign-ins begun and left',
    run: async (scene) => {
      const before = memory(scene.demo)
      for (let count = 0; count < 2_000; count += 50) await together(50, () => scene.wire.ask(null, { verb: 'begin_sign_in', back: `/${'a'.repeat(900)}` }))
      const grown = Math.round((memory(scene.demo) - before) / 1024)
      never(grown > 64, `the runner has grown by ${grown} MiB`)
      return `${await others(scene)}; grown by ${grown} MiB`
    },
  },
]

function closing(socket, text) {
  if (text) socket.write(text)
  return socket
}
