import { FIELD_PREFIXES } from './field-codes.ts';
import type { LogBatch } from './batch.ts';
import type { Draft } from './draft.ts';
import { PIECE, TEXT } from './draft.ts';

/**
 * Writes decided drafts as canonical JSON. FIELDS stands in the order of RFC 8785, so walking the bits of the draft from the lowest writes sorted
 * keys. Bytes are copied to where the ledger takes them from: no string is made of an event.
 */
/** From here on a native copy is faster than the loop. */
const COPY_NATIVE_BYTES = 96;

export class Emitter {
  #out: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Writes the event as the next of the batch, and returns its length in bytes. */
  write(draft: Draft, batch: LogBatch): number {
    const from = batch.used;
    this.#out = batch.room(bytesMax(draft));
    this.#length = from;
    this.#fields(draft, draft.lo, 0);
    this.#fields(draft, draft.hi, 32);
    if (this.#length === from) this.#length++;
    this.#out[from] = BRACE_OPEN;
    this.#out[this.#length++] = BRACE_CLOSE;
    batch.add(this.#length);
    return this.#length - from;
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
    if (piece.length > COPY_NATIVE_BYTES) {
      out.set(piece, at);
      at += piece.length;
    } else for (let i = 0; i < piece.length; i++) out[at++] = piece[i] ?? 0;
    this.#length = at;
  }

  #slice(bytes: Buffer, from: number, to: number): void {
    const out = this.#out;
    let at = this.#length;
    if (to - from > COPY_NATIVE_BYTES) {
      bytes.copy(out, at, from, to);
      this.#length = at + to - from;
      return;
    }
    for (let i = from; i < to; i++) out[at++] = bytes[i] ?? 0;
    this.#length = at;
  }

  #text(text: string): void {
    this.#length += this.#out.write(text, this.#length, 'utf8');
  }
}

/** More than the event can take. Constant pieces are small against the room to spare, and plain attributes are no longer than what they were. */
function bytesMax(draft: Draft): number {
  let bytes = draft.end - draft.start + PIECES_BYTES_MAX;
  for (let rest = draft.lo; rest !== 0; rest &= rest - 1) bytes += textBytes(draft, 31 - Math.clz32(rest & -rest));
  for (let rest = draft.hi; rest !== 0; rest &= rest - 1) bytes += textBytes(draft, 63 - Math.clz32(rest & -rest));
  return bytes;
}

function textBytes(draft: Draft, field: number): number {
  return draft.kind[field] === TEXT ? (draft.text[field] ?? '').length * UTF8_BYTES_PER_UNIT : 0;
}

const UTF8_BYTES_PER_UNIT = 3;
/** All prefixes and the longest constant of each field. */
const PIECES_BYTES_MAX = 8192;
const NO_BYTES = new Uint8Array(0);
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
