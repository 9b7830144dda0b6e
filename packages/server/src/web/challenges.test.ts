import { expect, test } from 'vitest';
import { systemRandom } from '../base/random.ts';
import { OpenChallenges, OwnChallenges } from './challenges.ts';

const LIFE_MS = 300_000;

function open() {
  const clock = { nowMs: 5, monotonicMs: () => clock.nowMs };
  return { clock, challenges: new OpenChallenges(clock, systemRandom()), own: new OwnChallenges(clock, systemRandom()) };
}

test('one for anybody is answered once, within its time', () => {
  const { clock, challenges } = open();
  const [first, second] = [challenges.give(), challenges.give()];
  expect(Buffer.from(first, 'base64url').toString('base64url')).toBe(first);
  expect([challenges.take(first), challenges.take(first)]).toEqual([true, false]);
  clock.nowMs += LIFE_MS + 1;
  expect([challenges.take(first), challenges.take(second)]).toEqual([false, false]);
});

test('however many others ask for one, it holds', () => {
  const { challenges } = open();
  const mine = challenges.give();
  for (let i = 0; i < 10_000; i++) challenges.give();
  expect(challenges.take(mine)).toBe(true);
});

test('what is not of this server, or was changed, is none', () => {
  const { challenges } = open();
  const one = challenges.give();
  const later = `${one.slice(0, 43)}f${one.slice(44)}`;
  for (const text of ['', 'n'.repeat(43), 'n'.repeat(100), later, `${one}=`, open().challenges.give()])
    expect(challenges.take(text)).toBe(false);
  expect(challenges.take(one)).toBe(true);
});

test('of those that were answered no more are remembered than there is room for; then none is taken until they are over', () => {
  const { clock, challenges } = open();
  for (let i = 0; i < 5000; i++) expect(challenges.take(challenges.give())).toBe(true);
  expect(challenges.take(challenges.give())).toBe(false);
  clock.nowMs += LIFE_MS;
  expect(challenges.take(challenges.give())).toBe(true);
});

test('one’s own is answered once, by nobody else, within its time', () => {
  const { clock, own } = open();
  const [first, second, third] = [own.give('ann'), own.give('ann'), own.give('ann')];
  expect([own.take(first, 'ann'), own.take(first, 'ann')]).toEqual([true, false]);
  expect([own.take(second, 'bob'), own.take(second, 'ann')]).toEqual([false, false]);
  clock.nowMs += LIFE_MS + 1;
  expect(own.take(third, 'ann')).toBe(false);
});
