import { existsSync } from 'node:fs';
import path from 'node:path';
import { blobReferences } from './blob-references.ts';
import { foldedCounters, mayFold } from './folded-counters.ts';
import { splitBundle } from './bundle.ts';
import { BundleCutter, type BundlePiece } from './bundle-cutter.ts';
import { type FileSource, isAbsent, openFileSource } from './byte-source.ts';
import { CounterNotes, type SourceRanges } from './counters.ts';
import { EntryScanner } from './entry-scan.ts';
import { type Finding, FindingList } from './findings.ts';
import { type BadFrame, FRAME_HEADER_BYTES, isBadFrame, scanFrames } from './frame.ts';
import { BUNDLE_ENTRIES, BUNDLES_PER_SEGMENT, HASH_BYTES, SEGMENT_ENTRIES, segmentName } from './layout.ts';
import { edgeRoot, leafTileInto, perfectRoot } from './leaf-tile.ts';
import { SealedSource } from './sealed-source.ts';
import { SealedError } from './sealed-segment.ts';

export interface SegmentJob {
  readonly log: string;
  /** `logs/<log>/segments` */
  readonly dir: string;
  readonly segment: number;
  /** Sizes of heads that end within the segment and within a bundle: the check of the tree needs the root of that bundle's beginning. */
  readonly headSizes: readonly number[];
}

export interface SegmentReport {
  readonly segment: number;
  /** Idx behind the last entry. */
  readonly end: number;
  /** Level-1 hashes of the 256 bundles, side by side; only those with `known` 1 are there. */
  readonly level1: Uint8Array;
  readonly known: Uint8Array;
  /** Root of the leaves [256·b, size) for each of `headSizes` that was reached, and for the segment's end where that lies within a bundle. */
  readonly edges: readonly { readonly size: number; readonly root: Uint8Array }[];
  readonly findings: readonly Finding[];
  /** Bytes of a last write that never ended. */
  readonly tornBytes: number;
  readonly firstRt: string;
  readonly lastRt: string;
  readonly counters: readonly SourceRanges[];
  readonly kinds: Readonly<Record<string, number>>;
  readonly blobs: readonly BlobReference[];
  readonly bytes: number;
}

export interface BlobReference {
  readonly name: string;
  readonly idx: number;
}

/** Checks one segment, open or sealed: every byte of the file, every entry. Synchronous: for a worker thread. Throws only for a missing file. */
export function checkSegment(job: SegmentJob): SegmentReport {
  const check = new SegmentCheck(job);
  // A server may seal it between the two looks; the sealed file has the same entries.
  for (let tries = 0; ; tries++) {
    try {
      check.run();
      return check.report();
    } catch (error) {
      if (tries > 0 || !isAbsent(error)) throw error;
    }
  }
}

class SegmentCheck {
  readonly #job: SegmentJob;
  readonly #firstIdx: number;
  readonly #findings: FindingList;
  readonly #scanner = new EntryScanner();
  readonly #counters = new CounterNotes();
  readonly #leaves = Buffer.alloc(BUNDLE_ENTRIES * HASH_BYTES);
  readonly #level1 = Buffer.alloc(BUNDLES_PER_SEGMENT * HASH_BYTES);
  readonly #known = new Uint8Array(BUNDLES_PER_SEGMENT);
  readonly #edges: { readonly size: number; readonly root: Uint8Array }[] = [];
  readonly #kinds = new Map<string, number>();
  readonly #blobs: BlobReference[] = [];
  #end: number;
  #events = 0;
  #tornBytes = 0;
  #firstRt = '';
  /** Some entry of the present bundle may name a blob: to search all of them costs 0.2 µs an entry. */
  #attributes = false;
  /** Whether entries of the piece at hand may count others. */
  #mayFold = false;
  #bytes = 0;

  constructor(job: SegmentJob) {
    this.#job = job;
    this.#firstIdx = job.segment * SEGMENT_ENTRIES;
    this.#end = this.#firstIdx;
    this.#findings = new FindingList({ log: job.log });
  }

