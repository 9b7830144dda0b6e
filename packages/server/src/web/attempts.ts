import { DaybookError } from '@daybook/protocol';

/**
 * Brakes on guessing. Three counters that forget: per account and address, per address, per account. The last one spares addresses from which the account has signed in before,
 * so that a storm from elsewhere never locks the owner out; and all of them end by themselves.
 */
export interface Attempts {
  /**
   * Throws too_many_attempts with the time to wait; else counts a failure, before anything is checked: a hundred guesses at once must not all find the door open. `account` is
   * undefined where none is named.
   */
  begin(account: string | undefined, address: string): void;
  /** It was none: gives back what `begin` counted. */
  giveBack(account: string | undefined, address: string): void;
  /** A sign-in: gives back, forgives the mistyping before it, and remembers where the account is known. */
  succeeded(account: string, address: string): void;
}

/** Failures that are free: mistyping is human. */
const PAIR_FREE = 5;
const ADDRESS_FREE = 30;
const ACCOUNT_FREE = 50;
/** After the free ones each failure doubles the wait, from one second to a quarter of an hour. */
const WAIT_MS_MIN = 1000;
const WAIT_MS_MAX = 900_000;
/** So long without a failure, and it is forgotten. */
const FORGET_MS = 1_800_000;
/** Keys in memory; beyond it the oldest go. An attacker with so many addresses is still braked per account. */
const KEYS_MAX = 50_000;
const KNOWN_MAX = 10_000;

interface Counter {
  failures: number;
  lastMs: number;
  untilMs: number;
  /** As it was before the last attempt. */
  untilBeforeMs: number;
}

export function openAttempts(nowMs: () => number): Attempts {
  const counters = new Map<string, Counter>();
  const known = new Set<string>();

  const keysOf = (account: string | undefined, address: string): (readonly [string, number])[] => {
    const net = network(address);
    if (account === undefined) return [[`a ${net}`, ADDRESS_FREE]];
    const pair = `p ${account} ${net}`;
    return [[pair, PAIR_FREE], [`a ${net}`, ADDRESS_FREE], ...(known.has(pair) ? [] : [[`n ${account}`, ACCOUNT_FREE] as const])]; // biome-ignore format: one line
  };
  const giveBack = (account: string | undefined, address: string) => {
    for (const [key] of keysOf(account, address)) {
      const counter = counters.get(key);
      if (counter === undefined) continue;
      counter.failures = Math.max(0, counter.failures - 1);
      counter.untilMs = counter.untilBeforeMs;
    }
  };

  return {
    giveBack,
    begin(account, address) {
      const keys = keysOf(account, address);
      const waitMs = Math.max(...keys.map(([key]) => (counters.get(key)?.untilMs ?? 0) - nowMs()));
      if (waitMs > 0) throw new DaybookError('too_many_attempts', undefined, { retryAfterS: waitMs / 1000 });
      for (const [key, free] of keys) {
        const before = counters.get(key);
        const failures = before === undefined || nowMs() - before.lastMs > FORGET_MS ? 1 : before.failures + 1;
        const pauseMs = failures <= free ? 0 : Math.min(WAIT_MS_MIN * 2 ** (failures - free - 1), WAIT_MS_MAX);
        counters.delete(key);
        counters.set(key, { failures, lastMs: nowMs(), untilMs: nowMs() + pauseMs, untilBeforeMs: before?.untilMs ?? 0 });
      }
      dropOldest(counters, KEYS_MAX);
    },
    succeeded(account, address) {
      giveBack(account, address);
      const pair = `p ${account} ${network(address)}`;
      counters.delete(pair);
      known.delete(pair);
      known.add(pair);
      dropOldest(known, KNOWN_MAX);
    },
  };
}

function dropOldest(all: { readonly size: number; keys(): IterableIterator<string>; delete(key: string): boolean }, most: number): void {
  for (const key of all.keys()) {
    if (all.size <= most) return;
    all.delete(key);
  }
}

/** An IPv6 customer has a /64 at least: addresses within it are one. */
function network(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after.length) }, () => '0');
  return [...groups, ...(tail === undefined ? [] : zeros), ...after].slice(0, 4).join(':');
}
