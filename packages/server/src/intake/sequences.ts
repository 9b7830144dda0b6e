/**
 * Which counters (`sseq`) of each producer instance (`src`) were kept: for ever, as ranges. A producer that counts without gaps is one range. What
 * is forgotten at a bound is always the lowest or the longest unused: a double may then be kept twice, but nothing is ever lost.
 */
/** Ranges of one instance: beyond it the lowest is forgotten. */
export const RANGES_MAX = 1024;
/** Instances: beyond it the ones unused for longest are forgotten. About 200 bytes each. */
export const SOURCES_MAX = 65_536;
/** Ranges of all instances together, which are written out at once with every snapshot: beyond it those unused for longest are forgotten. */
export const ALL_RANGES_MAX = 131_072;

/** Numbers `first` to `last` of an instance. */
export interface Hole {
  readonly src: string;
  readonly first: number;
  readonly last: number;
}

export class Sequences {
  readonly #ranges = new Map<string, Ranges>();

  has(src: string, n: number): boolean {
    return this.#ranges.get(src)?.has(n) ?? false;
  }

  add(src: string, n: number): void {
    let ranges = this.#ranges.get(src);
    if (ranges === undefined) {
      ranges = new Ranges();
      this.#ranges.set(src, ranges);
    }
    const before = ranges.bounds.length;
    ranges.add(n);
    ranges.uses = ++this.#uses;
    this.#bounds += ranges.bounds.length - before;
    if (this.#holds > 0) {
      if (ranges.bounds.length > 2 * RANGES_MAX) this.#long.add(ranges);
      return;
    }
    this.#bound(ranges);
    if (this.#ranges.size > SOURCES_MAX || this.#bounds > 2 * ALL_RANGES_MAX) this.#forgetOldest();
  }
  #uses = 0;
  #bounds = 0;
  /** Requests that hold the bounds off at the moment. */
  #holds = 0;
  /** What is longer than its bound, as long as bounds are held off. */
  readonly #long = new Set<Ranges>();

  /**
   * Holds the bounds off while numbers come log by log, of a request or of the ledger at the start: those of one log alone have a hole wherever the other
   * log has the event, and are one range only when all are there. A bound in between would forget what is kept, and let doubles in.
   */
  hold(): void {
    this.#holds++;
  }

  holding<T>(act: () => T): T {
    this.hold();
    try {
      return act();
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#holds--;
    if (this.#holds > 0) return;
    for (const ranges of this.#long) this.#bound(ranges);
    this.#long.clear();
    while (this.#ranges.size > SOURCES_MAX || this.#bounds > 2 * ALL_RANGES_MAX) this.#forgetOldest();
  }

  #bound({ bounds }: Ranges): void {
    const over = bounds.length - 2 * RANGES_MAX;
    if (over <= 0) return;
    bounds.splice(0, over);
    this.#bounds -= over;
  }

  remove(src: string, n: number): void {
    const ranges = this.#ranges.get(src);
    const before = ranges?.bounds.length ?? 0;
    ranges?.remove(n);
    this.#bounds += (ranges?.bounds.length ?? 0) - before;
  }

  *entries(): Generator<[string, readonly number[]]> {
    for (const [src, ranges] of this.#ranges) yield [src, ranges.bounds];
  }

  /** How many counters are kept of each instance whose name begins so; of the first `max` that are found. */
  beginningWith(prefix: string, max: number): { readonly src: string; readonly count: number }[] {
    const found: { readonly src: string; readonly count: number }[] = [];
    for (const [src, { bounds }] of this.#ranges) {
      if (!src.startsWith(prefix)) continue;
      let count = 0;
      for (let i = 0; i < bounds.length; i += 2) count += (bounds[i + 1] ?? 0) - (bounds[i] ?? 0) + 1;
      if (found.push({ src, count }) >= max) break;
    }
    return found;
  }

  /** Holes between the numbers of each instance: what was counted and never came. Below its lowest number nothing is known. */
  *holes(): Generator<Hole> {
    for (const [src, { bounds }] of this.#ranges)
      for (let i = 2; i < bounds.length; i += 2) yield { src, first: (bounds[i - 1] ?? 0) + 1, last: (bounds[i] ?? 0) - 1 };
  }

  /** Takes back what `entries` gave: pairs of first and last. */
  restore(src: string, bounds: readonly number[]): void {
    const ranges = new Ranges();
    for (const bound of bounds) ranges.bounds.push(bound);
    this.#ranges.set(src, ranges);
    this.#bounds += bounds.length;
  }

  /** A tenth at once: looking for the oldest each time would cost every new instance a walk over all. */
  #forgetOldest(): void {
    const byUse = [...this.#ranges].sort((a, b) => a[1].uses - b[1].uses);
    for (const [src, { bounds }] of byUse.slice(0, Math.ceil(byUse.length / 10))) {
      this.#ranges.delete(src);
      this.#bounds -= bounds.length;
    }
  }
}

class Ranges {
  /** First and last of each range, ascending, never touching one another. */
  readonly bounds: number[] = [];
  uses = 0;

  has(n: number): boolean {
    const { bounds } = this;
    if (n > (bounds.at(-1) ?? -1)) return false;
    const i = this.#rangeAt(n);
    return i >= 0 && n <= (bounds[i + 1] ?? -1);
  }

  add(n: number): void {
    const { bounds } = this;
    const last = bounds.length - 1;
    if (last > 0 && n === (bounds[last] ?? 0) + 1) {
      bounds[last] = n;
      return;
    }
    const i = this.#rangeAt(n);
    if (i >= 0 && n <= (bounds[i + 1] ?? -1)) return;
    const joinsLeft = i >= 0 && bounds[i + 1] === n - 1;
    const joinsRight = bounds[i + 2] === n + 1;
    if (joinsLeft && joinsRight) bounds.splice(i + 1, 2);
    else if (joinsLeft) bounds[i + 1] = n;
    else if (joinsRight) bounds[i + 2] = n;
    else bounds.splice(i + 2, 0, n, n);
  }

  remove(n: number): void {
    const { bounds } = this;
    const i = this.#rangeAt(n);
    if (i < 0 || n > (bounds[i + 1] ?? -1)) return;
    const [first = 0, last = 0] = bounds.slice(i, i + 2);
    const rest: number[] = [];
    if (first < n) rest.push(first, n - 1);
    if (n < last) rest.push(n + 1, last);
    bounds.splice(i, 2, ...rest);
  }

  /** Index of the first bound of the last range that begins at n or before; -2 when none does. */
  #rangeAt(n: number): number {
    const { bounds } = this;
    let low = 0;
    let high = bounds.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bounds[2 * middle] ?? 0) <= n) low = middle + 1;
      else high = middle;
    }
    return 2 * (low - 1);
  }
}
