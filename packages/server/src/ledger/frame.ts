import { crc32 } from 'node:zlib';
import type { OpenFile } from '../base/files.ts';

export const SEGMENT_ENTRIES = 65_536;
export const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x44424631;

/** magic u32 · payload bytes u32 · first idx u64 · count u32 · CRC-32 u32 over the 20 bytes before it and the payload; big-endian. */
export function frameHeader(firstIdx: number, count: number, payload: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(
    payload.reduce((sum, bytes) => sum + bytes.length, 0),
    4,
  );
  header.writeBigUInt64BE(BigInt(firstIdx), 8);
  header.writeUInt32BE(count, 16);
  let crc = crc32(header.subarray(0, 20));
  for (const bytes of payload) crc = crc32(bytes, crc);
  header.writeUInt32BE(crc, 20);
  return header;
}

export interface ScannedFrame {
  readonly position: number;
  readonly end: number;
  readonly firstIdx: number;
  /** Where each entry begins behind its length, relative to the payload. */
  readonly entryStarts: Uint32Array;
}

export async function scanFrames(
  file: OpenFile,
  segmentFirstIdx: number,
  onFrame: (frame: ScannedFrame) => void,
): Promise<{ torn: number }> {
  const bytes = await file.read(0, await file.size());
  let at = 0;
  let idx = segmentFirstIdx;
  while (at + FRAME_HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32BE(at + 4);
    const end = at + FRAME_HEADER_BYTES + length;
    if (bytes.readUInt32BE(at) !== MAGIC || end > bytes.length || Number(bytes.readBigUInt64BE(at + 8)) !== idx) break;
    const payload = bytes.subarray(at + FRAME_HEADER_BYTES, end);
    if (crc32(payload, crc32(bytes.subarray(at, at + 20))) !== bytes.readUInt32BE(at + 20)) break;
    const entryStarts = new Uint32Array(bytes.readUInt32BE(at + 16));
    let p = 0;
    for (let i = 0; i < entryStarts.length; i++) {
      entryStarts[i] = p + 2;
      p += 2 + payload.readUInt16BE(p);
    }
    onFrame({ position: at, end, firstIdx: idx, entryStarts });
    idx += entryStarts.length;
    at = end;
  }
  return { torn: bytes.length - at };
}
