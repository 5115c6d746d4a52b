// What stands when attacks begin: people signed in, a run that asks, one that waits behind it, a freeze, a lock, a ban.

import { plantSecrets } from './demo.mjs'
import { json, scap } from './outside.mjs'
import { Person } from './people.mjs'
import { until } from './time.mjs'
import { Wire } from './wire.mjs'

export class Scene {
  constructor(demo) {
    this.demo = demo
    this.wire = new Wire(demo.socket)
    this.tokens = {}
  }

  scap(...words) {
    return scap(this.demo, ...words)
  }

  /** What may be so already, or end with another code. */
  async let(...words) {
    return this.scap(...words).catch((error) => error.stderr)
  }

  json(...words) {
    return json(this.demo, ...words)
  }

  /** People with new phones, signed in: what the web process has of them. */
  async people() {
    plantSecrets(this.demo)
    for (const name of ['ada', 'grace', 'root']) this[name] = await Person.enrol(this.demo, name, this.wire)
    for (const name of ['ada', 'grace', 'root']) this.tokens[name] = await this[name].whole()
    this.tokens.half = await this.ada.half()
    this.began = Date.now()
  }

  async planned(name, version = 'v2') {
    const planned = await this.wire.plan(this.tokens[name], { service: 'shop', version, environments: [] })
    if (!planned.answer) throw new Error(`nothing is planned: ${JSON.stringify(planned)}`)
    return planned.answer.digest
  }

  /** A person's own deployment, with a code that they typed for it; the run. */
  async deploy(name, version) {
    const digest = await this.planned(name, version)
    const acted = await this[name].act(this.tokens[name], { act: 'deploy', digest, reason: 'for the scene' })
    if (!acted.answer) throw new Error(`nothing is deployed: ${JSON.stringify(acted)}`)
    return acted.answer.run
  }

  /** Ada's run asks, since it had to wait when she said yes; grace's waits behind it. Nothing runs, and nothing may. */
  async stand() {
    if (await this.question()) return
    await this.clear()
    await this.scap('lock', 'shop', '--reason', 'for the scene')
    const first = await this.deploy('root')
    this.asking = await this.deploy('ada')
    this.waiting = await this.deploy('grace')
    await this.let('abort', String(first), '--stop')
    await this.scap('unlock', 'shop')
    await until(() => this.question(), 30_000, 'no run asks')
    await this.scap('lock', 'shop', '--reason', 'for the scene')
    await this.scap('freeze', 'for the scene')
    await this.scap('spiderpig', 'user', 'ban', 'mallory', 'for the scene')
  }

  /** The open question of the run that asks. */
  async question() {
    if (!this.asking) return null
    const shown = await this.json('show', String(this.asking))
    const open = shown.questions.find((question) => !question.answer)
    return shown.outcome === null ? (open ?? null) : null
  }

  /** Nothing goes on, waits, is locked or frozen. */
  async clear() {
    await this.let('thaw')
    await this.let('unlock', 'shop')
    for (const run of await this.json('runs')) {
      if (run.outcome === null) await this.let('abort', String(run.run), '--stop')
    }
    const over = async () => (await this.json('runs')).every((run) => run.outcome !== null)
    await until(over, 60_000, 'runs do not end')
  }
}
