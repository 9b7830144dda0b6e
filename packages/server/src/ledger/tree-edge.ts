import { Frontier, HASH_BYTES } from '@daybook/tlog';

/**
 * The right edge of one log's tree in memory. Grows by leaf hashes of durable entries only, so `size` is the durable size; an entry whose write
 * failed never gets here and nothing must be taken back. Collects the hashes of tile level 1 and above until a checkpoint has staged them.
 */
export class TreeEdge {
  readonly #frontier: Frontier;
  readonly #unstaged: HashList[] = [];

  /** Goes on at `size` from the hashes of the last, incomplete tile of each level. */
  constructor(size = 0, lastTiles: readonly Uint8Array[] = []) {
    this.#frontier = Frontier.at(size, lastTiles, (hash, { level }) => (this.#unstaged[level] ??= new HashList()).push(hash));
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** Appends leaf hashes that lie side by side. */
  append(leafHashes: Uint8Array): void {
    this.#frontier.append(leafHashes);
  }

  /** RFC 6962 root of everything appended. */
  root(): Buffer {
    return Buffer.from(this.#frontier.root());
  }

  /** Hashes that are not staged yet, by level, oldest first; copies. Level 0 is never staged: it is recomputed from the entries. */
  unstaged(): Buffer[] {
    return Array.from({ length: this.#unstaged.length }, (_, level) => this.#unstaged[level]?.copy() ?? Buffer.alloc(0));
  }

  /** Drops so many bytes of each level, oldest first: they are staged. */
  dropStaged(bytesOfLevel: readonly number[]): void {
    for (const [level, bytes] of bytesOfLevel.entries()) this.#unstaged[level]?.dropFirst(bytes);
  }
}

/** Bytes of hashes that grow at the end and are dropped at the front. */
class HashList {
  #bytes = Buffer.alloc(64 * HASH_BYTES);
  #used = 0;

  push(hash: Uint8Array): void {
    if (this.#used === this.#bytes.length) {
      const larger = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, this.#used);
    this.#used += HASH_BYTES;
  }

  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#used));
  }

  dropFirst(bytes: number): void {
    this.#bytes.copyWithin(0, bytes, this.#used);
    this.#used -= bytes;
  }
}
