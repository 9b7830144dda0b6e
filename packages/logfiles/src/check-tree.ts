import path from 'node:path';
import { sameHash } from '@daybook/tlog';
import { type FileSource, openFileSource } from './byte-source.ts';
import type { SegmentReport } from './check-segment.ts';
import type { FindingList } from './findings.ts';
import { readable } from './readable.ts';
import { range, type SignedHead } from './heads.ts';
import { BUNDLE_ENTRIES, BUNDLES_PER_SEGMENT, HASH_BYTES, hashCount, TILE_LEVEL_MAX } from './layout.ts';
import { Pyramid } from './pyramid.ts';

/** Two tile levels lie eight rows of the binary tree apart. */
const ROWS_PER_LEVEL = 8;

/** `tiles/<L>` of one log, as long as they were when they were opened. */
export class TileFiles {
  readonly #files: (FileSource | undefined)[] = [];

  constructor(dir: string, findings: FindingList) {
    for (let level = 1; level <= TILE_LEVEL_MAX; level++)
      this.#files[level] = readable(findings, `tiles/${level}`, () => openFileSource(path.join(dir, String(level))));
  }

  /** Bytes of the file of a level; undefined when it is absent. */
  bytes(level: number): number | undefined {
    return this.#files[level]?.size;
  }

  /** Undefined where the file ends before. */
  hash(level: number, n: number): Uint8Array | undefined {
    const bytes = this.#files[level]?.read(n * HASH_BYTES, HASH_BYTES);
    return bytes?.length === HASH_BYTES ? Buffer.from(bytes) : undefined;
  }

