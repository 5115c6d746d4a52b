/** Sends what needs a fresh second factor: when the server asks for one, so does the page, and it is sent again with it. */

import { shallowRef } from 'vue'
import type { Answer, Body, MeantAct, PostPath, Proof } from '../api/act.ts'
import { post, Refused } from './http.ts'

export interface Wish {
  act: MeantAct
  /** What the proof is good for, as the server says it. */
  sentence: string
  prove(proof: Proof): void
  cancel(): void
}

/** What waits for a proof; the dialog shows it. */
export const wish = shallowRef<Wish | null>(null)

/** Nothing when the person changed their mind. */
export async function send<Path extends PostPath>(path: Path, body: Body<Path>, proof?: Proof): Promise<Answer<Path> | null> {
  try {
    return await post(path, proof ? { ...body, proof } : body)
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.kind !== 'second_factor_needed') throw error
    const shown = await ask(error.problem.message, { path, body: { ...body } })
    return shown ? send(path, body, shown) : null
  }
}

function ask(sentence: string, act: MeantAct): Promise<Proof | null> {
  return new Promise((resolve) => {
    const end = (proof: Proof | null): void => {
      wish.value = null
      resolve(proof)
    }
    wish.value = { act, sentence, prove: end, cancel: () => end(null) }
  })
}

/** The browser asks for the passkey; the challenge is the server's, for this act alone or for signing in. */
export async function provePasskey(act?: MeantAct): Promise<Proof> {
  const options = (await post('challenges', act ? { act } : {})) as PublicKeyCredentialRequestOptionsJSON
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  return { passkey: credential.toJSON() }
}
