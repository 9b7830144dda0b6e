/** A word stands at most so far behind the place of its hash: whoever sends words of one hash makes nobody's look-up long. */
const PROBES_MAX = 16;

/**
 * A table of ASCII words that is looked up by a byte range, without making a string: the scanner of a key or a value already has its hash. Open
 * addressing; a hit is verified byte by byte, so that a crafted hash finds nothing.
 */
export class ByteWords {
  readonly #max: number;
  readonly #words: Uint8Array[] = [];
  readonly #slots: Int16Array;
  readonly #mask: number;

  /** Index i of `words` is what `find` returns. `max`: how many there may be, if more are learnt. */
  constructor(words: readonly string[], max = words.length) {
    this.#max = max;
    let size = 64;
    while (size < max * 4) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int16Array(size).fill(-1);
    for (const word of words) {
      const bytes = Buffer.from(word, 'latin1');
      if (this.learn(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length)) < 0) throw new Error(`no place for the word ${word}`);
    }
  }

  /** Index of the word `bytes[start, end)` whose `hashBytes` is `hash`; -1 when it is not in the table. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const index = this.#slots[(hash + probe) & this.#mask] ?? -1;
      if (index < 0) return -1;
      const word = this.#words[index];
      if (word !== undefined && word.length === end - start && equal(word, bytes, start)) return index;
    }
    return -1;
  }

  /** Takes in a word that was not found; its index, or -1 when there is no place for it. */
  learn(bytes: Uint8Array, start: number, end: number, hash: number): number {
    if (this.#words.length === this.#max) return -1;
    for (let probe = 0; probe < PROBES_MAX; probe++) {
      const slot = (hash + probe) & this.#mask;
      if ((this.#slots[slot] ?? -1) >= 0) continue;
      const index = this.#words.push(Uint8Array.from(bytes.subarray(start, end))) - 1;
      this.#slots[slot] = index;
      return index;
    }
    return -1;
  }

  lookup(bytes: Uint8Array, start: number, end: number): number {
    return this.find(bytes, start, end, hashBytes(bytes, start, end));
  }
}

/** One step of the hash: the scanner takes it for each byte of a key. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = hashStep(hash, bytes[i] ?? 0);
  return hash;
}

function equal(word: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < word.length; i++) if (word[i] !== bytes[start + i]) return false;
  return true;
}
