/** Makes a passkey: the options are the server's, and it counts only once its person has confirmed it on the deploy host. */

import type { MadePasskey } from '../api/passkey.ts'
import { post } from './http.ts'

export async function makePasskey(name: string): Promise<MadePasskey> {
  const options = (await post('passkeys', {})) as PublicKeyCredentialCreationOptionsJSON
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  return post('passkeys/finish', { name, credential: credential.toJSON() })
}
