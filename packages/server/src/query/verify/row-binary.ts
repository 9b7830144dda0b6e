import { ENTRY_BYTES_MAX } from '@daybook/protocol';

/**
 * A row's values hold no more bytes than the entry's text, apart from fixed parts and what stands for missing values: 20 bytes for each of some 70 columns.
 * A minimal row holds an event once more quoted, which at worst doubles it.
 */
const ROW_BYTES_MAX = 2 * ENTRY_BYTES_MAX + 4096;
const TWO_32 = 2 ** 32;
/** Up to here a loop is faster than the call of a native copy. */
const SHORT_BYTES = 24;

/** Writes values as ClickHouse's RowBinary has them. One buffer, used again for each row. */
export class RowBinary {
  readonly into = Buffer.alloc(ROW_BYTES_MAX);
  used = 0;

  uint8(value: number): void {
    this.into[this.used++] = value;
  }

  /** An Int64 or UInt64 from a safe integer. */
  int64(value: number): void {
    const high = Math.floor(value / TWO_32);
    this.uint32(value - high * TWO_32);
    this.uint32(high);
  }

  float64(value: number): void {
    this.used = this.into.writeDoubleLE(value, this.used);
  }

  /** LEB128. */
  length(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.into[this.used++] = (rest & 0x7f) | 0x80;
    this.into[this.used++] = rest;
  }

  text(text: string): void {
    this.length(Buffer.byteLength(text));
    this.used += this.into.write(text, this.used, 'utf8');
  }

  /** Text that stands in UTF-8 in `bytes[from, to)`. */
  textFrom(bytes: Buffer, from: number, to: number): void {
    this.length(to - from);
    this.raw(bytes, from, to);
  }

  raw(bytes: Uint8Array, from: number, to: number): void {
    const { into } = this;
    let at = this.used;
    if (to - from > SHORT_BYTES) into.set(bytes.subarray(from, to), at);
    else for (let i = from; i < to; i++) into[at++] = bytes[i] ?? 0;
    this.used += to - from;
  }

  private uint32(value: number): void {
    const { into } = this;
    into[this.used++] = value & 0xff;
    into[this.used++] = (value >>> 8) & 0xff;
    into[this.used++] = (value >>> 16) & 0xff;
    into[this.used++] = value >>> 24;
  }
}
