// An authenticator in software, as whoever has taken over the web process may have one.

import { createHash, generateKeyPairSync, sign } from 'node:crypto'

const hash = (data) => createHash('sha256').update(data).digest()
const encoded = (bytes) => Buffer.from(bytes).toString('base64url')
const PRESENT_AND_VERIFIED = 0x05
const HAS_KEY = 0x40

export class Authenticator {
  constructor(origin) {
    Object.assign(this, { origin, id: Buffer.alloc(16, 7), counter: 0, keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }) })
  }

  /** A passkey by the runner's options. */
  makes({ challenge, rp }) {
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' })
    const point = (text) => Buffer.from(text, 'base64url')
    const key = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), point(x), Buffer.from('225820', 'hex'), point(y)])
    const data = Buffer.concat([this.#data(rp.id, PRESENT_AND_VERIFIED | HAS_KEY), Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, key])
    const attested = Buffer.concat([Buffer.from('\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58', 'latin1'), Buffer.from([data.length]), data])
    return this.#answer({ clientDataJSON: encoded(this.#client('webauthn.create', challenge)), attestationObject: encoded(attested) })
  }

  /** Whatever it is asked to. */
  signs({ challenge, rpId }) {
    const [client, data] = [this.#client('webauthn.get', challenge), this.#data(rpId, PRESENT_AND_VERIFIED)]
    const signature = sign('sha256', Buffer.concat([data, hash(client)]), this.keys.privateKey)
    return this.#answer({ clientDataJSON: encoded(client), authenticatorData: encoded(data), signature: encoded(signature) })
  }

  #client(type, challenge) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false }))
  }

  #data(site, flags) {
    this.counter += 1
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    return Buffer.concat([hash(site), Buffer.from([flags]), counter])
  }

  #answer(response) {
    return { id: encoded(this.id), rawId: encoded(this.id), type: 'public-key', clientExtensionResults: {}, response }
  }
}
