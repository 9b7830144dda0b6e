import { parseBundle } from '@daybook/tlog';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bundlePrefix, joinBundle, splitBundle } from './bundle.ts';
import { BundleCutter } from './bundle-cutter.ts';

const entries = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 });

function takes(bytes: Uint8Array, count: number): boolean {
  try {
    return parseBundle(bytes, count).length === count;
  } catch {
    return false;
  }
}

describe('entry bundles', () => {
  test('what was joined is split at the same places', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const bytes = joinBundle(list);
        const split = splitBundle(bytes, list.length);
        expect(Array.from(split?.starts ?? [], (start, i) => new Uint8Array(bytes.subarray(start, split?.ends[i])))).toEqual(list);
        expect(splitBundle(bytes, list.length + 1)).toBeUndefined();
        expect(splitBundle(bytes, list.length - 1)).toBeUndefined();
        expect(bundlePrefix(bytes, list.length)).toBe(bytes.length);
      }),
    );
  });

  test('any bytes are taken or refused as tlog takes or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat({ max: 300 }), (bytes, count) => {
        expect(splitBundle(bytes, count) !== undefined).toBe(takes(bytes, count));
      }),
    );
  });

  test('a count from outside takes no memory', () => {
    expect(splitBundle(new Uint8Array(10), 2 ** 40)).toBeUndefined();
    expect(splitBundle(new Uint8Array(10), -1)).toBeUndefined();
  });

  test('an entry longer than a length can say is refused', () => {
    expect(() => joinBundle([new Uint8Array(65_536)])).toThrow(RangeError);
    expect(joinBundle([new Uint8Array(65_535)])).toHaveLength(65_537);
  });
});

describe('BundleCutter', () => {
  test('cuts at multiples of 256, whatever the frames', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 8 }), fc.nat({ max: 600 }), (frames, firstIdx) => {
        const cutter = new BundleCutter(firstIdx);
        const pieces = frames.flatMap((count) => [...cutter.add(joinBundle(Array.from({ length: count }, () => Buffer.from('e'))), count)]);
        const last = [...cutter.flush()];
        const all = [...pieces, ...last];
        expect(all.reduce((sum, piece) => sum + piece.count, 0)).toBe(frames.reduce((sum, count) => sum + count, 0));
        for (const { firstIdx: first, count, bytes } of all) {
          expect(bytes).toHaveLength(3 * count);
          expect(Math.floor(first / 256)).toBe(Math.floor((first + count - 1) / 256));
        }
        for (const piece of pieces) expect((piece.firstIdx + piece.count) % 256).toBe(0);
      }),
    );
  });
});
