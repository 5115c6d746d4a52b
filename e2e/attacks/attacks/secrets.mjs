// A run whose programs print secrets: it is begun by a person, with a code, and all of it is shown.

import { readFileSync, readdirSync, lstatSync } from 'node:fs'
import { PLAIN, SECRETS } from '../lib/demo.mjs'
import { never } from '../lib/verdict.mjs'
import { sleep, until } from '../lib/time.mjs'
import { seen } from '../lib/wire.mjs'

function raw(folder) {
  const found = []
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`
    if (lstatSync(path).isDirectory()) found.push(...raw(path))
    else if (name === 'output') found.push([path, readFileSync(path, 'utf8')])
  }
  return found
}

export const attacks = [
  {
    name: 'all bytes of a run whose programs print secrets: documents, lines, the log',
    may: { runs: 1, deeds: 1, questions: true },
    before: (scene) => scene.clear(),
    run: async (scene) => {
      const version = (await scene.wire.plan(scene.tokens.ada, { service: 'shop', version: null, environments: [] })).answer
      const acted = await scene.ada.act(scene.tokens.ada, { act: 'deploy', digest: version.digest, reason: null })
      const { run } = acted.answer
      const following = await scene.wire.follow(scene.tokens.root)
      following.ask({ ask: 'lines', run, from: 0 }, { ask: 'document', path: `runs/${run}` }, { ask: 'document', path: 'home' }, { ask: 'document', path: 'audit' })
      const over = async () => (await scene.json('show', String(run))).outcome
      const outcome = await until(over, 180_000, 'the run does not end')
      await sleep(1_500)
      following.end()
      for (const path of ['home', 'admin', 'runs', `runs/${run}`, 'services/shop', 'audit']) await scene.wire.read(scene.tokens.root, path)
      const log = await (await fetch(`${scene.demo.url}/api/runs/${run}/log.txt`, { headers: { cookie: `spiderpig=${scene.tokens.root}` } })).text()
      const lines = following.told.filter((it) => it.tell === 'lines').flatMap((it) => it.lines)
      const all = `${log}\n${lines.join('\n')}\n${readFileSync(`${scene.demo.folder}/state/terminals/${run}.txt`, 'utf8')}`
      never(SECRETS.some((secret) => all.includes(secret)) || seen.leaks.length > 0, `told: ${seen.leaks}`)
      const files = raw(`${scene.demo.folder}/state/programs/${run}`).filter(([, text]) => text.includes(SECRETS[0]))
      never(files.length === 0, 'the secrets were not even printed: nothing is shown by this')
      never(!lines.some((line) => line.includes(PLAIN)), 'the lines beside the secrets were not told: nothing is shown by this')
      const open = files.filter(([path]) => (lstatSync(path).mode & 0o077) !== 0)
      never(open.length > 0, `raw output is open: ${open.map(([path]) => path)}`)
      return `${outcome}; ${lines.length} lines told, ${files.length} raw files with secrets, all 600`
    },
  },
]
