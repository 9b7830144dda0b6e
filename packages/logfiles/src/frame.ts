import { crc32 } from 'node:zlib';
import { bundlePrefix, LENGTH_BYTES } from './bundle.ts';
import { type ByteSource, bufferSource } from './byte-source.ts';
import { SEGMENT_ENTRIES } from './layout.ts';

/**
 * A frame of a `.open` file: the entries of one write, all or none of which count. Integers are big-endian.
 *
 *      0  u32  magic 0x44424631, "DBF1"
 *      4  u32  bytes of the payload
 *      8  u64  idx of the first entry
 *     16  u32  entries
 *     20  u32  CRC-32 over bytes 0-19 and the payload
 *     24       payload: entries × (u16 length, entry)
 *
 * No frame crosses the end of its segment. A header cannot be mistaken within a payload: an idx below 2^53 has a zero byte where the payload
 * has text, and canonical JSON has no zero bytes.
 */
export const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x44424631;
const MAGIC_BYTES = Buffer.from('DBF1', 'latin1');
const CRC_AT = 20;
/** A writer holds at most 64 MiB of unwritten entries and one more request (16 MiB unpacked). Beyond this, a length is not believed. */
export const FRAME_PAYLOAD_BYTES_MAX = 256 * 1024 * 1024;
/** Looking for a whole frame behind a bad one costs at most this many times the file's size in CRC, however many headers a forger puts there. */
const RESYNC_FACTOR = 4;
const RESYNC_WINDOW_BYTES = 1024 * 1024;

/** Writes the header to `out[at, at + 24)`. The payload's parts are in bundle form. */
export function writeFrameHeader(
  out: Buffer,
  at: number,
  frame: { readonly firstIdx: number; readonly count: number; readonly payload: readonly Uint8Array[] },
): void {
  let length = 0;
  for (const part of frame.payload) length += part.length;
  out.writeUInt32BE(MAGIC, at);
  out.writeUInt32BE(length, at + 4);
  out.writeUInt32BE(Math.floor(frame.firstIdx / 2 ** 32), at + 8);
  out.writeUInt32BE(frame.firstIdx % 2 ** 32, at + 12);
  out.writeUInt32BE(frame.count, at + 16);
  let crc = crc32(out.subarray(at, at + CRC_AT));
  for (const part of frame.payload) crc = crc32(part, crc);
  out.writeUInt32BE(crc, at + CRC_AT);
}

export function frameHeader(frame: Parameters<typeof writeFrameHeader>[2]): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(header, 0, frame);
  return header;
}

export interface Frame {
  /** Of its header in the file. */
  readonly position: number;
  /** Behind its payload. */
  readonly end: number;
  readonly firstIdx: number;
  readonly count: number;
  /** In bundle form, with exactly `count` entries. A view that the next frame may overwrite. */
  readonly payload: Buffer;
}

/**
 * What is wrong at a position where a frame should begin. `short`, `magic`, `length`, `crc`: no whole frame. `idx`: a whole frame that is not
 * the next one. `count`: a whole frame whose count is 0, crosses the segment's end or is not that of its payload.
 */
export type FrameFault = 'short' | 'magic' | 'length' | 'crc' | 'idx' | 'count';

export interface BadFrame {
  readonly fault: FrameFault;
  readonly position: number;
  /** Behind the bad bytes: where the next whole frame begins, or the end of the file. */
  readonly end: number;
  /** Idx that the frame here should have begun with. */
  readonly expectedIdx: number;
  /** First idx of the whole frame at `end`; undefined at the end of the file. */
  readonly nextIdx: number | undefined;
  /** A last write that never ended, and so was never acknowledged: no whole frame here or behind. Anything else is corruption. */
  readonly torn: boolean;
}

/**
 * Yields the frames of a `.open` file in order, and what is wrong between them. The first fault that is not `torn` means corruption: a writer
 * must not go on. A reader may: the generator resumes at the next whole frame. Bytes from anywhere are safe to give.
 */
