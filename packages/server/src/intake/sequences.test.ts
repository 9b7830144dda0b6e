import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RANGES_MAX, Sequences } from './sequences.ts';

describe('Sequences', () => {
  it('is a set of numbers, whatever their order', () => {
    const command = fc.record({ n: fc.nat(40), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const sequences = new Sequences();
        const model = new Set<number>();
        for (const { n, remove } of commands) {
          if (remove) sequences.remove('s', n);
          else sequences.add('s', n);
          if (remove) model.delete(n);
          else model.add(n);
          for (let i = 0; i <= 41; i++) expect(sequences.has('s', i)).toBe(model.has(i));
        }
        const again = new Sequences();
        for (const [src, bounds] of sequences.entries()) again.restore(src, bounds);
        for (let i = 0; i <= 41; i++) expect(again.has('s', i)).toBe(model.has(i));
      }),
      { numRuns: 300 },
    );
  });

  it('holds a counter without gaps as one range', () => {
    const sequences = new Sequences();
    for (let n = 0; n < 100_000; n++) sequences.add('s', n);
    expect([...sequences.entries()]).toEqual([['s', [0, 99_999]]]);
  });

  it('forgets the lowest range at its bound, never claims what was not there', () => {
    const sequences = new Sequences();
    for (let n = 0; n <= RANGES_MAX; n++) sequences.add('s', 2 * n);
    expect(sequences.has('s', 0)).toBe(false);
    expect(sequences.has('s', 2)).toBe(true);
    expect(sequences.has('s', 3)).toBe(false);
  });

  it('forgets nothing of a counter whose numbers come log by log', () => {
    const sequences = new Sequences();
    const last = 10 * RANGES_MAX;
    sequences.holding(() => {
      for (let n = 0; n <= last; n++) if (n % 2 === 0) sequences.add('s', n);
      for (let n = 0; n <= last; n++) if (n % 2 === 1) sequences.add('s', n);
    });
    expect([...sequences.entries()]).toEqual([['s', [0, last]]]);
    sequences.holding(() => {
      for (let n = 0; n <= RANGES_MAX; n++) sequences.add('t', 2 * n);
    });
    expect(sequences.has('t', 0)).toBe(false);
    expect(sequences.has('t', 2 * RANGES_MAX)).toBe(true);
  });

  it('holds its bounds off until the last of several requests is done', () => {
    const sequences = new Sequences();
    sequences.hold();
    sequences.holding(() => {
      for (let n = 0; n <= RANGES_MAX; n++) sequences.add('s', 2 * n);
    });
    expect(sequences.has('s', 0)).toBe(true);
    sequences.release();
    expect(sequences.has('s', 0)).toBe(false);
  });
});
