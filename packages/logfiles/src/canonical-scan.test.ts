import { isUtf8 } from 'node:buffer';
import { CANONICAL_DEPTH_MAX, canonicalise, canonicaliseCheck } from '@daybook/protocol';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CanonicalScanner } from './canonical-scan.ts';

/** What the scanner says of bytes that should be one canonical value. */
function scans(bytes: Buffer): boolean {
  const scanner = new CanonicalScanner();
  scanner.bytes = bytes;
  return scanner.value(0, 0) === bytes.length && (!scanner.nonAscii || isUtf8(bytes));
}

/** What protocol says, the slow way. */
function isCanonical(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    canonicaliseCheck(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

const value = fc.jsonValue({ noUnicodeString: false });

describe('CanonicalScanner', () => {
  test('takes every canonical text', () => {
    fc.assert(
      fc.property(value, (json) => {
        let text: string;
        try {
          text = canonicalise(json);
          canonicaliseCheck(text);
        } catch {
          return;
        }
        expect(scans(Buffer.from(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('says of any JSON text what protocol says', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1), (json, indent) => {
        const bytes = Buffer.from(JSON.stringify(json, undefined, indent));
        expect(scans(bytes)).toBe(isCanonical(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  test('says of changed canonical texts what protocol says', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 2 }),
      insert: fc.constantFrom(
        '',
        '"',
        '\\',
        '\\u',
        '0',
        '00',
        '-',
        '.',
        'e',
        ' ',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '\u00e9',
        '\u007f',
        '\n',
        '9007199254740993',
      ),
    });
    fc.assert(
      fc.property(value, fc.array(edit, { minLength: 1, maxLength: 3 }), (json, edits) => {
        let text = JSON.stringify(json);
        for (const { at, remove, insert } of edits) {
          const position = at % (text.length + 1);
          text = text.slice(0, position) + insert + text.slice(position + remove);
        }
        const bytes = Buffer.from(text);
        expect(scans(bytes)).toBe(isCanonical(bytes));
      }),
      { numRuns: 5000 },
    );
  });

  test('any bytes are safe', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(scans(Buffer.from(bytes))).toBe(isCanonical(Buffer.from(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  test.each([
    ['{"a":1,"b":2}', true],
    ['{"b":1,"a":2}', false],
    ['{"a":1,"a":2}', false],
    ['{"":1,"a":2}', true],
    ['{"aa":1,"a":2}', false],
    ['"\\u00-1"', false],
    ['{"a\\u00-1":1,"b":2}', false],
    ['"\\u0001"', true],
    ['{"\\n":1,"1":2,"\u20ac":3,"\u{1f600}":4,"\ufb33":5}', true],
    ['{"\ufb33":5,"\u{1f600}":4}', false],
    ['"\\u001f\\b\\t\\n\\f\\r\\"\\\\"', true],
    ['"\\u001F"', false],
    ['"\\u0008"', false],
    ['"\\u0041"', false],
    ['"\\/"', false],
    ['"\\u00"', false],
    ['"\u007f"', true],
    ['0', true],
    ['-0', false],
    ['00', false],
    ['-', false],
    ['1.0', false],
    ['0.1', true],
    ['-1', true],
    ['1e21', false],
    ['1e+21', true],
    ['9007199254740991', true],
    ['9007199254740992', false],
    ['-9007199254740992', false],
    ['1e+400', false],
    ['5e-324', true],
    ['true', true],
    ['nul', false],
    ['[1,]', false],
    ['', false],
    [deep(CANONICAL_DEPTH_MAX), true],
    [deep(CANONICAL_DEPTH_MAX + 1), false],
    [deep(100_000), false],
  ])('%#: %.40s', (text, expected) => {
    expect(scans(Buffer.from(text))).toBe(expected);
    expect(isCanonical(Buffer.from(text))).toBe(expected);
  });
});
