import { inspect } from 'node:util';

const HIDDEN = '[redacted]';

/** A secret in memory: it prints, logs and serialises as `[redacted]`; only `reveal()` at the place of use gives it out. */
export class Redacted<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
