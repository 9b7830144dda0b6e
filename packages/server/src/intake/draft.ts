import { FIELDS } from '@daybook/protocol';

/** What a member's value is, as far as the scanner has looked. Positions are into the body; strings include their quotes. */
export const ABSENT = 0;
/** A string without escapes: its bytes are its canonical form. */
export const STRING = 1;
/** A string with escapes. */
export const ESCAPED = 2;
/** A number literal, its grammar still unchecked. */
export const NUMBER = 3;
export const TRUE = 4;
export const FALSE = 5;
export const NULL = 6;
/** An object or an array: only its extent is known. */
export const NESTED = 7;
/** Decided: the canonical text in `text`, as JSON. */
export const TEXT = 8;
/** Decided: canonical bytes in `piece`, shared and constant. */
export const PIECE = 9;

/** Which bytes a string holds, as bits: a cheap reason to look, or not to look, for secrets in it. */
export const HINT_DIGIT = 1;
/** Ends the scan of plain bytes: quote, backslash, control. */
export const HINT_STOP = 2;
export const HINT_NON_ASCII = 4;
/** Blank or `=`, `'`, `$`, `@`, `&`, `;`: one of them stands in every secret that is part of a longer text. */
export const HINT_TEXT = 8;
/** A point or an underscore: stands in every JSON web token and every token of Daybook. */
export const HINT_TOKEN = 16;

const FIELD_COUNT = FIELDS.length;
const NO_BYTES = Buffer.alloc(0);

/** A member that is no field, or an alias that lost. */
export interface Extra {
  readonly key: string;
  /** Where the key stands, without its quotes; -1 when it is known by its text alone, or has escapes. */
  readonly keyFrom: number;
  readonly keyTo: number;
  /** Number of the key among the names that senders use; -1: it has none, or is no name of theirs. */
  readonly word: number;
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

/** Why an item is rejected. */
export interface Fault {
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

/**
 * A sender's claim about one access: where each member of one item stands in the body; and, as it is decided, what stands there instead. One object
 * is reused for all items: an object per event and per member would cost more than all the rest.
 */
export class Draft {
  bytes: Buffer = NO_BYTES;
  start = 0;
  end = 0;
  /** Keys that only the server or the envelope may say are the source's own words here. */
  foreignKeys = false;

  /** Bits of the fields that are present: index 0 … 31 in `lo`, the rest in `hi`. */
  lo = 0;
  hi = 0;
  readonly kind = new Uint8Array(FIELD_COUNT);
  readonly from = new Uint32Array(FIELD_COUNT);
  readonly to = new Uint32Array(FIELD_COUNT);
  readonly hints = new Uint8Array(FIELD_COUNT);
  readonly digits = new Uint32Array(FIELD_COUNT);
  /** Number of the key that gave the value, and its rank: 0 canonical, else an alias. */
  readonly key = new Uint8Array(FIELD_COUNT);
  readonly rank = new Uint8Array(FIELD_COUNT);
  readonly text: string[] = Array.from({ length: FIELD_COUNT }, () => '');
  readonly piece: Uint8Array[] = Array.from({ length: FIELD_COUNT }, () => NO_BYTES);

  readonly extras: Extra[] = [];
  /** Keys that have no number. */
  readonly longKeys = new Set<string>();
  /** Aliases that contradicted what won. */
  conflicts = 0;
  src: Extra | undefined;
  sseq: Extra | undefined;
  fault: Fault | undefined;
  readonly #nameOf: (key: number) => string;

  constructor(nameOf: (key: number) => string) {
    this.#nameOf = nameOf;
  }

  reset(bytes: Buffer, start: number, foreignKeys: boolean): void {
    this.foreignKeys = foreignKeys;
    this.bytes = bytes;
    this.start = start;
    this.end = start;
    this.lo = 0;
    this.hi = 0;
    this.kind.fill(ABSENT);
    this.conflicts = 0;
    this.src = undefined;
    this.sseq = undefined;
    this.fault = undefined;
    if (this.extras.length > 0) this.extras.length = 0;
    if (this.longKeys.size > 0) this.longKeys.clear();
  }

  set(field: number, kind: number, from: number, to: number): void {
    this.kind[field] = kind;
    this.from[field] = from;
    this.to[field] = to;
    this.mark(field);
  }

  setText(field: number, json: string): void {
    this.kind[field] = TEXT;
    this.text[field] = json;
    this.mark(field);
  }

  setPiece(field: number, piece: Uint8Array): void {
    this.kind[field] = PIECE;
    this.piece[field] = piece;
    this.mark(field);
  }

  drop(field: number): void {
    this.kind[field] = ABSENT;
    if (field < 32) this.lo &= ~(1 << field);
    else this.hi &= ~(1 << (field - 32));
  }

  /** The value of a field as a member under the key that the sender used. */
  extraOf(field: number): Extra {
    return {
      key: this.#nameOf(this.key[field] ?? 0),
      keyFrom: -1,
      keyTo: -1,
      word: -1,
      kind: this.kind[field] ?? ABSENT,
      from: this.from[field] ?? 0,
      to: this.to[field] ?? 0,
    };
  }

  /** Two keys gave one field: the one that lost is kept among the attributes, unless both say the same. */
  lose(field: number, loser: Extra): void {
    const winner = this.extraOf(field);
    const same = this.bytes.compare(this.bytes, winner.from, winner.to, loser.from, loser.to) === 0;
    if (same) return;
    this.conflicts++;
    this.extras.push(loser);
  }

  mark(field: number): void {
    if (field < 32) this.lo |= 1 << field;
    else this.hi |= 1 << (field - 32);
  }
}
