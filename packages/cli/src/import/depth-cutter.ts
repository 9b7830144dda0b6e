import { BYTE, type BrokenInput, type Cutter, ITEM_BYTES_MAX, isSpace, type JsonItem, trim } from './cutter.ts';

/**
 * Cuts by counting brackets outside of strings: the elements of one array, or values that follow one another over several lines.
 * It reads no further into the items; whether one is JSON is told later, item by item.
 */
export class DepthCutter implements Cutter {
  failure: BrokenInput | undefined;
  /** Depth at which items lie: 1 inside the array, 0 without one. */
  readonly #itemDepth: 0 | 1;
  #pending: Buffer = Buffer.alloc(0);
  #scanned = 0;
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #itemStart = -1;
  #itemLine = 1;
  #closed = false;

  constructor(shape: 'array' | 'objects') {
    this.#itemDepth = shape === 'array' ? 1 : 0;
  }

  push(bytes: Buffer): readonly JsonItem[] {
    const items: JsonItem[] = [];
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (; this.#scanned < this.#pending.length && this.failure === undefined; this.#scanned++) {
      const byte = this.#pending[this.#scanned] ?? 0;
      if (byte === BYTE.lf) this.#line++;
      if (this.#inString) this.#string(byte);
      else if (!isSpace(byte)) this.#structure(byte, items);
    }
    this.#forget();
    return items;
  }

  end(): readonly JsonItem[] {
    if (this.#itemStart >= 0) this.failure = { line: this.#itemLine, message: 'the item that begins here has no end' };
    else if (this.#itemDepth === 1 && !this.#closed) this.failure = { line: this.#line, message: 'the array has no end' };
    return [];
  }

  #string(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BYTE.backslash) this.#escaped = true;
    else if (byte === BYTE.quote) this.#inString = false;
  }

  #structure(byte: number, items: JsonItem[]): void {
    if (this.#closed) {
      this.failure = { line: this.#line, message: 'there is something behind the end of the array' };
    } else if (byte === BYTE.closeArray || byte === BYTE.closeObject) {
      this.#close(items);
    } else if (byte === BYTE.comma && this.#depth === this.#itemDepth) {
      this.#take(this.#scanned, items);
    } else if (this.#depth < this.#itemDepth) {
      this.#depth++; // the array's own bracket
    } else {
      this.#begin();
      if (byte === BYTE.quote) this.#inString = true;
      else if (byte === BYTE.openArray || byte === BYTE.openObject) this.#depth++;
    }
  }

  #begin(): void {
    if (this.#itemStart >= 0) return;
    this.#itemStart = this.#scanned;
    this.#itemLine = this.#line;
  }

  #close(items: JsonItem[]): void {
    if (this.#depth === this.#itemDepth && this.#itemDepth === 1) {
      this.#take(this.#scanned, items);
      this.#closed = true;
      return;
    }
    this.#begin(); // a bracket too many belongs to the item, which will be refused
    this.#depth = Math.max(this.#itemDepth, this.#depth - 1);
    if (this.#depth === 0) this.#take(this.#scanned + 1, items);
  }

  #take(end: number, items: JsonItem[]): void {
    if (this.#itemStart >= 0) items.push({ bytes: trim(this.#pending.subarray(this.#itemStart, end)), line: this.#itemLine });
    this.#itemStart = -1;
  }

  /** Keeps only the item that is not yet whole. */
  #forget(): void {
    const keepFrom = this.#itemStart < 0 ? this.#scanned : this.#itemStart;
    this.#pending = this.#pending.subarray(keepFrom);
    this.#scanned -= keepFrom;
    if (this.#itemStart > 0) this.#itemStart = 0;
    if (this.#pending.length > ITEM_BYTES_MAX)
      this.failure = { line: this.#itemLine, message: `this item is longer than ${ITEM_BYTES_MAX} bytes` };
  }
}
