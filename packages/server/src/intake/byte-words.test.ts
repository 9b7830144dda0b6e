import { expect, it } from 'vitest';
import { ByteWords, hashBytes } from './byte-words.ts';

it('finds what it learnt, by its bytes', () => {
  const words = new ByteWords(['one', 'two'], 4);
  const look = (word: string) => words.lookup(Buffer.from(word), 0, word.length);
  const learn = (word: string) => words.learn(Buffer.from(word), 0, word.length, hashBytes(Buffer.from(word), 0, word.length));
  expect([look('one'), look('two'), look('three')]).toEqual([0, 1, -1]);
  expect([learn('three'), learn('four'), learn('five')]).toEqual([2, 3, -1]);
  expect([look('three'), look('four'), look('five')]).toEqual([2, 3, -1]);
});

it('learns few of the words that somebody chose to have one hash', () => {
  // 31 × "A" + "a" is 31 × "B" + "B": any row of these pairs has the hash of any other.
  const collide = Array.from({ length: 4096 }, (_, n) =>
    Array.from({ length: 12 }, (_, bit) => (((n >> bit) & 1) === 1 ? 'Aa' : 'BB')).join(''),
  );
  const words = new ByteWords([], 4096);
  const learnt = collide.filter((word) => {
    const bytes = Buffer.from(word);
    return words.learn(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length)) >= 0;
  });
  expect(learnt.length).toBe(16);
  expect(words.lookup(Buffer.from(learnt[15] ?? ''), 0, 24)).toBe(15);
});