  run(): void {
    const { dir, segment } = this.#job;
    const sealed = path.join(dir, segmentName(segment, 'seg'));
    const open = path.join(dir, segmentName(segment, 'open'));
    if (existsSync(sealed) && this.#withFile(sealed, (source) => this.#sealed(source))) return;
    this.#withFile(open, (source) => this.#open(source));
  }

  report(): SegmentReport {
    if (this.#events > 0) this.#kinds.set('event', this.#events);
    return {
      segment: this.#job.segment,
      end: this.#end,
      level1: new Uint8Array(this.#level1),
      known: this.#known,
      edges: this.#edges,
      findings: this.#findings.all(),
      tornBytes: this.#tornBytes,
      firstRt: this.#firstRt,
      lastRt: this.#scanner.rt,
      counters: this.#counters.all(),
      kinds: Object.fromEntries(this.#kinds),
      blobs: this.#blobs,
      bytes: this.#bytes,
    };
  }

  #withFile<T>(file: string, use: (source: FileSource) => T): T {
    const source = openFileSource(file);
    try {
      this.#bytes = source.size;
      return use(source);
    } finally {
      source.close();
    }
  }

  /** false: it is not readable as a sealed segment, and an open file stands beside it. */
  #sealed(source: FileSource): boolean {
    const { dir, segment } = this.#job;
    let sealed: SealedSource;
    try {
      sealed = new SealedSource(source);
    } catch (error) {
      if (!(error instanceof SealedError)) throw error;
      this.#findings.add('segment_damaged', `${segmentName(segment, 'seg')}: ${error.message}.`, this.#range(0, SEGMENT_ENTRIES));
      if (existsSync(path.join(dir, segmentName(segment, 'open')))) return false;
      this.#end = this.#firstIdx + SEGMENT_ENTRIES;
      return true;
    }
    if (sealed.footer.firstIdx !== this.#firstIdx)
      this.#findings.add(
        'segment_moved',
        `${segmentName(segment, 'seg')} holds the entries from ${sealed.footer.firstIdx} on.`,
        this.#range(0, SEGMENT_ENTRIES),
      );
    this.#sealedBundles(sealed);
    return true;
  }

  #sealedBundles(sealed: SealedSource): void {
    const name = segmentName(this.#job.segment, 'seg');
    let damaged = false;
    for (let b = 0; b < BUNDLES_PER_SEGMENT; b++) {
      const firstIdx = this.#firstIdx + b * BUNDLE_ENTRIES;
      try {
        this.#piece({ firstIdx, count: BUNDLE_ENTRIES, bytes: sealed.bundle(b).bytes });
      } catch (error) {
        if (!(error instanceof SealedError)) throw error;
        damaged = true;
        this.#findings.add('segment_damaged', `${name} has a bundle that cannot be read.`, this.#range(b * BUNDLE_ENTRIES, BUNDLE_ENTRIES));
      }
    }
    this.#end = this.#firstIdx + SEGMENT_ENTRIES;
    if (damaged) return;
    if (sealed.bodyCrc() !== sealed.footer.bodyCrc)
      this.#findings.add('segment_damaged', `The checksum of ${name} is wrong.`, this.#range(0, SEGMENT_ENTRIES));
    if (!sealed.footer.root.equals(perfectRoot(Buffer.from(this.#level1), BUNDLES_PER_SEGMENT)))
      this.#findings.add(
        'entry_mismatch',
        `The root in the footer of ${name} is not that of its entries.`,
        this.#range(0, SEGMENT_ENTRIES),
      );
  }

  #open(source: FileSource): void {
    const cutter = new BundleCutter(this.#firstIdx);
    for (const item of scanFrames(source, this.#firstIdx)) {
      if (isBadFrame(item)) {
        this.#badFrame(source, item, cutter);
        continue;
      }
      // Doubled entries are a finding already.
      if (item.firstIdx < cutter.nextIdx) continue;
      if (item.firstIdx > cutter.nextIdx) {
        this.#pieces(cutter.flush());
        cutter.skipTo(item.firstIdx);
      }
      this.#pieces(cutter.add(item.payload, item.count));
      this.#end = Math.max(this.#end, item.firstIdx + item.count);
    }
    this.#pieces(cutter.flush());
  }

  #badFrame(source: FileSource, bad: BadFrame, cutter: BundleCutter): void {
    if (bad.torn) {
      this.#tornBytes = bad.end - bad.position;
      return;
    }
    const name = segmentName(this.#job.segment, 'open');
    const lastIdx = bad.nextIdx === undefined ? undefined : Math.max(bad.expectedIdx, bad.nextIdx - 1);
    const place = { firstIdx: bad.expectedIdx, lastIdx };
    if (bad.fault === 'idx') {
      this.#findings.add(
        'frame_order',
        `At byte ${bad.position} of ${name} stands entry ${bad.nextIdx} where ${bad.expectedIdx} should be.`,
        place,
      );
      return;
    }
    const entries = this.#salvage(source, bad);
    if (entries === undefined) {
      this.#findings.add('frame_damaged', `Bytes ${bad.position}-${bad.end - 1} of ${name}.`, place);
      return;
    }
    this.#findings.add('frame_checksum', `Byte ${bad.position} of ${name}.`, place);
    const count = (bad.nextIdx ?? 0) - bad.expectedIdx;
    if (cutter.nextIdx === bad.expectedIdx) this.#pieces(cutter.add(entries, count));
  }

  /** Entries of a frame whose checksum alone is wrong: then the tree can still say whether it is them that changed. */
  #salvage(source: FileSource, bad: BadFrame): Buffer | undefined {
    if (bad.nextIdx === undefined || bad.end - bad.position < FRAME_HEADER_BYTES) return undefined;
    const start = bad.position + FRAME_HEADER_BYTES;
    const payload = Buffer.from(source.read(start, bad.end - start));
    return splitBundle(payload, bad.nextIdx - bad.expectedIdx) === undefined ? undefined : payload;
  }

  #pieces(pieces: Iterable<BundlePiece>): void {
    for (const piece of pieces) this.#piece(piece);
  }

  #piece({ firstIdx, count, bytes }: BundlePiece): void {
    const offsets = splitBundle(bytes, count);
    if (offsets === undefined) throw new Error('a piece of a bundle holds what it says');
    this.#attributes = false;
    this.#mayFold = mayFold(bytes);
    for (let i = 0; i < count; i++) this.#entry(bytes, offsets.starts[i] ?? 0, offsets.ends[i] ?? 0, firstIdx + i);
    if (this.#attributes) for (const { i, name } of blobReferences(bytes, offsets)) this.#blobs.push({ name, idx: firstIdx + i });
    const bundle = Math.floor((firstIdx - this.#firstIdx) / BUNDLE_ENTRIES);
    // Entries behind a gap within a bundle have no place in the tree that could be computed.
    if (firstIdx % BUNDLE_ENTRIES !== 0) return;
    leafTileInto(bytes, offsets, this.#leaves);
    for (const size of this.#job.headSizes)
      if (size > firstIdx && size < firstIdx + BUNDLE_ENTRIES && size <= firstIdx + count) this.#edge(size, firstIdx);
    if (count < BUNDLE_ENTRIES) {
      if (!this.#job.headSizes.includes(firstIdx + count)) this.#edge(firstIdx + count, firstIdx);
      return;
    }
    this.#level1.set(perfectRoot(this.#leaves, BUNDLE_ENTRIES), bundle * HASH_BYTES);
    this.#known[bundle] = 1;
  }

  #edge(size: number, firstIdx: number): void {
    this.#edges.push({ size, root: new Uint8Array(edgeRoot(this.#leaves, size - firstIdx)) });
  }

  #entry(bytes: Buffer, start: number, end: number, idx: number): void {
    const scanner = this.#scanner;
    const fault = scanner.check(bytes, start, end);
    if (fault !== undefined) {
      this.#findings.add(fault.code, fault.detail, { firstIdx: idx, lastIdx: idx });
      if (fault.code !== 'entry_time') return;
    }
    if (scanner.hasAttributes) this.#attributes = true;
    if (this.#firstRt === '') this.#firstRt = scanner.rt;
    if (scanner.isEvent) this.#events++;
    else this.#kinds.set(scanner.kind, (this.#kinds.get(scanner.kind) ?? 0) + 1);
    if (scanner.sseq >= 0) this.#counters.add(bytes, { start: scanner.srcStart, end: scanner.srcEnd, sseq: scanner.sseq, idx });
    if (this.#mayFold && scanner.isEvent && scanner.hasAttributes) this.#folded(bytes, start, end, idx);
  }

  /** Items that are counted in the entry. */
  #folded(bytes: Buffer, start: number, end: number, idx: number): void {
    const { srcStart, srcEnd } = this.#scanner;
    for (const [first, last] of foldedCounters(bytes.subarray(start, end)))
      this.#counters.add(bytes, { start: srcStart, end: srcEnd, sseq: first, to: last, idx });
  }

  #range(offset: number, count: number): { readonly firstIdx: number; readonly lastIdx: number } {
    return { firstIdx: this.#firstIdx + offset, lastIdx: this.#firstIdx + offset + count - 1 };
  }
}
