// What an attack may say of itself; what it has brought about is seen from outside.

import { tally, word } from './wire.mjs'

/** The attack has what it wanted. */
export class Won extends Error {}

export function never(is, why) {
  if (is) throw new Won(why)
}

/** All of these were refused. */
export function refused(replies, ...kinds) {
  const good = kinds.length > 0 ? kinds : ['signed_out', 'second_factor_needed', 'second_factor_refused', 'forbidden', 'not_found', 'invalid', 'refused', 'closed']
  const other = replies.find((reply) => !good.includes(word(reply)))
  never(other !== undefined, `${tally(replies)}: ${JSON.stringify(other)?.slice(0, 200)}`)
  return tally(replies)
}

/** One after the other. */
export async function each(things, ask) {
  const replies = []
  for (const thing of things) replies.push(await ask(thing))
  return replies
}

/** All at once. */
export const together = (count, ask) => Promise.all([...Array(count).keys()].map(ask))
