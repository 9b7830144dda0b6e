import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';

/**
 * The cryptography that this package needs, by node:crypto. `crypto-web.ts` is the same interface for browsers; a test holds the two together.
 * Public and private keys are the 32 bytes of RFC 8032.
 */

const HASH_BYTES = 32;
/** DER of an Ed25519 key up to its 32 bytes (RFC 8410): the only form in which node:crypto of every supported Node takes them. */
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Bytes that `sha256Into` writes fastest to. */
export function allocate(length: number): Uint8Array {
  return Buffer.alloc(length);
}

export function sha256(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(HASH_BYTES);
  sha256Into(data, out, 0);
  return out;
}

/** Writes the hash of `data` to `out[at, at + 32)`. A latin1 string as output costs 0.24 µs, a Buffer 0.84 µs, createHash 2 µs. */
export function sha256Into(data: Uint8Array, out: Uint8Array, at: number): void {
  // 'binary' is the name of latin1 that the types of every supported Node know.
  const text = hash('sha256', data, 'binary');
  if (out instanceof Buffer) out.write(text, at, 'latin1');
  else for (let i = 0; i < HASH_BYTES; i++) out[at + i] = text.charCodeAt(i);
}

export function ed25519PublicKey(privateKey: Uint8Array): Uint8Array {
  const key = createPublicKey(privateKeyObject(privateKey)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(key.subarray(PUBLIC_PREFIX.length));
}

export function ed25519Sign(message: Uint8Array, privateKey: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, privateKeyObject(privateKey)));
}

/** False, never an exception, for whatever the three arguments hold. */
export function ed25519Verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

function privateKeyObject(privateKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, privateKey]), format: 'der', type: 'pkcs8' });
}
