import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTilePath, type TilePath } from './tile-path.ts';

/** The other way round, written from the specification. */
function format({ level, n, width }: TilePath): string {
  const digits = String(n).padStart(Math.ceil(String(n).length / 3) * 3, '0');
  const groups = digits.match(/\d{3}/g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `${level}/${path}${width === 256 ? '' : `.p/${width}`}`;
}

test('examples of the specification', () => {
  expect(parseTilePath('0/x001/x234/067')).toEqual({ level: 0, n: 1_234_067, width: 256 });
  expect(parseTilePath('1/000.p/7')).toEqual({ level: 1, n: 0, width: 7 });
  expect(parseTilePath('entries/x123/456')).toEqual({ level: 'entries', n: 123_456, width: 256 });
});

test('every tile has its path', () => {
  const tile = fc.record({
    level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
    n: fc.integer({ min: 0, max: 2 ** 45 }),
    width: fc.integer({ min: 1, max: 256 }),
  });
  fc.assert(
    fc.property(tile, (wanted) => {
      expect(parseTilePath(format(wanted))).toEqual(wanted);
    }),
  );
});

test('and no other: whatever is taken is written the same way', () => {
  const part = fc.constantFrom(
    '0',
    '1',
    '63',
    '64',
    'entries',
    'x000',
    'x001',
    '000',
    '001',
    '1000',
    '.p',
    '.p/',
    '256',
    '255',
    '01',
    '-1',
    '/',
    '//',
    'x',
    '%2f',
    '..',
    '',
  );
  const joined = fc.tuple(fc.array(part, { maxLength: 8 }), fc.constantFrom('/', '')).map(([parts, by]) => parts.join(by));
  fc.assert(
    fc.property(joined, (path) => {
      const tile = parseTilePath(path);
      expect(tile === undefined ? path : format(tile)).toBe(path);
    }),
    { numRuns: 2000 },
  );
});
