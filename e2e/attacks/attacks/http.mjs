// A handful through the page's own server, with the cookies that passed; the rest is another suite's.

import { each, refused } from '../lib/verdict.mjs'

const JSON_TYPE = { 'content-type': 'application/json' }

async function post(scene, path, body, headers, token = scene.tokens.root) {
  const { url } = scene.demo
  const answer = await fetch(`${url}/api/${path}`, {
    method: 'POST', redirect: 'manual', body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { cookie: `spiderpig=${token}`, ...JSON_TYPE, ...headers },
  })
  return { problem: { kind: answer.ok ? 'answered' : `${answer.status}` } }
}

const ours = (scene) => ({ origin: scene.demo.url })
const REFUSED = ['400', '401', '403', '404', '405', '409', '413', '415', '421', '422', '429']

export const attacks = [
  {
    name: "over HTTP: an admin's cookie, acts without a factor",
    run: async (scene) => {
      const bodies = [['admin/thaw', { reason: 'r' }], ['admin/unlock', { key: 'service/shop', reason: 'r' }], ['admin/unban', { person: 'mallory', reason: 'r' }], [`runs/${scene.asking}/requests`, { request: 'answer', question: 0, choice: 'approve' }]]
      return refused(await each(bodies, ([path, body]) => post(scene, path, body, ours(scene))), ...REFUSED)
    },
  },
  {
    name: 'over HTTP: from other origins, and from none',
    run: async (scene) => {
      const origins = [{}, { origin: 'null' }, { origin: 'http://evil.example' }, { origin: `${scene.demo.url}.evil.example` }, { origin: scene.demo.url, 'sec-fetch-site': 'cross-site' }]
      return refused(await each(origins, (headers) => post(scene, 'admin/freeze', { reason: 'r', until: null }, headers)), ...REFUSED)
    },
  },
  {
    name: 'over HTTP: a form, a text, two cookies, paths with dots',
    run: async (scene) => {
      const replies = [
        await post(scene, 'admin/freeze', 'reason=r', { ...ours(scene), 'content-type': 'application/x-www-form-urlencoded' }),
        await post(scene, 'admin/freeze', '{"reason":"r","until":null}', { ...ours(scene), 'content-type': 'text/plain' }),
        await post(scene, 'admin/freeze', { reason: 'r', until: null }, { ...ours(scene), cookie: `spiderpig=${scene.tokens.ada}; spiderpig=${scene.tokens.root}` }),
        await post(scene, 'admin%2ffreeze', { reason: 'r', until: null }, { ...ours(scene), cookie: '' }),
        await post(scene, 'runs/../admin/freeze', { reason: 'r', until: null }, { ...ours(scene), cookie: '' }),
      ]
      return refused(replies, ...REFUSED)
    },
  },
  {
    name: 'over HTTP: files beside the page',
    run: async (scene) => {
      const { url } = scene.demo
      const paths = ['/../scap.yaml', '/..%2fscap.yaml', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd', '//etc/passwd', '/%00']
      const texts = await each(paths, async (path) => (await fetch(`${url}${path}`)).text().catch(() => ''))
      return refused(texts.map((text) => ({ problem: { kind: /root:x|service_catalog/.test(text) ? 'file' : 'page' } })), 'page')
    },
  },
]
