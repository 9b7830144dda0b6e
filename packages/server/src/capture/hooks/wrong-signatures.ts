import { DaybookError } from '@daybook/protocol';
import type { Clock } from '../../base/types.ts';

/** Wrong signatures that an address may send in a minute: a misconfigured sender repeats a few, and each costs us a body. */
const WRONG_MAX = 30;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; beyond it the oldest is forgotten. */
const ADDRESSES_MAX = 10_000;

/** Turns addresses away that guess. */
export class WrongSignatures {
  readonly #clock: Clock;
  readonly #wrong = new Map<string, { count: number; readonly sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Before a body is read. */
  check(address: string): void {
    const known = this.#wrong.get(address);
    if (known === undefined) return;
    const leftMs = known.sinceMs + WINDOW_MS - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#wrong.delete(address);
    else if (known.count >= WRONG_MAX)
      throw new DaybookError('too_busy', 'Too many deliveries with a wrong signature came from this address.', {
        retryAfterS: leftMs / 1000,
      });
  }

  add(address: string): void {
    const known = this.#wrong.get(address);
    if (known !== undefined) known.count++;
    else this.#wrong.set(address, { count: 1, sinceMs: this.#clock.monotonicMs() });
    for (const oldest of this.#wrong.keys()) {
      if (this.#wrong.size <= ADDRESSES_MAX) break;
      this.#wrong.delete(oldest);
    }
  }
}
