/** Sends what needs a fresh second factor: when the server asks for one, so does the page, and it is sent again with it. */

import { shallowRef } from 'vue'
import { post, Refused } from './http.ts'

export type Proof = { totp: string } | { passkey: unknown }

/** What a proof is wanted for: what is to be posted where. */
export interface Meant {
  path: string
  body: object
}

export interface Wish {
  act: Meant
  /** What the proof is good for, as the server says it. */
  sentence: string
  prove(proof: Proof): void
  cancel(): void
}

/** What waits for a proof; the dialog shows it. */
export const wish = shallowRef<Wish | null>(null)

/** Nothing when the person changed their mind. */
export async function send<T>(path: string, body: object, proof?: Proof): Promise<T | null> {
  try {
    return await post<T>(path, proof ? { ...body, proof } : body)
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.kind !== 'second_factor_needed') throw error
    const shown = await ask(error.problem.message, { path, body })
    return shown ? send<T>(path, body, shown) : null
  }
}

function ask(sentence: string, act: Meant): Promise<Proof | null> {
  return new Promise((resolve) => {
    const end = (proof: Proof | null): void => {
      wish.value = null
      resolve(proof)
    }
    wish.value = { act, sentence, prove: end, cancel: () => end(null) }
  })
}

/** The browser asks for the passkey; the challenge is the server's, for this act alone or for signing in. */
export async function provePasskey(act?: Meant): Promise<Proof> {
  const options = await post<PublicKeyCredentialRequestOptionsJSON>('challenges', act ? { act } : {})
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  return { passkey: credential.toJSON() }
}
