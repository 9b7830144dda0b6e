/**
 * Paths of C2SP tlog-tiles below a log's prefix: `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`. N is written in groups of three
 * digits, all but the last with an `x`: 1234067 is `x001/x234/067`. Every tile has exactly one path; anything else is not found.
 */
export interface TilePath {
  readonly level: number | 'entries';
  readonly n: number;
  /** 1 … 255 for a partial tile, 256 for a full one. */
  readonly width: number;
}

/** A tile of level 63 would need 2^512 entries; the specification allows 0 … 63. */
const LEVEL_MAX = 63;
/** 2^53 entries in bundles of 256: no larger number is exact, and no log comes near. */
const N_MAX = 2 ** 45;
const FULL = 256;

export function parseTilePath(path: string): TilePath | undefined {
  const match = /^(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  // A first group of zeros is a second spelling of a shorter path.
  if (match[2].startsWith('x000/')) return undefined;
  const n = Number(match[2].replaceAll(/[x/]/g, ''));
  const width = match[3] === undefined ? FULL : Number(match[3]);
  if ((level !== 'entries' && level > LEVEL_MAX) || n > N_MAX || (match[3] !== undefined && width >= FULL)) return undefined;
  return { level, n, width };
}
