import { emptyRoot, nodeHash } from '@daybook/tlog';
import { HASH_BYTES } from './layout.ts';

/** Hashes that one chunk of a row has room for: rows grow without copying, and end in no more than this much unused room. */
const CHUNK_HASHES = 4096;

/**
 * All perfect subtrees over the level-1 hashes of a log (64 bytes per 256 entries), so that the root at any size costs a few node hashes:
 * a log has thousands of kept heads. A hash may be unknown; so is then every root above it.
 */
export class Pyramid {
  /** Row h: subtrees of 2^h bundles. */
  readonly #rows: Row[] = [];

  /** Bundles so far. */
  get length(): number {
    return this.#rows[0]?.length ?? 0;
  }

  push(hash: Uint8Array | undefined): void {
    let carried = hash;
    for (let height = 0; ; height++) {
      const row = (this.#rows[height] ??= new Row());
      row.push(carried);
      if (row.length % 2 === 1) return;
      const left = row.at(row.length - 2);
      const right = row.at(row.length - 1);
      carried = left === undefined || right === undefined ? undefined : nodeHash(left, right);
    }
  }

  /** Hash n of the subtrees of 2^height bundles; undefined when unknown or not complete. */
  at(height: number, n: number): Uint8Array | undefined {
    return this.#rows[height]?.at(n);
  }

  /**
   * RFC 6962 root of the first `bundles` bundles and, to the right of them, `edge`: the root of fewer than 256 more leaves. Undefined when some part
   * is unknown.
   */
  root(bundles: number, edge?: Uint8Array): Uint8Array | undefined {
    let root = edge;
    let end = bundles;
    for (let height = 0, width = 1; end > 0; height++, width *= 2) {
      if (Math.floor(end / width) % 2 === 0) continue;
      end -= width;
      const part = this.at(height, end / width);
      if (part === undefined) return undefined;
      root = root === undefined ? part : nodeHash(part, root);
    }
    return root ?? emptyRoot();
  }
}

class Row {
  readonly #chunks: Buffer[] = [];
  readonly #unknown = new Set<number>();
  length = 0;

  push(hash: Uint8Array | undefined): void {
    const n = this.length++;
    if (hash === undefined) {
      this.#unknown.add(n);
      return;
    }
    const chunk = Math.floor(n / CHUNK_HASHES);
    (this.#chunks[chunk] ??= Buffer.alloc(CHUNK_HASHES * HASH_BYTES)).set(hash, (n % CHUNK_HASHES) * HASH_BYTES);
  }

  at(n: number): Uint8Array | undefined {
    if (n >= this.length || this.#unknown.has(n)) return undefined;
    const at = (n % CHUNK_HASHES) * HASH_BYTES;
    return this.#chunks[Math.floor(n / CHUNK_HASHES)]?.subarray(at, at + HASH_BYTES);
  }
}
