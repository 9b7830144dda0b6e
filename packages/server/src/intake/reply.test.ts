import { expect, it } from 'vitest';
import { notKept, replyOf } from './reply.ts';

const receipt = (log: string, firstIdx: number, lastIdx: number) => ({ log, firstIdx, lastIdx });

it('tells the steps of one log as one, unless others came between them', () => {
  const receipts = [receipt('routine', 5, 9), receipt('routine', 10, 12), receipt('routine', 20, 20), receipt('important', 21, 22)];
  expect(replyOf(receipts, { duplicates: [], rejected: [] })).toEqual({
    accepted: 11,
    duplicates: [],
    rejected: [],
    receipts: [
      { log: 'routine', first_idx: 5, last_idx: 12 },
      { log: 'routine', first_idx: 20, last_idx: 20 },
      { log: 'important', first_idx: 21, last_idx: 22 },
    ],
  });
});

it('lists items in their order', () => {
  const double = (item: number) => ({ item, log: 'routine', idx: 1 });
  const reply = replyOf([], { duplicates: [double(3), double(1)], rejected: [notKept(4, 'disk_full'), notKept(2, 'disk_full')] });
  expect(reply.duplicates.map(({ item }) => item)).toEqual([1, 3]);
  expect(reply.rejected.map(({ item }) => item)).toEqual([2, 4]);
});

it('counts folded items as accepted, and says nothing of them when there are none', () => {
  const folded = [3, 1].map((item) => ({ item, log: 'routine', idx: 5 }));
  const reply = replyOf([receipt('routine', 5, 6)], { folded, duplicates: [], rejected: [] });
  expect(reply.accepted).toBe(4);
  expect(reply.folded?.map(({ item }) => item)).toEqual([1, 3]);
  expect(replyOf([], { duplicates: [], rejected: [] })).not.toHaveProperty('folded');
});
