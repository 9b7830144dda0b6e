import { leafHashes, parseBundle } from './bundle.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { TLOG_CODES, type TlogCode, TlogError } from './codes.ts';
import { Frontier } from './frontier.ts';
import { copyBytes, foldPerfect, HASH_BYTES, hashAt, sameHash } from './hash.ts';
import type { Verifier } from './note.ts';
import { rootFrom } from './proof.ts';
import { checkTile, TILE_BYTES, TILE_WIDTH, type Tile, tilePath, tileWidth } from './tile.ts';
import { tileHashReader } from './tile-reader.ts';

/** Where a log is read from: a URL, a directory, memory. Undefined = it has no such tile; a broken line is an exception. */
export interface LogFetcher {
  checkpoint(): Promise<string | Uint8Array>;
  /** A tile of hashes, or an entry bundle for level `entries`. */
  tile(tile: Tile): Promise<Uint8Array | undefined>;
}

export interface TreeFinding {
  readonly code: TlogCode;
  /** The entries concerned, both inclusive; absent where it is the whole log. */
  readonly first?: number;
  readonly last?: number;
  readonly message: string;
}

export interface FsckOptions {
  /** The log's key; its name is the origin. */
  readonly verifier: Verifier;
  /** Heads of this log seen earlier or kept elsewhere: the log must contain them. */
  readonly heads?: readonly Checkpoint[];
  /** false: hashes only, for one who may not read entries. */
  readonly entries: boolean;
  /** The head that the log showed and that all was checked against. */
  readonly onHead?: (head: Checkpoint) => void;
  /** Entries as read, in order, for checks of their content. They may be wrong: findings say so. */
  readonly onEntries?: (entries: readonly Uint8Array[], firstIdx: number) => void;
  /** Entries checked so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Bundles fetched ahead: hides the line's delay; a bundle has up to 16 MB, so no more. */
const FETCH_AHEAD = 8;

/**
 * Checks a whole log: signature, every tile against those below, every entry against its leaf hash, the root, and that every earlier head is
 * the beginning of it. Yields what is wrong; a log without findings is whole. Costs little more than the hashes.
 */
export async function* fsck(fetcher: LogFetcher, options: FsckOptions): AsyncGenerator<TreeFinding, void> {
  let head: Checkpoint;
  try {
    head = openCheckpoint(await fetcher.checkpoint(), options.verifier);
  } catch (error) {
    yield findingOf(error);
    return;
  }
  options.onHead?.(head);
  const heads = (options.heads ?? []).toSorted((a, b) => a.size - b.size);
  yield* heads
    .filter((old) => old.size > head.size)
    .map((old) => finding('head_rolled_back', `It shows ${head.size}, seen was ${old.size}.`));
  const tree = new TreeCheck(fetcher, head, [...heads.filter((old) => old.size <= head.size), head]);
  const count = Math.ceil(head.size / TILE_WIDTH);
  yield* tree.heads();
  for await (const leaves of inOrder(count, (n) => fetchLeaves(fetcher, n, { size: head.size, entries: options.entries }))) {
    yield* leaves.findings;
    const judged = await judgeLeaves(fetcher, leaves, head);
    yield* judged.findings;
    if (leaves.entries !== undefined) options.onEntries?.(leaves.entries, leaves.n * TILE_WIDTH);
    yield* tree.add(judged.hashes);
    options.onProgress?.(Math.min((leaves.n + 1) * TILE_WIDTH, head.size), head.size);
  }
  yield* tree.lastTiles();
}

/** The 256 leaves, or fewer at the end, of one tile of level 0, and what both of its sources say. */
interface Leaves {
  readonly n: number;
  readonly width: number;
  readonly tile: Uint8Array | undefined;
  readonly entries: readonly Uint8Array[] | undefined;
  readonly findings: readonly TreeFinding[];
}

async function fetchLeaves(
  fetcher: LogFetcher,
  n: number,
  { size, entries }: { readonly size: number; readonly entries: boolean },
): Promise<Leaves> {
  const findings: TreeFinding[] = [];
  const width = tileWidth({ level: 0, n, size });
  const attempt = async <T>(tile: Tile, read: (bytes: Uint8Array | undefined) => T): Promise<T | undefined> => {
    const bytes = await fetcher.tile(tile);
    try {
      return read(bytes);
    } catch (error) {
      findings.push({ ...findingOf(error), first: n * TILE_WIDTH, last: n * TILE_WIDTH + width - 1 });
      return undefined;
    }
  };
  const bundleTile: Tile = { level: 'entries', n, width };
  const hashTile: Tile = { level: 0, n, width };
  const [tile, bundle] = await Promise.all([
    attempt(hashTile, (bytes) => checkTile(bytes, hashTile)),
    entries ? attempt(bundleTile, (bytes) => openBundle(bytes, bundleTile)) : undefined,
  ]);
  return { n, width, tile, entries: bundle, findings };
}

function openBundle(bytes: Uint8Array | undefined, tile: Tile): Uint8Array[] {
  if (bytes === undefined) throw new TlogError('bundle_missing', tilePath(tile));
  return parseBundle(bytes, tile.width);
}

/** Where entries and tile disagree, the tree above says which of them is the wrong one; the right hashes go on. */
async function judgeLeaves(
  fetcher: LogFetcher,
  { n, tile, entries }: Leaves,
  head: Checkpoint,
): Promise<{ readonly hashes: Uint8Array | undefined; readonly findings: readonly TreeFinding[] }> {
  const hashes = entries === undefined ? undefined : leafHashes(entries);
  if (tile === undefined || hashes === undefined) return { hashes: tile ?? hashes, findings: [] };
  const wrong = differences(tile, hashes).map((i) => n * TILE_WIDTH + i);
  if (wrong.length === 0) return { hashes, findings: [] };
  const entriesAreRight = await treeHolds(fetcher, hashes, { n, head });
  const code = entriesAreRight ? 'tile_mismatch' : 'entry_mismatch';
  return { hashes: entriesAreRight ? hashes : tile, findings: runs(wrong).map((run) => ({ ...finding(code), ...run })) };
}

async function treeHolds(
  fetcher: LogFetcher,
  hashes: Uint8Array,
  { n, head }: { readonly n: number; readonly head: Checkpoint },
): Promise<boolean> {
  try {
    if (hashes.length < TILE_BYTES) {
      const read = tileHashReader(head.size, async (tile) => (tile.level === 0 && tile.n === n ? hashes : fetcher.tile(tile)));
      return sameHash(await rootFrom(head.size, read), head.root);
    }
    const folded = copyBytes(hashes);
    foldPerfect(folded, TILE_WIDTH);
    const above: Tile = {
      level: 1,
      n: Math.floor(n / TILE_WIDTH),
      width: tileWidth({ level: 1, n: Math.floor(n / TILE_WIDTH), size: head.size }),
    };
    return sameHash(hashAt(checkTile(await fetcher.tile(above), above), n % TILE_WIDTH), hashAt(folded, 0));
  } catch (error) {
    if (error instanceof TlogError) return false;
    throw error;
  }
}

/** The tree above level 0: grows by leaf hashes, compares each upper tile as soon as it is known, and the roots at the sizes of `heads`. */
class TreeCheck {
  readonly #fetcher: LogFetcher;
  readonly #size: number;
  /** Heads still to come, by size; the last one is the log's own. */
  readonly #heads: Checkpoint[];
  readonly #own: Checkpoint;
  /** Hashes of the tile being filled, per level ≥ 1. */
  readonly #upper: Uint8Array[][] = [];
  readonly #full: { readonly level: number; readonly n: number; readonly hashes: readonly Uint8Array[] }[] = [];
  readonly #frontier: Frontier;
  /** A part of the leaves is missing: nothing can be said about the tree above it. */
  #broken = false;

