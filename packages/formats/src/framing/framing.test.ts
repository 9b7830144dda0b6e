import { expect, it } from 'vitest';
import * as fc from 'fast-check';
import { CsvFramer } from './csv-framer.ts';
import { type Framer, RECORD_BYTES_MAX } from './framer.ts';
import { JsonFramer } from './json-framer.ts';
import { LineFramer } from './line-framer.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function cut(open: () => Framer, parts: readonly Uint8Array[]): string[] {
  const framer = open();
  return [...parts.flatMap((part) => framer.push(part)), ...framer.end()].map(
    ({ line, lastLine, offset, end, text, fault }) => `${line}-${lastLine} ${offset}-${end} ${fault ?? 'whole'} ${text}`,
  );
}

/** The records, and the same wherever the input is cut in two, and byte by byte. */
function f(open: () => Framer, input: string | Uint8Array, records: readonly string[]): void {
  // Records are the same whether their ends are looked for or found by reading them.
  if (open === json) f(withObjects, input, records);
  const bytes = typeof input === 'string' ? bytesOf(input) : input;
  expect(cut(open, [bytes])).toEqual(records);
  for (let at = 0; at <= bytes.length; at++) expect(cut(open, [bytes.subarray(0, at), bytes.subarray(at)]), `at ${at}`).toEqual(records);
  expect(
    cut(
      open,
      [...bytes].map((byte) => Uint8Array.of(byte)),
    ),
  ).toEqual(records);
}

const lines = () => new LineFramer();
const csv = () => new CsvFramer();
const json = () => new JsonFramer();
const withObjects = () => new JsonFramer({ objects: true });

it('cuts lines', () => {
  f(lines, 'a\nbc\r\n\nä\nd', ['1-1 0-2 whole a', '2-2 2-6 whole bc', '4-4 7-10 whole ä', '5-5 10-11 whole d']);
  f(lines, '\uFEFFa\n', ['1-1 0-5 whole a']);
  f(lines, Uint8Array.of(0x61, 0x0a, 0xff, 0x0a, 0x62), ['1-1 0-2 whole a', '2-2 2-4 not_utf8 \uFFFD', '3-3 4-5 whole b']);
  f(lines, '', []);
});

it('cuts records of values in quotes', () => {
  f(csv, 'a,"b\n\nc"\nd\n', ['1-3 0-9 whole a,"b\n\nc"', '4-4 9-11 whole d']);
  f(csv, 'a,"b""c"\n"d\n', ['1-1 0-9 whole a,"b""c"', '2-2 9-12 cut_off "d']);
  f(csv, 'a,"b"" ,\n"",c"\nd\n', ['1-2 0-15 whole a,"b"" ,\n"",c"', '3-3 15-17 whole d']);
});

it('does not let a stray quote swallow the rows behind it', () => {
  f(csv, 'a,b"c\nd,e\n', ['1-1 0-6 whole a,b"c', '2-2 6-10 whole d,e']);
  f(csv, 'a,"bc\nd,e\nf,"g",h\n', ['1-1 0-6 whole a,"bc', '2-2 6-10 whole d,e', '3-3 10-18 whole f,"g",h']);
  f(csv, 'a,"b"c\nd,"e\nf"\n', ['1-1 0-7 whole a,"b"c', '2-3 7-15 whole d,"e\nf"']);
  // What a value says is no row, whatever it imitates: its quotes are doubled.
  f(csv, 'a,"\nb,""c"",d\nroot,""x\n"\n', ['1-4 0-25 whole a,"\nb,""c"",d\nroot,""x\n"']);
});

it('cuts objects in any arrangement', () => {
  f(json, '{"a":1}\n{"b":"}\\""}\n', ['1-1 0-7 whole {"a":1}', '2-2 8-19 whole {"b":"}\\""}']);
  f(json, '{\n "a": {"b":[1]}\n}{"c":2}', ['1-3 0-19 whole {\n "a": {"b":[1]}\n}', '3-3 19-26 whole {"c":2}']);
  f(json, '[{"a":1},\n{"b":2}]', ['1-1 1-8 whole {"a":1}', '2-2 10-17 whole {"b":2}']);
  f(json, '{"x":{"items":[{}]},"Records":[{"a":1},{"b":2}],"y":[{"z":1}]}\n{"c":3}', [
    '1-1 31-38 whole {"a":1}',
    '1-1 39-46 whole {"b":2}',
    '1-1 47-62 whole {"x":{"items":[{}]},"Records":[],"y":[{"z":1}]}',
    '2-2 63-70 whole {"c":3}',
  ]);
  f(json, '{"value": [\n{"a":1}]}', ['2-2 12-19 whole {"a":1}']);
  f(json, '{"kind":"EventList","items":[{"a":1}],"metadata":{}}', ['1-1 29-36 whole {"a":1}']);
  f(json, '{"items":[{"a":1}],"user_id":"ana"\n}\n{"c":3}', [
    '1-1 10-17 whole {"a":1}',
    '1-2 18-36 whole {"items":[],"user_id":"ana"\n}',
    '3-3 37-44 whole {"c":3}',
  ]);
  f(json, '{"items":[{"a":1}],"user_id":"an', ['1-1 10-17 whole {"a":1}', '1-1 18-32 cut_off ,"user_id":"an']);
  f(json, '{"items":[{"a":1}]', ['1-1 10-17 whole {"a":1}']);
});

