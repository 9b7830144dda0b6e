import type { EntryChunk, LogId } from '../../ledger/types.ts';
import { type EntryParts, findParts, rowBytesMax, rowPrefix, sameMonth, writeRow } from './row-bytes.ts';

/**
 * Rows of one INSERT: half a block, so that a block is two equal parts. They keep the engine below 1 GB (100,000 took it to 1.4) and cost as little per row as larger
 * ones; 18 MiB hold that many usual rows, and bound a batch of long ones.
 */
export const BATCH_ROWS_MAX = 32_768;
export const BATCH_BYTES_MAX = 18 * 1024 * 1024;
/** Inserts end at multiples of this, so that what a crash lost is compared and repaired in blocks. Also the size of a ledger segment. */
export const BLOCK_ENTRIES = 65_536;

/** Consecutive entries of one log as the rows of one INSERT: one block of idx, one month of `recorded_at`, so one part. */
export class Batch {
  readonly log: LogId;
  readonly firstIdx: number;
  count = 0;
  /** Union of the fields; undefined when a chunk did not know its own. */
  fields: { lo: number; hi: number } | undefined = { lo: 0, hi: 0 };
  private readonly prefix: Buffer;
  readonly into: Buffer;
  private used = 0;
  private readonly ends = new Uint32Array(BATCH_ROWS_MAX);
  private month: { readonly bytes: Buffer; readonly rtAt: number } | undefined;
  private readonly parts: EntryParts = { eventEnd: 0, rtAt: 0 };

  /** `into` is the batch's own until the batch is done with. */
  constructor(log: LogId, firstIdx: number, into: Buffer) {
    this.log = log;
    this.firstIdx = firstIdx;
    this.prefix = rowPrefix(log);
    this.into = into;
  }

  get endIdx(): number {
    return this.firstIdx + this.count;
  }

  get bytes(): number {
    return this.used;
  }

  /** `rt` of the first entry, as text; undefined while empty. */
  get firstRt(): string | undefined {
    return this.month === undefined ? undefined : this.month.bytes.toString('latin1', this.month.rtAt + 1, this.month.rtAt + 28);
  }

  /** Takes entries of the chunk from position `from`; returns the position of the first that it did not take. It has no room for that one. */
  add(chunk: EntryChunk, from: number): number {
    const blockEnd = (Math.floor(this.firstIdx / BLOCK_ENTRIES) + 1) * BLOCK_ENTRIES;
    const { bytes, starts, ends, log } = chunk;
    let i = from;
    for (; i < chunk.count; i++) {
      const start = starts[i] ?? 0;
      const end = ends[i] ?? 0;
      const idx = chunk.firstIdx + i;
      if (this.count === BATCH_ROWS_MAX || idx === blockEnd || this.used + rowBytesMax(end - start) > this.into.length) break;
      if (!findParts(bytes, start, end, this.parts)) throw new Error(`entry ${idx} of ${log} is not in the form of an entry`);
      if (this.month === undefined) this.month = { bytes, rtAt: this.parts.rtAt };
      else if (!sameMonth(this.month.bytes, this.month.rtAt, bytes, this.parts.rtAt)) break;
      this.used = writeRow(this.into, this.used, { log, prefix: this.prefix, idx, bytes, start, end, parts: this.parts });
      this.ends[this.count++] = this.used;
    }
    if (i > from) this.join(chunk.fields);
    return i;
  }

  /** The lines of rows [from, to). */
  lines(from: number, to: number): Buffer {
    return this.into.subarray(from === 0 ? 0 : this.ends[from - 1], to === 0 ? 0 : this.ends[to - 1]);
  }

  private join(fields: EntryChunk['fields']): void {
    if (fields === undefined || this.fields === undefined) this.fields = undefined;
    else this.fields = { lo: (this.fields.lo | fields.lo) >>> 0, hi: (this.fields.hi | fields.hi) >>> 0 };
  }
}
