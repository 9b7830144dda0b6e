import { allocate } from '#crypto';
import { copyBytes, emptyRoot, foldPerfect, HASH_BYTES, hashAt, nodeHash } from './hash.ts';
import { TILE_BYTES, TILE_WIDTH, tileWidth } from './tile.ts';

/** A hash of tile level `level` ≥ 1 has become final: the root of a full tile below. A view that is overwritten later: copy what you keep. */
export type OnTileHash = (hash: Uint8Array, at: { readonly level: number; readonly n: number }) => void;

/**
 * The right edge of a growing tree: for each tile level the hashes of its last, incomplete tile. Takes leaf hashes in order and costs one
 * node hash per leaf; the root at the present size can be had at any time.
 */
export class Frontier {
  #size = 0;
  /** Per level room for one tile, of which `tileWidth` says how much is filled. */
  readonly #tiles: Uint8Array[] = [];
  readonly #work = allocate(TILE_BYTES);
  readonly #onTileHash: OnTileHash | undefined;

  constructor(onTileHash?: OnTileHash) {
    this.#onTileHash = onTileHash;
  }

  /** Goes on at `size` from the hashes of the last, incomplete tile of each level; they are not checked. */
  static at(size: number, lastTiles: readonly Uint8Array[], onTileHash?: OnTileHash): Frontier {
    const frontier = new Frontier(onTileHash);
    frontier.#size = size;
    for (const [level, hashes] of lastTiles.entries()) {
      if (hashes.length !== frontier.#width(level) * HASH_BYTES)
        throw new RangeError(`the last tile of level ${level} does not fit the size`);
      frontier.#tile(level).set(hashes);
    }
    if (frontier.#tileCount() > lastTiles.length) throw new RangeError('the size needs the last tiles of more levels');
    return frontier;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends leaf hashes that lie side by side. */
  append(leafHashes: Uint8Array): void {
    let at = 0;
    while (at < leafHashes.length) {
      const width = this.#width(0);
      const part = leafHashes.subarray(at, at + (TILE_WIDTH - width) * HASH_BYTES);
      this.#tile(0).set(part, width * HASH_BYTES);
      this.#size += part.length / HASH_BYTES;
      at += part.length;
      if (this.#size % TILE_WIDTH === 0) this.#completeTile(0);
    }
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (let level = 0; level < this.#tiles.length; level++) root = this.#joinTile(level, root);
    return root ?? emptyRoot();
  }

  #completeTile(level: number): void {
    this.#work.set(this.#tile(level));
    foldPerfect(this.#work, TILE_WIDTH);
    const hash = hashAt(this.#work, 0);
    // #size already counts this tile, so the hash is the last one of the level above.
    const n = Math.floor(this.#size / TILE_WIDTH ** (level + 1)) - 1;
    this.#tile(level + 1).set(hash, (n % TILE_WIDTH) * HASH_BYTES);
    this.#onTileHash?.(hash, { level: level + 1, n });
    if (n % TILE_WIDTH === TILE_WIDTH - 1) this.#completeTile(level + 1);
  }

  /** Joins an incomplete tile, perfect subtree by subtree from right to left, with the root of all that stands to its right. */
  #joinTile(level: number, right: Uint8Array | undefined): Uint8Array | undefined {
    let joined = right;
    let end = this.#width(level);
    for (let count = 1; end > 0; count *= 2) {
      if ((end & count) === 0) continue;
      end -= count;
      this.#work.set(this.#tile(level).subarray(end * HASH_BYTES, (end + count) * HASH_BYTES));
      foldPerfect(this.#work, count);
      const left = copyBytes(hashAt(this.#work, 0));
      joined = joined === undefined ? left : nodeHash(left, joined);
    }
    return joined;
  }

  /** Hashes in the last tile of a level; a full one counts as none, as it has gone to the level above. */
  #width(level: number): number {
    return Math.floor(this.#size / TILE_WIDTH ** level) % TILE_WIDTH;
  }

  #tileCount(): number {
    let level = 0;
    while (tileWidth({ level, n: 0, size: this.#size }) > 0) level++;
    return level;
  }

  #tile(level: number): Uint8Array {
    return (this.#tiles[level] ??= allocate(TILE_BYTES));
  }
}
