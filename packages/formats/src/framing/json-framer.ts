import { type Framer, HEAD_BYTES, RECORD_BYTES_MAX, type RecordFault, type TextRecord } from './framer.ts';
import {
  BACKSLASH,
  BLANK,
  CLOSES,
  concat,
  decoded,
  INSIDE,
  lenient,
  LF,
  LINE_END,
  OPEN,
  OPEN_LIST,
  OPENS,
  OUTSIDE,
  PLAIN,
  QUOTE,
  STRING,
} from './json-bytes.ts';
import { WholeFinder } from './json-whole.ts';
import { mayWrap, NESTED, OUTER, WRAPPER_HEAD_BYTES, WRAPPERS, wrapperText } from './json-wrapper.ts';
import { isPrefix, PREFIX_BYTES_MAX } from './json-prefix.ts';

/** Of a member's name only so many bytes matter. */
const NAME_BYTES_MAX = 16;
/** Members that a record has and no wrapper; so many bytes are looked at. */
const OWN_MEMBERS = /"(?:user_?id|user|actor|principal|ip_?address|action|event_?type|timestamp|time)"\s{0,8}:/i;
const OWN_BYTES_MAX = 4096;
/** Behind a wrapper's list nothing is a record, until the wrapper ends. */
const NO_DEPTH = Number.MAX_SAFE_INTEGER;

/**
 * Cuts a stream into JSON objects: one after the other (a line each, or over several lines), in a list, or in a list inside an object
 * (`{"Records":[…]}`), without ever holding more than one record. What stands beside such a list is a record behind it, marked. Whether a record is JSON is for its
 * format to say.
 *
 * A record that is cut off must not swallow its neighbours: no JSON string holds a line end, and no writer begins an inner object at the very
 * start of a line. Outside of a list, both end a record as `cut_off`. Text outside of any object is one broken record up to the end of its line, unless it
 * is what a log's carrier puts before the object (json-prefix.ts); with `textLines` that line is a record like others.
 */
export class JsonFramer implements Framer {
  readonly #textLines: boolean;
  readonly #wholes: WholeFinder | undefined;
  /** What is not yet given out, and the next byte of it to look at. */
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Place of `#bytes[0]` in the input. */
  #offset = 0;
  /** Where the open record begins in `#bytes`; -1 between records. */
  #start = -1;
  #line = 1;
  #firstLine = 1;
  #depth = 0;
  /** Depth at which records begin: 0, 1 in a list, 2 in a wrapper's list. */
  #base = 0;
  #inString = false;
  #escaped = false;
  #stray = false;
  /** Whether the byte before `#at` was a line end, when it is no longer in `#bytes`. */
  #lineStarts = true;
  /** The string that was read last on the first level: a list's name, when a list follows. */
  #nameFrom = 0;
  #nameTo = 0;
  /** Name of the object on the first level that is open, when a list of records may be in it. */
  #outer = '';
  /** Whether a list of a wrapper's name was opened, and nothing seen in it. */
  #maybeWrapper = false;
  /** What stands before the records of the wrapper that is open. */
  #head = '';
  /** Bytes of a too long record that were read past. */
  #passed = 0;

  /** `objects`: records come with their objects, wherever they are easily had; for who reads them. */
  constructor({ textLines = false, objects = false }: { textLines?: boolean; objects?: boolean } = {}) {
    this.#textLines = textLines;
    this.#wholes = objects ? new WholeFinder() : undefined;
  }

