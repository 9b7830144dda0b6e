import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileRows } from './file-rows.ts';
import { numRows } from './parquet-rows.ts';

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

test('rows of CSV, whatever stands in its fields and however it is cut', () => {
  const field = fc.oneof(
    fc.string({ unit: fc.constantFrom('"', '\n', '\r', ',', 'a', '\\') }).map((value) => [value, quoted(value)]),
    fc.integer().map((value) => [String(value), String(value)]),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (rows, step) => {
      const bytes = Buffer.from(['"a","b"', ...rows.map((row) => row.map(([, text]) => text).join(','))].map((row) => `${row}\n`).join(''));
      const counter = fileRows('csv');
      for (let at = 0; at < bytes.length; at += step) counter.add(bytes.subarray(at, at + step));
      expect(counter.rows()).toBe(rows.length);
    }),
  );
});

/** Of a file with 70,000 rows of number, time and text, as the engine wrote it; the rest of the metadata is left out. */
const METADATA = Buffer.from(
  '1504194c4806736368656d611506001504250018066e756d626572251c4cac1340120000001504250018017425144c8c111c2c0000000000150c250018017325004c1c00000016e0c508191c193c26e4dc1e',
  'hex',
);

test('rows of Parquet stand behind the schema; of what is cut, or something else, nothing is said', () => {
  expect(numRows(METADATA)).toBe(70_000);
  for (let end = 0; end < 74; end++) expect([end, numRows(METADATA.subarray(0, end))]).toEqual([end, undefined]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const rows = numRows(Buffer.from(bytes));
      expect(rows === undefined || (Number.isSafeInteger(rows) && rows >= 0)).toBe(true);
    }),
  );
});
