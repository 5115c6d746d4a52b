// Live connections: begun by nobody, or asked for too much.

import { memory } from '../lib/demo.mjs'
import { sleep, until } from '../lib/time.mjs'
import { never, together } from '../lib/verdict.mjs'

const told = (following, kind) => following.told.filter((it) => it.tell === kind)
const documents = (following) => told(following, 'document').map((it) => it.path)
const MIB = 1024

/** What the runner's memory has more after `work`, when all is quiet again, in MiB. */
async function growth(scene, work) {
  const before = memory(scene.demo)
  const said = await work()
  await sleep(2_000)
  const grown = Math.round((memory(scene.demo) - before) / MIB)
  never(grown > 32, `the runner has grown by ${grown} MiB`)
  return `${said}; the runner has grown by ${grown} MiB`
}

async function shown(scene, token, hello) {
  const following = await scene.wire.follow(token, hello)
  following.ask({ ask: 'document', path: 'home' }, { ask: 'lines', run: 1, from: 0 })
  await sleep(700)
  following.end()
  never(documents(following).length + told(following, 'lines').length > 0, 'documents were told')
  return JSON.stringify(following.told.at(-1) ?? 'closed').slice(0, 90)
}

export const attacks = [
  {
    name: "following with another session's hello",
    run: async (scene) => shown(scene, scene.tokens.ada, { ask: 'hello', token: (await scene.wire.read(scene.tokens.root, 'me')).answer.live_token }),
  },
  { name: 'following without a hello', run: (scene) => shown(scene, scene.tokens.ada, null) },
  { name: 'following with the token of the session as hello', run: (scene) => shown(scene, scene.tokens.ada, { ask: 'hello', token: scene.tokens.ada }) },
  { name: 'following with an act as hello', run: (scene) => shown(scene, scene.tokens.root, { verb: 'act', act: { act: 'thaw', reason: 'r' }, proof: null }) },
  { name: 'following with the first factor only', run: async (scene) => shown(scene, await scene.ada.half(), { ask: 'hello', token: null }) },
  {
    name: 'a second hello, of an admin, in a connection of a deployer',
    run: async (scene) => {
      const following = await scene.wire.follow(scene.tokens.ada)
      following.ask({ ask: 'hello', token: (await scene.wire.read(scene.tokens.root, 'me')).answer.live_token }, { ask: 'document', path: 'admin' }, { ask: 'document', path: 'audit' }, { ask: 'document', path: 'home' })
      await until(() => documents(following).includes('home'), 10_000, 'nothing is told')
      await sleep(500)
      following.end()
      never(documents(following).some((path) => path !== 'home'), `told: ${documents(following)}`)
      return `told ${documents(following)}`
    },
  },
  {
    name: 'acts and questions in a connection that follows',
    run: async (scene) => {
      const following = await scene.wire.follow(scene.tokens.root)
      following.ask({ verb: 'act', act: { act: 'thaw', reason: 'r' }, proof: null })
      await sleep(500)
      following.ask({ ask: 'act', act: { act: 'thaw', reason: 'r' } }, { ask: 'document', path: 'home' })
      await sleep(500)
      following.end()
      return `${following.closed ? 'closed' : 'open'}, told ${documents(following)}`
    },
  },
  {
    name: 'lines of runs that are none',
    run: async (scene) => {
      const following = await scene.wire.follow(scene.tokens.ada)
      for (const run of [0, -1, 10 ** 9, Number.MAX_SAFE_INTEGER]) following.ask({ ask: 'lines', run, from: 0 })
      for (const from of [Number.MAX_SAFE_INTEGER, 10 ** 6]) following.ask({ ask: 'lines', run: 1, from })
      following.socket.write('{"ask":"lines","run":1,"from":18446744073709551615}\n')
      await sleep(1_000)
      following.end()
      never(told(following, 'lines').some((it) => it.lines.length > 0), 'lines were told')
      return 'no line was told'
    },
  },
  {
    name: 'a connection that is open when its session is ended',
    run: async (scene) => {
      const token = await scene.root.whole()
      const following = await scene.wire.follow(token)
      following.ask({ ask: 'document', path: 'home' })
      await until(() => documents(following).includes('home'), 10_000, 'nothing is told')
      const began = Date.now()
      await scene.wire.act(token, { act: 'log_out', session: null })
      await until(() => following.closed, 5_000, 'it stays open').catch((error) => never(true, error.message))
      return `closed after ${Date.now() - began} ms`
    },
  },
  {
    name: '1,500 asks in one connection: the same document again and again',
    run: (scene) =>
      growth(scene, async () => {
        const following = await scene.wire.follow(scene.tokens.ada)
        for (let count = 0; count < 1_500; count += 100) {
          following.ask(...Array(100).fill({ ask: 'document', path: 'runs/1' }))
          if (following.socket.writableNeedDrain) await drained(following.socket)
        }
        await quiet(following)
        following.end()
        return `told ${following.told.length} times`
      }),
  },
  {
    name: '1,500 searches in one connection, each left at once',
    run: (scene) =>
      growth(scene, async () => {
        const following = await scene.wire.follow(scene.tokens.ada)
        for (let count = 0; count < 1_500; count += 1) {
          const path = `runs?search=shop+${count}`
          following.ask({ ask: 'document', path }, { ask: 'leave', path })
          if (following.socket.writableNeedDrain) await drained(following.socket)
        }
        await quiet(following)
        following.end()
        return `told ${following.told.length} times`
      }),
  },
  {
    name: '600 searches, each read and then left',
    run: (scene) =>
      growth(scene, async () => {
        const following = await scene.wire.follow(scene.tokens.ada)
        for (let count = 0; count < 600; count += 40) {
          const paths = [...Array(40).keys()].map((index) => `runs?search=shop&before=${1_000 + count + index}`)
          following.ask(...paths.map((path) => ({ ask: 'document', path })))
          const all = () => paths.every((path) => following.told.some((it) => it.path && same(it.path, path))) || following.closed
          await until(all, 20_000, 'documents do not come').catch(() => {})
          following.ask(...paths.map((path) => ({ ask: 'leave', path })))
          following.told.length = 0
        }
        following.end()
        return '600 were asked for'
      }),
  },
  {
    name: '30 connections that ask for 50 documents each and never read',
    run: (scene) =>
      growth(scene, async () => {
        const deaf = await together(30, (index) => deafFollower(scene, index))
        await sleep(8_000)
        for (const following of deaf) following.end()
        return 'nothing was read'
      }),
  },
]

const same = (one, other) => one.split(/[?&]/).sort().join() === other.split(/[?&]/).sort().join()

async function deafFollower(scene, index) {
  const following = await scene.wire.follow(scene.tokens.ada, { ask: 'hello', token: null }, { deaf: true })
  following.socket.pause()
  const paths = [...Array(50).keys()].map((page) => `runs?search=run&before=${10 ** 6 + 50 * index + page}`)
  following.ask(...paths.map((path) => ({ ask: 'document', path })), { ask: 'lines', run: 1, from: 0 })
  return following
}

const drained = (socket) => Promise.race([new Promise((done) => socket.once('drain', done)), sleep(10_000)])

/** Until all asks were taken in, as an ask that comes last shows. */
async function quiet(following) {
  following.ask({ ask: 'document', path: 'services' })
  await until(() => following.closed || documents(following).includes('services'), 60_000, 'asks are not taken in').catch(() => {})
}

