import { array, assert, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkSet } from './chunk-set.ts';

const SIZES = { large: 8, small: 2 };

describe('a set of chunks', () => {
  it('covers, step by step, all that fills a chunk, in an order that never loses cover', () => {
    assert(
      property(array(nat({ max: 60 }), { maxLength: 8 }), (sizes) => {
        const chunks = new ChunkSet(SIZES);
        let covered = 0;
        for (const indexed of sizes.toSorted((a, b) => a - b)) {
          for (let chunk = chunks.next('a', indexed); chunk !== undefined; chunk = chunks.next('a', indexed)) {
            chunks.add(chunk);
            for (const old of chunks.obsolete('a')) chunks.remove(old);
            const { large, small } = chunks.cover('a');
            expect(large % SIZES.large).toBe(0);
            expect(small).toBeGreaterThanOrEqual(covered);
            covered = small;
          }
          expect(covered).toBe(indexed - (indexed % SIZES.small));
          expect(chunks.cover('a').large).toBe(indexed - (indexed % SIZES.large));
        }
        expect(chunks.cover('b')).toEqual({ large: 0, small: 0 });
      }),
    );
  });

  it('stops before what did not come out whole, and does not try it again', () => {
    const chunks = new ChunkSet(SIZES, [{ log: 'a', first: 0, entries: 8 }]);
    chunks.setAside({ log: 'a', first: 8, entries: 8 });
    expect(chunks.next('a', 100)).toEqual({ log: 'a', first: 8, entries: 2 });
    chunks.setAside({ log: 'a', first: 8, entries: 2 });
    expect(chunks.next('a', 100)).toBeUndefined();
    expect(chunks.cover('a')).toEqual({ large: 8, small: 8 });
  });
});