export function* scanFrames(input: ByteSource | Buffer, segmentFirstIdx: number): Generator<Frame | BadFrame, void> {
  const source = Buffer.isBuffer(input) ? bufferSource(input) : input;
  const budget = { crcBytes: RESYNC_FACTOR * source.size };
  let at = 0;
  let idx = segmentFirstIdx;
  while (at < source.size) {
    const frame = readFrame(source, at, segmentFirstIdx);
    if (!('fault' in frame) && frame.firstIdx === idx) {
      yield frame;
      at = frame.end;
      idx += frame.count;
      continue;
    }
    if (!('fault' in frame)) {
      // Whole, but not the next one: its neighbours were removed, doubled or moved.
      yield { fault: 'idx', position: at, end: at, expectedIdx: idx, nextIdx: frame.firstIdx, torn: false };
      idx = frame.firstIdx;
      continue;
    }
    const next = nextWholeFrame(source, { start: at + 1, segmentFirstIdx, budget });
    const torn = next === undefined && frame.fault !== 'count' && budget.crcBytes >= 0;
    const end = next?.position ?? source.size;
    yield { fault: frame.fault, position: at, end, expectedIdx: idx, nextIdx: next?.firstIdx, torn };
    at = end;
    // The entries between are lost; the next frame says itself where it belongs.
    idx = next?.firstIdx ?? idx;
  }
}

export function isBadFrame(item: Frame | BadFrame): item is BadFrame {
  return 'fault' in item;
}

function readFrame(
  source: ByteSource,
  at: number,
  segmentFirstIdx: number,
): Frame | { readonly fault: FrameFault; readonly bytes: number } {
  const header = source.read(at, FRAME_HEADER_BYTES);
  if (header.length < FRAME_HEADER_BYTES) return { fault: 'short', bytes: 0 };
  if (header.readUInt32BE(0) !== MAGIC) return { fault: 'magic', bytes: 0 };
  const length = header.readUInt32BE(4);
  const firstIdx = header.readUInt32BE(8) * 2 ** 32 + header.readUInt32BE(12);
  const count = header.readUInt32BE(16);
  const crc = header.readUInt32BE(CRC_AT);
  if (length > FRAME_PAYLOAD_BYTES_MAX) return { fault: 'length', bytes: 0 };
  if (length > source.size - at - FRAME_HEADER_BYTES) return { fault: 'short', bytes: 0 };
  const whole = source.read(at, FRAME_HEADER_BYTES + length);
  // The file was cut under our hands.
  if (whole.length < FRAME_HEADER_BYTES + length) return { fault: 'short', bytes: 0 };
  const payload = whole.subarray(FRAME_HEADER_BYTES);
  if (crc32(payload, crc32(whole.subarray(0, CRC_AT))) !== crc) return { fault: 'crc', bytes: length };
  const inSegment = firstIdx >= segmentFirstIdx && firstIdx + count <= segmentFirstIdx + SEGMENT_ENTRIES;
  if (count === 0 || !Number.isSafeInteger(firstIdx)) return { fault: 'count', bytes: length };
  if (!inSegment || count * LENGTH_BYTES > length || bundlePrefix(payload, count) !== length) return { fault: 'count', bytes: length };
  return { position: at, end: at + FRAME_HEADER_BYTES + length, firstIdx, count, payload };
}

function nextWholeFrame(
  source: ByteSource,
  { start, segmentFirstIdx, budget }: { readonly start: number; readonly segmentFirstIdx: number; readonly budget: { crcBytes: number } },
): { readonly position: number; readonly firstIdx: number } | undefined {
  for (let from = start; from + FRAME_HEADER_BYTES <= source.size; from += RESYNC_WINDOW_BYTES - MAGIC_BYTES.length + 1) {
    // A copy: reading the frames found in it moves the source's window.
    const window = Buffer.from(source.read(from, RESYNC_WINDOW_BYTES));
    for (let found = window.indexOf(MAGIC_BYTES); found >= 0; found = window.indexOf(MAGIC_BYTES, found + 1)) {
      const frame = readFrame(source, from + found, segmentFirstIdx);
      if (!('fault' in frame)) return { position: frame.position, firstIdx: frame.firstIdx };
      budget.crcBytes -= frame.bytes;
      if (budget.crcBytes < 0) return undefined;
    }
  }
  return undefined;
}
