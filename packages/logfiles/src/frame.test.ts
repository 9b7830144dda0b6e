import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinBundle } from './bundle.ts';
import { type BadFrame, type Frame, FRAME_HEADER_BYTES, frameHeader, isBadFrame, scanFrames } from './frame.ts';
import { SEGMENT_ENTRIES } from './layout.ts';

/** Frames with so many entries each, from `firstIdx` on. */
function file(counts: readonly number[], firstIdx = 0): Buffer {
  let idx = firstIdx;
  const parts: Buffer[] = [];
  for (const count of counts) {
    const payload = joinBundle(Array.from({ length: count }, (_, i) => Buffer.from(`{"entry":${idx + i}}`)));
    parts.push(frameHeader({ firstIdx: idx, count, payload: [payload] }), payload);
    idx += count;
  }
  return Buffer.concat(parts);
}

function scan(bytes: Buffer, firstIdx = 0): (Frame | BadFrame)[] {
  return [...scanFrames(bytes, firstIdx)].map((item) => (isBadFrame(item) ? item : { ...item, payload: Buffer.from(item.payload) }));
}

const bad = (items: readonly (Frame | BadFrame)[]): BadFrame[] => items.filter(isBadFrame);
const good = (items: readonly (Frame | BadFrame)[]): Frame[] => items.filter((item): item is Frame => !isBadFrame(item));

describe('frames', () => {
  test('lie on disk as the table says', () => {
    const bytes = file([1], 0x1_0000_0000 * 65_536);
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('DBF1');
    expect(bytes.readUInt32BE(4)).toBe(bytes.length - 24);
    expect(bytes.readBigUInt64BE(8)).toBe(0x1_0000_0000_0000n);
    expect(bytes.readUInt32BE(16)).toBe(1);
    expect(bytes.readUInt16BE(24)).toBe(bytes.length - 26);
    expect(good(scan(bytes, 0x1_0000_0000 * 65_536))).toHaveLength(1);
  });

  test('are read as they were written', () => {
    const items = scan(file([3, 1, 500], 65_536), 65_536);
    expect(bad(items)).toEqual([]);
    expect(good(items).map(({ firstIdx, count }) => [firstIdx, count])).toEqual([
      [65_536, 3],
      [65_539, 1],
      [65_540, 500],
    ]);
  });

  test('cut at every byte: whole ones stay, the rest is torn', () => {
    const bytes = file([2, 3]);
    const second = file([2]).length;
    for (let length = 0; length < bytes.length; length++) {
      const items = scan(bytes.subarray(0, length));
      expect(good(items)).toHaveLength(length < second ? 0 : 1);
      const torn = length === 0 || length === second ? [] : [{ fault: 'short', torn: true, end: length }];
      expect(bad(items)).toMatchObject(torn);
    }
  });

  test('a last frame that reached the disk in parts, or as zeros, is torn', () => {
    const bytes = file([2, 3]);
    const second = file([2]).length;
    bytes.fill(0, second + 40, second + 50);
    expect(bad(scan(bytes))).toMatchObject([{ fault: 'crc', torn: true, position: second }]);
    bytes.fill(0, second);
    expect(bad(scan(bytes))).toMatchObject([{ fault: 'magic', torn: true }]);
  });

  test('a bad frame with a whole one behind it is corruption, and reading goes on', () => {
    const bytes = file([2, 3, 4]);
    const second = file([2]).length;
    for (let at = second; at < file([2, 3]).length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      const items = scan(flipped);
      expect(bad(items)).toMatchObject([{ torn: false, position: second, expectedIdx: 2, nextIdx: 5 }]);
      expect(good(items).map(({ firstIdx }) => firstIdx)).toEqual([0, 5]);
    }
  });

  test('a whole frame in the wrong place is never torn', () => {
    const one = file([2]);
    expect(bad(scan(Buffer.concat([one, one])))).toMatchObject([{ fault: 'idx', torn: false, expectedIdx: 2, nextIdx: 0 }]);
    expect(bad(scan(Buffer.concat([one, file([1], 7)])))).toMatchObject([{ fault: 'idx', torn: false, expectedIdx: 2, nextIdx: 7 }]);
    expect(bad(scan(file([1], 65_536)))).toMatchObject([{ fault: 'count', torn: false }]);
    expect(bad(scan(file([2], SEGMENT_ENTRIES - 1)))).toMatchObject([{ fault: 'count', torn: false }]);
  });

  test('a count that is not that of the payload is corruption', () => {
    const payload = joinBundle([Buffer.from('a'), Buffer.from('b')]);
    for (const count of [0, 1, 3, 0xffffffff]) {
      const bytes = Buffer.concat([frameHeader({ firstIdx: 0, count, payload: [payload] }), payload]);
      expect(bad(scan(bytes))).toMatchObject([{ fault: 'count', torn: false }]);
    }
  });

  test('any bytes are safe, and every byte is accounted for', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(Buffer.from('DBF1')),
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat({ max: 20 })).map(([count, firstIdx]) => file([count], firstIdx)),
      fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 255 })).map(([at, byte]) => {
        const bytes = file([3]);
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const bytes = Buffer.concat(pieces);
        let at = 0;
        for (const item of scan(bytes)) {
          expect(item.position).toBe(at);
          at = item.end;
        }
        expect(at).toBe(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  test('headers without end that announce long payloads do not make it read without end', () => {
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.write('DBF1', 0, 'latin1');
    header.writeUInt32BE(500_000, 4);
    header.writeUInt32BE(1, 16);
    const bytes = Buffer.concat(Array.from({ length: 50_000 }, () => header));
    // Not torn: nobody can say, without reading it all, that no whole frame is behind.
    expect(bad(scan(bytes))).toMatchObject([{ fault: 'crc', torn: false, end: bytes.length }]);
  });
});
