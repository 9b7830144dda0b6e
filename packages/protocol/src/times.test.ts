import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microsToText, parseTime, textToMicros } from './times.ts';

const MICROS = { min: -2_208_988_800_000_000, max: 8_993_635_199_999_999 };

describe('microsToText and textToMicros', () => {
  it('are inverse over 1900 … 2254, and agree with Date', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        const micros = Math.min(Math.max(n, MICROS.min), MICROS.max);
        const text = microsToText(micros);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
        expect(textToMicros(text)).toBe(micros);
        expect(text.slice(0, 23)).toBe(new Date(Math.floor(micros / 1000)).toISOString().slice(0, 23));
      }),
      { numRuns: 1000 },
    );
  });
  const refuses = (text: string) => it(`refuses ${text}`, () => expect(textToMicros(text)).toBeNaN());
  refuses('2023-02-29T00:00:00.000000Z');
  refuses('2023-11-04T24:00:00.000000Z');
  refuses('2023-11-04T12:34:56.00000Z');
  refuses('2023-11-04 12:34:56.000000Z');
});

describe('parseTime', () => {
  const f = (claim: string | number, text: string, zoned = true) =>
    it(`reads ${claim}`, () => expect(parseTime(claim)).toEqual({ text, zoned }));
  f('2023-11-04T12:34:56Z', '2023-11-04T12:34:56.000000Z');
  f('2023-11-04T12:34:56.1Z', '2023-11-04T12:34:56.100000Z');
  f('2023-11-04t12:34:56,123456789z', '2023-11-04T12:34:56.123456Z');
  f('2023-11-04 12:34:56+05:30', '2023-11-04T07:04:56.000000Z');
  f('2023-11-04T12:34:56-0800', '2023-11-04T20:34:56.000000Z');
  f('2023-12-31T23:30:00-01', '2024-01-01T00:30:00.000000Z');
  f('2023-11-04 12:34:56 UTC', '2023-11-04T12:34:56.000000Z');
  f('2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000000Z');
  f('2023-11-04T12:34:56', '2023-11-04T12:34:56.000000Z', false);
  f('2023-11-04T12:34', '2023-11-04T12:34:00.000000Z', false);
  f('2024-02-29', '2024-02-29T00:00:00.000000Z', false);
  f(1_699_101_296, '2023-11-04T12:34:56.000000Z');
  f('1699101296.5', '2023-11-04T12:34:56.500000Z');
  f(1_699_101_296_123, '2023-11-04T12:34:56.123000Z');
  f('1699101296123456', '2023-11-04T12:34:56.123456Z');
  f('1699101296123456789', '2023-11-04T12:34:56.123456Z');
  f(-1, '1969-12-31T23:59:59.000000Z');
  f(0, '1970-01-01T00:00:00.000000Z');

  const refuses = (claim: string | number) => it(`refuses ${claim}`, () => expect(parseTime(claim)).toBeUndefined());
  refuses('yesterday');
  refuses('');
  refuses('2023-02-29T00:00:00Z');
  refuses('2023-13-01T00:00:00Z');
  refuses('2023-11-04T25:00:00Z');
  refuses('2023-11-04T12:60:00Z');
  refuses('2023-11-04T12:34:56+24:00');
  refuses('1899-12-31T23:59:59Z');
  refuses('2255-01-01T00:00:00Z');
  refuses('99999999999999999999');
  refuses(Number.NaN);
  refuses(Number.POSITIVE_INFINITY);
  refuses('2023-11-04T12:34:56Zjunk');
});