it('takes a list for a wrapper only when it begins with an object', () => {
  f(json, '{"events":["push",{"a":1}],"b":2}\n', ['1-1 0-33 whole {"events":["push",{"a":1}],"b":2}']);
  f(json, '{"items":[],"value":[1]}{"records":[[{}]]}', ['1-1 0-24 whole {"items":[],"value":[1]}', '1-1 24-42 whole {"records":[[{}]]}']);
  f(json, '{"user_id":"a","items":[{"b":1},{"b":2}],"c":1}', ['1-1 0-47 whole {"user_id":"a","items":[{"b":1},{"b":2}],"c":1}']);
  f(json, '{"x":"items","y":[{"a":1}]}', ['1-1 0-27 whole {"x":"items","y":[{"a":1}]}']);
});

it('knows what carriers put before an object', () => {
  f(json, '2024-01-02T03:04:05.678Z {"a":1}\n', ['1-1 25-32 whole {"a":1}']);
  f(json, 'Jan  2 03:04:05 web-1 vault[12]: {"a":1}\n', ['1-1 33-40 whole {"a":1}']);
  f(json, '2024-01-02T03:04:05.678Z said {"a":1}\n{"b":2}', [
    '1-1 0-37 cut_off 2024-01-02T03:04:05.678Z said {"a":1}',
    '2-2 38-45 whole {"b":2}',
  ]);
});

it('does not let a broken object swallow its neighbours', () => {
  f(json, '{"a":"x\n{"b":2}\n', ['1-1 0-7 cut_off {"a":"x', '2-2 8-15 whole {"b":2}']);
  f(json, '{"a":{\n{"b":2}\nrubbish {\n{"c":3}', [
    '1-2 0-7 cut_off {"a":{',
    '2-2 7-14 whole {"b":2}',
    '3-3 15-24 cut_off rubbish {',
    '4-4 25-32 whole {"c":3}',
  ]);
  f(json, '{"a":1', ['1-1 0-6 cut_off {"a":1']);
});

it('holds no more than a record', () => {
  const long = bytesOf('x'.repeat(RECORD_BYTES_MAX));
  for (const [open, before, after] of [
    [lines, '', '\nb\n'],
    [json, '{"a":"', '"}\n{"b":1}\n'],
  ] as const) {
    const made = cut(open, [bytesOf(before), long, long, bytesOf(after)]);
    expect(made.map((text) => text.slice(0, 60).replace(/x+/, 'x'))).toHaveLength(2);
    expect(made[0]).toContain('too_long');
    expect(made[1]).toContain('whole');
  }
});

it('gives each byte to one record at most, in order', () => {
  for (const open of [lines, csv, json])
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\n', 'a', ',', '\\') }),
        (a, b) => {
          const framer = open();
          let before = 0;
          for (const { offset, end } of [...framer.push(bytesOf(b)), ...framer.push(a), ...framer.end()]) {
            expect(offset).toBeGreaterThanOrEqual(before);
            expect(end).toBeGreaterThan(offset);
            before = end;
          }
          expect(before).toBeLessThanOrEqual(bytesOf(b).length + a.length);
        },
      ),
    );
});

it('gives the same records with their objects', () => {
  f(json, '{"Records":[{"a":1,"b":[{"a":2},{"a":3}]},{"a":4},{"a":"},{\\"a\\":5"}]}\n', [
    '1-1 12-41 whole {"a":1,"b":[{"a":2},{"a":3}]}',
    '1-1 42-49 whole {"a":4}',
    '1-1 50-68 whole {"a":"},{\\"a\\":5"}',
  ]);
  f(json, '{"value":[\r\n{"a":1},\r\n{"a":2}\r\n]}', ['2-2 12-19 whole {"a":1}', '3-3 22-29 whole {"a":2}']);
  f(json, '{"a":1}{"a":2}\r\n{"a":3} \n{"a":4\n}\n', [
    '1-1 0-7 whole {"a":1}',
    '1-1 7-14 whole {"a":2}',
    '2-2 16-23 whole {"a":3}',
    '3-4 25-33 whole {"a":4\n}',
  ]);
  // A list of a wrapper's name is a wrapper's though the object is whole on its line.
  f(json, '{"items":[{"a":1}]}\n{"items":[1]}\n', ['1-1 10-17 whole {"a":1}', '2-2 20-33 whole {"items":[1]}']);
  const [first, second] = withObjects().push(bytesOf('{"a":"\\u0031"}\n{"a":2'));
  expect(first?.object).toEqual({ a: '1' });
  expect(second).toBeUndefined();
});

const value = fc.jsonValue({ maxDepth: 3 });
const member = fc.constantFrom('a', 'eventVersion', 'Records', 'items', 'hits', 'data', 'events', '},{', '"');

it('gives the same records of any objects in any arrangement', () => {
  const object = fc.array(fc.tuple(member, value), { maxLength: 4 }).map((pairs) => Object.fromEntries(pairs));
  const between = fc.constantFrom(',', ',\n', '\n', '\r\n', ' ', '');
  const around = fc.constantFrom(['', ''], ['[', ']'], ['{"Records":[', ']}\n'], ['{"x":1,"items":[\n', '\n]}']);
  fc.assert(
    fc.property(
      fc.array(object, { maxLength: 6 }),
      between,
      around,
      fc.boolean(),
      fc.nat(400),
      (objects, sign, [begin = '', end = ''], pretty, at) => {
        const bytes = bytesOf(begin + objects.map((o) => JSON.stringify(o, null, pretty ? 1 : 0)).join(sign) + end);
        const whole = cut(json, [bytes]);
        expect(cut(withObjects, [bytes])).toEqual(whole);
        expect(cut(withObjects, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
      },
    ),
  );
});
