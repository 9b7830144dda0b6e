import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { SKIPPED_DEPTH_MAX, skipValue } from './scan.ts';
import { ValueSkip } from './value-skip.ts';

/** Where a value ends when it is skipped in pieces that end at these places, and then at the end of the bytes. */
function inPieces(bytes: Buffer, from: number, limits: readonly number[]): number {
  const skip = new ValueSkip(bytes, from);
  for (const limit of limits) {
    const end = skip.advance(limit);
    if (end !== undefined) return end;
  }
  return skip.advance(bytes.length) ?? Number.NaN;
}

function f(text: string): void {
  const bytes = Buffer.from(text);
  const end = inPieces(bytes, 0, []);
  expect(end).toBe(skipValue(bytes, 0, bytes.length));
  for (let cut = 0; cut <= bytes.length; cut++) expect([cut, inPieces(bytes, 0, [cut])]).toEqual([cut, end]);
  const everywhere = Array.from({ length: bytes.length + 1 }, (_, cut) => cut);
  expect(inPieces(bytes, 0, everywhere)).toBe(end);
}

it('finds the end that skipValue finds, wherever the pieces end', () => {
  f('{"a":[1,"}]\\"",{}],"b":"\\\\"} , 1');
  f('[]');
  f('[[],{"é":"😀"}]]]');
  f('"text \\" goes on" behind');
  f('""');
  f('-12.5e+3,');
  f('12345678');
  f('true,');
  f('null');
  f('false]');
});

it('says -1 of what does not end, or is no value', () => {
  f('{"a":[1,2}');
  f('["a');
  f('["a\\');
  f('"\\"');
  f('"a\nb"');
  f('nul');
  f(',');
  f('');
  f('[1');
  f('+1');
  f('.5');
  f('["\\\n"]');
  const deep = Buffer.from('['.repeat(SKIPPED_DEPTH_MAX + 1) + ']'.repeat(SKIPPED_DEPTH_MAX + 1));
  expect(inPieces(deep, 0, [])).toBe(-1);
});

it('agrees on any value and anything behind it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('', ',', ' ]', '}', '1'), (value, behind) => {
      f(JSON.stringify(value).slice(0, 200) + behind);
    }),
  );
});
