import { createHash, type Hash } from 'node:crypto';

/**
 * The bytes of an input from the beginning of the open piece on, and the hash of all before it. What is behind is forgotten as pieces are cut off, so
 * that memory holds one piece.
 */
export class Content {
  #hash: Hash = createHash('sha256');
  #chunks: Uint8Array[] = [];
  /** Offset of the first byte that is held. */
  #from = 0;
  #to = 0;

  get from(): number {
    return this.#from;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#to += bytes.length;
  }

  /** The hash of everything up to there, and of some words besides. */
  nameAt(offset: number, ...words: readonly string[]): string {
    const hash = this.#hash.copy();
    this.#feed(hash, offset);
    for (const word of words) hash.update('\0').update(word);
    // 96 bits: two inputs never get one name by chance.
    return hash.digest('hex').slice(0, 24);
  }

  /** A copy of what stands in between, as far as it is still held. */
  bytes(from: number, to: number, max: number): Buffer {
    const parts: Uint8Array[] = [];
    const end = Math.min(to, from + max, this.#to);
    let at = this.#from;
    for (const chunk of this.#chunks) {
      if (at + chunk.length > from && at < end) parts.push(chunk.subarray(Math.max(0, from - at), end - at));
      at += chunk.length;
    }
    return Buffer.concat(parts);
  }

  /** Forgets what is before; it stays in the hash. */
  advance(offset: number): void {
    const rest = this.#feed(this.#hash, offset);
    this.#chunks = rest;
    this.#from = Math.max(this.#from, Math.min(offset, this.#to));
  }

  /** Adds the held bytes before `offset`; returns those behind. */
  #feed(hash: Hash, offset: number): Uint8Array[] {
    const rest: Uint8Array[] = [];
    let at = this.#from;
    for (const chunk of this.#chunks) {
      const size = Math.min(chunk.length, Math.max(0, offset - at));
      if (size > 0) hash.update(size === chunk.length ? chunk : chunk.subarray(0, size));
      if (size < chunk.length) rest.push(size === 0 ? chunk : chunk.subarray(size));
      at += chunk.length;
    }
    return rest;
  }
}
