import { ask, askJson } from '../api.ts';

/** Passkeys in the forms of the standard's own JSON; older browsers, which lack them, are not offered any. */
export function hasPasskeys(): boolean {
  return (
    typeof PublicKeyCredential === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'
  );
}

/** Asks the device for one, and has the server keep it. */
export async function makePasskey(name: string, password: string): Promise<void> {
  const body = password === '' ? {} : { current_password: password };
  const options = await askJson<PublicKeyCredentialCreationOptionsJSON>('/v1/session/passkeys/options', { method: 'POST', body });
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  await ask('/v1/session/passkeys', { method: 'POST', body: { credential: jsonOf(made), ...(name === '' ? {} : { name }) } });
}

export async function signInByPasskey(): Promise<void> {
  const options = await askJson<PublicKeyCredentialRequestOptionsJSON>('/v1/session/passkey/options', { method: 'POST' });
  const shown = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  await ask('/v1/session/passkey', { method: 'POST', body: { credential: jsonOf(shown) } });
}

function jsonOf(credential: Credential | null): unknown {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new Error('The device gave no passkey.');
}
