import { hash } from 'node:crypto';
import { ENTRY_BYTES_MAX, type FieldSet } from '@daybook/protocol';
import { LENGTH_BYTES, SEGMENT_ENTRIES } from '@daybook/logfiles';
import { HASH_BYTES } from '@daybook/tlog';
import type { EntryBytes } from './entry-text.ts';
import type { EntryChunk, LogId } from './types.ts';

/**
 * Entries are written one behind the other into slabs of this size. A slab is never reused: chunks of it may still be read by the indexer and
 * by tails, and freeing 200 a second costs less than counting their readers. 256 KiB stay in the processor's cache between writing, CRC and
 * writev (1 MiB was a quarter slower), and are at least 3 × ENTRY_BYTES_MAX, so that every entry fits an empty one.
 */
const SLAB_BYTES = 1 << 18;
/** Entries per slab: bounds its offset arrays (8 KiB) and its hashes (32 KiB). */
const SLAB_ENTRIES = 1024;

/** One stretch of entries in one slab and one segment. */
export interface Piece {
  readonly firstIdx: number;
  readonly count: number;
  /** In the form of a tlog-tiles bundle: uint16 length, entry; repeated. */
  readonly bytes: Buffer;
  /** `count` leaf hashes. */
  readonly hashes: Buffer;
  readonly chunk: EntryChunk;
}

interface Slab {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly hashes: Buffer;
  used: number;
  count: number;
}

interface Stretch {
  readonly slab: Slab;
  readonly firstIdx: number;
  readonly from: number;
  to: number;
  lo: number;
  hi: number;
}

export interface Mark {
  readonly nextIdx: number;
  readonly bytes: number;
  readonly stretches: number;
  readonly to: number;
  readonly slab: Slab;
  readonly used: number;
  readonly count: number;
}

/** The entries of one log that were given an idx but are in no round of the group commit yet. */
export class Pending {
  readonly #log: LogId;
  #slab = newSlab();
  #stretches: Stretch[] = [];
  #nextIdx: number;
  #bytes = 0;

  constructor(log: LogId, nextIdx: number) {
    this.#log = log;
    this.#nextIdx = nextIdx;
  }

  get nextIdx(): number {
    return this.#nextIdx;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one entry. Returns false, with nothing added, when it is too long. */
  put(entry: EntryBytes): boolean {
    const { length } = entry;
    if (length > ENTRY_BYTES_MAX) return false;
    if (this.#slab.used + LENGTH_BYTES + length > SLAB_BYTES || this.#slab.count === SLAB_ENTRIES) this.#slab = newSlab();
    const slab = this.#slab;
    const { bytes } = slab;
    const at = slab.used;
    const start = at + LENGTH_BYTES;
    const end = start + length;
    entry.write(bytes, start);
    // The leaf's input is 0x00 ‖ entry (RFC 6962): the zero stands for a moment where the length goes.
    bytes[start - 1] = 0;
    slab.hashes.write(hash('sha256', bytes.subarray(start - 1, end), 'binary'), slab.count * HASH_BYTES, 'latin1');
    bytes[at] = length >>> 8;
    bytes[at + 1] = length & 0xff;
    slab.starts[slab.count] = start;
    slab.ends[slab.count] = end;
    slab.used = end;
    slab.count++;
    this.#bytes += LENGTH_BYTES + length;
    this.#extend(slab);
    return true;
  }

  /** Notes the fields that the entries since `mark` may have. */
  noteFields(mark: Mark, fields: FieldSet): void {
    for (let i = Math.max(0, mark.stretches - 1); i < this.#stretches.length; i++) {
      const stretch = this.#stretches[i];
      if (stretch === undefined || stretch.firstIdx + stretch.to - stretch.from <= mark.nextIdx) continue;
      stretch.lo = (stretch.lo | fields.lo) >>> 0;
      stretch.hi = (stretch.hi | fields.hi) >>> 0;
    }
  }

  mark(): Mark {
    const { used, count } = this.#slab;
    const to = this.#stretches.at(-1)?.to ?? 0;
    return { nextIdx: this.#nextIdx, bytes: this.#bytes, stretches: this.#stretches.length, to, slab: this.#slab, used, count };
  }

  /** Takes back everything since `mark`; nothing of it may have been taken by a round. */
  rewind(mark: Mark): void {
    this.#nextIdx = mark.nextIdx;
    this.#bytes = mark.bytes;
    this.#stretches.length = mark.stretches;
    const last = this.#stretches.at(-1);
    if (last !== undefined) last.to = mark.to;
    this.#slab = mark.slab;
    this.#slab.used = mark.used;
    this.#slab.count = mark.count;
  }

  /** Hands over everything that is pending. */
  take(): Piece[] {
    const pieces = this.#stretches.map((stretch) => this.#piece(stretch));
    this.#stretches = [];
    this.#bytes = 0;
    return pieces;
  }

  /** Drops everything that is pending, and what was taken from `nextIdx` on: a round failed and none of it is kept. */
  reset(nextIdx: number): void {
    this.#stretches = [];
    this.#bytes = 0;
    this.#nextIdx = nextIdx;
  }

  #extend(slab: Slab): void {
    const last = this.#stretches.at(-1);
    const startsSegment = this.#nextIdx % SEGMENT_ENTRIES === 0;
    if (last !== undefined && last.slab === slab && !startsSegment) last.to = slab.count;
    else this.#stretches.push({ slab, firstIdx: this.#nextIdx, from: slab.count - 1, to: slab.count, lo: 0, hi: 0 });
    this.#nextIdx++;
  }

  #piece({ slab, firstIdx, from, to, lo, hi }: Stretch): Piece {
    const start = (slab.starts[from] ?? 0) - 2;
    const bytes = slab.bytes.subarray(start, slab.ends[to - 1]);
    const starts = slab.starts.slice(from, to);
    const ends = slab.ends.slice(from, to);
    for (let i = 0; i < starts.length; i++) {
      starts[i] = (starts[i] ?? 0) - start;
      ends[i] = (ends[i] ?? 0) - start;
    }
    const count = to - from;
    const hashes = slab.hashes.subarray(from * HASH_BYTES, to * HASH_BYTES);
    return { firstIdx, count, bytes, hashes, chunk: { log: this.#log, firstIdx, count, bytes, starts, ends, fields: { lo, hi } } };
  }
}

function newSlab(): Slab {
  return {
    bytes: Buffer.allocUnsafeSlow(SLAB_BYTES),
    starts: new Uint32Array(SLAB_ENTRIES),
    ends: new Uint32Array(SLAB_ENTRIES),
    hashes: Buffer.allocUnsafeSlow(SLAB_ENTRIES * HASH_BYTES),
    used: 0,
    count: 0,
  };
}
