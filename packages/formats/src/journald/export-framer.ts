import { type Framer, HEAD_BYTES, RECORD_BYTES_MAX, type RecordFault, type TextRecord } from '../framing/framer.ts';

const LF = 0x0a;
const EQUALS = 0x3d;
const SIZE_BYTES = 8;
/** Beyond it the eight bytes are no size: a field of a journal has at most 768 MiB (DATA_SIZE_MAX of systemd-journald). */
const FIELD_BYTES_MAX = 2 ** 31;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The Journal Export Format (systemd.io/JOURNAL_EXPORT_FORMATS): `FIELD=value` lines, an empty line behind each entry; a value that is no line of text stands
 * behind `FIELD`, a line end and its size as 64 bits, the lowest first, and ends with a line end. An entry is given out as a JSON object, as `journalctl -o json`
 * would write it: what a message holds can not be taken for a field.
 */
export class ExportFramer implements Framer {
  #rest: Uint8Array = new Uint8Array(0);
  /** Place of `#rest[0]`. */
  #offset = 0;
  #line = 1;
  #entry: Entry | undefined;
  /** Bytes of a value that is too long, still to be passed; Infinity: up to the line's end. */
  #skip = 0;

  push(bytes: Uint8Array): readonly TextRecord[] {
    const records: TextRecord[] = [];
    const all = concat(this.#rest, bytes);
    let at = 0;
    for (let next = this.#take(all, at, records); next > at; next = this.#take(all, at, records)) at = next;
    this.#rest = all.slice(at);
    this.#offset += at;
    return records;
  }

  end(): readonly TextRecord[] {
    const records: TextRecord[] = [];
    const rest = this.#rest;
    const equals = rest.indexOf(EQUALS);
    if (equals > 0 && this.#skip === 0 && !rest.includes(LF)) this.#text(rest, equals, 0);
    else if (rest.length > 0 || this.#skip > 0) this.#open(0).fault ??= 'cut_off';
    this.#give(rest.length, records);
    this.#offset += rest.length;
    this.#rest = new Uint8Array(0);
    return records;
  }

  /** Takes one field, or the end of an entry, and says where the next begins; the same place when more is needed. */
  #take(all: Uint8Array, at: number, records: TextRecord[]): number {
    if (this.#skip > 0) return this.#passed(all, at);
    const lf = all.indexOf(LF, at);
    if (lf < 0) return all.length - at > RECORD_BYTES_MAX ? this.#tooLong(at, Infinity) : at;
    if (lf === at) {
      this.#give(at, records);
      this.#line++;
      return at + 1;
    }
    const equals = all.subarray(at, lf).indexOf(EQUALS);
    if (equals < 0) return this.#binary(all, at, lf);
    this.#text(all.subarray(at, lf), equals, at);
    this.#line++;
    return lf + 1;
  }

  #binary(all: Uint8Array, at: number, lf: number): number {
    const from = lf + 1 + SIZE_BYTES;
    if (all.length < from) return at;
    const size = Number(new DataView(all.buffer, all.byteOffset + lf + 1, SIZE_BYTES).getBigUint64(0, true));
    if (size > FIELD_BYTES_MAX) {
      this.#open(at).fault ??= 'cut_off';
      this.#line++;
      return lf + 1;
    }
    if (size > RECORD_BYTES_MAX) {
      this.#line++;
      return this.#tooLong(at, from + size + 1 - at);
    }
    if (all.length < from + size + 1) return at;
    const value = all.subarray(from, from + size);
    this.#add(all.subarray(at, lf), value, at);
    this.#line += 2 + linesIn(value);
    return from + size + 1;
  }

  #text(line: Uint8Array, equals: number, at: number): void {
    this.#add(line.subarray(0, equals), line.subarray(equals + 1), at);
  }

  #add(name: Uint8Array, value: Uint8Array, at: number): void {
    const entry = this.#open(at);
    entry.size += name.length + value.length;
    if (entry.size > RECORD_BYTES_MAX) entry.fault = 'too_long';
    else if (!entry.add(lenient.decode(name), value)) entry.fault ??= 'not_utf8';
  }

  #open(at: number): Entry {
    this.#entry ??= new Entry(this.#offset + at, this.#line);
    return this.#entry;
  }

  #tooLong(at: number, skip: number): number {
    this.#open(at).fault = 'too_long';
    this.#skip = skip;
    return at + 1;
  }

  #passed(all: Uint8Array, at: number): number {
    if (this.#skip !== Infinity) {
      // One byte was passed already, when the field was found to be too long.
      const to = Math.min(all.length, at + this.#skip - 1);
      this.#line += linesIn(all.subarray(at, to));
      this.#skip -= to - at;
      if (this.#skip === 1) this.#skip = 0;
      return to;
    }
    const lf = all.indexOf(LF, at);
    if (lf < 0) return all.length;
    this.#skip = 0;
    this.#line++;
    return lf + 1;
  }

  #give(to: number, records: TextRecord[]): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    records.push(entry.record(this.#offset + to, this.#line));
  }
}

class Entry {
  fault: RecordFault | undefined;
  size = 0;
  readonly #offset: number;
  readonly #line: number;
  readonly #fields = new Map<string, string[]>();

  constructor(offset: number, line: number) {
    this.#offset = offset;
    this.#line = line;
  }

  /** false: the value is no UTF-8. */
  add(name: string, value: Uint8Array): boolean {
    const text = decode(value);
    const texts = this.#fields.get(name);
    if (texts === undefined) this.#fields.set(name, [text ?? lenient.decode(value)]);
    else texts.push(text ?? lenient.decode(value));
    return text !== undefined;
  }

  record(end: number, line: number): TextRecord {
    const fields = [...this.#fields].map(([name, texts]) => [name, texts.length === 1 ? texts[0] : texts] as const);
    const whole = JSON.stringify(Object.fromEntries(fields));
    const lastLine = Math.max(this.#line, line - 1);
    const text = this.fault === 'too_long' ? whole.slice(0, HEAD_BYTES) : whole;
    const place = { text, line: this.#line, lastLine, offset: this.#offset, end };
    return this.fault === undefined ? place : { ...place, fault: this.fault };
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}

function concat(before: Uint8Array, after: Uint8Array): Uint8Array {
  if (before.length === 0) return after;
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
