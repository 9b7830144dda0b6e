import { canonicalise, type Json, parseStrict, quote } from '@daybook/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Draft, type Extra } from './draft.ts';
import { PlainJson } from './plain-json.ts';
import { Redaction } from './redact.ts';
import { keyName, scanItem } from './scan.ts';
import { isObject } from './values.ts';

const redaction = new Redaction({ fields: [], patterns: ['card', 'bearer', 'url_password', 'sql_password'] });
const plain = new PlainJson(redaction, 'daybook');

/** The way by bytes. */
function short(json: string, by = plain): string | undefined {
  const bytes = Buffer.from(json);
  const value: Extra = { key: 'attributes', keyFrom: -1, keyTo: -1, word: -1, kind: 0, from: 0, to: bytes.length };
  const written = by.value(bytes, value);
  return written === undefined ? undefined : Buffer.from(written).toString();
}

/** The way by values; undefined where there is something wrong with them, or something to redact. */
function long(json: string): string | undefined {
  const parsed = parseStrict(json);
  if (!parsed.ok || !isObject(parsed.value)) return undefined;
  redaction.applied.length = 0;
  const clean = redaction.object(parsed.value, 'attributes');
  return redaction.applied.length > 0 ? undefined : canonicalise(clean);
}

describe('what is plain', () => {
  const f = (json: string, wanted: string) =>
    it(`writes ${json.slice(0, 60)}`, () => {
      expect(short(json)).toBe(wanted);
      expect(long(json)).toBe(wanted);
    });
  f('{}', '{}');
  f(' { "b" : 1 , "a" : [ ] } '.trim(), '{"a":[],"b":1}');
  f('{"a":"x","a b":1,"aa":null,"B":true}', '{"B":true,"a":"x","a b":1,"aa":null}');
  f('{"z":{"y":{"x":[{"b":1,"a":-2.5},[],{}]}}}', '{"z":{"y":{"x":[{"a":-2.5,"b":1},[],{}]}}}');
  f('{"text":"a \\"word\\" \\\\ \\n é \u{1f600}"}', '{"text":"a \\"word\\" \\\\ \\n é \u{1f600}"}');
  f('{"at":1700000000123,"uri":"https://shop.example/api/v1/x"}', '{"at":1700000000123,"uri":"https://shop.example/api/v1/x"}');
  f('{"name":"host","value":"web-1"}', '{"name":"host","value":"web-1"}');
  f('{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}');
});

describe('what goes the long way', () => {
  const f = (json: string) => it(`leaves ${json.slice(0, 60)}`, () => expect(short(json)).toBeUndefined());
  f('{"password":"x"}');
  f('{"a":{"clientSecret":"x"}}');
  f('{"daybook":{"time":"receive_time"}}');
  f('{"a":[{"name":"db_password","value":"x"}]}');
  f('{"a":[{"value":"x","key":"Authorization"}]}');
  f('{"a":"Bearer abcdef123456"}');
  f('{"a":"4111111111111111"}');
  f('{"a":4111111111111111}');
  f('{"a":4222222222222}');
  f('{"a":1,"a":2}');
  f('{"b":1,"a":1,"b":2}');
  f('{"é":1}');
  f('{"a":"\\u00e9"}');
  f('{"a":"\\/"}');
  f('{"a":"\u0001"}');
  f('{"a":1e5}');
  f('{"a":01}');
  f('{"a":-0}');
  f('{"a":-}');
  f('{"a":1.0}');
  f('{"a":12345678901234567}');
  f('{"a":tru}');
  f('{"a":}');
  f('{"a":1,}');
  f('{"a" 1}');
  f('{"a":[1,]}');
  f('{"a":[1');
  f('{"a":"x');
  f('{"a":1}}');
  f('[1]');
  f(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`);
  f(`{${Array.from({ length: 257 }, (_, i) => `"k${i}":1`).join(',')}}`);

  it('names that policy judges by their place', () => {
    const judging = new PlainJson(new Redaction({ fields: ['attributes.user.ssn'], patterns: [] }), 'daybook');
    expect(short('{"user":{"ssn":"1"}}', judging)).toBeUndefined();
  });
});

const WORDS = [
  'a',
  'b',
  'aa',
  'a b',
  'a!',
  'name',
  'key',
  'value',
  'password',
  'token',
  'é',
  '\u{1f600}',
  '"',
  '\\',
  'api_key=abcdefgh1',
  '4111 1111 1111 1111',
];
const texts = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'grapheme', maxLength: 12 }));
const { object } = fc.letrec<{ value: Json; object: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      texts,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(texts, tie('value'), { maxKeys: 6 }),
}));

describe('both ways', () => {
  it('give the same for any object', () => {
    let taken = 0;
    fc.assert(
      fc.property(object, fc.nat(2), (value, indent) => {
        const json = JSON.stringify(value, undefined, indent);
        const written = short(json);
        if (written === undefined) return;
        taken++;
        expect(written).toBe(long(json));
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('give the same for broken texts', () => {
    let taken = 0;
    const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"b"', '1', '-', '0', '.', 'true', 'null', ' ', '\\', '"');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const json = `{${parts.join('')}}`;
        const written = short(json);
        if (written !== undefined) taken++;
        expect(written ?? long(json)).toBe(long(json));
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it('give the same for members beside the fields, in whatever order they come', () => {
    let taken = 0;
    const names = fc.oneof(texts, fc.constantFrom('a', 'ab', 'b', 'B', 'a b', 'port'));
    const draft = new Draft(keyName);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(names, fc.jsonValue({ maxDepth: 2 })), { selector: ([key]) => key, maxLength: 6 }), (members) => {
        const json = `{${members.map(([key, value]) => `${quote(key)}:${JSON.stringify(value)}`).join(',')}}`;
        const bytes = Buffer.from(json);
        draft.reset(bytes, 0, false);
        // A name of a field is not beside them.
        if (scanItem(draft, 0, bytes.length) < 0 || draft.extras.length < members.length) return;
        const written = plain.object(bytes, draft.extras);
        if (written !== undefined) taken++;
        const wanted = long(json);
        expect(written === undefined ? wanted : Buffer.from(written).toString()).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
