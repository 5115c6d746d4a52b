// Answers to questions: of other runs, not asked, not offered, and several at once.

import { each, never, refused, together } from '../lib/verdict.mjs'
import { until } from '../lib/time.mjs'
import { tally, word } from '../lib/wire.mjs'

const asking = (run, request) => ({ act: 'run', run, request })
const answer = (run, question, choice) => asking(run, { request: 'answer', question, choice })

export const attacks = [
  {
    name: 'an answer to a question that the run does not ask, with a real code',
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.ada.code() }
      return refused([await scene.wire.act(scene.tokens.ada, answer(scene.asking, 99, 'approve'), proof)], 'refused')
    },
  },
  {
    name: 'an answer to a run that is over, with a real code',
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.root.code() }
      return refused([await scene.wire.act(scene.tokens.root, answer(1, 0, 'approve'), proof)], 'refused')
    },
  },
  {
    name: "a code that was typed for one run's answer, for another's",
    may: { deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.grace.code() }
      const first = await scene.wire.act(scene.tokens.grace, answer(scene.waiting, 99, 'approve'), proof)
      await scene.grace.settled()
      const second = await scene.wire.act(scene.tokens.grace, answer(scene.asking, 0, 'approve'), proof)
      scene.grace.wasWrong()
      return refused([first, second], 'refused', 'second_factor_refused')
    },
  },
  {
    name: 'choices that are none',
    run: async (scene) => {
      const choices = ['', 'yes', 'Approve', 'approve\n', 'approve\0', null, 1, ['approve'], { approve: true }]
      return refused(await each(choices, (choice) => scene.wire.act(scene.tokens.ada, answer(scene.asking, 0, choice))), 'invalid')
    },
  },
  {
    name: 'requests that are none, or that only a terminal has',
    run: async (scene) => {
      const kinds = ['approve', 'promote', 'force', 'break_lock', 'deploy', 'reorder', 'unban', '', null]
      return refused(await each(kinds, (request) => scene.wire.act(scene.tokens.root, asking(scene.asking, { request }))), 'invalid')
    },
  },
]

/** These end the scene's runs: they come last. */
export const races = [
  {
    name: "a run that waits in the queue, begun by turning it back: it ends, and nothing of it has begun",
    may: { runs: 1, deeds: 1 },
    run: async (scene) => {
      const number = await scene.deploy('grace')
      await scene.wire.act(scene.tokens.grace, asking(number, { request: 'cancel' }))
      const over = async () => {
        const run = await scene.json('show', String(number))
        return run.outcome && run
      }
      const run = await until(over, 20_000, 'it does not end')
      never(run.steps.some((step) => step.started), 'a step was begun')
      return run.outcome
    },
  },
  {
    name: "64 answers of the page's with one code, against the terminal's: one counts",
    may: { questions: true, deeds: 1 },
    run: async (scene) => {
      const proof = { totp: await scene.ada.code() }
      const yes = () => scene.wire.act(scene.tokens.ada, answer(scene.asking, 0, 'approve'), proof)
      const no = () => scene.scap('answer', String(scene.asking), 'decline').then(() => ({ answer: 1 }), () => ({ problem: { kind: 'refused' } }))
      const [pages, terminal] = await Promise.all([together(64, yes), no()])
      scene.ada.wasWrong()
      const won = [...pages, terminal].filter((reply) => word(reply) === 'answered').length
      never(won !== 1, `${won} answers counted: ${tally(pages)}, terminal ${word(terminal)}`)
      const { questions } = await scene.json('show', String(scene.asking))
      const expected = word(terminal) === 'answered' ? 'decline' : 'approve'
      never(JSON.stringify(questions[0].answer).includes(expected) === false, `answered with ${JSON.stringify(questions[0].answer)}`)
      return `page ${tally(pages)}; terminal ${word(terminal)}`
    },
  },
]
