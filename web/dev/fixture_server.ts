/** Serves recorded documents in the place of scap's server, with the headers that it will have. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Plugin } from 'vite'
import { WebSocketServer, type WebSocket } from 'ws'
import { outputLines } from '../fixtures/output.ts'
import { scenarios, type Documents } from '../fixtures/scenarios.ts'
import type { Ask, Told } from '../src/api/live.ts'
import type { Problem } from '../src/api/problem.ts'
import type { RunDocument } from '../src/api/run.ts'

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue"
const LINES_OF_A_MESSAGE = 1_000

export function fixtureServer(): Plugin {
  return {
    name: 'fixture-server',
    configureServer(server) {
      server.middlewares.use('/api', answerFetch)
      if (server.httpServer) serveLive(server.httpServer as Server)
    },
    configurePreviewServer(server) {
      server.middlewares.use((_, answer, next) => {
        answer.setHeader('content-security-policy', POLICY)
        next()
      })
      server.middlewares.use('/api', answerFetch)
      serveLive(server.httpServer as Server)
    },
  }
}

/** The scenario is named by a cookie; `loading` never answers, `failing_server` always fails. */
function scenario(request: IncomingMessage): string {
  return /fixture=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? 'many'
}

function documentsOf(name: string): Documents {
  return (scenarios[name] ?? scenarios.many!)()
}

function answerFetch(request: IncomingMessage, answer: ServerResponse): void {
  const name = scenario(request)
  const url = new URL(request.url ?? '/', 'http://page.example')
  const path = url.pathname.slice(1)
  const isMe = path === 'me'
  if (name === 'loading' && !isMe) return
  if (name === 'failing_server' && !isMe) return json(answer, 503, { kind: 'unavailable', message: 'the runner does not answer the web process', causes: ['`web.sock`: connection refused'], hints: ['`systemctl status scap-runner` on the deploy host', 'running deployments go on when it is back'] })
  if (path.endsWith('/log.txt')) return void answer.setHeader('content-type', 'text/plain; charset=utf-8').end(outputLines(2_480).join('\n'))
  if (request.method === 'POST') return answerPost(request, name, path, answer)
  const body = find(path, url.searchParams, documentsOf(name))
  if (body === undefined) return json(answer, 404, { kind: 'not_found', message: `there is no ${path.replace(/^runs\//, 'run ')}`, causes: [], hints: ['the history finds runs by service, person and version'] })
  json(answer, 200, body)
}

function find(path: string, query: URLSearchParams, documents: Documents): unknown {
  if (path === 'services') return documents.founds
  if (path.startsWith('services/')) return documents.service
  if (path !== 'runs') return documentAt(path, documents)
  const search = query.get('search') ?? ''
  const before = Number(query.get('before') ?? Infinity)
  const found = documents.list.filter((run) => run.run < before && `${run.service} ${run.person} ${run.version} ${run.outcome}`.includes(search))
  return { runs: found.slice(0, 50), more: found.length > 50 }
}

function documentAt(path: string, documents: Documents): unknown {
  return Object.entries(documents).find(([known]) => known === path)?.[1]
}

/** What was posted to is answered as if it were done; some scenarios refuse it. */
function answerPost(request: IncomingMessage, name: string, path: string, answer: ServerResponse): void {
  let text = ''
  request.on('data', (part: Buffer) => (text += part.toString()))
  request.on('end', () => {
    if (name === 'planning' && path === 'plans') return
    const { proof } = JSON.parse(text || '{}') as { proof?: unknown }
    const refusal = refused(name, path, proof !== undefined)
    json(answer, refusal ? 403 : 200, refusal ?? posted(name, path))
  })
}

function refused(name: string, path: string, isProved: boolean): Problem | null {
  if (path === 'runs' && !isProved) return { kind: 'second_factor_needed', message: 'Deploying mathoid to production needs your second factor', causes: [], hints: [] }
  if (path === 'sign-in/factor') return { kind: 'forbidden', message: 'the code is wrong or was used already', causes: [], hints: [] }
  if (name === 'unplanned' && path === 'plans') return { kind: 'unavailable', message: 'the plan of mathoid could not be made', causes: ['the API server of codfw does not answer within 10 s'], hints: ['`kubectl --context codfw get nodes` on the deploy host', 'nothing was changed'] }
  return null
}

function posted(name: string, path: string): unknown {
  if (path === 'plans') return documentsOf(name).plan
  if (path === 'runs') return { run: 2_041 }
  if (path === 'passkeys/finish') return { number: '482913', until: Date.now() + 600_000 }
  if (path.endsWith('/requests') && name === 'unmasking') return { programs: [{ step: 3, program: 'helm-3', label: 'helm upgrade production in codfw', left_out: 120, lines: outputLines(40) }, { step: 3, program: 'kubectl-4', label: 'kubectl diff', left_out: 0, lines: [] }] }
  return {}
}

function json(answer: ServerResponse, status: number, body: unknown): void {
  answer.statusCode = status
  answer.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

function serveLive(server: Server): void {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/api/live' || ['loading', 'failing_server'].includes(scenario(request))) return
    if (scenario(request) === 'lost') return void socket.destroy()
    sockets.handleUpgrade(request, socket, head, (live) => serveSocket(live, documentsOf(scenario(request))))
  })
}

function serveSocket(live: WebSocket, documents: Documents): void {
  const tell = (message: Told): void => live.send(JSON.stringify(message))
  live.on('message', (data) => {
    const ask = JSON.parse(String(data as Buffer)) as Ask
    if (ask.ask === 'hello') tell({ tell: 'hello' })
    if (ask.ask === 'document' && documentAt(ask.path, documents)) tell({ tell: 'document', path: ask.path, body: documentAt(ask.path, documents) })
    if (ask.ask !== 'lines') return
    const { lines } = documents[`runs/${ask.run}`] as RunDocument
    const all = outputLines(lines)
    for (let from = ask.from; from < lines; from += LINES_OF_A_MESSAGE) tell({ tell: 'lines', run: ask.run, from, lines: all.slice(from, from + LINES_OF_A_MESSAGE) })
  })
}
