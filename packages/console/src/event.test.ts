import { describe, expect, it } from 'vitest';
import { repetitionsOf, sentenceOf } from './event.ts';

const row = (folded: unknown) => ({
  user_id: 'probe',
  action: 'read',
  resource: '/healthz',
  outcome: 'success',
  attributes: { daybook: { folded } },
});

describe('an event in which repetitions are counted', () => {
  it('says how many, and until when', () => {
    const counted = row({ count: 42, last: '2026-02-01T12:03:00.000000Z' });
    expect(repetitionsOf(counted)).toEqual({ more: 41, lastMs: Date.UTC(2026, 1, 1, 12, 3) });
    expect(sentenceOf(counted).rest).toBe(', and 41 times more');
    expect(sentenceOf(row({ count: 2 })).rest).toBe(', and once more');
  });

  it('is no other event', () => {
    for (const folded of [undefined, null, 'x', {}, { count: 1 }, { count: '9' }]) expect(repetitionsOf(row(folded))).toBeUndefined();
    expect(repetitionsOf({ attributes: { folded: { count: 9 } } })).toBeUndefined();
  });
});
