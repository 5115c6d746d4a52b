/** Asks the server once, and tells of a refusal as a `Problem`. */

import type { Answer, Body, PostPath } from '../api/act.ts'
import type { Problem } from '../api/problem.ts'

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.message)
  }
}

const unreachable: Problem = {
  kind: 'unreachable',
  message: 'the server does not answer',
  causes: [],
  hints: ['running deployments go on without it', '`scap runs` in a terminal tells the same'],
}

export function get<T>(path: string): Promise<T> {
  return ask<T>(path, { method: 'GET' })
}

/** The type is JSON and the origin is ours: a form of another site can send neither. */
export function post<Path extends PostPath>(path: Path, body: Body<Path>): Promise<Answer<Path>> {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await reach(path, init)
  if (answer.ok) return (await answer.json()) as T
  throw new Refused(answer.status, await problem(answer))
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`/api/${path}`, { ...init, credentials: 'same-origin', cache: 'no-store' })
  } catch {
    throw new Refused(0, unreachable)
  }
}

/** A proxy before the server may answer with something else than JSON. */
async function problem(answer: Response): Promise<Problem> {
  try {
    return (await answer.json()) as Problem
  } catch {
    return { ...unreachable, message: `the server answered ${answer.status}` }
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Refused) return error.problem
  return { kind: 'defect', message: String(error), causes: [], hints: ['reload the page'] }
}
