import { NUMERALS, SKIPPED_DEPTH_MAX, skipValue } from './scan.ts';

/**
 * Finds the end of a value in pieces: of one that is too large to be read, and as long as a body may be. What stands between its brackets and quotes
 * is not looked at.
 */
export class ValueSkip {
  readonly from: number;
  readonly #bytes: Uint8Array;
  readonly #first: number;
  #at: number;
  #depth = 0;
  #inString = false;

  constructor(bytes: Uint8Array, from: number) {
    this.from = from;
    this.#bytes = bytes;
    this.#first = bytes[from] ?? 0;
    this.#at = from;
  }

  /** Goes on up to `limit`. Returns the position behind the value, -1 when it is none, undefined when it goes on behind `limit`. */
  advance(limit: number): number | undefined {
    const end = this.#advance(limit);
    return end === undefined && limit >= this.#bytes.length ? -1 : end;
  }

  #advance(limit: number): number | undefined {
    if (this.#first === QUOTE || this.#first === BRACE_OPEN || this.#first === BRACKET_OPEN) return this.#nested(limit);
    // A number goes on as long as its signs do, also to the end of the bytes; what else there is has five bytes at the most.
    if (this.#first !== MINUS && (this.#first < ZERO || this.#first > NINE)) return skipValue(this.#bytes, this.#at, this.#bytes.length);
    while (this.#at < limit && NUMERALS[this.#bytes[this.#at] ?? 0] !== 0) this.#at++;
    return this.#at < limit || limit === this.#bytes.length ? this.#at : undefined;
  }

  #nested(limit: number): number | undefined {
    const bytes = this.#bytes;
    for (; this.#at < limit; this.#at++) {
      const c = bytes[this.#at] ?? 0;
      if (this.#inString) {
        if (c === BACKSLASH) this.#at++;
        else if (c < BLANK) return -1;
        else if (c === QUOTE) this.#inString = false;
        else continue;
      } else if (c === QUOTE) {
        this.#inString = true;
      } else if (c === BRACE_OPEN || c === BRACKET_OPEN) {
        // Deeper than any event by far: not worth looking for its end, which a hostile body need not have.
        if (++this.#depth > SKIPPED_DEPTH_MAX) return -1;
      } else if (c === BRACE_CLOSE || c === BRACKET_CLOSE) {
        this.#depth--;
      } else continue;
      if (this.#depth === 0 && !this.#inString) return this.#at + 1;
    }
    return undefined;
  }
}

const BLANK = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const QUOTE = 0x22;
const BRACKET_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
