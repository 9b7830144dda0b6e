import { createHash } from 'node:crypto';
import { Frontier } from '@daybook/tlog';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { edgeRoot, perfectRoot } from './leaf-tile.ts';
import { Pyramid } from './pyramid.ts';

const LEAVES = Buffer.concat(Array.from({ length: 256 * 40 }, (_, i) => createHash('sha256').update(String(i)).digest()));

function pyramid(bundles: number, unknown?: number): Pyramid {
  const made = new Pyramid();
  for (let b = 0; b < bundles; b++)
    made.push(b === unknown ? undefined : perfectRoot(Buffer.from(LEAVES.subarray(b * 8192, (b + 1) * 8192)), 256));
  return made;
}

/** The other way: leaf by leaf. */
function root(size: number): Buffer {
  const frontier = new Frontier();
  frontier.append(LEAVES.subarray(0, size * 32));
  return Buffer.from(frontier.root());
}

test('has the root at every size', () => {
  const whole = pyramid(40);
  fc.assert(
    fc.property(fc.nat({ max: 256 * 40 }), (size) => {
      const bundles = Math.floor(size / 256);
      const edge = size % 256 === 0 ? undefined : edgeRoot(LEAVES.subarray(bundles * 8192), size % 256);
      expect(Buffer.from(whole.root(bundles, edge) ?? []).equals(root(size))).toBe(true);
    }),
    { examples: [[0], [1], [255], [256], [257], [256 * 40]] },
  );
});

test('knows what it does not know', () => {
  const holed = pyramid(20, 5);
  expect(holed.root(5)).toBeDefined();
  for (const bundles of [6, 7, 8, 16, 20]) expect(holed.root(bundles)).toBeUndefined();
  expect(holed.at(0, 5)).toBeUndefined();
  expect(holed.at(3, 0)).toBeUndefined();
  expect(holed.at(3, 1)).toBeDefined();
  expect(pyramid(3).root(4)).toBeUndefined();
});
