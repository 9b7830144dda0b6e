import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_IDS, FULL_BLOCKS_MAX, IdRing } from './id-ring.ts';

describe('IdRing', () => {
  it('finds what was added and not forgotten, whatever the hashes collide in', () => {
    const command = fc.record({ low: fc.constantFrom(0, 1, 2, 0x7fffff, 0x800000, 0xffffffff), high: fc.nat(3), forget: fc.boolean() });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const ring = new IdRing();
        const model = new Map<string, number>();
        for (const { low, high, forget } of commands) {
          const key = `${low}/${high}`;
          const known = model.get(key);
          expect(ring.find(low, high)).toBe(known ?? -1);
          if (known === undefined) {
            model.set(key, ring.add(low, high, 7));
          } else if (forget) {
            ring.forget(known);
            model.delete(key);
          }
        }
        for (const [key, serial] of model) {
          const [low = 0, high = 0] = key.split('/').map(Number);
          expect(ring.find(low, high)).toBe(serial);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('keeps places of 56 bits, and none before they are settled', () => {
    const ring = new IdRing();
    const serial = ring.add(1, 2, 3);
    expect(ring.place(serial)).toBeUndefined();
    ring.settle(serial, { log: 3, idx: 2 ** 50 + 5 });
    expect(ring.place(serial)).toEqual({ log: 3, idx: 2 ** 50 + 5 });
    expect(ring.content(serial)).toBe(3);
  });

  it('keeps the newest five million, and goes round', () => {
    const ring = new IdRing();
    // An odd factor makes all low halves different.
    const low = (i: number) => Math.imul(i, 0x9e3779b1) >>> 0;
    const total = (FULL_BLOCKS_MAX + 3) * BLOCK_IDS + 17;
    for (let i = 0; i < total; i++) ring.add(low(i), i % 7, 0);
    expect(ring.next).toBe(total);
    expect(ring.size).toBeGreaterThanOrEqual(5_000_000);
    expect(ring.first).toBeGreaterThan(0);
    for (let i = 0; i < total; i += 9973) expect(ring.find(low(i), i % 7)).toBe(i < ring.first ? -1 : i);
    expect(ring.find(low(ring.first - 1), (ring.first - 1) % 7)).toBe(-1);
    expect(ring.find(low(ring.first), ring.first % 7)).toBe(ring.first);
    expect(() => ring.settle(0, { log: 0, idx: 0 })).not.toThrow();
  }, 60_000);

  it('comes back from its blocks without what was not durable', () => {
    const ring = new IdRing();
    for (let i = 0; i < BLOCK_IDS + 10; i++) ring.settle(ring.add(i, 0, i), { log: 0, idx: i });
    ring.add(900_001, 0, 0);
    expect(ring.takeDirty()).toEqual([0, 1]);
    expect(ring.takeDirty()).toEqual([]);
    const again = new IdRing();
    for (const block of [0, 1]) again.restore(block, ring.block(block).slice(), ({ idx }) => idx < BLOCK_IDS + 5);
    expect(again.place(again.find(3, 0))).toEqual({ log: 0, idx: 3 });
    expect(again.find(BLOCK_IDS + 4, 0)).toBe(BLOCK_IDS + 4);
    expect(again.find(BLOCK_IDS + 5, 0)).toBe(-1);
    expect(again.find(900_001, 0)).toBe(-1);
    expect(again.add(900_001, 0, 0)).toBe(ring.next);
  });
});
