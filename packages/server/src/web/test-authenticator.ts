import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest();

/** A device with one passkey, in software: what a browser and its authenticator answer, byte by byte (WebAuthn level 2). */
export class Authenticator {
  readonly id = randomBytes(16);
  private readonly key: KeyObject;
  private readonly cose: Buffer;
  counter = 0;

  constructor() {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.key = pair.privateKey;
    const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' });
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} in CBOR.
    const point = (label: number, value: string) => Buffer.concat([Buffer.of(label, 0x58, 32), Buffer.from(value, 'base64url')]);
    this.cose = Buffer.concat([Buffer.of(0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01), point(0x21, x), point(0x22, y)]);
  }

  create(challenge: string, origin: string, rpId: string) {
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.of(0, this.id.length), this.id, this.cose]);
    const data = Buffer.concat([this.data(rpId, 0x45), attested]);
    // {"fmt": "none", "attStmt": {}, "authData": data}
    const attestationObject = Buffer.concat([
      Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'),
      Buffer.of(0x59, data.length >> 8, data.length & 0xff),
      data,
    ]);
    const clientDataJSON = this.client('webauthn.create', challenge, origin);
    return this.answer({ clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
  }

  get(challenge: string, origin: string, rpId: string, flags = 0x05) {
    this.counter += 1;
    const data = this.data(rpId, flags);
    const clientDataJSON = this.client('webauthn.get', challenge, origin);
    const signature = sign('sha256', Buffer.concat([data, sha256(clientDataJSON)]), this.key);
    return this.answer({ clientDataJSON: text(clientDataJSON), authenticatorData: text(data), signature: text(signature) });
  }

  private answer(response: Record<string, string>) {
    return { id: text(this.id), rawId: text(this.id), type: 'public-key', response, clientExtensionResults: {} };
  }

  private client(type: string, challenge: string, origin: string): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  private data(rpId: string, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(rpId), Buffer.of(flags), counter]);
  }
}
