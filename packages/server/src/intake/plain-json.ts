import { JSON_DEPTH_MAX, JSON_KEYS_MAX, unquote } from '@daybook/protocol';
import { isPlainNumber } from './field-kinds.ts';
import type { Extra } from './draft.ts';
import { ITEM_BYTES_MAX } from './limits.ts';
import { MemberOrders } from './member-orders.ts';
import { PlainName, PlainNames } from './plain-names.ts';
import type { Redaction } from './redact.ts';
import { skipSpace, stringEnd } from './scan.ts';
import { CARD_DIGITS_MIN, ESCAPED_OTHERWISE, Trigger, triggersInJson } from './triggers.ts';

/** More values than this are worth the long way, which counts them exactly. */
const VALUES_MAX = 2048;
/** From here on a native copy is faster than the loop. */
const COPY_NATIVE_BYTES = 96;
/** Objects with more members are sorted by the engine's own sort. */
const INSERTION_MAX = 32;

/**
 * Canonical JSON of a value from its bytes, in one pass: keys are put in order and white space is left out. Only what is certain here is written (names
 * that are no secrets, texts without any and without escapes that canonical JSON writes otherwise, plain numbers); everything else, and everything that
 * is wrong, is left to the long way by values (`materialise`, the redaction, `canonicalise`), which gives the same for what is written here.
 */
export class PlainJson {
  /** White space is left out, nothing is added but braces: what is written is never longer than the item. */
  readonly #out = Buffer.allocUnsafeSlow(ITEM_BYTES_MAX + COPY_NATIVE_BYTES);
  /** What is being put in order. */
  readonly #copied = Buffer.allocUnsafeSlow(this.#out.length);
  #used = 0;
  readonly #names: PlainNames;
  readonly #orders = new MemberOrders();
  /** By number of members: how the last object with so many was put in order. */
  readonly #lastOrders: (Uint8Array | undefined)[] = [];
  readonly #redaction: Redaction;
  #bytes: Buffer = this.#out;
  #end = 0;
  #at = 0;
  #values = 0;

  constructor(redaction: Redaction, reserved: string) {
    this.#redaction = redaction;
    this.#names = new PlainNames(redaction, reserved);
  }

