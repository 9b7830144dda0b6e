import { hash } from 'node:crypto';

export const HASH_BYTES = 32;
/** C2SP tiles are 256 hashes wide, so each level of tiles stands 8 levels of the tree higher. */
export const TILE_WIDTH = 256;
/** 256^7 entries exceed 2^53: no log has hashes above this level. */
const LEVELS_MAX = 7;

/**
 * The right edge of one log's tree in memory: per tile level the hashes of the last, incomplete tile. Grows by leaf hashes of durable entries
 * only, so `size` is the durable size; an entry whose write failed never gets here and nothing must be taken back.
 *
 * It also collects the new hashes of level 1 and above until they are staged on disk (`unstaged`, `dropStaged`).
 */
export class Frontier {
  #size = 0;
  readonly #tiles: Buffer[] = [];
  readonly #widths: number[] = [];
  readonly #unstaged: HashList[] = [];

  get size(): number {
    return this.#size;
  }

  /** Restores one level's incomplete tile from disk; level 0 are leaf hashes. Only on a fresh frontier, with the size that they belong to. */
  static at(size: number, tileOfLevel: readonly Buffer[]): Frontier {
    const frontier = new Frontier();
    frontier.#size = size;
    for (const [level, hashes] of tileOfLevel.entries()) {
      hashes.copy(frontier.#tile(level));
      frontier.#widths[level] = hashes.length / HASH_BYTES;
    }
    return frontier;
  }

  /** Adds leaf hashes [from, to) of `hashes`. */
  add(hashes: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const tile = this.#tile(0);
      const width = this.#widths[0] ?? 0;
      const count = Math.min(TILE_WIDTH - width, to - at);
      hashes.copy(tile, width * HASH_BYTES, at * HASH_BYTES, (at + count) * HASH_BYTES);
      this.#widths[0] = width + count;
      at += count;
      if (width + count === TILE_WIDTH) this.#complete(0);
    }
    this.#size += to - from;
  }

  /** RFC 6962 root of everything added, as 32 bytes. */
  root(): Buffer {
    let root: string | undefined;
    for (let level = 0; level < this.#tiles.length; level++) root = foldRight(this.#tile(level), this.#widths[level] ?? 0, root);
    return root === undefined ? hash('sha256', '', 'buffer') : Buffer.from(root, 'latin1');
  }

  /** Hashes of `level` ≥ 1 that are not staged yet, oldest first; a copy. */
  unstaged(level: number): Buffer {
    return this.#unstaged[level]?.copy() ?? Buffer.alloc(0);
  }

  dropStaged(level: number, bytes: number): void {
    this.#unstaged[level]?.dropFirst(bytes);
  }

  /** One more than the highest level that has hashes. */
  get levels(): number {
    return this.#tiles.length;
  }

  #complete(level: number): void {
    const root = subtreeRoot(this.#tile(level), 0, TILE_WIDTH);
    this.#widths[level] = 0;
    const upper = level + 1;
    const tile = this.#tile(upper);
    const width = this.#widths[upper] ?? 0;
    tile.write(root, width * HASH_BYTES, 'latin1');
    this.#widths[upper] = width + 1;
    (this.#unstaged[upper] ??= new HashList()).push(root);
    if (width + 1 === TILE_WIDTH) this.#complete(upper);
  }

  #tile(level: number): Buffer {
    if (level > LEVELS_MAX) throw new RangeError('the tree is higher than any log can be');
    return (this.#tiles[level] ??= Buffer.alloc(TILE_WIDTH * HASH_BYTES));
  }
}

/** A node's input, 0x01 ‖ left ‖ right, built in place: a fresh buffer per node would cost more than its hash. */
const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
const work = Buffer.alloc(TILE_WIDTH * HASH_BYTES);

/**
 * The hash over two hashes, as a latin1 string of 32 characters: `crypto.hash` with a string as output allocates no Buffer.
 */
function nodeHash(left: string, right: string): string {
  pair.write(left, 1, 'latin1');
  pair.write(right, 1 + HASH_BYTES, 'latin1');
  return hash('sha256', pair, 'binary');
}

/** Root of the perfect subtree over `width` (a power of two, ≤ 256) hashes that begin at hash `from`. */
function subtreeRoot(hashes: Buffer, from: number, width: number): string {
  hashes.copy(work, 0, from * HASH_BYTES, (from + width) * HASH_BYTES);
  for (let count = width; count > 1; count /= 2) {
    for (let i = 0; i < count / 2; i++) {
      work.copy(pair, 1, 2 * i * HASH_BYTES, 2 * (i + 1) * HASH_BYTES);
      work.write(hash('sha256', pair, 'binary'), i * HASH_BYTES, 'latin1');
    }
  }
  return work.toString('latin1', 0, HASH_BYTES);
}

/** Joins the perfect subtrees of an incomplete tile, from right to left, with what stands to the right of them. */
function foldRight(tile: Buffer, width: number, right: string | undefined): string | undefined {
  let joined = right;
  let end = width;
  for (let span = 1; span <= width; span *= 2) {
    if ((width & span) === 0) continue;
    end -= span;
    const left = subtreeRoot(tile, end, span);
    joined = joined === undefined ? left : nodeHash(left, joined);
  }
  return joined;
}

/** Bytes of hashes that grow at the end and are dropped at the front. */
class HashList {
  #bytes = Buffer.alloc(64 * HASH_BYTES);
  #used = 0;

  push(hashText: string): void {
    if (this.#used === this.#bytes.length) {
      const larger = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.write(hashText, this.#used, 'latin1');
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
