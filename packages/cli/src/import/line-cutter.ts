import { BYTE, type BrokenInput, type Cutter, ITEM_BYTES_MAX, type JsonItem, trim } from './cutter.ts';

/** One item a line (NDJSON): a broken line costs its neighbours nothing. */
export class LineCutter implements Cutter {
  failure: BrokenInput | undefined;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #line = 1;

  push(bytes: Buffer): readonly JsonItem[] {
    const items: JsonItem[] = [];
    let from = 0;
    for (let at = bytes.indexOf(BYTE.lf); at >= 0; at = bytes.indexOf(BYTE.lf, from)) {
      this.#take(bytes.subarray(from, at), items);
      from = at + 1;
    }
    if (from < bytes.length) this.#rest.push(bytes.subarray(from));
    this.#restBytes += bytes.length - from;
    if (this.#restBytes > ITEM_BYTES_MAX) this.failure = { line: this.#line, message: `this line is longer than ${ITEM_BYTES_MAX} bytes` };
    return items;
  }

  end(): readonly JsonItem[] {
    const items: JsonItem[] = [];
    this.#take(Buffer.alloc(0), items);
    return items;
  }

  #take(lastPart: Buffer, items: JsonItem[]): void {
    const bytes = trim(this.#rest.length === 0 ? lastPart : Buffer.concat([...this.#rest, lastPart]));
    if (bytes.length > 0) items.push({ bytes, line: this.#line });
    this.#rest = [];
    this.#restBytes = 0;
    this.#line++;
  }
}
