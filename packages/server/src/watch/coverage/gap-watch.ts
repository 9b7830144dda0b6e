import { microsToText } from '@daybook/protocol';
import type { Base } from '../../base/types.ts';
import type { Captured, CounterGap, OpenGap } from '../types.ts';

/** Producers send over several connections, and try again for minutes: a younger hole may still close. */
const ON_THEIR_WAY_MICROS = 5 * 60_000_000;
/** Named one by one; who has more has another trouble than single numbers. */
export const GAPS_MAX = 500;

/** Tells holes that stay from holes that close: what came meanwhile is gone from the list by itself. */
export class GapWatch {
  readonly #clock: Base['clock'];
  readonly #captured: Captured;
  /** When each was first seen, by `src first`: a hole that is filled from one side goes on to be the same. */
  readonly #since = new Map<string, number>();

  constructor(base: Pick<Base, 'clock'>, captured: Captured) {
    this.#clock = base.clock;
    this.#captured = captured;
  }

  /** The holes that are older than what may be on its way. */
  async open(): Promise<OpenGap[]> {
    const now = this.#clock.nowMicros();
    const gaps = await this.#captured.gaps(GAPS_MAX);
    const keys = new Set(gaps.map(keyOf));
    for (const key of this.#since.keys()) if (!keys.has(key)) this.#since.delete(key);
    return gaps.flatMap((gap) => {
      const key = keyOf(gap);
      const since = this.#since.get(key) ?? now;
      this.#since.set(key, since);
      return now - since < ON_THEIR_WAY_MICROS ? [] : [{ ...gap, since: microsToText(since) }];
    });
  }
}

function keyOf({ src, first }: CounterGap): string {
  return `${src} ${first}`;
}
