import { describe, expect, test } from 'vitest';
import { foldedCounters, mayFold } from './folded-counters.ts';

const entry = (attributes: unknown) => Buffer.from(JSON.stringify({ event: { action: 'read', attributes }, kind: 'event' }));
const ranges = (attributes: unknown) => [...foldedCounters(entry(attributes))];

describe('counters of items that are counted in an entry', () => {
  test('are read from our own attribute alone', () => {
    expect(ranges({ daybook: { folded: { count: 4, rule: 'health', sseq: [2, 3, 9, 9] } } })).toEqual([
      [2, 3],
      [9, 9],
    ]);
    expect(ranges({ daybook: { folded: { count: 2, rule: 'health' } } })).toEqual([]);
    expect(ranges({ folded: { count: 2, sseq: [1, 5] } })).toEqual([]);
    expect(mayFold(entry({ daybook: { folded: { count: 2 } } }))).toBe(true);
    expect(mayFold(entry({ daybook: { time: 'receive_time' } }))).toBe(false);
  });

  test('that are none are left out', () => {
    expect(ranges({ daybook: { folded: { count: 2, sseq: [5, 4, 1, 2 ** 60, 'x', 7, 8] } } })).toEqual([]);
    expect([...foldedCounters(Buffer.from('"folded":{"count":2'))]).toEqual([]);
  });
});
