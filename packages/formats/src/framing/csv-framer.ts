import { type Framer, joined, RECORD_BYTES_MAX, type TextRecord } from './framer.ts';
import { LineFramer } from './line-framer.ts';

/**
 * Records of comma separated values (RFC 4180): a line end inside of quotes belongs to the record. Lines come from the line framer and are put together
 * while a quote is open.
 *
 * A stray quote must not swallow the rows behind it. A quote opens a value only where a value begins, and ends one only before a delimiter or at a line's end: a line
 * that breaks this is a record alone, for its format to refuse; and when a later line breaks what an earlier one opened, the earlier is, and the lines behind it are taken
 * anew. A writer that doubles quotes within quotes never writes such lines, whatever is in its values: what a value says can't become a row so.
 */
export class CsvFramer implements Framer {
  readonly #lines = new LineFramer();
  /** Lines of the record whose quote is open. */
  #open: TextRecord[] = [];
  #chars = 0;
  /** The signs that end a value; of those that are none, a value goes on. */
  readonly #delimiters: string;

  constructor(delimiter = '') {
    this.#delimiters = DELIMITERS + (delimiter.length === 1 ? delimiter : '');
  }

  push(bytes: Uint8Array): readonly TextRecord[] {
    const lines = this.#lines.push(bytes);
    // Most files hold no quote, and nothing waits.
    if (this.#open.length === 0 && lines.every(({ text }) => !text.includes('"'))) return lines;
    return this.#all(lines);
  }

  end(): readonly TextRecord[] {
    const records = this.#all(this.#lines.end());
    this.#cutOff('cut_off', records);
    return records;
  }

  #all(lines: readonly TextRecord[]): TextRecord[] {
    const records: TextRecord[] = [];
    for (const line of lines) this.#take(line, records);
    return records;
  }

  #take(line: TextRecord, records: TextRecord[]): void {
    if (line.fault === 'too_long') {
      this.#cutOff('cut_off', records);
      records.push(line);
    } else if (this.#open.length > 0) {
      this.#open.push(line);
      this.#chars += line.text.length;
      this.#goOn(line.text, records);
    } else if (line.text.includes('"') && stateBehind(line.text, undefined, this.#delimiters) === 'open') {
      this.#open.push(line);
      this.#chars = line.text.length;
    } else records.push(line);
  }

  #goOn(text: string, records: TextRecord[]): void {
    const close = closingQuote(text, 0);
    const state = close < 0 ? 'open' : stateBehind(text, close, this.#delimiters);
    if (this.#chars > RECORD_BYTES_MAX) this.#cutOff('too_long', records);
    else if (state === 'broken') this.#giveUp(records);
    else if (state === 'closed') records.push(this.#whole());
  }

  #whole(): TextRecord {
    const lines = this.#open;
    const [first] = lines;
    const last = lines.at(-1);
    if (first === undefined || last === undefined) throw new Error('no record is open');
    let text = '';
    let number = first.line;
    for (const line of lines) {
      // An empty line inside of quotes is no record of the line framer, but part of this one.
      for (; number < line.line; number++) text += '\n';
      text += line.text;
    }
    this.#open = [];
    return joined(first, last, text);
  }

  #cutOff(fault: 'cut_off' | 'too_long', records: TextRecord[]): void {
    if (this.#open.length > 0) records.push({ ...this.#whole(), fault });
  }

  /** The first line's quote was a stray one: it is a record alone; what stands behind it is taken anew. */
  #giveUp(records: TextRecord[]): void {
    const [first, ...rest] = this.#open;
    this.#open = [];
    if (first !== undefined) records.push(first);
    for (const line of rest) this.#take(line, records);
  }
}

/** The quote at or behind `from` that ends a value, -1 when none does: a doubled one is part of it. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

/** What a line is when its end is reached; `closed`: the quote on it that ends what was open before it. */
function stateBehind(text: string, closed: number | undefined, delimiters: string): 'open' | 'closed' | 'broken' {
  for (let close = closed; ; ) {
    if (close !== undefined) {
      if (close < 0) return 'open';
      if (!endsValue(text, close + 1, delimiters)) return 'broken';
    }
    const at: number = text.indexOf('"', close === undefined ? 0 : close + 1);
    if (at < 0) return 'closed';
    if (!beginsValue(text, at, delimiters)) return 'broken';
    close = closingQuote(text, at + 1);
  }
}

/** Whether at most blanks stand between a quote and the delimiter or the line's beginning before it. */
function beginsValue(text: string, quote: number, delimiters: string): boolean {
  let at = quote - 1;
  while (at >= 0 && !isDelimiter(text, at, delimiters)) {
    if (text.charCodeAt(at) !== BLANK) return false;
    at--;
  }
  return true;
}

/** Whether at most blanks stand between a place and the delimiter or the line's end behind it. */
function endsValue(text: string, from: number, delimiters: string): boolean {
  let at = from;
  while (at < text.length && !isDelimiter(text, at, delimiters)) {
    if (text.charCodeAt(at) !== BLANK) return false;
    at++;
  }
  return true;
}

function isDelimiter(text: string, at: number, delimiters: string): boolean {
  return text.charCodeAt(at) === COMMA || delimiters.includes(text.charAt(at));
}

const BLANK = 0x20;
const COMMA = 0x2c;
const DELIMITERS = ',;\t|';
