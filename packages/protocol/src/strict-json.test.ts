import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalise } from './canonical.ts';
import type { JsonFault } from './json-parser.ts';
import { JSON_KEYS_MAX, JSON_VALUES_MAX, parseStrict, parseStrictBytes } from './strict-json.ts';
import { parseByLists } from './test-json.ts';

describe('parseStrict', () => {
  it('reads what JSON.parse reads, when nothing is lost', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const result = parseStrict(text);
        expect(result.ok ? result.value : result.code).toEqual(result.ok ? parseByLists(text) : 'number_precision');
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, and accepts nothing that JSON.parse refuses', () => {
    const near = fc
      .json({ maxDepth: 3 })
      .chain((text) =>
        fc
          .tuple(fc.nat(text.length), fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '0', 'e', '\u0000', '\ud800', ' ', ''))
          .map(([at, c]) => text.slice(0, at) + c + text.slice(at + 1)),
      );
    fc.assert(
      fc.property(near, (text) => {
        const result = parseStrict(text);
        const same = result.ok ? canonicalise(result.value) === canonicalise(parseByLists(text)) : result.message !== '';
        expect(same).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  const refuses = (text: string, code: JsonFault, at: number, path = '') =>
    it(`refuses ${text.slice(0, 50)}`, () => expect(parseStrict(text)).toMatchObject({ ok: false, code, at, path }));
  refuses('{"a":1,"a":1}', 'duplicate_key', 7, 'a');
  refuses('{"a":{"b":1,"\\u0062":2}}', 'duplicate_key', 12, 'a.b');
  refuses('{"__proto__":1,"__proto__":2}', 'duplicate_key', 15, '__proto__');
  refuses('{"a":[0,9007199254740993]}', 'number_precision', 8, 'a[1]');
  refuses('0.12345678901234567891', 'number_precision', 0);
  refuses('1e400', 'number_precision', 0);
  refuses('1e-400', 'number_precision', 0);
  refuses('["\\ud800"]', 'lone_surrogate', 1, '[0]');
  refuses('{"\\udc00\\ud800":1}', 'lone_surrogate', 1);
  refuses('["\ud800"]', 'lone_surrogate', 1, '[0]');
  refuses(`${'['.repeat(17)}${']'.repeat(17)}`, 'too_deep', 16, '[0]'.repeat(16));
  const manyKeys = `{${Array.from({ length: JSON_KEYS_MAX + 1 }, (_, i) => `"${i}":0`).join(',')}}`;
  refuses(manyKeys, 'too_many_keys', manyKeys.indexOf('"256"'), '256');
  refuses(`[${'1,'.repeat(JSON_VALUES_MAX)}1]`, 'too_many_values', 2 * JSON_VALUES_MAX - 1, `[${JSON_VALUES_MAX - 1}]`);
  refuses('[1,]', 'json_syntax', 3, '[1]');
  refuses('01', 'json_syntax', 1);
  refuses('"a\nb"', 'json_syntax', 2);
  refuses('"\\x"', 'json_syntax', 1);
  refuses('{"a" 1}', 'json_syntax', 5, 'a');
  refuses('', 'json_syntax', 0);
  refuses('nul', 'json_syntax', 0);

  it('keeps __proto__ as a plain member', () => {
    const result = parseStrict('{"__proto__":{"x":1}}');
    expect(result.ok && Object.keys(result.value as object)).toEqual(['__proto__']);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(parseStrictBytes(Uint8Array.of(0x22, 0xff, 0x22))).toMatchObject({ ok: false, code: 'invalid_utf8' });
    expect(parseStrictBytes(new TextEncoder().encode('"é"'))).toEqual({ ok: true, value: 'é' });
  });
});
