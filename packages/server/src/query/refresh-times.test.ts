import { expect, it } from 'vitest';
import { movedOn, timedQuestion } from './refresh-times.ts';

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const repeats = (before: string, now: string, elapsedMs: number) =>
  movedOn(timedQuestion(before, NOW_MS), timedQuestion(now, NOW_MS + elapsedMs), elapsedMs);

it.each([
  ['a window that moves on with the clock', 'from=2026-11-25T12:00:00.000Z to=2026-11-26T12:00:00Z', 'from=2026-11-25T12:00:10.000Z to=2026-11-26T12:00:10Z'],
  ['one that stays', "t > '2026-11-01 00:00:00'", "t > '2026-11-01 00:00:00'"],
  ['seconds since 1970', 't > toDateTime(1795694400)', 't > toDateTime(1795694410)'],
  ['the window of a dashboard that rounds to minutes', 't > 1795694400000', 't > 1795694460000'],
  ['a day, at midnight', "d >= '2026-11-25'", "d >= '2026-11-26'"],
])('%s is the same question', (_what, before, now) => {
  expect(repeats(before, now, 10_000)).toBe(true);
}); // biome-ignore format: a table

it.each([
  ['an earlier window', 'from=2026-11-25T12:00:00Z to=2026-11-26T12:00:00Z', 'from=2026-11-18T12:00:00Z to=2026-11-25T12:00:00Z'],
  ['a later one', 'from=2026-10-01T12:00:00Z', 'from=2026-10-02T12:00:00Z'],
  ['another day', "d = '2026-10-01'", "d = '2026-10-03'"],
  ['a telephone number', "user_id = '4915112345'", "user_id = '4915112346'"],
  ['an account with a number like a time', "user_id = '1600000000'", "user_id = '1700000000'"],
  ['a longer number', "user_id = '12345678901'", "user_id = '12345678902'"],
  ['another word', 'user_id:ann', 'user_id:bob'],
])('%s is another', (_what, before, now) => {
  expect(repeats(before, now, 10_000)).toBe(false);
}); // biome-ignore format: a table
