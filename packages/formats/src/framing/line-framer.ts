import { type Framer, HEAD_BYTES, RECORD_BYTES_MAX, type TextRecord } from './framer.ts';

const LF = 0x0a;
const CR = '\r';
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
/** Some programs put it before UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A record a line; LF or CRLF. All whole lines of a piece are decoded at once: a decoder's call per line would cost more than the line. Empty lines are
 * no records.
 */
export class LineFramer implements Framer {
  #rest: Uint8Array = new Uint8Array(0);
  #line = 1;
  #offset = 0;
  /** Bytes of the too long line that were read past; 0 when there is none. */
  #passed = 0;

  push(bytes: Uint8Array): readonly TextRecord[] {
    const records: TextRecord[] = [];
    const last = bytes.lastIndexOf(LF);
    if (last < 0) {
      this.#keep(bytes);
      return records;
    }
    this.#take(this.#whole(bytes, bytes.indexOf(LF) + 1, records, last + 1), records);
    this.#keep(bytes.subarray(last + 1));
    return records;
  }

  end(): readonly TextRecord[] {
    const records: TextRecord[] = [];
    if (this.#passed > 0) this.#tooLong(new Uint8Array(0), records);
    else this.#take(this.#rest, records);
    this.#rest = new Uint8Array(0);
    return records;
  }

  /** The lines up to `to`, what was kept before them; a too long line that ends at `firstEnd` is dealt with here. */
  #whole(bytes: Uint8Array, firstEnd: number, records: TextRecord[], to: number): Uint8Array {
    if (this.#passed > 0) {
      this.#tooLong(bytes.subarray(0, firstEnd), records);
      return bytes.subarray(firstEnd, to);
    }
    const kept = this.#rest;
    this.#rest = new Uint8Array(0);
    return kept.length === 0 ? bytes.subarray(0, to) : concat(kept, bytes.subarray(0, to));
  }

  #take(bytes: Uint8Array, records: TextRecord[]): void {
    if (bytes.length === 0) return;
    const text = decode(bytes);
    if (text === undefined) this.#takeEach(bytes, records);
    else this.#cut(text, text.length === bytes.length, undefined, records);
  }

  /** Somewhere here is a byte that is no UTF-8: line by line, so that the others stay whole. */
  #takeEach(bytes: Uint8Array, records: TextRecord[]): void {
    for (let from = 0; from < bytes.length; ) {
      const lf = bytes.indexOf(LF, from);
      const to = lf < 0 ? bytes.length : lf + 1;
      const line = bytes.subarray(from, to);
      const text = decode(line);
      if (text === undefined) this.#push(lenient.decode(line), line.length, 'not_utf8', records);
      else this.#push(text, line.length, undefined, records);
      from = to;
    }
  }

  #cut(text: string, ascii: boolean, fault: TextRecord['fault'], records: TextRecord[]): void {
    for (let from = 0; from < text.length; ) {
      const lf = text.indexOf('\n', from);
      const to = lf < 0 ? text.length : lf + 1;
      const line = text.slice(from, to);
      this.#push(line, ascii ? line.length : utf8Length(line), fault, records);
      from = to;
    }
  }

  #push(line: string, size: number, fault: TextRecord['fault'], records: TextRecord[]): void {
    const place = { line: this.#line, lastLine: this.#line, offset: this.#offset, end: this.#offset + size };
    this.#offset += size;
    this.#line++;
    let to = line.length;
    if (line.endsWith('\n')) to--;
    if (to > 0 && line[to - 1] === CR) to--;
    const from = place.offset === 0 && line.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    if (to <= from) return;
    const wrong = size > RECORD_BYTES_MAX ? 'too_long' : fault;
    const text = wrong === 'too_long' ? line.slice(from, HEAD_BYTES) : line.slice(from, to);
    records.push(wrong === undefined ? { text, ...place } : { text, ...place, fault: wrong });
  }

  #keep(bytes: Uint8Array): void {
    if (this.#passed > 0) {
      this.#passed += bytes.length;
      return;
    }
    if (bytes.length === 0) return;
    const kept = this.#rest.length === 0 ? bytes.slice() : concat(this.#rest, bytes);
    if (kept.length <= RECORD_BYTES_MAX) this.#rest = kept;
    else {
      this.#passed = kept.length;
      this.#rest = kept.slice(0, HEAD_BYTES);
    }
  }

  #tooLong(lastPart: Uint8Array, records: TextRecord[]): void {
    const size = this.#passed + lastPart.length;
    const place = { line: this.#line, lastLine: this.#line, offset: this.#offset, end: this.#offset + size };
    records.push({ text: lenient.decode(this.#rest), ...place, fault: 'too_long' });
    this.#offset += size;
    this.#line++;
    this.#passed = 0;
    this.#rest = new Uint8Array(0);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

function concat(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
