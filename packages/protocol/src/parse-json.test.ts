import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.ts';
import { objectOf, parseByLists } from './test-json.ts';

/**
 * A value as its text spells it. `poison` is a text of objects like its own, but with the keys that V8 would take the escaped ones for: `"ab\n"`
 * has three characters, and is read as the key `ab\` once a similar object has that.
 */
interface Spelled {
  readonly text: string;
  readonly value: unknown;
  readonly poison: string;
}

const spelledCharacter = fc
  .tuple(
    fc.constantFrom('"', '\\', '/', '\n', '\r', '\f', '\t', '\b', '\u0000', 'a', 'n', 'u', '0', 'é', '\ud83d', '\ude00', ':'),
    fc.boolean(),
  )
  .map(([value, inHex]) => ({ value, text: inHex ? hex(value) : value === '/' ? '\\/' : JSON.stringify(value).slice(1, -1) }));
const spelledString = fc.array(spelledCharacter, { maxLength: 4 }).map((characters) => {
  const value = characters.map((c) => c.value).join('');
  const raw = characters.map((c) => c.text).join('');
  return { value, text: `"${raw}"`, poison: JSON.stringify(raw.slice(0, value.length)) };
});
const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r ');
const { spelled } = fc.letrec<{ spelled: Spelled }>((tie) => ({
  spelled: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .constantFrom('1', '-0', '1e400', '9007199254740993', 'true', 'null')
      .map((text) => ({ text, value: JSON.parse(text) as unknown, poison: text })),
    spelledString,
    fc.array(tie('spelled'), { maxLength: 4 }).map((items) => ({
      text: `[${items.map((item) => item.text).join(',')}]`,
      value: items.map((item) => item.value),
      poison: `[${items.map((item) => item.poison).join(',')}]`,
    })),
    fc.array(fc.tuple(spelledString, space, tie('spelled')), { maxLength: 5 }).map((members) => ({
      text: `{${members.map(([key, gap, member]) => `${gap}${key.text}${gap}:${gap}${member.text}`).join(',')}}`,
      value: objectOf(members.map(([key, , member]) => [key.value, member.value] as const)),
      poison: `{${members.map(([key, , member]) => `${key.poison}:${member.poison}`).join(',')}}`,
    })),
  ),
}));

function hex(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Objects as lists of their members: toEqual passes over the order of keys, and over `__proto__`. */
function listed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(listed);
  if (typeof value !== 'object' || value === null) return value;
  return { members: Object.entries(value).map(([key, member]) => [key, listed(member)]) };
}

/** What became of the text: its value, or the name of the error. */
function outcome(parse: (text: string) => unknown, text: string): unknown {
  try {
    return listed(parse(text));
  } catch (error) {
    return error instanceof Error ? error.name : 'no error';
  }
}

