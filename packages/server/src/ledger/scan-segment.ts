import { FRAME_HEADER_BYTES, FRAME_PAYLOAD_BYTES_MAX, type Frame, SEGMENT_ENTRIES, isBadFrame, scanFrames } from '@daybook/logfiles';
import type { OpenFile } from '../base/files.ts';

/** Bytes read at a time; a longer frame is read whole. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** Bytes of an open segment are no frames, and not because the last write never ended. */
export class CorruptSegment extends Error {
  constructor(file: string, position: number, what: string) {
    super(`${file} is damaged at byte ${position} (${what})`);
    this.name = 'CorruptSegment';
  }
}

/**
 * Reads the frames of an open segment in order, a window at a time: a segment of the longest entries has 4 GiB. `onFrame` gets positions in the
 * file. Returns how many bytes of a torn last frame lie behind the last whole one; throws CorruptSegment when what lies there is anything else.
 */
export async function scanSegment(file: OpenFile, firstIdx: number, onFrame: (frame: Frame) => void): Promise<number> {
  const size = await file.size();
  let at = 0;
  let idx = firstIdx;
  while (at < size) {
    const window = await readWindow(file, at, size);
    const before = at;
    for (const frame of scanFrames(window, idx)) {
      if (isBadFrame(frame)) break;
      if (frame.firstIdx + frame.count > firstIdx + SEGMENT_ENTRIES) throw new CorruptSegment(file.path, at, 'a frame crosses its end');
      onFrame({ ...frame, position: at, end: at + frame.end - frame.position });
      idx += frame.count;
      at += frame.end - frame.position;
    }
    // Not even the first frame of a window that begins with one: torn or corrupt.
    if (at === before) return classify(file, { at, size, idx });
  }
  return 0;
}

async function readWindow(file: OpenFile, at: number, size: number): Promise<Buffer> {
  const header = await file.read(at, FRAME_HEADER_BYTES);
  const payload = header.length < FRAME_HEADER_BYTES ? 0 : Math.min(header.readUInt32BE(4), FRAME_PAYLOAD_BYTES_MAX);
  return file.read(at, Math.min(size - at, Math.max(WINDOW_BYTES, FRAME_HEADER_BYTES + payload)));
}

async function classify(file: OpenFile, { at, size, idx }: { at: number; size: number; idx: number }): Promise<number> {
  const rest = size - at;
  // One write is one frame: what is torn is never longer than the longest frame.
  if (rest > FRAME_HEADER_BYTES + FRAME_PAYLOAD_BYTES_MAX) throw new CorruptSegment(file.path, at, 'more bytes than one write');
  const [first] = scanFrames(await file.read(at, rest), idx);
  if (first === undefined || !isBadFrame(first)) throw new CorruptSegment(file.path, at, 'it changes while it is read');
  if (!first.torn) throw new CorruptSegment(file.path, at, first.fault);
  return rest;
}
