import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { hashCount } from '@daybook/logfiles';
import { HASH_BYTES, TILE_WIDTH, TlogError, foldPerfect, leafHashInto, rootFrom, tileHashReader } from '@daybook/tlog';
import type { Segments } from './segments.ts';
import type { TileStore } from './tiles.ts';
import type { EntryChunk } from './types.ts';

/**
 * Bundles of a checkpoint whose records are read back and hashed again, at the most: 16 × 0.3 ms. Up to 4,000 entries a second all are; beyond
 * that, evenly spread ones, and the sealing of the segment hashes every record again.
 */
const BUNDLES_CHECKED_MAX = 16;
/** Bytes that are hashed without a pause: some 2 ms, and more than most bundles have. */
const STEP_BYTES = 1024 * 1024;

/** The files contradict each other or a signed head. */
export class TreeFault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TreeFault';
  }
}

/**
 * The tree as the files say it: from tile bytes and records read back, by the recursion of RFC 6962 from the root down. `TreeEdge` builds the
 * same tree from the leaves up, in memory. Both must come to one root before anything is signed.
 */
export class DiskTree {
  readonly #tiles: TileStore;
  readonly #segments: Segments;
  /** Tiles of this one look: a tree is read at two sizes whose right edges overlap. */
  readonly #seen = new Map<string, Buffer>();

  constructor(tiles: TileStore, segments: Segments) {
    this.#tiles = tiles;
    this.#segments = segments;
  }

  /** RFC 6962 root of the first `size` entries. */
  async root(size: number): Promise<Buffer> {
    const reader = tileHashReader(size, async ({ level, n, width }) => (await this.tile(level, n)).subarray(0, width * HASH_BYTES));
    try {
      return Buffer.from(await rootFrom(size, reader));
    } catch (error) {
      if (error instanceof TlogError) throw new TreeFault(error.message, { cause: error });
      throw error;
    }
  }

  /** The hashes of one tile, as many as the files have; level 0 is recomputed from the records. */
  async tile(level: number, n: number): Promise<Buffer> {
    const key = `${level}/${n}`;
    let bytes = this.#seen.get(key);
    if (bytes === undefined) {
      bytes =
        level === 0 ? await leafHashes(await this.#segments.bundles(n, 1)) : await this.#tiles.read(level, n * TILE_WIDTH, TILE_WIDTH);
      this.#seen.set(key, bytes);
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
    const hashes = Buffer.from(await this.tile(level, n));
    const above = await this.#tiles.read(level + 1, n, 1);
    const whole = hashes.length === TILE_WIDTH * HASH_BYTES;
    if (whole) foldPerfect(hashes, TILE_WIDTH);
    if (!whole || !hashes.subarray(0, HASH_BYTES).equals(above))
      throw new TreeFault(
        `${level === 0 ? 'entry bundle' : `tile ${level},`} ${n} does not hash to what level ${level + 1} says; run \`daybook verify\``,
      );
  }
}

/** Leaf hashes of the entries of a chunk, side by side, from their bytes. A bundle of the longest entries has 16 MiB: others get their turn meanwhile. */
export async function leafHashes(chunk: EntryChunk): Promise<Buffer> {
  const out = Buffer.allocUnsafe(chunk.count * HASH_BYTES);
  let stepFrom = 0;
  for (let i = 0; i < chunk.count; i++) {
    const from = chunk.starts[i] ?? 0;
    if (from - stepFrom >= STEP_BYTES) {
      stepFrom = from;
      await yieldToOthers();
    }
    leafHashInto(chunk.bytes.subarray(chunk.starts[i], chunk.ends[i]), out, i * HASH_BYTES);
  }
  return out;
}
