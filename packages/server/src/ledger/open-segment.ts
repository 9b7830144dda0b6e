import { FRAME_HEADER_BYTES, SEGMENT_ENTRIES, frameHeader, splitBundle } from '@daybook/logfiles';
import type { OpenFile } from '../base/files.ts';
import { TILE_WIDTH } from '@daybook/tlog';
import type { Piece } from './pending.ts';
import { scanSegment } from './scan-segment.ts';

/** One frame that was written and that readers don't see yet. */
export interface WrittenFrame {
  readonly position: number;
  readonly firstIdx: number;
  readonly pieces: readonly Piece[];
  readonly end: number;
}

/**
 * A segment that still grows, or waits to be sealed: `segments/<N>.open`. Knows where its frames and its bundles of 256 entries begin, so that
 * a bundle is read without the rest of the file.
 */
export class OpenSegment {
  readonly number: number;
  readonly file: OpenFile;
  #end = 0;
  #count = 0;
  readonly #frameStarts: number[] = [];
  readonly #bundleStarts: number[] = [];

  constructor(number: number, file: OpenFile) {
    this.number = number;
    this.file = file;
  }

  get firstIdx(): number {
    return this.number * SEGMENT_ENTRIES;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes that are durable. */
  get end(): number {
    return this.#end;
  }

  /** Reads the frames that are there. Returns how many bytes of a torn, never acknowledged frame lie behind them; throws on corruption. */
  async scan(): Promise<number> {
    return scanSegment(this.file, this.firstIdx, ({ position, end, firstIdx, count, payload }) => {
      this.#frameStarts.push(position);
      const starts = splitBundle(payload, count)?.starts ?? new Uint32Array(0);
      this.#noteBundles(firstIdx, position + FRAME_HEADER_BYTES, starts);
      this.#count += count;
      this.#end = end;
    });
  }

  /** Writes pieces as one frame behind the durable end, durably: the file was opened so. Nobody sees it yet. */
  async write(pieces: readonly Piece[]): Promise<WrittenFrame> {
    const firstIdx = pieces[0]?.firstIdx ?? 0;
    const payload = pieces.map((piece) => piece.bytes);
    const count = pieces.reduce((sum, piece) => sum + piece.count, 0);
    const header = frameHeader({ firstIdx, count, payload });
    await this.file.write([header, ...payload], this.#end);
    const end = payload.reduce((sum, bytes) => sum + bytes.length, this.#end + header.length);
    return { position: this.#end, firstIdx, pieces, end };
  }

  /** Readers may see the frame from now on. */
  accept(frame: WrittenFrame): void {
    let at = frame.position + FRAME_HEADER_BYTES;
    this.#frameStarts.push(frame.position);
    for (const piece of frame.pieces) {
      this.#noteBundles(piece.firstIdx, at, piece.chunk.starts);
      at += piece.bytes.length;
      this.#count += piece.count;
    }
    this.#end = frame.end;
  }

  /** Bytes in bundle form of `count` bundles from bundle `from` (of this segment); the last one may be incomplete. */
  async read(from: number, count: number): Promise<Buffer> {
    const start = this.#bundleStarts[from];
    if (start === undefined) return Buffer.alloc(0);
    const end = this.#bundleStarts[from + count] ?? this.#end;
    const bytes = await this.file.read(start, end - start);
    return this.#withoutHeaders(bytes, start, end);
  }

  /** `starts`: where each entry begins behind its length, relative to `at`. */
  #noteBundles(firstIdx: number, at: number, starts: Uint32Array): void {
    const first = (TILE_WIDTH - (firstIdx % TILE_WIDTH)) % TILE_WIDTH;
    for (let i = first; i < starts.length; i += TILE_WIDTH) this.#bundleStarts.push(at + (starts[i] ?? 0) - 2);
  }

  /** What lies between the headers of frames moves together, in the bytes that were read. */
  #withoutHeaders(bytes: Buffer, start: number, end: number): Buffer {
    let used = 0;
    let at = start;
    for (let frame = this.#frameAfter(start); at < end; frame++) {
      const next = Math.min(this.#frameStarts[frame] ?? end, end);
      if (at > start) bytes.copyWithin(used, at - start, next - start);
      used += next - at;
      at = next + FRAME_HEADER_BYTES;
    }
    return bytes.subarray(0, used);
  }

  /** Number of the first frame that begins behind `position`. */
  #frameAfter(position: number): number {
    let low = 0;
    let high = this.#frameStarts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#frameStarts[middle] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
