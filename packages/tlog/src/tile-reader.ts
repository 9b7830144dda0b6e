import { TlogError } from './codes.ts';
import { copyBytes, foldPerfect, HASH_BYTES } from './hash.ts';
import type { HashReader } from './proof.ts';
import type { Perfect } from './subtree.ts';
import { checkTile, TILE_LEVELS, TILE_WIDTH, type Tile, tilePath, tileWidth } from './tile.ts';

/** Gives the bytes of a tile of hashes; undefined where there is none. */
export type TileSource = (tile: Tile & { readonly level: number }) => Promise<Uint8Array | undefined>;

/**
 * Reads hashes of subtrees from the tiles of a tree of `size` entries, each tile once. The tiles are not checked against a root: a proof made
 * from them shows by itself whether they were right, when it is verified against a signed head.
 */
export function tileHashReader(size: number, source: TileSource): HashReader {
  return async (subtrees) => {
    const tiles = new Map<string, Promise<Uint8Array>>();
    const read = (tile: Tile & { readonly level: number }): Promise<Uint8Array> => {
      const path = tilePath(tile);
      const known = tiles.get(path) ?? source(tile).then((bytes) => checkTile(bytes, tile));
      tiles.set(path, known);
      return known;
    };
    return Promise.all(subtrees.map((subtree) => subtreeHash(subtree, size, read)));
  };
}

async function subtreeHash(
  subtree: Perfect,
  size: number,
  read: (tile: Tile & { readonly level: number }) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const level = Math.floor(subtree.height / TILE_LEVELS);
  // The subtree is `count` neighbouring hashes of that level, all in one tile.
  const count = 2 ** (subtree.height % TILE_LEVELS);
  const first = subtree.n * count;
  const n = Math.floor(first / TILE_WIDTH);
  const width = tileWidth({ level, n, size });
  const start = first % TILE_WIDTH;
  if (start + count > width) throw new TlogError('index_out_of_range', 'The tree has no such subtree yet.');
  const tile = await read({ level, n, width });
  const hashes = copyBytes(tile.subarray(start * HASH_BYTES, (start + count) * HASH_BYTES));
  foldPerfect(hashes, count);
  return hashes.subarray(0, HASH_BYTES);
}
