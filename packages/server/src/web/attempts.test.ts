import { DaybookError } from '@daybook/protocol';
import { describe, expect, test } from 'vitest';
import { openAttempts } from './attempts.ts';

type Attempts = ReturnType<typeof openAttempts>;

/** Whether an attempt is turned away; one that is not is counted. */
function braked(attempts: Attempts, account: string | undefined, address: string): boolean {
  try {
    attempts.begin(account, address);
    return false;
  } catch (error) {
    if (error instanceof DaybookError && error.code === 'too_many_attempts' && (error.retryAfterS ?? 0) > 0) return true;
    throw error;
  }
}

describe('attempts', () => {
  test('five are free, then each costs twice the wait, a quarter of an hour at most, and it is forgotten', () => {
    let now = 0;
    const attempts = openAttempts(() => now);
    const waits: number[] = [];
    for (let i = 0; i < 25; i++) {
      const from = now;
      while (braked(attempts, 'anna', '192.0.2.1')) now += 500;
      waits.push(now - from);
    }
    expect(waits.slice(0, 10)).toEqual([0, 0, 0, 0, 0, 0, 1000, 2000, 4000, 8000]);
    expect(Math.max(...waits)).toBe(900_000);
    now += 1_800_001;
    expect([braked(attempts, 'anna', '192.0.2.1'), braked(attempts, 'anna', '192.0.2.1')]).toEqual([false, false]);
  });

  test('a storm from everywhere does not lock out the owner where the owner is known', () => {
    const attempts = openAttempts(() => 0);
    attempts.begin('anna', '198.51.100.7');
    attempts.succeeded('anna', '198.51.100.7');
    const turned = Array.from({ length: 500 }, (_, i) => braked(attempts, 'anna', `203.0.${i >> 8}.${i & 255}`));
    expect(turned.filter((one) => !one)).toHaveLength(51);
    expect(braked(attempts, 'anna', '198.51.100.7')).toBe(false);
    expect(braked(attempts, 'ben', '192.0.2.99')).toBe(false);
    expect(braked(attempts, undefined, '192.0.2.99')).toBe(false);
  });

  test('one address that tries many accounts is braked for all of them', () => {
    const attempts = openAttempts(() => 0);
    for (let i = 0; i < 31; i++) braked(attempts, `user-${i}`, '2001:db8:1:2::5');
    expect(braked(attempts, 'anyone', '2001:db8:1:2:ffff::1')).toBe(true);
    expect(braked(attempts, undefined, '2001:db8:1:2:ffff::1')).toBe(true);
    expect(braked(attempts, 'anyone', '2001:db8:1:3::1')).toBe(false);
  });

  test('who signs in again and again is never braked', () => {
    const attempts = openAttempts(() => 0);
    for (let i = 0; i < 500; i++) {
      expect(braked(attempts, 'anna', '192.0.2.1')).toBe(false);
      attempts.succeeded('anna', '192.0.2.1');
    }
  });
});