  #put(byte: number): void {
    this.#out[this.#used++] = byte;
  }

  /** Copies bytes of the body. */
  #copy(from: number, to: number): void {
    const out = this.#out;
    const bytes = this.#bytes;
    let at = this.#used;
    if (to - from > COPY_NATIVE_BYTES) at += bytes.copy(out, at, from, to);
    else for (let i = from; i < to; i++) out[at++] = bytes[i] ?? 0;
    this.#used = at;
  }

  /**
   * The canonical text of an object of these members of an item, or of the one value when `members` is one; undefined when it is to go the long way.
   * Valid until the next call.
   */
  object(bytes: Buffer, members: readonly Extra[]): Uint8Array | undefined {
    const order = this.#orders.of(members);
    if (order === undefined) return undefined;
    this.#begin(bytes);
    this.#put(BRACE_OPEN);
    for (const place of order) {
      const member = members[place];
      if (member === undefined || !this.#attribute(member)) return undefined;
      this.#put(COMMA);
    }
    // In the place of the last comma.
    if (order.length > 0) this.#used--;
    this.#put(BRACE_CLOSE);
    return this.#written();
  }

  /** The same of one value, an object. */
  value(bytes: Buffer, { from, to }: Extra): Uint8Array | undefined {
    this.#begin(bytes);
    if (bytes[from] !== BRACE_OPEN || !this.#whole(from, to)) return undefined;
    return this.#written();
  }

  #begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#values = 0;
    this.#used = 0;
  }

  #written(): Uint8Array {
    return this.#out.subarray(0, this.#used);
  }

  #attribute({ key, keyFrom, keyTo, word, from, to }: Extra): boolean {
    if (keyFrom < 0 || (this.#names.bitsOfWord(word, key) & PlainName.attribute) === 0) return false;
    this.#copy(keyFrom - 1, keyTo + 1);
    this.#put(COLON);
    return this.#whole(from, to);
  }

  #whole(from: number, to: number): boolean {
    this.#at = from;
    this.#end = to;
    return this.#value(0) && this.#at === to;
  }

  // ---- values: each begins at #at, which is behind it afterwards

  #value(depth: number): boolean {
    if (++this.#values > VALUES_MAX) return false;
    const c = this.#bytes[this.#at];
    if (c === QUOTE) return this.#string();
    if (c === BRACE_OPEN) return this.#object(depth + 1);
    if (c === BRACKET_OPEN) return this.#list(depth + 1);
    if (c === LETTER_T) return this.#word(TRUE);
    if (c === LETTER_F) return this.#word(FALSE);
    if (c === LETTER_N) return this.#word(NULL);
    return this.#number();
  }

  #string(): boolean {
    const from = this.#at;
    const end = stringEnd(this.#bytes, from + 1, this.#end);
    if (end < 0 || !this.#isClean(from, end)) return false;
    this.#copy(from, end + 1);
    this.#at = end + 1;
    return true;
  }

  /** `end`: of its closing quote. */
  #isClean(from: number, end: number): boolean {
    const triggers = triggersInJson(this.#bytes, from + 1, end);
    if (triggers === 0) return true;
    if (triggers === ESCAPED_OTHERWISE) return false;
    return this.#redaction.isClean(this.#text(from, end), triggers);
  }

  #text(from: number, end: number): string {
    const json = this.#bytes.toString('utf8', from, end + 1);
    return json.includes('\\') ? unquote(json) : json.slice(1, -1);
  }

  #number(): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    let to = from;
    while (to < this.#end && NUMBER_ENDS[bytes[to] ?? 0] === 0) to++;
    const digits = bytes[from] === MINUS ? from + 1 : from;
    // Below zero is less than zero, which has no sign in canonical JSON.
    if (to === digits || (digits > from && bytes[digits] === ZERO) || !isPlainNumber(bytes, digits, to)) return false;
    if (to - digits >= CARD_DIGITS_MIN && !this.#redaction.isClean(bytes.toString('latin1', digits, to), Trigger.card)) return false;
    this.#copy(from, to);
    this.#at = to;
    return true;
  }

  #word(word: Buffer): boolean {
    const from = this.#at;
    for (let i = 1; i < word.length; i++) if (this.#bytes[from + i] !== word[i]) return false;
    this.#copy(from, from + word.length);
    this.#at = from + word.length;
    return true;
  }

  #list(depth: number): boolean {
    if (depth > JSON_DEPTH_MAX) return false;
    this.#put(BRACKET_OPEN);
    this.#at++;
    if (this.#next() === BRACKET_CLOSE) return this.#close(BRACKET_CLOSE);
    for (;;) {
      if (!this.#value(depth)) return false;
      const c = this.#next();
      if (c === BRACKET_CLOSE) return this.#close(BRACKET_CLOSE);
      if (c !== COMMA) return false;
      this.#put(COMMA);
      this.#at++;
      this.#next();
    }
  }

  #object(depth: number): boolean {
    if (depth > JSON_DEPTH_MAX || this.#redaction.judgesPlaces) return false;
    const begin = this.#used;
    const starts: number[] = [];
    let sorted = true;
    this.#put(BRACE_OPEN);
    this.#at++;
    if (this.#next() === BRACE_CLOSE) return this.#close(BRACE_CLOSE);
    for (;;) {
      if (starts.length === JSON_KEYS_MAX) return false;
      const start = this.#used;
      if (!this.#member(depth)) return false;
      if (sorted && starts.length > 0) sorted = isBefore(this.#out, starts.at(-1) ?? 0, start);
      starts.push(start);
      const c = this.#next();
      this.#put(c === BRACE_CLOSE ? BRACE_CLOSE : COMMA);
      this.#at++;
      if (c === BRACE_CLOSE) return sorted || this.#sort(begin, starts);
      if (c !== COMMA) return false;
      this.#next();
    }
  }

  #member(depth: number): boolean {
    const from = this.#at;
    if (this.#bytes[from] !== QUOTE) return false;
    const end = stringEnd(this.#bytes, from + 1, this.#end);
    if (end < 0) return false;
    const bits = this.#names.bitsOf(this.#bytes, from + 1, end);
    if ((bits & PlainName.nested) === 0) return false;
    this.#copy(from, end + 1);
    this.#at = end + 1;
    if (this.#next() !== COLON) return false;
    this.#put(COLON);
    this.#at++;
    const c = this.#next();
    const valueFrom = this.#at;
    if (!this.#value(depth)) return false;
    return (bits & PlainName.pair) === 0 || c !== QUOTE || !this.#redaction.looksSecret(this.#text(valueFrom, this.#at - 1));
  }

  /** Puts the members, which begin at `starts` and end with a sign each, in the order of their keys; false when two have the same. */
  #sort(begin: number, starts: readonly number[]): boolean {
    const out = this.#out;
    const copy = this.#copied;
    const order = this.#orderOf(starts);
    out.copy(copy, begin, begin, this.#used);
    let at = begin + 1;
    let previous = -1;
    for (const i of order) {
      const start = starts[i] ?? 0;
      if (previous >= 0 && !isBefore(copy, previous, start)) return false;
      previous = start;
      const end = (starts[i + 1] ?? this.#used) - 1;
      if (end - start > COPY_NATIVE_BYTES) at += copy.copy(out, at, start, end);
      else for (let from = start; from < end; from++) out[at++] = copy[from] ?? 0;
      out[at++] = COMMA;
    }
    out[at - 1] = BRACE_CLOSE;
    return true;
  }

  /**
   * Places in `starts`, in the order of the keys. Records of one sender are alike: the order of the last object with so many members is where it begins, and
   * then a look at each neighbour is mostly all there is to do.
   */
  #orderOf(starts: readonly number[]): Iterable<number> {
    const count = starts.length;
    const out = this.#out;
    // To put one in its place costs a step for each that it passes.
    if (count > INSERTION_MAX) return starts.map((_, i) => i).sort((a, b) => (isBefore(out, starts[a] ?? 0, starts[b] ?? 0) ? -1 : 1));
    const order = (this.#lastOrders[count] ??= Uint8Array.from(starts, (_, i) => i));
    for (let n = 1; n < count; n++) {
      const place = order[n] ?? 0;
      const start = starts[place] ?? 0;
      let at = n;
      for (; at > 0 && isBefore(out, start, starts[order[at - 1] ?? 0] ?? 0); at--) order[at] = order[at - 1] ?? 0;
      order[at] = place;
    }
    return order;
  }

  #close(sign: number): true {
    this.#put(sign);
    this.#at++;
    return true;
  }

  /** Skips white space; what stands behind it. */
  #next(): number {
    this.#at = skipSpace(this.#bytes, this.#at, this.#end);
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : 0;
  }
}

/** Whether the key at `a` comes before that at `b`, both with their quotes and of ASCII: a quote sorts behind a blank and `!`, hence the ends. */
function isBefore(out: Uint8Array, a: number, b: number): boolean {
  for (let i = 1; ; i++) {
    const x = out[a + i] ?? 0;
    const y = out[b + i] ?? 0;
    if (y === QUOTE) return false;
    if (x === QUOTE) return true;
    if (x !== y) return x < y;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');
const NUMBER_ENDS = new Uint8Array(256);
for (const c of Buffer.from(' \t\r\n,}]')) NUMBER_ENDS[c] = 1;
