// An identity provider that vouches for anybody, in the groups that they are in by now.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'

const KEY = 'bench'
const text = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

export class Provider {
  #codes = new Map()
  #people = new Map()
  #key = generateKeyPairSync('ed25519')

  /** Groups by person. */
  groups = new Map()
  /** Told whenever the groups of a person are asked for again. */
  asked = () => {}

  async begin() {
    this.server = createServer((request, response) => this.#answer(request, response))
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done))
    this.issuer = `http://localhost:${this.server.address().port}`
    return this
  }

  end() {
    this.server.close()
  }

  /** What the browser of a person comes back with. */
  vouch(person, url) {
    const asked = new URL(url).searchParams
    const code = randomBytes(16).toString('hex')
    this.#codes.set(code, { person, nonce: asked.get('nonce'), challenge: asked.get('code_challenge') })
    return new URLSearchParams({ code, state: asked.get('state'), iss: this.issuer })
  }

  async #answer(request, response) {
    const parts = []
    for await (const part of request) parts.push(part)
    const paths = {
      '/.well-known/openid-configuration': () => this.#announced(),
      '/keys': () => ({ keys: [{ ...this.#key.publicKey.export({ format: 'jwk' }), kid: KEY, use: 'sig', alg: 'EdDSA' }] }),
      '/token': () => this.#token(new URLSearchParams(Buffer.concat(parts).toString())),
      '/userinfo': () => this.#again(this.#people.get(request.headers.authorization?.replace('Bearer ', ''))),
    }
    const answer = paths[request.url]?.()
    response.writeHead(answer ? 200 : 400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? { error: 'invalid_grant' }))
  }

  #announced() {
    const at = (path) => `${this.issuer}/${path}`
    return {
      issuer: this.issuer,
      authorization_endpoint: at('authorize'),
      token_endpoint: at('token'),
      userinfo_endpoint: at('userinfo'),
      jwks_uri: at('keys'),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['EdDSA'],
      token_endpoint_auth_methods_supported: ['none'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'profile', 'groups'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  #token(asked) {
    const grant = this.#codes.get(asked.get('code'))
    const shown = createHash('sha256').update(asked.get('code_verifier') ?? '').digest('base64url')
    if (!grant || shown !== grant.challenge) return null
    this.#codes.delete(asked.get('code'))
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: this.issuer, aud: asked.get('client_id'), iat: now, exp: now + 300, nonce: grant.nonce, ...this.#about(grant.person) }
    const body = `${text({ alg: 'EdDSA', kid: KEY })}.${text(claims)}`
    const access = randomBytes(16).toString('hex')
    this.#people.set(access, grant.person)
    const signed = sign(null, Buffer.from(body), this.#key.privateKey).toString('base64url')
    return { access_token: access, token_type: 'Bearer', expires_in: 3600, id_token: `${body}.${signed}` }
  }

  #again(person) {
    this.asked(person)
    return this.#about(person)
  }

  #about(person) {
    return person && { sub: person, preferred_username: person, groups: this.groups.get(person) ?? [] }
  }
}
