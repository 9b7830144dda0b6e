import { expect, it } from 'vitest';
import { unexplained } from './gaps.ts';
import { Sequences } from './sequences.ts';

const gapsOf = (numbers: Readonly<Record<string, readonly number[]>>, explained: readonly number[] = [], max = 100) => {
  const sequences = new Sequences();
  for (const [src, all] of Object.entries(numbers)) for (const n of all) sequences.add(src, n);
  return unexplained(sequences.holes(), (_, n) => explained.includes(n), max).map(
    ({ producer, src, first, last }) => `${producer} ${src} ${first}-${last}`,
  );
};

it('names what is missing between numbers, and closes by itself what comes', () => {
  expect(gapsOf({ 'shop/web-1': [3, 4, 8, 9, 12] })).toEqual(['shop shop/web-1 5-7', 'shop shop/web-1 10-11']);
  expect(gapsOf({ 'shop/web-1': [3, 4, 8, 9, 12, 11, 10, 5, 6, 7] })).toEqual([]);
});

it('leaves out what lies in quarantine, and what importers were told of', () => {
  expect(gapsOf({ shop: [1, 10] }, [4, 5, 9])).toEqual(['shop shop 2-3', 'shop shop 6-8']);
  expect(gapsOf({ shop: [1, 4] }, [2, 3])).toEqual([]);
  expect(gapsOf({ [`admin/import-${'0'.repeat(32)}`]: [1, 9] })).toEqual([]);
});

it('is bounded: in number, and in the width that is looked through', () => {
  expect(gapsOf({ a: [1, 3, 5, 7] }, [], 2)).toHaveLength(2);
  expect(gapsOf({ a: [1, 1_000_000] }, [500])).toEqual(['a a 2-999999']);
});
