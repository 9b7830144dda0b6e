import type { Place } from './result.ts';

/** Beyond so many a format holds what it will never give out; the oldest are no longer waited for. */
const HELD_MAX = 10_000;

/** Records that were given to a parser and not yet judged by it, in their order. */
export class HeldRecords {
  #held: Place[] = [];

  add(place: Place): void {
    this.#held.push(place);
    if (this.#held.length > 2 * HELD_MAX) this.#held = this.#held.slice(-HELD_MAX);
  }

  /** What lies within the place of something that was given out is part of it. */
  given({ offset, end }: Place): void {
    if (this.#held.length > 0) this.#held = this.#held.filter((one) => one.offset < offset || one.end > end);
  }

  /** The oldest. */
  first(): Place | undefined {
    return this.#held[0];
  }

  clear(): void {
    if (this.#held.length > 0) this.#held = [];
  }
}
