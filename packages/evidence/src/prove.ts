import {
  type Checkpoint,
  formatTlogProof,
  type HashReader,
  inclusionProof,
  leafHashes,
  type LogFetcher,
  parseBundle,
  type Perfect,
  TILE_WIDTH,
  tileHashReader,
  tilePath,
  type TileSource,
  tileWidth,
  TlogError,
  verifyInclusion,
} from '@daybook/tlog';

const HASH_BYTES = 32;

/** A log to prove from, under one checkpoint. */
export interface ProvableLog {
  readonly head: Checkpoint;
  /** The checkpoint's text, which every proof carries. */
  readonly note: string;
  /** Its tiles and entry bundles, wherever they come from. */
  readonly tile: LogFetcher['tile'];
  /** What is to be proven, in order. */
  readonly idxs: readonly number[];
}

export interface Proven {
  readonly idx: number;
  readonly entry: Uint8Array;
  /** tlog-proof text. */
  readonly proof: string;
}

/**
 * Makes each proof from hash tiles, and verifies it: what cannot be proven is not yielded. One bundle at a time: its entries, and proofs whose lowest tile is made from the
 * bundle itself, so that what is proven is what is given. Throws TlogError.
 */
export async function* proveEntries({ head, note, tile, idxs }: ProvableLog): AsyncGenerator<Proven> {
  const tiles = cachedTiles(tile);
  let at = 0;
  while (at < idxs.length) {
    const n = Math.floor((idxs[at] ?? 0) / TILE_WIDTH);
    const entries = await fetchBundle({ head, tile }, n);
    const leaves = leafHashes(entries);
    const source: TileSource = async (wanted) => (wanted.level === 0 && wanted.n === n ? leaves : tiles(wanted));
    const reader = cachedHashes(tileHashReader(head.size, source));
    for (let idx = idxs[at]; idx !== undefined && Math.floor(idx / TILE_WIDTH) === n; idx = idxs[++at]) {
      const hashes = await inclusionProof(idx, head.size, reader);
      const place = (idx % TILE_WIDTH) * HASH_BYTES;
      verifyInclusion(hashes, leaves.subarray(place, place + HASH_BYTES), idx, head);
      yield {
        idx,
        entry: entries[idx % TILE_WIDTH] ?? new Uint8Array(),
        proof: formatTlogProof({ index: idx, hashes, checkpoint: note }),
      };
    }
  }
}

/** The entries of bundle `n` that the head covers. Throws TlogError `bundle_missing`. */
export async function fetchBundle({ head, tile }: Pick<ProvableLog, 'head' | 'tile'>, n: number): Promise<Uint8Array[]> {
  const width = tileWidth({ level: 0, n, size: head.size });
  const bytes = await tile({ level: 'entries', n, width });
  if (bytes === undefined) throw new TlogError('bundle_missing');
  return parseBundle(bytes, width);
}

/** Computes each subtree's hash once: the proofs of neighbouring entries have most of them in common. */
function cachedHashes(read: HashReader): HashReader {
  const known = new Map<string, Uint8Array>();
  const keyOf = ({ height, n }: Perfect) => `${height}/${n}`;
  return async (subtrees) => {
    const missing = subtrees.filter((subtree) => !known.has(keyOf(subtree)));
    const hashes = await read(missing);
    for (const [i, subtree] of missing.entries()) known.set(keyOf(subtree), hashes[i] ?? new Uint8Array());
    return subtrees.map((subtree) => known.get(keyOf(subtree)) ?? new Uint8Array());
  };
}

/** Fetches each tile once. For work that reads few tiles many times; the upper levels of 20 M entries are 2.5 MB. */
function cachedTiles(source: TileSource): TileSource {
  const known = new Map<string, Promise<Uint8Array | undefined>>();
  return (tile) => {
    const path = tilePath(tile);
    const bytes = known.get(path) ?? source(tile);
    known.set(path, bytes);
    return bytes;
  };
}
