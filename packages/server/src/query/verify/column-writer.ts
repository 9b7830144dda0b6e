import { textToMicros, unquote } from '@daybook/protocol';
import { COLUMNS, type Column } from '../schema/columns.ts';
import { addressBytes } from './address.ts';
import { Walk } from './members.ts';
import type { RowBinary } from './row-binary.ts';

/** A value within an entry's bytes; `from` is -1 when the entry has none. */
export interface Value {
  from: number;
  to: number;
  /** Whether it is a string with escapes. */
  escaped: boolean;
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const IS_NULL = 1;
const NOT_NULL = 0;
const UINT8_MAX = 255;
const NO_ADDRESS = new Uint8Array(16);
/** Producers repeat addresses; so many are remembered before all are forgotten. */
const ADDRESSES_REMEMBERED = 10_000;

/** Writes a column from its value in JSON; false when the column can't hold the value. */
export class ColumnWriter {
  private readonly row: RowBinary;
  private readonly words = COLUMNS.map(({ words = [] }) => new Map(words.map((word, i) => [word, i + 1])));
  private readonly missing = COLUMNS.map(({ words = [], missing = '' }) => words.indexOf(missing) + 1);
  /** The last time: an event's times are often the same, and its neighbours'. */
  private timeText = '';
  private micros = Number.NaN;
  private readonly addresses = new Map<string, Uint8Array>();

  constructor(row: RowBinary) {
    this.row = row;
  }

  write(column: Column, i: number, bytes: Buffer, value: Value): boolean {
    return value.from < 0 ? this.writeMissing(column, i) : this.writeGiven(column, i, bytes, value);
  }

  private writeMissing({ kind }: Column, i: number): boolean {
    const { row } = this;
    switch (kind) {
      case 'string':
      case 'json':
      case 'event-id':
      case 'strings':
      case 'map':
      case 'uint8':
        row.uint8(0);
        return true;
      case 'enum':
        row.uint8(this.missing[i] ?? 0);
        return true;
      case 'time':
      case 'uint64':
        row.int64(0);
        return true;
      case 'nullable-uint64':
      case 'nullable-float64':
      case 'nullable-bool':
        row.uint8(IS_NULL);
        return true;
      case 'ip':
        row.raw(NO_ADDRESS, 0, NO_ADDRESS.length);
        return true;
      default:
        return kind satisfies never;
    }
  }

  private writeGiven({ kind }: Column, i: number, bytes: Buffer, value: Value): boolean {
    switch (kind) {
      case 'string':
      case 'event-id':
        return this.text(bytes, value);
      case 'json':
        return this.json(bytes, value);
      case 'strings':
        return bytes[value.from] === OPEN_BRACKET && this.list(bytes, value.from);
      case 'map':
        return bytes[value.from] === OPEN_BRACE && this.map(bytes, value.from);
      case 'enum':
        return this.word(this.words[i]?.get(plainText(bytes, value)));
      case 'time':
        return this.time(plainText(bytes, value));
      case 'ip':
        return this.address(plainText(bytes, value));
      case 'nullable-bool':
        return this.bool(bytes.toString('latin1', value.from, value.to));
      case 'uint8':
      case 'uint64':
      case 'nullable-uint64':
      case 'nullable-float64':
        return this.number(kind, Number(bytes.toString('latin1', value.from, value.to)));
      default:
        return kind satisfies never;
    }
  }

  private text(bytes: Buffer, { from, to, escaped }: Value): boolean {
    if (bytes[from] !== QUOTE) return false;
    if (escaped) this.row.text(unquote(bytes.toString('utf8', from, to)));
    else this.row.textFrom(bytes, from + 1, to - 1);
    return true;
  }

  /** The column holds the JSON's own text. */
  private json(bytes: Buffer, value: Value): boolean {
    if (bytes[value.from] === QUOTE) return this.text(bytes, value);
    this.row.textFrom(bytes, value.from, value.to);
    return true;
  }

  private list(bytes: Buffer, from: number): boolean {
    let count = 0;
    for (const items = new Walk(bytes, from); items.nextItem(); ) count++;
    this.row.length(count);
    for (const items = new Walk(bytes, from); items.nextItem(); ) if (!this.text(bytes, items)) return false;
    return true;
  }

  private map(bytes: Buffer, from: number): boolean {
    let count = 0;
    for (const members = new Walk(bytes, from); members.nextMember(); ) count++;
    this.row.length(count);
    for (const members = new Walk(bytes, from); members.nextMember(); ) {
      this.text(bytes, { from: members.keyFrom, to: members.keyTo, escaped: members.keyEscaped });
      if (!this.text(bytes, members)) return false;
    }
    return true;
  }

  private word(place: number | undefined): boolean {
    if (place === undefined) return false;
    this.row.uint8(place);
    return true;
  }

  private time(text: string): boolean {
    if (text !== this.timeText) {
      this.timeText = text;
      this.micros = textToMicros(text);
    }
    if (Number.isNaN(this.micros)) return false;
    this.row.int64(this.micros);
    return true;
  }

  private address(text: string): boolean {
    let bytes = this.addresses.get(text);
    if (bytes === undefined) {
      const found = addressBytes(text);
      if (found === undefined) return false;
      bytes = Uint8Array.from(found);
      if (this.addresses.size >= ADDRESSES_REMEMBERED) this.addresses.clear();
      this.addresses.set(text, bytes);
    }
    this.row.raw(bytes, 0, bytes.length);
    return true;
  }

  private bool(literal: string): boolean {
    if (literal !== 'true' && literal !== 'false') return false;
    this.row.uint8(NOT_NULL);
    this.row.uint8(literal === 'true' ? 1 : 0);
    return true;
  }

  private number(kind: 'uint8' | 'uint64' | 'nullable-uint64' | 'nullable-float64', value: number): boolean {
    if (!Number.isFinite(value)) return false;
    if (kind === 'nullable-float64') {
      this.row.uint8(NOT_NULL);
      this.row.float64(value);
      return true;
    }
    if (!Number.isSafeInteger(value) || value < 0) return false;
    if (kind === 'uint8') {
      if (value > UINT8_MAX) return false;
      this.row.uint8(value);
      return true;
    }
    if (kind === 'nullable-uint64') this.row.uint8(NOT_NULL);
    this.row.int64(value);
    return true;
  }
}

/** Text of a value whose words have no escapes; what is no string has another first and last byte and fits nothing. */
function plainText(bytes: Buffer, { from, to }: Value): string {
  return bytes[from] === QUOTE ? bytes.toString('latin1', from + 1, to - 1) : '';
}
