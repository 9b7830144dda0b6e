import { splitBundle } from '@daybook/logfiles';
import type { EntryChunk } from './types.ts';

/** What a chunk costs beside its bytes (objects, offset arrays), so that a ring of single events is bounded too. */
const CHUNK_OVERHEAD_BYTES = 1024;

/** The newest durable chunks of one log, in order and without a gap; the oldest leave when the byte bound is reached. */
export class ChunkRing {
  readonly #bytesMax: number;
  #chunks: EntryChunk[] = [];
  /** Chunks before this position have left; the array is compacted now and then, so that leaving costs no copy each time. */
  #first = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: EntryChunk): void {
    this.#chunks.push(chunk);
    this.#bytes += cost(chunk);
    while (this.#bytes > this.#bytesMax && this.#first < this.#chunks.length - 1) {
      const oldest = this.#chunks[this.#first];
      if (oldest !== undefined) this.#bytes -= cost(oldest);
      this.#first++;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The chunk that holds `idx`, if it is still here. */
  find(idx: number): EntryChunk | undefined {
    let low = this.#first;
    let high = this.#chunks.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle];
      if (chunk === undefined) return undefined;
      if (idx < chunk.firstIdx) high = middle - 1;
      else if (idx >= chunk.firstIdx + chunk.count) low = middle + 1;
      else return chunk;
    }
    return undefined;
  }
}

function cost(chunk: EntryChunk): number {
  return chunk.bytes.length + CHUNK_OVERHEAD_BYTES;
}

/** The part [from, to) of a chunk, by idx; the chunk itself when that is all of it. Shares its bytes. */
export function chunkPart(chunk: EntryChunk, from: number, to: number): EntryChunk {
  const first = Math.max(0, from - chunk.firstIdx);
  const end = Math.min(chunk.count, to - chunk.firstIdx);
  if (first === 0 && end === chunk.count) return chunk;
  const base = (chunk.starts[first] ?? 0) - 2;
  const rebase = (offset: number): number => offset - base;
  return {
    ...chunk,
    firstIdx: chunk.firstIdx + first,
    count: end - first,
    bytes: chunk.bytes.subarray(base, chunk.ends[end - 1]),
    starts: chunk.starts.subarray(first, end).map(rebase),
    ends: chunk.ends.subarray(first, end).map(rebase),
  };
}

/** A chunk over bytes in bundle form; undefined when they are not `count` whole entries. */
export function chunkOf(log: string, firstIdx: number, count: number, bytes: Buffer): EntryChunk | undefined {
  const offsets = splitBundle(bytes, count);
  return offsets === undefined ? undefined : { log, firstIdx, count, bytes, ...offsets };
}
