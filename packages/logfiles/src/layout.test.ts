import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isBlobDir,
  isBlobName,
  isLogId,
  parseCheckpointName,
  parseQuarantineName,
  parseSegmentName,
  parseTileLevel,
  segmentName,
} from './layout.ts';

describe('names', () => {
  test('a segment name is read as it is built, and nothing else is one', () => {
    fc.assert(
      fc.property(fc.nat({ max: 9_999_999_999 }), fc.constantFrom('open', 'seg'), (number, kind) => {
        expect(parseSegmentName(segmentName(number, kind))).toEqual({ number, kind });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (name) => {
        const parsed = parseSegmentName(name);
        expect(parsed === undefined || segmentName(parsed.number, parsed.kind) === name).toBe(true);
      }),
    );
    for (const name of ['1.open', '0000000001.open\n', '00000000001.seg', '0000000001.seg.tmp', '-000000001.seg'])
      expect(parseSegmentName(name)).toBeUndefined();
  });

  test('sizes, levels, logs, blobs and dates', () => {
    expect(['0', '7', '9007199254740991'].map(parseCheckpointName)).toEqual([0, 7, 9007199254740991]);
    for (const name of ['', '00', '+1', '-1', '1 ', '9007199254740992', '1e3']) expect(parseCheckpointName(name)).toBeUndefined();
    expect(['1', '6'].map(parseTileLevel)).toEqual([1, 6]);
    for (const name of ['0', '7', '01', 'x', '']) expect(parseTileLevel(name)).toBeUndefined();
    expect(['routine', 'a-b_1'].every(isLogId)).toBe(true);
    for (const name of ['', 'A', '..', 'a/b', '1a', 'a'.repeat(33)]) expect(isLogId(name)).toBe(false);
    expect(isBlobName('0f'.repeat(32)) && isBlobDir('0f')).toBe(true);
    expect(isBlobName('0F'.repeat(32)) || isBlobDir('0F') || isBlobDir('000')).toBe(false);
    expect(parseQuarantineName('2024-05-01.ndjson')).toBe('2024-05-01');
    expect(parseQuarantineName('2024-05-01.ndjson.tmp')).toBeUndefined();
  });
});
