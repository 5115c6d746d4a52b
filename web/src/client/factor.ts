/** Sends what needs a fresh second factor: when the server asks for one, so does the page, and it is sent again with it. */

import { shallowRef } from 'vue'
import { post, Refused } from './http.ts'

export type Proof = { totp: string } | { passkey: unknown }

export interface Wish {
  /** What the proof is good for, as the server says it. */
  sentence: string
  prove(proof: Proof): void
  cancel(): void
}

/** What waits for a proof; the dialog shows it. */
export const wish = shallowRef<Wish | null>(null)

/** Nothing when the person changed their mind. */
export async function send<T>(path: string, body: object): Promise<T | null> {
  try {
    return await post<T>(path, body)
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.kind !== 'second_factor_needed') throw error
    const proof = await ask(error.problem.message)
    return proof ? send<T>(path, { ...body, proof }) : null
  }
}

function ask(sentence: string): Promise<Proof | null> {
  return new Promise((resolve) => {
    const end = (proof: Proof | null): void => {
      wish.value = null
      resolve(proof)
    }
    wish.value = { sentence, prove: end, cancel: () => end(null) }
  })
}

/** The browser asks for the passkey; the challenge is the server's, for once. */
export async function provePasskey(): Promise<Proof> {
  const options = await post<PublicKeyCredentialRequestOptionsJSON>('challenges', {})
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  return { passkey: credential.toJSON() }
}