describe('keys', () => {
  const f = (before: string, text: string, keys: readonly string[]) =>
    it(`of ${text} behind ${before}`, () => {
      JSON.parse(before);
      expect(Object.keys(parseJson(text) as object)).toEqual(keys);
    });
  // With JSON.parse each of these fails on Node 24.
  f('{"h":[],"\\\\":0}', '{"h":1,"\\"":2}', ['h', '"']);
  f('{"i":[],"ab\\\\":0}', '{"i":1,"ab\\n":2}', ['i', 'ab\n']);
  f('{"j":1,"ab\\\\":0}', '{"j":1,"ab\\u0063":2}', ['j', 'abc']);
  f('{"k":1,"\\\\u0061":0}', '{"k":1,"\\u0061bcdef" :2}', ['k', 'abcdef']);
  f('{"l":1,"\\\\":0}', '{"l":1,"\\n"\r\n\t :2}', ['l', '\n']);
  f('{"m":1,"\\\\":0}', '{"m":"\\\\","\\n":2}', ['m', '\n']);
  f('{"n":"","\\\\":0}', '{"n":"\\"}:","\\n":2}', ['n', '\n']);

  it('are those that were written, whatever was parsed before', () => {
    fc.assert(
      fc.property(spelled, ({ text, value, poison }) => {
        JSON.parse(poison);
        expect(listed(parseJson(text))).toEqual(listed(value));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseJson', () => {
  it('refuses what JSON.parse refuses, with an error of the same name, and nothing else', () => {
    const near = fc
      .tuple(spelled, fc.nat(), fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '0', 'e', '\u0000', '\ud800', ' ', '\u00a0', ''))
      .map(([{ text }, at, c]) => text.slice(0, at % (text.length + 1)) + c + text.slice((at % (text.length + 1)) + 1));
    fc.assert(
      fc.property(near, (text) => {
        const expected = outcome(JSON.parse, text);
        expect(outcome(parseJson, text)).toEqual(expected === 'SyntaxError' ? expected : listed(parseByLists(text)));
      }),
      { numRuns: 3000 },
    );
  });

  const f = (what: string, text: string, value: unknown) => it(`like JSON.parse ${what}`, () => expect(parseJson(text)).toEqual(value));
  f('lets the last of equal keys win, in the place of the first', '{"\\u0061":1,"b":2,"a":3}', { a: 3, b: 2 });
  f('rounds numbers', '{"\\n":[9007199254740993,1e400,-0,0.12345678901234567891]}', { '\n': [2 ** 53, Infinity, -0, 0.12345678901234568] });
  f('lets lone surrogates pass', '{"\\ud800":"\\udc00\ud800"}', { '\ud800': '\udc00\ud800' });
  f('has no limit of members', `{"\\n":[${'1,'.repeat(100_000)}1]}`, { '\n': Array.from({ length: 100_001 }, () => 1) });

  it('keeps __proto__ as a plain member', () => {
    for (const key of ['__proto__', '\\u005f_proto__']) {
      const value = parseJson(`{"${key}":{"x":1}}`) as object;
      expect([Object.keys(value), Object.getPrototypeOf(value) === Object.prototype, 'x' in value]).toEqual([['__proto__'], true, false]);
    }
  });

  it('tells the place of a fault and nothing of the text', () => {
    expect(() => parseJson('{"\\n":"secret" 1}')).toThrow(new SyntaxError('a comma or a closing bracket was expected, at position 15'));
  });

  it('refuses a depth that the stack may not hold, as a fault of the text', () => {
    expect(outcome(parseJson, `${'{"\\n":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toBe('SyntaxError');
    expect(outcome(parseJson, `${'['.repeat(999)}{"\\n":1}${']'.repeat(999)}`)).not.toBe('SyntaxError');
  });
});

/** Texts of some megabytes: were anything quadratic in their length, these would take hours. */
describe('time is linear', () => {
  const n = 1_000_000;
  const f = (what: string, text: string, accepted: boolean) =>
    it(`in ${what}`, () => expect(outcome((t) => parseJson(t) === undefined, text)).toBe(accepted ? false : 'SyntaxError'));
  f('a string of escapes without an end', `"${'\\n'.repeat(n)}`, false);
  f('a string of escaped backslashes', `"${'\\\\'.repeat(n)}"`, true);
  f('a string of escaped quotes', `"${'\\"'.repeat(n)}"`, true);
  f('backslashes outside of strings', '\\'.repeat(n), false);
  f('many strings with an escape', `["\\n"${',"\\n"'.repeat(n)}]`, true);
  f('space behind strings with an escape', `[${`"\\n"${' '.repeat(1000)},`.repeat(1000)}1]`, true);
  f('strings with an escape, one behind the other', '"\\n" '.repeat(n), false);
  f('many escaped keys', `[${'{"\\n":1},'.repeat(n / 4)}1]`, true);
  f('an object of many keys', `{"\\n":1${Array.from({ length: n / 4 }, (_, i) => `,"${i}\\n":1`).join('')}}`, true);
  f('an escaped key and a long string', `{"\\n":"${'x\\n'.repeat(n)}"}`, true);
  f('an escaped key and a long number', `{"\\n":0.${'1'.repeat(n)}}`, true);
});
