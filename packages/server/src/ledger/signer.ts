import { type KeyObject, createPublicKey, hash, sign, verify } from 'node:crypto';

/** Signs and opens the checkpoints of one log. */
export class Signer {
  readonly origin: string;
  /** `name+hash+base64`. */
  readonly verifierKey: string;
  readonly #key: KeyObject;
  readonly #id: Buffer;

  constructor(origin: string, key: KeyObject) {
    this.origin = origin;
    this.#key = key;
    const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
    const typed = Buffer.concat([Buffer.from([1]), raw]);
    this.#id = hash('sha256', Buffer.concat([Buffer.from(`${origin}\n`), typed]), 'buffer').subarray(0, 4);
    this.verifierKey = `${origin}+${this.#id.toString('hex')}+${typed.toString('base64')}`;
  }

  sign(size: number, root: Buffer): string {
    const text = `${this.origin}\n${size}\n${root.toString('base64')}\n`;
    const signature = sign(null, Buffer.from(text), this.#key);
    return `${text}\n— ${this.origin} ${Buffer.concat([this.#id, signature]).toString('base64')}\n`;
  }

  /** Size and root of a note of ours; throws with `where` in the message when it is none. */
  open(note: string, where: string): { readonly size: number; readonly root: Buffer } {
    const [text = '', signatures = ''] = note.split('\n\n');
    const [origin, size, root] = text.split('\n');
    const sig = Buffer.from(signatures.trim().split(' ')[2] ?? '', 'base64').subarray(4);
    if (origin !== this.origin || !verify(null, Buffer.from(`${text}\n`), createPublicKey(this.#key), sig))
      throw new Error(`${where} is no note of this log`);
    return { size: Number(size), root: Buffer.from(root ?? '', 'base64') };
  }
}
