import { isUtf8 } from 'node:buffer';
import { JSON_VALUES_MAX } from '@daybook/protocol';
import { Rejection } from '../values.ts';

const FIRST_BYTES = 64 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');
/** How many bytes more a byte takes as an escape: five for a control (`\u001f`), one for a quote or a backslash. */
const ESCAPED_MORE = new Uint8Array(256).fill(5, 0, 0x20);
ESCAPED_MORE[QUOTE] = 1;
ESCAPED_MORE[BACKSLASH] = 1;

/** JSON text in the making: bytes in one buffer that grows up to a bound, and is used again for the next item. */
export class JsonText {
  #out = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;
  #values = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What was written; another buffer after it had to grow. */
  get bytes(): Buffer {
    return this.#out;
  }

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Begins a member of the event: values are counted by member, as the parser of nested JSON counts them. */
  member(key: Uint8Array): void {
    this.#values = 0;
    this.raw(key);
  }

  /** Counts a value before it is written, so that a message of nothing but short ones is given up early. */
  count(field: string): void {
    if (++this.#values > JSON_VALUES_MAX) throw new Rejection('too_many_values', field, `Refused: more than ${JSON_VALUES_MAX} values.`);
  }

  byte(code: number): void {
    if (this.#length >= this.#out.length) this.#reserve(1);
    this.#out[this.#length++] = code;
  }

  /** Bytes that are JSON already. */
  raw(piece: Uint8Array): void {
    this.#reserve(piece.length);
    this.#out.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** ASCII that is JSON already. */
  ascii(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#out.write(text, this.#length, 'latin1');
  }

  /** The UTF-8 text `source[from, to)` as a JSON string. `field` is for the fault when it is none. */
  string(source: Buffer, from: number, to: number, field: string): void {
    // Room for every byte as an escape would be sixfold: taken only when there is one.
    this.#reserve(to - from + 2);
    const out = this.#out;
    let at = this.#length;
    let bits = 0;
    out[at++] = QUOTE;
    for (let i = from; i < to; i++) {
      const c = source[i] ?? 0;
      if (c < 0x20 || c === QUOTE || c === BACKSLASH) return this.#escaped(source, from, to, field);
      bits |= c;
      out[at++] = c;
    }
    if (bits >= 0x80) mustBeUtf8(source, from, to, field);
    out[at++] = QUOTE;
    this.#length = at;
  }

  #escaped(source: Buffer, from: number, to: number, field: string): void {
    mustBeUtf8(source, from, to, field);
    let room = to - from + 2;
    for (let i = from; i < to; i++) room += ESCAPED_MORE[source[i] ?? 0] ?? 0;
    this.#reserve(room);
    const out = this.#out;
    let at = this.#length;
    out[at++] = QUOTE;
    for (let i = from; i < to; i++) {
      const c = source[i] ?? 0;
      if (c < 0x20) {
        out[at++] = BACKSLASH;
        out[at++] = 0x75;
        out[at++] = 0x30;
        out[at++] = 0x30;
        out[at++] = 0x30 + (c >> 4);
        out[at++] = HEX[c & 15] ?? 0;
      } else {
        if (c === QUOTE || c === BACKSLASH) out[at++] = BACKSLASH;
        out[at++] = c;
      }
    }
    out[at++] = QUOTE;
    this.#length = at;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#out.length) return;
    if (needed > this.#bytesMax) throw new Rejection('item_too_large', '', `The item is larger than ${this.#bytesMax} bytes, as JSON.`);
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#bytesMax, Math.max(needed, this.#out.length * 2)));
    this.#out.copy(grown, 0, 0, this.#length);
    this.#out = grown;
  }
}

function mustBeUtf8(source: Buffer, from: number, to: number, field: string): void {
  if (!isUtf8(source.subarray(from, to))) throw new Rejection('invalid_utf8', field, 'The text is not valid UTF-8.');
}
