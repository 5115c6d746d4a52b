// What lies on the disk: modes, and who may connect.

import { spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync } from 'node:fs'
import { withRunner } from '../lib/demo.mjs'
import { never } from '../lib/verdict.mjs'

const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups']

const asNobody = (...command) => spawnSync('setpriv', [...NOBODY, ...command], { encoding: 'utf8' })

function* below(folder) {
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`
    const stat = lstatSync(path)
    yield [path, stat]
    if (stat.isDirectory()) yield* below(path)
  }
}

const octal = (mode) => (mode & 0o7777).toString(8)

/** Connects as somebody, and asks who they are; the line that is answered, or how it ended. */
const CONNECT = `
  const socket = require('node:net').connect(process.argv[1])
  let text = ''
  socket.on('error', (error) => { console.log(error.code); process.exit() })
  socket.on('data', (chunk) => { text += chunk })
  socket.on('close', () => { console.log(text || 'closed'); process.exit() })
  socket.write('{"token":null,"client":{"address":null,"device":""},"verb":{"verb":"read","document":"me"}}\\n')
  setTimeout(() => { console.log(text || 'silent'); process.exit() }, 5000)
`

function connected(path, ...prefix) {
  const [program, ...words] = [...prefix, process.execPath, '-e', CONNECT, path]
  return spawnSync(program, words, { encoding: 'utf8' }).stdout.trim()
}

export const attacks = [
  {
    name: 'the modes of everything in the state folder',
    run: async (scene) => {
      const state = `${scene.demo.folder}/state`
      const top = octal(lstatSync(state).mode)
      const open = [...below(state)].filter(([, stat]) => (stat.mode & 0o077) !== 0 && !stat.isSymbolicLink())
      const said = open.map(([path, stat]) => `${path.slice(state.length + 1)} ${octal(stat.mode)}`).filter((it) => !/^(scratch|terminals)\/./.test(it))
      never(top !== '700' && open.length > 0, `the folder is ${top}, and open are ${said.join(', ')}`)
      return `the folder is ${top}; behind it are open ${said.join(', ')}`
    },
  },
  {
    name: "reading the state folder, its keys and raw output as another user",
    run: async (scene) => {
      const state = `${scene.demo.folder}/state`
      chmodSync(scene.demo.folder, 0o755)
      const tried = ['', '/identity.db', '/identity.key', '/audit.key', '/journal.db', '/terminals', '/programs', '/cli.sock'].map((name) => asNobody('cat', `${state}${name}`))
      const listed = asNobody('ls', state)
      never([...tried, listed].some((it) => it.status === 0), 'it can be read')
      return `${tried.length + 1} refused`
    },
  },
  {
    name: 'web.sock as another user',
    run: async (scene) => {
      const said = connected(scene.demo.socket, 'setpriv', ...NOBODY)
      never(said.includes('answer'), said)
      return said
    },
  },
]

/** Needs a runner with other settings: it comes last. */
export const ofAnotherUser = [
  {
    name: "web.sock with a user of the page's own: the runner's own user and others are refused",
    run: async (scene) => {
      const { demo } = scene
      const socket = `${demo.folder}/web/web.sock`
      const change = (text) => text.replace(/^spiderpig:$/m, `spiderpig:\n  web_user: nobody\n  socket: ${socket}`)
      return withRunner(demo, change, async () => {
        const mode = octal(lstatSync(socket).mode)
        // So that the kernel lets all connect, and only the runner's own look is left.
        chmodSync(socket, 0o666)
        const said = {
          nobody: connected(socket, 'setpriv', ...NOBODY),
          own: connected(socket),
          another: connected(socket, 'setpriv', '--reuid=1', '--regid=1', '--clear-groups'),
          terminal: connected(`${demo.folder}/state/cli.sock`, 'setpriv', ...NOBODY),
        }
        never(said.own.includes('answer') || said.another.includes('answer'), JSON.stringify(said))
        never(!said.nobody.includes('answer'), `not even the page's own user: ${JSON.stringify(said)}`)
        never(said.terminal !== 'EACCES', `cli.sock says ${said.terminal}`)
        return `socket ${mode}; own ${said.own}, another ${said.another}, the page's ${said.nobody.slice(0, 9)}…`
      })
    },
  },
]
