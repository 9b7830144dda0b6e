import type { EntryChunk, LogId } from '../../ledger/types.ts';
import { type EntryParts, findParts } from './row-bytes.ts';

/**
 * Rows of one INSERT: half a block, so that a block is two equal parts. They keep the engine below 1 GB (100,000 took it to 1.4) and cost as little per row as larger
 * ones; 18 MiB hold that many usual rows, and bound a batch of long ones.
 */
export const BATCH_ROWS_MAX = 32_768;
export const BATCH_BYTES_MAX = 18 * 1024 * 1024;
/** Inserts end at multiples of this, so that what a crash lost is compared and repaired in blocks. Also the size of a ledger segment. */
export const BLOCK_ENTRIES = 65_536;

/** Before each entry of a chunk stands its length, of which a batch makes white space. */
export const LENGTH_BYTES = 2;
const LINE_FEED = 0x0a;
/** `"2026-01`: in the order of `rt`, entries of one month lie side by side. */
const MONTH_CHARS = '2026-01'.length;
const RT_CHARS = '2026-01-01T00:00:00.000000Z'.length;

/** Consecutive entries of one log, as the ledger holds them, for one INSERT: one block of idx, one month of `recorded_at`, so one part. */
export class Batch {
  readonly log: LogId;
  readonly firstIdx: number;
  count = 0;
  /** `rt` of the first entry, as text; undefined while empty. */
  firstRt: string | undefined;
  /** Union of the fields; undefined when a chunk did not know its own. */
  fields: { lo: number; hi: number } | undefined = { lo: 0, hi: 0 };
  readonly into: Buffer;
  private used = 0;
  private readonly ends = new Uint32Array(BATCH_ROWS_MAX);

  /** `into` is the batch's own until the batch is done with. */
  constructor(log: LogId, firstIdx: number, into: Buffer) {
    this.log = log;
    this.firstIdx = firstIdx;
    this.into = into;
  }

  get endIdx(): number {
    return this.firstIdx + this.count;
  }

  get bytes(): number {
    return this.used;
  }

  /** Takes entries of the chunk from position `from`; returns the position of the first that it did not take. It has no room for that one. */
  add(chunk: EntryChunk, from: number): number {
    const blockEnd = (Math.floor(this.firstIdx / BLOCK_ENTRIES) + 1) * BLOCK_ENTRIES;
    const idx = chunk.firstIdx + from;
    const start = (chunk.starts[from] ?? 0) - LENGTH_BYTES;
    let to = Math.min(chunk.count, from + Math.min(BATCH_ROWS_MAX - this.count, blockEnd - idx));
    while (to > from && this.used + (chunk.ends[to - 1] ?? 0) - start > this.into.length) to--;
    if (to <= from) return from;
    this.firstRt ??= receiveTime(chunk, from);
    to = this.endOfMonth(chunk, from, to);
    if (to > from) this.take(chunk, { from, to, start });
    return to;
  }

  /** The entries [from, to) of the batch, each behind two bytes of white space. */
  entries(from: number, to: number): Buffer {
    return this.into.subarray(from === 0 ? 0 : this.ends[from - 1], to === 0 ? 0 : this.ends[to - 1]);
  }

  private take({ bytes, starts, ends, fields }: EntryChunk, { from, to, start }: { from: number; to: number; start: number }): void {
    const { into } = this;
    const shift = this.used - start;
    bytes.copy(into, this.used, start, ends[to - 1]);
    for (let i = from; i < to; i++) {
      const at = (starts[i] ?? 0) + shift;
      into[at - 2] = LINE_FEED;
      into[at - 1] = LINE_FEED;
      this.ends[this.count++] = (ends[i] ?? 0) + shift;
    }
    this.used = (ends[to - 1] ?? 0) + shift;
    this.join(fields);
  }

  /** The end of the entries of [from, to) that were recorded in the batch's month. Receive times never decrease, so mostly a look at the last is enough. */
  private endOfMonth(chunk: EntryChunk, from: number, to: number): number {
    const month = this.firstRt?.slice(0, MONTH_CHARS) ?? '';
    let end = to;
    while (end > from && !receiveTime(chunk, end - 1).startsWith(month)) end--;
    return end;
  }

  private join(fields: EntryChunk['fields']): void {
    if (fields === undefined || this.fields === undefined) this.fields = undefined;
    else this.fields = { lo: (this.fields.lo | fields.lo) >>> 0, hi: (this.fields.hi | fields.hi) >>> 0 };
  }
}

const parts: EntryParts = { eventEnd: 0, rtAt: 0 };

function receiveTime({ log, bytes, starts, ends, firstIdx }: EntryChunk, i: number): string {
  if (!findParts(bytes, starts[i] ?? 0, ends[i] ?? 0, parts))
    throw new Error(`entry ${firstIdx + i} of ${log} is not in the form of an entry`);
  return bytes.toString('latin1', parts.rtAt + 1, parts.rtAt + 1 + RT_CHARS);
}
