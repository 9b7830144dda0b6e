import { canonicalise, quote } from '@daybook/protocol';
import type { EntryKind } from '@daybook/protocol';
import type { EventBatch } from './types.ts';

/** 66 random bytes are 88 characters of base64url: four nonces of 22 characters, each 132 bits. */
const NONCES_PER_DRAW = 4 * 64;
const BYTES_PER_DRAW = (66 / 4) * NONCES_PER_DRAW;
const NONCE_CHARS = 22;

/** Nonces from random text drawn in bulk: drawing for each entry alone would cost as much as its leaf hash. */
export class Nonces {
  readonly #draw: (bytes: number) => string;
  #text = '';
  #used = 0;

  constructor(draw: (bytes: number) => string) {
    this.#draw = draw;
  }

  next(): string {
    if (this.#used === this.#text.length) {
      this.#text = this.#draw(BYTES_PER_DRAW);
      this.#used = 0;
    }
    this.#used += NONCE_CHARS;
    return this.#text.slice(this.#used - NONCE_CHARS, this.#used);
  }
}

/**
 * Writes the entries of a batch, each as NUL and the entry (see `Pending.put`). What is the same for neighbours (receive time, producer) is
 * built once: the text of an entry is then five or six parts, and V8 flattens it once for hash and store.
 */
export class EntryText {
  readonly #nonces: Nonces;
  #src: string | undefined;
  #rt = '';
  #middle = '';

  constructor(nonces: Nonces) {
    this.#nonces = nonces;
  }

  event(batch: EventBatch, i: number, rt: string): string {
    const src = batch.src[i] ?? '';
    if (src !== this.#src || rt !== this.#rt) {
      this.#src = src;
      this.#rt = rt;
      this.#middle = `,"rt":"${rt}","src":${quote(src)}`;
    }
    const raw = batch.raw?.[i];
    const sseq = batch.sseq[i];
    const nonce = raw === undefined ? `${this.#nonces.next()}"` : `${this.#nonces.next()}","raw":${quote(raw)}`;
    const tail = sseq === undefined ? ',"v":1}' : `,"sseq":${sseq},"v":1}`;
    return `\0{"event":${batch.events[i]},"kind":"event","n":"${nonce}${this.#middle}${tail}`;
  }

  control(kind: EntryKind, event: Readonly<Record<string, unknown>>, rt: string): string {
    return `\0{"event":${canonicalise(event)},"kind":"${kind}","n":"${this.#nonces.next()}","rt":"${rt}","v":1}`;
  }
}
