import { type KeyObject, createPublicKey, sign } from 'node:crypto';
import { type Signer, createSigner, formatVerifierKey, openCheckpoint, signCheckpoint } from '@daybook/tlog';

/** Bytes of an Ed25519 key at the end of its DER form. */
const KEY_BYTES = 32;

/** Signs and opens the checkpoints of one log. The key's name is the log's origin. */
export class LogSigner {
  readonly #signer: Signer;

  constructor(origin: string, key: KeyObject) {
    const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
    this.#signer = createSigner(origin, { publicKey, sign: (message) => sign(null, message, key) });
  }

  get origin(): string {
    return this.#signer.name;
  }

  /** `name+hash+base64`. */
  get verifierKey(): string {
    return formatVerifierKey(this.#signer);
  }

  /** The signed note over a head. */
  sign(size: number, root: Buffer): string {
    return signCheckpoint({ origin: this.origin, size, root }, this.#signer);
  }

  /** The head in a note that this key signed for this log; throws TlogError when it is none. */
  open(note: Buffer): { readonly size: number; readonly root: Buffer } {
    const { size, root } = openCheckpoint(note, this.#signer);
    return { size, root: Buffer.from(root) };
  }
}
