import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CounterNotes, Counters } from './counters.ts';

const NOTHING = (): boolean => false;

function notes(items: readonly (readonly [src: string, sseq: number])[]): CounterNotes {
  const made = new CounterNotes();
  for (const [idx, [src, sseq]] of items.entries()) {
    const bytes = Buffer.from(`"${src}"`);
    made.add(bytes, { start: 1, end: bytes.length - 1, sseq, idx });
  }
  return made;
}

function faults(items: readonly (readonly [string, number])[], explained: (src: string, n: number) => boolean = NOTHING): string[] {
  const counters = new Counters();
  counters.add('routine', notes(items).all());
  return [...counters.faults(explained)].map(({ kind, src, first, last }) => `${kind} ${src} ${first}-${last}`);
}

describe("producers' counters", () => {
  test('that go on without a gap have no fault, in whatever order they came', () => {
    const numbers = fc.nat({ max: 50 }).chain((count) =>
      fc.shuffledSubarray(
        Array.from({ length: count }, (_, i) => i + 7),
        { minLength: count },
      ),
    );
    fc.assert(
      fc.property(numbers, (list) => {
        expect(faults(list.map((n) => ['shop', n]))).toEqual([]);
      }),
    );
  });

  test('gaps and doubles are found exactly', () => {
    const item = fc.tuple(fc.constantFrom('a', 'b', 'shop/web-1'), fc.nat({ max: 30 }));
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), (items) => {
        const expected: string[] = [];
        for (const src of new Set(items.map(([name]) => name))) {
          const own = items.filter(([name]) => name === src).map(([, n]) => n);
          for (let n = Math.min(...own); n <= Math.max(...own); n++) {
            const count = own.filter((other) => other === n).length;
            if (count === 0) expected.push(`gap ${src} ${n}`);
            if (count > 1) expected.push(`double ${src} ${n}`);
          }
        }
        const found = faults(items).flatMap((fault) => {
          const [kind, src, range = ''] = fault.split(' ');
          const [first = 0, last = 0] = range.split('-').map(Number);
          return Array.from({ length: last - first + 1 }, (_, i) => `${kind} ${src} ${first + i}`);
        });
        expect([...new Set(found)].sort()).toEqual([...new Set(expected)].sort());
      }),
    );
  });

  test('what is explained otherwise is no gap', () => {
    const items = [1, 2, 5, 9].map((n) => ['shop', n] as const);
    expect(faults(items)).toEqual(['gap shop 3-4', 'gap shop 6-8']);
    expect(faults(items, (src, n) => src === 'shop' && [3, 4, 7].includes(n))).toEqual(['gap shop 6-6', 'gap shop 8-8']);
    expect(
      faults(
        [
          ['shop', 0],
          ['shop', 1e12],
        ],
        () => true,
      ),
    ).toEqual(['gap shop 1-999999999999']);
  });

  test('one counter over several logs and segments is one', () => {
    const counters = new Counters();
    counters.add(
      'routine',
      notes([
        ['shop', 1],
        ['shop', 3],
      ]).all(),
    );
    counters.add(
      'important',
      notes([
        ['shop', 2],
        ['shop', 4],
        ['other', 9],
      ]).all(),
    );
    expect([...counters.faults(NOTHING)]).toEqual([]);
    expect(counters.sources).toBe(2);
    counters.add('important', notes([['shop', 4]]).all());
    expect([...counters.faults(NOTHING)]).toMatchObject([{ kind: 'double', first: 4, last: 4, log: 'important', firstIdx: 0 }]);
  });

  test('connections side by side make one range each', () => {
    const items = Array.from({ length: 1000 }, (_, i) => ['shop', (i % 8) * 1000 + Math.floor(i / 8)] as const);
    expect(notes(items).all()[0]?.ranges).toHaveLength(8 * 4);
  });

  test('of items that are counted in others, a stretch is one range', () => {
    const made = new CounterNotes();
    const bytes = Buffer.from('"shop"');
    const note = (sseq: number, idx: number, to?: number) =>
      made.add(bytes, { start: 1, end: 5, sseq, idx, ...(to === undefined ? {} : { to }) });
    // Entries 0 and 1 count the others of a request in turns.
    note(1, 0);
    for (let n = 3; n < 99; n += 2) note(n, 0, n);
    note(2, 1);
    for (let n = 4; n < 99; n += 2) note(n, 1, n);
    note(99, 2);
    expect(made.all()).toEqual([{ src: 'shop', ranges: Float64Array.from([1, 99, 0, 2]) }]);
    note(50, 3);
    const counters = new Counters();
    counters.add('routine', made.all());
    expect([...counters.faults(NOTHING)]).toMatchObject([{ kind: 'double', first: 50, last: 50 }]);
  });
});
