import { existsSync } from 'node:fs';
import path from 'node:path';
import { splitBundle } from './bundle.ts';
import { BundleCutter } from './bundle-cutter.ts';
import { type FileSource, isAbsent, openFileSource } from './byte-source.ts';
import { isBadFrame, scanFrames } from './frame.ts';
import { listNames } from './heads.ts';
import {
  BUNDLE_ENTRIES,
  BUNDLES_PER_SEGMENT,
  HASH_BYTES,
  logPaths,
  parseSegmentName,
  SEGMENT_ENTRIES,
  segmentName,
  TILE_LEVEL_MAX,
} from './layout.ts';
import { leafTileInto } from './leaf-tile.ts';
import { type Bundle, SealedSource } from './sealed-source.ts';

/** An open segment as it was when it was read. */
interface OpenMap {
  readonly kind: 'open';
  readonly bundles: readonly Bundle[];
}

interface SealedMap {
  readonly kind: 'sealed';
  readonly source: FileSource;
  readonly sealed: SealedSource;
}

/** Sealed files kept open: a descriptor and a window of 1 MiB each. */
const SEALED_OPEN_MAX = 16;

/**
 * Reads one log of a ledger directory, for tools: synchronously, and only what is there. A server may write meanwhile: what it appends is seen by
 * readers that are opened later, and a segment that it seals is read in its new form. Nothing is checked against tiles or heads; see `checkLedger`.
 */
export class DirectoryLog {
  readonly #ledgerDir: string;
  readonly #log: string;
  /** The newest segment is read once, into memory: it is what a server changes. */
  readonly #open = new Map<number, OpenMap>();
  readonly #sealed = new Map<number, SealedMap>();
  /** Entries that were whole when this was opened. */
  readonly size: number;

  /** `ledgerDir`: the directory with `FORMAT` in it. Throws what node:fs throws. */
  constructor(ledgerDir: string, log: string) {
    this.#ledgerDir = ledgerDir;
    this.#log = log;
    const numbers = listNames(this.#dir).flatMap((name) => parseSegmentName(name)?.number ?? []);
    this.size = this.#countEntries(numbers.sort((a, b) => b - a));
  }

  /** Bundle n of the log: 256 entries, or fewer at its end; undefined beyond it. Throws SealedError for a damaged sealed segment. */
  bundle(n: number): Bundle | undefined {
    if (!Number.isSafeInteger(n) || n < 0 || n * BUNDLE_ENTRIES >= this.size) return undefined;
    const segment = Math.floor(n / BUNDLES_PER_SEGMENT);
    const b = n % BUNDLES_PER_SEGMENT;
    const map = this.#map(segment);
    return map.kind === 'open' ? map.bundles[b] : map.sealed.bundle(b);
  }

  /** Bytes of the entry at `idx`; undefined when there is none. */
  entry(idx: number): Buffer | undefined {
    const bundle = this.bundle(Math.floor(idx / BUNDLE_ENTRIES));
    const i = idx % BUNDLE_ENTRIES;
    return bundle === undefined || i >= bundle.count ? undefined : bundle.bytes.subarray(bundle.starts[i], bundle.ends[i]);
  }

  /** Leaf hashes of bundle n, side by side, recomputed from its entries: a tile of level 0. */
  leafTile(n: number): Buffer | undefined {
    const bundle = this.bundle(n);
    if (bundle === undefined) return undefined;
    const leaves = Buffer.alloc(bundle.count * HASH_BYTES);
    leafTileInto(bundle.bytes, bundle, leaves);
    return leaves;
  }

  /** Hashes [256·n, 256·n + width) of a tile level; undefined where the log has not so many. Level 0 is recomputed. */
  tile(level: number, n: number, width: number): Buffer | undefined {
    if (level === 0) {
      const leaves = this.leafTile(n);
      return leaves !== undefined && leaves.length >= width * HASH_BYTES ? leaves.subarray(0, width * HASH_BYTES) : undefined;
    }
    const file = path.join(logPaths(this.#ledgerDir, this.#log).tiles, String(level));
    if (level > TILE_LEVEL_MAX || !existsSync(file)) return undefined;
    const source = openFileSource(file);
    try {
      const bytes = Buffer.from(source.read(n * BUNDLE_ENTRIES * HASH_BYTES, width * HASH_BYTES));
      return bytes.length === width * HASH_BYTES ? bytes : undefined;
    } finally {
      source.close();
    }
  }

  close(): void {
    for (const { source } of this.#sealed.values()) source.close();
    this.#sealed.clear();
    this.#open.clear();
  }

  get #dir(): string {
    return logPaths(this.#ledgerDir, this.#log).segments;
  }

  /** From the newest segment on: a server may have begun an empty one. */
  #countEntries(newestFirst: readonly number[]): number {
    for (const number of newestFirst) {
      const map = this.#map(number);
      const count = map.kind === 'sealed' ? SEGMENT_ENTRIES : map.bundles.reduce((sum, bundle) => sum + bundle.count, 0);
      if (count > 0) return number * SEGMENT_ENTRIES + count;
    }
    return 0;
  }

  #map(segment: number): OpenMap | SealedMap {
    const known = this.#open.get(segment) ?? this.#sealed.get(segment);
    if (known !== undefined) return known;
    const sealed = path.join(this.#dir, segmentName(segment, 'seg'));
    if (!existsSync(sealed)) {
      try {
        const map = readOpen(path.join(this.#dir, segmentName(segment, 'open')), segment);
        this.#open.set(segment, map);
        return map;
      } catch (error) {
        // Sealed between the two looks: then the sealed file is there now.
        if (!isAbsent(error) || !existsSync(sealed)) throw error;
      }
    }
    return this.#openSealed(segment, sealed);
  }

  #openSealed(segment: number, file: string): SealedMap {
    const source = openFileSource(file);
    let map: SealedMap;
    try {
      map = { kind: 'sealed', source, sealed: new SealedSource(source) };
    } catch (error) {
      source.close();
      throw error;
    }
    this.#sealed.set(segment, map);
    const oldest = this.#sealed.entries().next();
    if (this.#sealed.size > SEALED_OPEN_MAX && oldest.done !== true) {
      oldest.value[1].source.close();
      this.#sealed.delete(oldest.value[0]);
    }
    return map;
  }
}

/** All bundles up to the first bytes that are no frame. */
function readOpen(file: string, segment: number): OpenMap {
  const source = openFileSource(file);
  try {
    const cutter = new BundleCutter(segment * SEGMENT_ENTRIES);
    const bundles: Bundle[] = [];
    const add = ({ bytes, count }: { readonly bytes: Buffer; readonly count: number }): void => {
      const offsets = splitBundle(bytes, count);
      if (offsets !== undefined) bundles.push({ bytes, count, ...offsets });
    };
    for (const frame of scanFrames(source, segment * SEGMENT_ENTRIES)) {
      if (isBadFrame(frame)) break;
      for (const piece of cutter.add(frame.payload, frame.count)) add(piece);
    }
    for (const piece of cutter.flush()) add(piece);
    return { kind: 'open', bundles };
  } finally {
    source.close();
  }
}