  push(bytes: Uint8Array): readonly TextRecord[] {
    const records: TextRecord[] = [];
    this.#bytes = this.#bytes.length === 0 ? bytes : concat(this.#bytes, bytes);
    while (this.#at < this.#bytes.length) {
      if (this.#stray) this.#passStray(records);
      else if (this.#inString) this.#passString(records);
      else this.#passStructure(records);
    }
    this.#forget();
    return records;
  }

  end(): readonly TextRecord[] {
    const records: TextRecord[] = [];
    if (this.#start >= 0 && this.#at + this.#passed > this.#start)
      this.#give(this.#at, records, this.#stray && this.#textLines ? undefined : 'cut_off');
    this.#forget();
    return records;
  }

  /** Up to the next byte that means something, and what it means. Most bytes mean nothing: no call and no field is touched for them. */
  #passStructure(records: TextRecord[]): void {
    const bytes = this.#bytes;
    const kindOf = this.#depth > 0 ? INSIDE : OUTSIDE;
    const from = this.#at;
    let at = from;
    let kind = PLAIN;
    while (at < bytes.length && (kind = kindOf[bytes[at] ?? 0] ?? PLAIN) === PLAIN) at++;
    const before = at > from ? (bytes[at - 1] ?? 0) : -1;
    const starts = before < 0 ? this.#lineStarts : before === LF;
    this.#at = at;
    if (at === bytes.length) this.#lineStarts = starts;
    else this.#structure({ kind, starts }, records);
  }

  #structure({ kind, starts }: { kind: number; starts: boolean }, records: TextRecord[]): void {
    const byte = this.#bytes[this.#at] ?? 0;
    this.#lineStarts = kind === LINE_END;
    if (kind === LINE_END) this.#line++;
    else if (kind === STRING) {
      this.#inString = true;
      this.#maybeWrapper = false;
      if (this.#depth <= 2 && this.#mayName()) this.#nameFrom = this.#at + 1;
    } else if (kind === OPENS) {
      if (byte === OPEN && starts && this.#base === 0 && this.#depth > 0 && !this.#beginsWrapped()) this.#restart(records);
      if (byte === OPEN && this.#depth === this.#base && (starts || this.#base > 0) && this.#gaveWhole(records)) return;
      this.#opened(byte);
    } else if (kind === CLOSES) this.#closed(records);
    else {
      this.#stray = true;
      this.#begin();
    }
    this.#at++;
  }

  /** Whether a record that begins here could be given without a look at each of its bytes. */
  #gaveWhole(records: TextRecord[]): boolean {
    const whole = this.#wholes?.at(this.#bytes, this.#at, this.#base > 0);
    if (whole === undefined || (this.#base === 0 && mayWrap(whole.object))) return false;
    const { end, text, object } = whole;
    const [offset, line] = [this.#offset + this.#at, this.#line];
    records.push({ text, line, lastLine: line, offset, end: this.#offset + end, object });
    this.#maybeWrapper = false;
    this.#at = end;
    return true;
  }

  /** Up to the quote that ends the string. */
  #passString(records: TextRecord[]): void {
    const bytes = this.#bytes;
    let at = this.#at;
    if (this.#escaped) {
      this.#escaped = false;
      // A line end ends the record even here.
      if (bytes[at] !== LF) at++;
    }
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === QUOTE || byte === LF) break;
      if (byte === BACKSLASH && bytes[++at] === LF) break;
    }
    this.#escaped = at > bytes.length;
    this.#at = Math.min(at, bytes.length);
    if (at >= bytes.length) return;
    if (bytes[at] === LF) {
      if (this.#base === 0) this.#restart(records);
      this.#line++;
      this.#lineStarts = true;
    } else {
      this.#inString = false;
      this.#lineStarts = false;
      if (this.#depth <= 2 && this.#mayName()) this.#nameTo = at;
    }
    this.#at++;
  }

  #passStray(records: TextRecord[]): void {
    if (this.#passedPrefix()) return;
    const lf = this.#bytes.indexOf(LF, this.#at);
    this.#at = lf < 0 ? this.#bytes.length : lf;
    if (lf < 0) return;
    this.#give(lf, records, this.#textLines ? undefined : 'cut_off');
    this.#stray = false;
  }

  /** Whether what stands before the first brace is no record, but a carrier's words about one. */
  #passedPrefix(): boolean {
    const from = this.#start;
    if (from < 0 || this.#passed > 0) return false;
    const start = this.#bytes.subarray(from, from + PREFIX_BYTES_MAX);
    const brace = start.indexOf(OPEN);
    if (brace < 0 || !isPrefix(lenient.decode(start.subarray(0, brace)))) return false;
    this.#stray = false;
    this.#start = -1;
    this.#at = from + brace;
    return true;
  }

  #opened(byte: number): void {
    const wrapped = byte === OPEN && this.#beginsWrapped();
    this.#maybeWrapper = false;
    if (this.#depth === this.#base) {
      if (byte === OPEN_LIST && this.#base === 0) this.#base = 1;
      else this.#begin();
    } else if (this.#base === 0 && byte === OPEN_LIST && this.#mayName()) {
      this.#maybeWrapper = this.#depth === 1 ? WRAPPERS.has(this.#listName()) && !this.#says(OWN_MEMBERS) : this.#isNested();
    } else if (this.#base === 0 && byte === OPEN && this.#depth === 1) {
      const name = this.#listName();
      this.#outer = OUTER.has(name) ? name : '';
    } else if (wrapped) {
      this.#base = this.#depth;
      this.#head = lenient.decode(this.#bytes.subarray(Math.max(0, this.#start), this.#at).subarray(0, WRAPPER_HEAD_BYTES));
      this.#passed = 0;
      this.#begin();
    }
    this.#depth++;
  }

  #listName(): string {
    const from = this.#nameFrom;
    const size = this.#nameTo - from;
    return from < 0 || size < 0 || size > NAME_BYTES_MAX ? '' : lenient.decode(this.#bytes.subarray(from, this.#nameTo));
  }

  /** Whether a string here may be the name of a list of records. */
  #mayName(): boolean {
    return this.#depth === 1 || (this.#depth === 2 && this.#outer !== '');
  }

  #isNested(): boolean {
    const name = `${this.#outer}.${this.#listName()}`;
    const sign = NESTED.get(name);
    return NESTED.has(name) && (sign === undefined || this.#says(sign));
  }

  /** Whether what stands before the list says so. With a member that tells of an access the object is a record, and the list is its own. */
  #says(sign: RegExp): boolean {
    const from = Math.max(0, this.#start);
    return sign.test(lenient.decode(this.#bytes.subarray(from, Math.min(this.#nameFrom, from + OWN_BYTES_MAX))));
  }

  /** Whether the brace at hand is the first thing in a wrapper's list: only blanks stand between the list's bracket and it. */
  #beginsWrapped(): boolean {
    if (!this.#maybeWrapper) return false;
    let at = this.#at - 1;
    while (at > 0 && (this.#bytes[at] ?? 0) <= BLANK) at--;
    return this.#bytes[at] === OPEN_LIST;
  }

  #closed(records: TextRecord[]): void {
    this.#maybeWrapper = false;
    if (this.#depth === 0) return;
    this.#depth--;
    if (this.#depth === 1) this.#outer = '';
    if (this.#depth === this.#base) return this.#give(this.#at + 1, records);
    if (this.#depth === 0) {
      if (this.#base === NO_DEPTH) this.#giveWrapper(records);
      this.#base = 0;
    } else if (this.#depth < this.#base && this.#base !== NO_DEPTH) {
      this.#base = NO_DEPTH;
      this.#begin();
      this.#start++;
    }
  }

  /** What stands beside the list that has ended: a record where its rest stands. */
  #giveWrapper(records: TextRecord[]): void {
    this.#give(this.#at + 1, records);
    const rest = records.at(-1);
    const text = rest === undefined || rest.fault !== undefined ? undefined : wrapperText(this.#head, rest.text);
    this.#head = '';
    if (rest === undefined || rest.fault !== undefined) return;
    records.pop();
    if (text !== undefined) records.push({ ...rest, text, isWrapper: true });
  }

  #begin(): void {
    this.#start = this.#at;
    this.#firstLine = this.#line;
    this.#nameTo = -1;
    this.#outer = '';
  }

  /** What was open was not whole. The byte at hand is looked at as the beginning of something new. */
  #restart(records: TextRecord[]): void {
    this.#give(this.#at, records, 'cut_off');
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#maybeWrapper = false;
  }

  #give(to: number, records: TextRecord[], fault?: RecordFault): void {
    const bytes = this.#bytes.subarray(this.#start, to);
    const end = this.#offset + to;
    const size = bytes.length + this.#passed;
    const line = this.#firstLine;
    const lastLine = this.#line;
    const offset = end - size;
    this.#start = -1;
    this.#passed = 0;
    if (size > RECORD_BYTES_MAX)
      records.push({ text: lenient.decode(bytes.subarray(0, HEAD_BYTES)), line, lastLine, offset, end, fault: 'too_long' });
    else if (fault !== undefined) records.push({ text: lenient.decode(bytes).trimEnd(), line, lastLine, offset, end, fault });
    else {
      const text = decoded(bytes);
      if (text !== undefined) records.push({ text, line, lastLine, offset, end });
      else records.push({ text: lenient.decode(bytes), line, lastLine, offset, end, fault: 'not_utf8' });
    }
  }

  /** Keeps only the record that is not yet whole; of one that is too long its beginning. */
  #forget(): void {
    const from = this.#start < 0 ? this.#at : this.#start;
    const kept = this.#bytes.slice(from);
    this.#offset += from;
    this.#nameFrom -= from;
    this.#nameTo -= from;
    this.#at -= from;
    if (this.#start > 0) this.#start = 0;
    this.#bytes = kept;
    if (kept.length + this.#passed <= RECORD_BYTES_MAX || kept.length <= HEAD_BYTES) return;
    const passed = kept.length - HEAD_BYTES;
    this.#bytes = kept.slice(0, HEAD_BYTES);
    this.#passed += passed;
    this.#offset += passed;
    this.#nameTo = -1;
    this.#at = HEAD_BYTES;
  }
}
