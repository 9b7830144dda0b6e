import { TlogError } from './codes.ts';
import { HASH_BYTES } from './hash.ts';
import { parseNumber } from './text.ts';

/** C2SP tlog-tiles: a tile is 256 hashes wide and so spans 8 levels of the tree. */
export const TILE_WIDTH = 256;
export const TILE_LEVELS = 8;
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** The largest level that a path may name; trees of up to 2^53 entries have 0…6. */
const LEVEL_MAX = 63;

/** A tile of hashes, or the entry bundle beneath a tile of level 0. */
export interface Tile {
  readonly level: number | 'entries';
  /** Index within the level. */
  readonly n: number;
  /** 1…256 hashes or entries; below 256 the tile is partial. */
  readonly width: number;
}

/** `tile/0/x001/x234/067`, `tile/entries/000.p/17` */
export function tilePath(tile: Tile): string {
  const digits = String(tile.n);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${tile.level}/${path}${tile.width < TILE_WIDTH ? `.p/${tile.width}` : ''}`;
}

/** Takes exactly what `tilePath` writes. */
export function parseTilePath(path: string): Tile {
  const match = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(path);
  if (match === null) throw new TlogError('tile_path_malformed');
  const [, level = '', groups = '', width] = match;
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    n: parseNumber(groups.replaceAll(/[x/]/g, '').replace(/^0+(?=.)/, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  const inRange = tile.width >= 1 && tile.width <= TILE_WIDTH && (tile.level === 'entries' || tile.level <= LEVEL_MAX);
  if (!inRange || tilePath(tile) !== path) throw new TlogError('tile_path_malformed');
  return tile;
}

/** How many hashes a tile has in a tree of `size` entries: 0 where there is none yet, 256 where it is full. */
export function tileWidth(options: { readonly level: number | 'entries'; readonly n: number; readonly size: number }): number {
  const level = options.level === 'entries' ? 0 : options.level;
  const hashes = Math.floor(options.size / TILE_WIDTH ** level) - options.n * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, hashes));
}

/** Refuses bytes that are not exactly `width` hashes. */
export function checkTile(bytes: Uint8Array | undefined, tile: Tile): Uint8Array {
  if (bytes === undefined) throw new TlogError('tile_missing', tilePath(tile));
  if (bytes.length !== tile.width * HASH_BYTES)
    throw new TlogError('tile_width_wrong', `${tilePath(tile)}: ${bytes.length} bytes instead of ${tile.width * HASH_BYTES}`);
  return bytes;
}
