import { type Framer, HEAD_BYTES, RECORD_BYTES_MAX, type RecordFault, type TextRecord } from './framer.ts';

/** Lists that wrap records: CloudTrail's files, Kubernetes' EventList, Azure's blobs, Google's and others' list answers. */
const WRAPPERS = new Set(['Records', 'records', 'items', 'Items', 'value', 'entries', 'events', 'logs']);
/** Of a member's name only so many bytes matter. */
const NAME_BYTES_MAX = 16;
/** Behind a wrapper's list nothing is a record, until the wrapper ends. */
const NO_DEPTH = Number.MAX_SAFE_INTEGER;
const LF = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** The byte order mark that some programs put before UTF-8, and the blank. */
const NOTHING = new Set([0xef, 0xbb, 0xbf, COMMA]);
const BLANK = 0x20;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Cuts a stream into JSON objects: one after the other (a line each, or over several lines), in a list, or in a list inside an object
 * (`{"Records":[…]}`), without ever holding more than one record. Whether a record is JSON is for its format to say.
 *
 * A record that is cut off must not swallow its neighbours: no JSON string holds a line end, and no writer begins an inner object at the very
 * start of a line. Outside of a list, both end a record as `cut_off`. Text outside of any object is one broken record up to the end of its line.
 */
export class JsonFramer implements Framer {
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
  #lineStarts = true;
  /** Where the string that was read last begins, and that string when it is short and a member's name of the first depth. */
  #nameFrom = 0;
  #name = '';
  /** Bytes of a too long record that were read past. */
  #passed = 0;

  push(bytes: Uint8Array): readonly TextRecord[] {
    const records: TextRecord[] = [];
    this.#bytes = this.#bytes.length === 0 ? bytes : concat(this.#bytes, bytes);
    while (this.#at < this.#bytes.length) {
      if (this.#stray) this.#passStray(records);
      else if (this.#inString) this.#passString(records);
      else this.#structure(this.#bytes[this.#at] ?? 0, records);
    }
    this.#forget();
    return records;
  }

  end(): readonly TextRecord[] {
    const records: TextRecord[] = [];
    if (this.#start >= 0) this.#give(this.#at, records, 'cut_off');
    this.#forget();
    return records;
  }

  #structure(byte: number, records: TextRecord[]): void {
    const starts = this.#lineStarts;
    this.#lineStarts = byte === LF;
    if (byte === LF) this.#line++;
    else if (byte === QUOTE && this.#depth > 0) {
      this.#inString = true;
      this.#nameFrom = this.#at + 1;
    } else if (byte === OPEN || byte === OPEN_LIST) {
      if (byte === OPEN && starts && this.#base === 0 && this.#depth > 0) this.#restart(records);
      this.#opened(byte);
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      this.#closed(records);
    } else if (this.#depth === 0 && byte > BLANK && !NOTHING.has(byte)) {
      this.#stray = true;
      this.#begin();
    }
    this.#at++;
  }

  /** Up to the quote that ends the string: bytes in between are not worth a method's call each. */
  #passString(records: TextRecord[]): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE || byte === LF) break;
    }
    this.#at = at;
    if (at === bytes.length) return;
    if (bytes[at] === LF) {
      if (this.#base === 0) this.#restart(records);
      this.#line++;
      this.#lineStarts = true;
    } else {
      this.#inString = false;
      if (this.#depth === 1) this.#name = this.#nameBefore(at);
    }
    this.#at++;
  }

  #nameBefore(at: number): string {
    const size = at - this.#nameFrom;
    return size > NAME_BYTES_MAX || this.#nameFrom < 0 ? '' : lenient.decode(this.#bytes.subarray(this.#nameFrom, at));
  }

  #passStray(records: TextRecord[]): void {
    const lf = this.#bytes.indexOf(LF, this.#at);
    this.#at = lf < 0 ? this.#bytes.length : lf;
    if (lf < 0) return;
    this.#give(lf, records, 'cut_off');
    this.#stray = false;
  }

  #opened(byte: number): void {
    if (this.#depth === this.#base) {
      if (byte === OPEN_LIST && this.#base === 0) this.#base = 1;
      else this.#begin();
    } else if (byte === OPEN_LIST && this.#depth === 1 && this.#base === 0 && WRAPPERS.has(this.#name)) {
      this.#base = 2;
      this.#start = -1;
      this.#passed = 0;
    }
    this.#depth++;
  }

  #closed(records: TextRecord[]): void {
    if (this.#depth === 0) return;
    this.#depth--;
    if (this.#depth === this.#base) return this.#give(this.#at + 1, records);
    if (this.#depth === 0) this.#base = 0;
    else if (this.#depth < this.#base) this.#base = NO_DEPTH;
  }

  #begin(): void {
    this.#start = this.#at;
    this.#firstLine = this.#line;
    this.#name = '';
  }

  /** What was open was not whole. The byte at hand is looked at as the beginning of something new. */
  #restart(records: TextRecord[]): void {
    this.#give(this.#at, records, 'cut_off');
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }

  #give(to: number, records: TextRecord[], fault?: RecordFault): void {
    const bytes = this.#bytes.subarray(this.#start, to);
    const end = this.#offset + to;
    const size = bytes.length + this.#passed;
    const place = { line: this.#firstLine, lastLine: this.#line, offset: end - size, end };
    this.#start = -1;
    this.#passed = 0;
    if (size > RECORD_BYTES_MAX) records.push({ text: lenient.decode(bytes.subarray(0, HEAD_BYTES)), ...place, fault: 'too_long' });
    else if (fault !== undefined) records.push({ text: lenient.decode(bytes).trimEnd(), ...place, fault });
    else records.push({ ...decoded(bytes), ...place });
  }

  /** Keeps only the record that is not yet whole; of one that is too long its beginning. */
  #forget(): void {
    const from = this.#start < 0 ? this.#at : this.#start;
    const kept = this.#bytes.slice(from);
    this.#offset += from;
    this.#nameFrom -= from;
    this.#at -= from;
    if (this.#start > 0) this.#start = 0;
    this.#bytes = kept;
    if (kept.length + this.#passed <= RECORD_BYTES_MAX || kept.length <= HEAD_BYTES) return;
    const passed = kept.length - HEAD_BYTES;
    this.#bytes = kept.slice(0, HEAD_BYTES);
    this.#passed += passed;
    this.#offset += passed;
    this.#nameFrom = -1;
    this.#at = HEAD_BYTES;
  }
}

function decoded(bytes: Uint8Array): Pick<TextRecord, 'text' | 'fault'> {
  try {
    return { text: strict.decode(bytes) };
  } catch {
    return { text: lenient.decode(bytes), fault: 'not_utf8' };
  }
}

function concat(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
