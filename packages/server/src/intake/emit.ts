import { FIELD_PREFIXES } from './field-codes.ts';
import type { Draft } from './draft.ts';
import { PIECE, TEXT } from './draft.ts';
import { utf8Text } from './values.ts';

/**
 * Writes decided drafts as canonical JSON. FIELDS stands in the order of RFC 8785, so walking the bits of the draft from the lowest writes sorted
 * keys. Bytes are copied into one scratch buffer and made a string at the end: cheaper than joining some thirty strings.
 */
const SCRATCH_BYTES = 256 * 1024;
/** From here on a native copy is faster than the loop. */
const COPY_NATIVE_BYTES = 96;

export class Emitter {
  #out = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #length = 0;
  /** Whether only ASCII was written; else the bytes must be decoded as UTF-8. */
  #bits = 0;

  /** Writes the event and returns its length in bytes; `text()` is it. Valid until the next call. */
  write(draft: Draft): number {
    this.#reserve(draft);
    this.#length = 0;
    this.#bits = 0;
    this.#fields(draft, draft.lo, 0);
    this.#fields(draft, draft.hi, 32);
    if (this.#length === 0) this.#out[this.#length++] = COMMA;
    this.#out[0] = BRACE_OPEN;
    this.#out[this.#length++] = BRACE_CLOSE;
    return this.#length;
  }

  text(): string {
    return this.#bits < 0x80 ? this.#out.toString('latin1', 0, this.#length) : utf8Text(this.#out, 0, this.#length);
  }

  /** The bytes of the event, in the scratch buffer. */
  bytes(): Buffer {
    return this.#out.subarray(0, this.#length);
  }

  #fields(draft: Draft, bits: number, base: number): void {
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const field = base + 31 - Math.clz32(rest & -rest);
      this.#copy(FIELD_PREFIXES[field] ?? NO_BYTES);
      const kind = draft.kind[field];
      if (kind === PIECE) this.#copy(draft.piece[field] ?? NO_BYTES);
      else if (kind === TEXT) this.#text(draft.text[field] ?? '');
      else this.#slice(draft.bytes, draft.from[field] ?? 0, draft.to[field] ?? 0);
    }
  }

  #copy(piece: Uint8Array): void {
    const out = this.#out;
    let at = this.#length;
    let bits = 0;
    for (let i = 0; i < piece.length; i++) {
      const c = piece[i] ?? 0;
      bits |= c;
      out[at++] = c;
    }
    this.#bits |= bits;
    this.#length = at;
  }

  #slice(bytes: Buffer, from: number, to: number): void {
    const out = this.#out;
    let at = this.#length;
    if (to - from > COPY_NATIVE_BYTES) {
      bytes.copy(out, at, from, to);
      this.#bits |= 0x80;
      this.#length = at + to - from;
      return;
    }
    let bits = 0;
    for (let i = from; i < to; i++) {
      const c = bytes[i] ?? 0;
      bits |= c;
      out[at++] = c;
    }
    this.#bits |= bits;
    this.#length = at;
  }

  #text(text: string): void {
    this.#bits |= 0x80;
    this.#length += this.#out.write(text, this.#length, 'utf8');
  }

  /** Makes sure that the event fits, before the first byte is written. Constant pieces are small against the room to spare. */
  #reserve(draft: Draft): void {
    let need = draft.end - draft.start + PIECES_BYTES_MAX;
    for (let rest = draft.lo; rest !== 0; rest &= rest - 1) need += textBytes(draft, 31 - Math.clz32(rest & -rest));
    for (let rest = draft.hi; rest !== 0; rest &= rest - 1) need += textBytes(draft, 63 - Math.clz32(rest & -rest));
    if (need > this.#out.length) this.#out = Buffer.allocUnsafeSlow(need);
    else if (need <= SCRATCH_BYTES && this.#out.length > SCRATCH_BYTES) this.#out = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  }
}

function textBytes(draft: Draft, field: number): number {
  return draft.kind[field] === TEXT ? (draft.text[field] ?? '').length * UTF8_BYTES_PER_UNIT : 0;
}

const UTF8_BYTES_PER_UNIT = 3;
/** All prefixes and the longest constant of each field. */
const PIECES_BYTES_MAX = 8192;
const NO_BYTES = new Uint8Array(0);
const COMMA = 0x2c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
