import { HEAD_BYTES, type Framer, RECORD_BYTES_MAX, type TextRecord } from './framer.ts';
import { LineFramer } from './line-framer.ts';

/** Audit logs in XML have one element for a record, with its values in attributes or in elements of its own. */
const OPEN = '<AUDIT_RECORD';
const CLOSE = '</AUDIT_RECORD>';
const ELEMENT = /^<AUDIT_RECORD\s{0,8}>/;
const encoder = new TextEncoder();

/**
 * Cuts an XML log into its records, without holding more than one: `<AUDIT_RECORD …/>` or `<AUDIT_RECORD>…</AUDIT_RECORD>`, over several lines or several to a line. The
 * file need not be whole: its root is closed only when it is rotated. Values hold no `<` and no `>`, so that a new record's beginning ends one that is cut off.
 */
export class XmlFramer implements Framer {
  readonly #lines = new LineFramer();
  #parts: string[] = [];
  #chars = 0;
  /** Where the open record begins. */
  #line = 0;
  #offset = -1;
  #end = 0;
  #lastLine = 0;
  #fault: TextRecord['fault'];
  /** Of the line at hand, characters that were counted, and their bytes. */
  #counted = { line: 0, chars: 0, bytes: 0 };

  push(bytes: Uint8Array): readonly TextRecord[] {
    const records: TextRecord[] = [];
    for (const line of this.#lines.push(bytes)) this.#take(line, records);
    return records;
  }

  end(): readonly TextRecord[] {
    const records: TextRecord[] = [];
    for (const line of this.#lines.end()) this.#take(line, records);
    if (this.#offset >= 0) this.#give(records, 'cut_off');
    return records;
  }

  #take(line: TextRecord, records: TextRecord[]): void {
    if (line.fault === 'too_long') {
      if (this.#offset >= 0) this.#give(records, 'cut_off');
      records.push(line);
      return;
    }
    const { text } = line;
    for (let at = 0; at < text.length; ) at = this.#offset < 0 ? this.#outside(line, at, records) : this.#inside(line, at, records);
    if (this.#offset >= 0 && this.#chars > RECORD_BYTES_MAX) this.#give(records, 'too_long');
  }

  /** Behind the next record's beginning, or the end of the line. */
  #outside(line: TextRecord, at: number, records: TextRecord[]): number {
    const open = line.text.indexOf(OPEN, at);
    const before = line.text.slice(at, open < 0 ? undefined : open);
    if (!FRAME.test(before)) records.push({ ...this.#place(line, at, at + before.length), text: before.trim(), fault: 'cut_off' });
    if (open < 0) return line.text.length;
    const { offset } = this.#place(line, open, open);
    this.#line = line.line;
    this.#offset = offset;
    return this.#add(line, open, open + OPEN.length);
  }

  #inside(line: TextRecord, at: number, records: TextRecord[]): number {
    const { text } = line;
    const again = text.indexOf(OPEN, at);
    const close = this.#closeIn(again < 0 ? text : text.slice(0, again), at);
    if (again >= 0 && close < 0) {
      this.#add(line, at, again);
      this.#give(records, 'cut_off');
      return this.#outside(line, again, records);
    }
    if (close < 0) return this.#add(line, at, text.length);
    this.#add(line, at, close);
    this.#give(records);
    return close;
  }

  /** Behind the end of the open record; -1 when it is not in this text. */
  #closeIn(text: string, at: number): number {
    const isElement = ELEMENT.test(`${this.#parts[0] ?? ''}${this.#parts.length === 1 ? text.slice(at, at + 1) : ''}`);
    const end = isElement ? CLOSE : '/>';
    const close = text.indexOf(end, at);
    return close < 0 ? -1 : close + end.length;
  }

  #add(line: TextRecord, from: number, to: number): number {
    const part = line.text.slice(from, to);
    if (this.#lastLine === line.line && this.#parts.length > 0) this.#parts.push(`${this.#parts.pop() ?? ''}${part}`);
    else this.#parts.push(part);
    this.#chars += part.length;
    this.#lastLine = line.line;
    this.#end = to === line.text.length ? line.end : this.#place(line, to, to).offset;
    this.#fault ??= line.fault;
    return to;
  }

  #give(records: TextRecord[], fault?: TextRecord['fault']): void {
    const text = this.#parts.join('\n');
    const place = { line: this.#line, lastLine: this.#lastLine, offset: this.#offset, end: this.#end };
    const wrong = fault ?? this.#fault;
    records.push({
      text: fault === 'too_long' ? text.slice(0, HEAD_BYTES) : text,
      ...place,
      ...(wrong === undefined ? {} : { fault: wrong }),
    });
    this.#parts = [];
    this.#chars = 0;
    this.#offset = -1;
    this.#fault = undefined;
  }

  /** Where a part of a line stands. Asked for from left to right, so that each character of a line is counted once. */
  #place(line: TextRecord, from: number, to: number): Pick<TextRecord, 'line' | 'lastLine' | 'offset' | 'end'> {
    const offset = line.offset + this.#bytesTo(line, from);
    return { line: line.line, lastLine: line.line, offset, end: line.offset + this.#bytesTo(line, to) };
  }

  #bytesTo(line: TextRecord, to: number): number {
    const counted = this.#counted;
    const from = counted.line === line.line && counted.chars <= to ? counted : { line: line.line, chars: 0, bytes: 0 };
    const bytes = from.bytes + encoder.encode(line.text.slice(from.chars, to)).length;
    this.#counted = { line: line.line, chars: to, bytes };
    return bytes;
  }
}

/** Blanks, the declaration, the root's beginning and end. */
const FRAME = /^\s*(?:<\?xml[^>]*\?>)?\s*(?:<\/?AUDIT>)?\s*(?:<\/?AUDIT>)?\s*$/;
