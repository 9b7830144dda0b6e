/** Chance from a seed: the same key gives the same sequence on every machine. Not for secrets. */
export class Chance {
  #state: number;

  constructor(key: string) {
    // FNV-1a, stirred: keys that differ in one letter begin far apart.
    let state = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) state = Math.imul(state ^ key.charCodeAt(i), 0x01000193);
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    this.#state = state ^ (state >>> 13);
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** A wait until the next of events that come by themselves, on average every `mean`. */
  wait(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[Math.floor(this.next() * list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** One of the things, each as likely as its weight says. */
  weighted<T>(list: readonly (readonly [thing: T, weight: number])[]): T {
    let rest = this.next() * list.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [thing, weight] of list) {
      rest -= weight;
      if (rest < 0) return thing;
    }
    return this.pick(list)[0];
  }

  /** Twelve hexadecimal digits. */
  name(): string {
    const digits = Math.floor(this.next() * 2 ** 24) * 2 ** 24 + Math.floor(this.next() * 2 ** 24);
    return digits.toString(16).padStart(12, '0');
  }
}