  constructor(fetcher: LogFetcher, head: Checkpoint, heads: readonly Checkpoint[]) {
    this.#fetcher = fetcher;
    this.#size = head.size;
    this.#own = head;
    this.#heads = [...heads];
    this.#frontier = new Frontier((hash, { level, n }) => {
      const tile = (this.#upper[level] ??= []);
      tile.push(copyBytes(hash));
      if (tile.length < TILE_WIDTH) return;
      this.#full.push({ level, n: Math.floor(n / TILE_WIDTH), hashes: tile });
      this.#upper[level] = [];
    });
  }

  async *add(leaves: Uint8Array | undefined): AsyncGenerator<TreeFinding, void> {
    if (leaves === undefined) this.#broken = true;
    if (leaves === undefined || this.#broken) return;
    let at = 0;
    while (at < leaves.length) {
      const nextHead = this.#heads[0]?.size ?? this.#size;
      const part = leaves.subarray(at, at + (nextHead - this.#frontier.size) * HASH_BYTES);
      this.#frontier.append(part);
      at += part.length;
      yield* this.heads();
    }
    for (const tile of this.#full.splice(0)) yield* this.#compare(tile);
  }

  /** Compares the heads whose size is reached. */
  *heads(): Generator<TreeFinding, void> {
    for (let head = this.#heads[0]; head !== undefined && head.size === this.#frontier.size; head = this.#heads[0]) {
      this.#heads.shift();
      if (sameHash(head.root, this.#frontier.root())) continue;
      if (head === this.#own) yield finding('root_mismatch');
      else if (head.size === this.#size) yield finding('head_split', `Size ${head.size}.`);
      else yield finding('head_forked', `Sizes ${head.size} and ${this.#size}.`);
    }
  }

  /** The incomplete tile of each upper level; call it when all leaves were added. */
  async *lastTiles(): AsyncGenerator<TreeFinding, void> {
    if (this.#broken) return;
    for (const [level, hashes] of this.#upper.entries()) {
      if (hashes === undefined || hashes.length === 0) continue;
      const n = Math.floor(this.#size / TILE_WIDTH ** (level + 1));
      yield* this.#compare({ level, n, hashes });
    }
  }

  async *#compare(own: {
    readonly level: number;
    readonly n: number;
    readonly hashes: readonly Uint8Array[];
  }): AsyncGenerator<TreeFinding, void> {
    const tile: Tile = { level: own.level, n: own.n, width: own.hashes.length };
    const span = TILE_WIDTH ** own.level;
    const first = own.n * TILE_WIDTH;
    try {
      const bytes = checkTile(await this.#fetcher.tile(tile), tile);
      const wrong = own.hashes.flatMap((hash, i) => (sameHash(hash, hashAt(bytes, i)) ? [] : [first + i]));
      yield* runs(wrong).map((run) => ({
        ...finding('tile_mismatch', tilePath(tile)),
        first: run.first * span,
        last: (run.last + 1) * span - 1,
      }));
    } catch (error) {
      yield { ...findingOf(error), first: first * span, last: (first + own.hashes.length) * span - 1 };
    }
  }
}

/** Loads 0…count-1 with some ahead, and yields the results in order. */
async function* inOrder<T>(count: number, load: (n: number) => Promise<T>): AsyncGenerator<T, void> {
  const ahead: Promise<T>[] = [];
  let next = 0;
  while (next < count || ahead.length > 0) {
    while (next < count && ahead.length < FETCH_AHEAD) {
      const loading = load(next++);
      // It may fail before its turn comes; whoever awaits it then hears of it.
      loading.catch(() => undefined);
      ahead.push(loading);
    }
    const first = ahead.shift();
    if (first !== undefined) yield await first;
  }
}

function differences(a: Uint8Array, b: Uint8Array): number[] {
  const wrong: number[] = [];
  for (let i = 0; i * HASH_BYTES < a.length; i++) if (!sameHash(hashAt(a, i), hashAt(b, i))) wrong.push(i);
  return wrong;
}

/** Ascending numbers as runs without gaps, so that a replaced file is one finding, not a million. */
function runs(numbers: readonly number[]): { readonly first: number; readonly last: number }[] {
  const found: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const run = found.at(-1);
    if (run !== undefined && run.last + 1 === number) run.last = number;
    else found.push({ first: number, last: number });
  }
  return found;
}

function finding(code: TlogCode, detail?: string): TreeFinding {
  return { code, message: detail === undefined ? TLOG_CODES[code] : `${TLOG_CODES[code]} ${detail}` };
}

function findingOf(error: unknown): TreeFinding {
  if (error instanceof TlogError) return { code: error.code, message: error.message };
  throw error;
}
