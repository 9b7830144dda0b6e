import { expect, it } from 'vitest';
import { Recent } from './recent.ts';

it('keeps at least the newest, and not much more', () => {
  const recent = new Recent<number, number>(10);
  for (let i = 0; i < 1000; i++) {
    recent.set(i, i);
    for (let back = 0; back < Math.min(10, i + 1); back++) expect(recent.get(i - back)).toBe(i - back);
    expect(recent.get(i - 20)).toBeUndefined();
  }
});

it('forgets what is deleted, and has what was set last', () => {
  const recent = new Recent<string, number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  expect(recent.get('a')).toBe(3);
  recent.delete('a');
  recent.delete('b');
  expect([recent.get('a'), recent.get('b')]).toEqual([undefined, undefined]);
});