  close(): void {
    for (const file of this.#files) file?.close();
  }
}

export interface TreeOptions {
  /** In the order of the segments, without holes. */
  readonly segments: readonly SegmentReport[];
  /** Opened after the heads and before the segments were read: what they hold, the segments hold. */
  readonly tiles: TileFiles;
  /** The log's own heads, ascending by size, one per size; the last one covers what is signed. */
  readonly heads: readonly SignedHead[];
  /** Heads that were kept elsewhere, or seen at an earlier check. */
  readonly outsideHeads: readonly SignedHead[];
  readonly findings: FindingList;
}

/**
 * Holds what the entries hash to against the tiles and the signed heads, and says which of them is wrong: one of the three alone cannot. Returns
 * whether hashes beyond the signed size are not those of the entries: a crash leaves such, and recovery cuts them off.
 */
export function checkTree(options: TreeOptions): { readonly staleTiles: boolean } {
  return new TreeCheck(options).run();
}

interface Judged {
  readonly head: SignedHead;
  /** false: entries that it covers are missing or unreadable. */
  readonly judged: boolean;
  readonly entriesFit: boolean;
  readonly tilesFit: boolean;
}

class TreeCheck {
  readonly #options: TreeOptions;
  readonly #findings: FindingList;
  readonly #tiles: TileFiles;
  readonly #fromEntries = new Pyramid();
  /** The tree as level 1 of the tiles has it; where tiles end, as the entries have it. */
  readonly #fromTiles = new Pyramid();
  /** By size: root of the leaves behind the last full bundle. */
  readonly #edges = new Map<number, Uint8Array>();
  readonly #signedSize: number;
  /** Size of the newest head that the entries fit. */
  #fittingSize = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.#findings = options.findings;
    this.#tiles = options.tiles;
    this.#signedSize = options.heads.at(-1)?.size ?? 0;
    for (const segment of options.segments) this.#addSegment(segment);
    // As far as anything is known: a forged head may say any size.
    const stored = Math.ceil((this.#tiles.bytes(1) ?? 0) / HASH_BYTES);
    const count = Math.max(this.#fromEntries.length, Math.min(stored, hashCount(this.#signedSize, 1)));
    for (let n = 0; n < count; n++) this.#fromTiles.push(this.#tiles.hash(1, n) ?? this.#fromEntries.at(0, n));
  }

  run(): { readonly staleTiles: boolean } {
    const judged = this.#options.heads.map((head) => this.#judge(head));
    const newest = judged.findLast(({ judged }) => judged);
    this.#fittingSize = judged.findLast(({ entriesFit }) => entriesFit)?.head.size ?? 0;
    this.#compareHeads(judged, newest);
    for (const head of this.#options.outsideHeads) this.#compareOutside(head);
    let staleTiles = false;
    for (let level = 1; level <= TILE_LEVEL_MAX; level++) staleTiles = this.#compareLevel(level, newest) || staleTiles;
    return { staleTiles };
  }

  #addSegment(segment: SegmentReport): void {
    const first = segment.segment * BUNDLES_PER_SEGMENT;
    const bundles = Math.min(BUNDLES_PER_SEGMENT, hashCount(segment.end, 1) - first);
    // Segments before this one that are missing or cut off: nothing is known of their bundles.
    while (this.#fromEntries.length < first) this.#fromEntries.push(undefined);
    for (let b = 0; b < bundles; b++)
      this.#fromEntries.push(segment.known[b] === 1 ? segment.level1.subarray(b * HASH_BYTES, (b + 1) * HASH_BYTES) : undefined);
    for (const { size, root } of segment.edges) this.#edges.set(size, root);
  }

  #judge(head: SignedHead): Judged {
    const bundles = hashCount(head.size, 1);
    const edge = this.#edges.get(head.size);
    const edgeKnown = head.size % BUNDLE_ENTRIES === 0 || edge !== undefined;
    const inside = head.size % BUNDLE_ENTRIES === 0 ? undefined : edge;
    const entriesRoot = edgeKnown ? this.#fromEntries.root(bundles, inside) : undefined;
    const tilesRoot = edgeKnown ? this.#fromTiles.root(bundles, inside) : undefined;
    return {
      head,
      judged: entriesRoot !== undefined,
      entriesFit: entriesRoot !== undefined && sameHash(entriesRoot, head.root),
      tilesFit: tilesRoot !== undefined && sameHash(tilesRoot, head.root),
    };
  }

  /** One finding for the newest head that can be judged, or one for the older ones that contradict it. */
  #compareHeads(heads: readonly Judged[], newest: Judged | undefined): void {
    if (newest === undefined) return;
    const good = this.#fittingSize;
    if (!newest.entriesFit) {
      const { where, size } = newest.head;
      const fitted = good === 0 ? 'No kept head fits them.' : `They fit the kept head of size ${good}; what is wrong lies behind it.`;
      this.#findings.add('root_mismatch', `${where} signs ${size} entries with another root. ${fitted}`, range(good, size));
      return;
    }
    const bad = heads.filter(({ judged, entriesFit }) => judged && !entriesFit);
    const first = bad[0]?.head;
    const last = bad.at(-1)?.head;
    if (first === undefined || last === undefined) return;
    const before = heads.findLast(({ head, entriesFit }) => entriesFit && head.size < first.size)?.head.size ?? 0;
    const which = bad.length === 1 ? first.where : `${bad.length} heads, from ${first.where} to ${last.where},`;
    this.#findings.add('head_forked', `${which} signed other entries than ${newest.head.where} does.`, range(before, last.size));
  }

  #compareOutside(head: SignedHead): void {
    const own = this.#options.heads.find(({ size }) => size === head.size);
    const { judged, entriesFit, tilesFit } = this.#judge(head);
    if (own !== undefined && !sameHash(own.root, head.root))
      this.#findings.add('head_split', `Size ${head.size}: ${head.where} and ${own.where}.`, range(0, head.size));
    else if (head.size > this.#signedSize)
      this.#findings.add(
        'head_rolled_back',
        `${head.where} has ${head.size}, this ledger ${this.#signedSize}.`,
        range(this.#signedSize, head.size),
      );
    else if (own === undefined && judged && !entriesFit && !tilesFit)
      this.#findings.add('head_forked', `${head.where} has size ${head.size}.`, range(0, head.size));
  }

  /** Returns whether stale hashes stand beyond the signed size. */
  #compareLevel(level: number, newest: Judged | undefined): boolean {
    const span = BUNDLE_ENTRIES ** level;
    const signed = hashCount(this.#signedSize, level);
    const bytes = this.#tiles.bytes(level);
    if (bytes === undefined) {
      if (signed > 0) this.#findings.add('tile_missing', `tiles/${level}.`, range(0, signed * span));
      return false;
    }
    if (bytes < signed * HASH_BYTES)
      this.#findings.add('tile_width_wrong', `tiles/${level} ends early.`, range(Math.floor(bytes / HASH_BYTES) * span, signed * span));
    const complete = Math.max(signed, hashCount(this.#options.segments.at(-1)?.end ?? 0, level));
    if (bytes > complete * HASH_BYTES) this.#findings.add('tile_width_wrong', `tiles/${level} is longer than the entries make it.`);
    let stale = false;
    for (let n = 0; n < Math.min(complete, Math.ceil(bytes / HASH_BYTES)); n++) {
      const stored = this.#tiles.hash(level, n);
      const computed = this.#fromEntries.at(ROWS_PER_LEVEL * (level - 1), n);
      if (stored !== undefined && computed !== undefined && sameHash(stored, computed)) continue;
      if (n >= signed) stale = true;
      // Entries that cannot be read are a finding already, and no proof against a tile.
      else if (stored !== undefined && computed !== undefined) this.#mismatch(level, n, newest);
    }
    return stale;
  }

  #mismatch(level: number, n: number, newest: Judged | undefined): void {
    const span = BUNDLE_ENTRIES ** level;
    const place = range(n * span, (n + 1) * span);
    const entriesRight = newest?.entriesFit === true || (n + 1) * span <= this.#fittingSize;
    if (entriesRight || (level === 1 && this.#areEntriesRight(n)))
      this.#findings.add('tile_mismatch', `Hash ${n} of tiles/${level}.`, place);
    // Above wrong entries, the levels from 2 on differ too; that says nothing about the tiles.
    else if (level === 1) this.#findings.add('entry_mismatch', undefined, place);
  }

  /** Whether level 2 says that the entries of a bundle are right, and so its level-1 hash is not. */
  #areEntriesRight(n: number): boolean {
    const group = Math.floor(n / BUNDLES_PER_SEGMENT);
    const stored = this.#tiles.hash(2, group);
    const computed = this.#fromEntries.at(ROWS_PER_LEVEL, group);
    return stored !== undefined && computed !== undefined && sameHash(stored, computed);
  }
}
