import { hash } from 'node:crypto';
import { HASH_BYTES, TILE_WIDTH } from './frontier.ts';
import type { Segments } from './segments.ts';
import { type TileStore, hashCount } from './tiles.ts';

const NODE_PREFIX = Buffer.from([1]);
/**
 * Bundles of a checkpoint whose records are read back and hashed again, at the most: 16 × 0.3 ms. Up to 4,000 entries a second all are; beyond
 * that, evenly spread ones, and the sealing of the segment hashes every record again.
 */
const BUNDLES_CHECKED_MAX = 16;

/**
 * The tree as the files say it: computed from tile bytes and records read back, by the recursion of RFC 6962 itself, sharing neither code nor
 * memory with `Frontier`. Both must come to one root before anything is signed.
 */
export class DiskTree {
  readonly #tiles: TileStore;
  readonly #segments: Segments;
  readonly #cache = new Map<string, Buffer>();

  constructor(tiles: TileStore, segments: Segments) {
    this.#tiles = tiles;
    this.#segments = segments;
  }

  /** RFC 6962 root of the first `size` entries. */
  async root(size: number): Promise<Buffer> {
    if (size === 0) return hash('sha256', Buffer.alloc(0), 'buffer');
    let top = 0;
    while (hashCount(size, top + 1) > 0) top++;
    let parts: Buffer[] = [];
    // From the highest level down: each level adds the hashes right of what the level above covers.
    for (let level = top; level >= 0; level--) parts = parts.concat(await this.#edge(size, level));
    return rootOfEdge(parts, size);
  }

  /** Hashes of the incomplete tile at the right edge of `level` in a tree of `size` entries. */
  async #edge(size: number, level: number): Promise<Buffer[]> {
    const count = hashCount(size, level);
    const first = Math.floor(count / TILE_WIDTH) * TILE_WIDTH;
    return this.#hashes(level, first, count - first);
  }

  async #hashes(level: number, first: number, count: number): Promise<Buffer[]> {
    if (count === 0) return [];
    const bytes = await this.tile(level, first / TILE_WIDTH);
    if (bytes.length < count * HASH_BYTES) throw new TreeFault(`the tiles of level ${level} end before hash ${first + count}`);
    return Array.from({ length: count }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
  }

  /** Up to 256 hashes of one tile as the files have it now; level 0 is recomputed from the records. */
  async tile(level: number, n: number): Promise<Buffer> {
    const key = `${level}/${n}`;
    let bytes = this.#cache.get(key);
    if (bytes === undefined) {
      bytes = level === 0 ? leafHashes(await this.#segments.bundles(n, 1)) : await this.#tiles.read(level, n * TILE_WIDTH, TILE_WIDTH);
      this.#cache.set(key, bytes);
    }
    return bytes;
  }

  /**
   * Checks the hashes that `size` has and `oldSize` has not against what they stand for: every new tile of level ≥ 1 against the hash above it,
   * and bundles of records against their level-1 hash.
   */
  async checkGrowth(oldSize: number, size: number): Promise<void> {
    for (let level = 1; hashCount(size, level + 1) > 0; level++) {
      for (let n = hashCount(oldSize, level + 1); n < hashCount(size, level + 1); n++) await this.#checkTile(level, n);
    }
    const from = hashCount(oldSize, 1);
    const bundles = hashCount(size, 1) - from;
    const step = Math.max(1, bundles / BUNDLES_CHECKED_MAX);
    for (let i = 0; i < bundles; i += step) await this.#checkTile(0, from + Math.floor(i));
  }

  async #checkTile(level: number, n: number): Promise<void> {
    const hashes = await this.#hashes(level, n * TILE_WIDTH, TILE_WIDTH);
    const above = await this.#tiles.read(level + 1, n, 1);
    if (!perfectRoot(hashes).equals(above))
      throw new TreeFault(`${level === 0 ? 'entry bundle' : `tile ${level}`} ${n} does not hash to its hash on level ${level + 1}`);
  }
}

/** The files contradict each other or a signed head. */
export class TreeFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TreeFault';
  }
}

/** Leaf hashes of the entries of a chunk, from their bytes. */
export function leafHashes(chunk: {
  readonly bytes: Buffer;
  readonly count: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}): Buffer {
  const out = Buffer.allocUnsafe(chunk.count * HASH_BYTES);
  let input = Buffer.alloc(4096);
  for (let i = 0; i < chunk.count; i++) {
    const start = chunk.starts[i] ?? 0;
    const length = (chunk.ends[i] ?? 0) - start;
    if (input.length < 1 + length) input = Buffer.alloc(1 + length * 2);
    chunk.bytes.copy(input, 1, start, start + length);
    out.write(hash('sha256', input.subarray(0, 1 + length), 'binary'), i * HASH_BYTES, 'latin1');
  }
  return out;
}

/** Root over 2^k hashes. */
function perfectRoot(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (hashes.length === 1 && only !== undefined) return only;
  const half = hashes.length / 2;
  return node(perfectRoot(hashes.slice(0, half)), perfectRoot(hashes.slice(half)));
}

/**
 * Root of a tree of `size` entries from the hashes along its right edge: per tile level, highest first, the hashes of the incomplete tile.
 * Those hashes are the digits of `size` in base 256; the split point of RFC 6962 (the largest power of two below the size) falls between them.
 */
function rootOfEdge(parts: readonly Buffer[], size: number): Buffer {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let split = 1;
  while (split * 2 < size) split *= 2;
  // Entries that one hash of the highest level covers.
  let span = 1;
  while (span * TILE_WIDTH <= size) span *= TILE_WIDTH;
  const left = split / span;
  return node(perfectRoot(parts.slice(0, left)), rootOfEdge(parts.slice(left), size - split));
}

function node(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([NODE_PREFIX, left, right]), 'buffer');
}
