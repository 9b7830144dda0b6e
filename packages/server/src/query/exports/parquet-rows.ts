import type { OpenFile } from '../../base/files.ts';

/** The schema of 60 columns has some 3 KiB, and the number of rows stands right behind it. */
const HEAD_BYTES = 64 * 1024;
/** At the very end of the file: the length of the metadata (32 bits, little endian), `PAR1`. */
const END_BYTES = 8;
/** Schemas are flat: what nests deeper is no metadata of ours. */
const DEPTH_MAX = 8;
const NUM_ROWS_FIELD = 3;

/** Types of Thrift's compact protocol. */
const I8 = 3;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;

/**
 * The row count that a Parquet file says of itself: its metadata is a struct in Thrift's compact protocol, of which field 1 is the version, 2 the schema and 3 the number of
 * rows. Undefined where it cannot be read.
 */
export async function parquetRows(file: OpenFile, bytes: number): Promise<number | undefined> {
  const end = await file.read(Math.max(0, bytes - END_BYTES), END_BYTES);
  if (end.length < END_BYTES || end.toString('latin1', 4) !== 'PAR1') return undefined;
  const length = end.readUInt32LE(0);
  if (length > bytes - END_BYTES) return undefined;
  return numRows(await file.read(bytes - END_BYTES - length, Math.min(length, HEAD_BYTES)));
}

/** Of the first bytes of the metadata. */
export function numRows(metadata: Buffer): number | undefined {
  const reader = new Reader(metadata);
  let id = 0;
  for (let header = reader.byte(); header !== undefined && header !== 0; header = reader.byte()) {
    const delta = header >> 4;
    id = delta === 0 ? unzigzag(reader.varint()) : id + delta;
    const type = header & 15;
    if (id === NUM_ROWS_FIELD && type === I64) {
      const rows = unzigzag(reader.varint());
      return Number.isSafeInteger(rows) && rows >= 0 && !reader.over ? rows : undefined;
    }
    if (!reader.skip(type, 0)) return undefined;
  }
  return undefined;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get over(): boolean {
    return this.#at > this.#bytes.length;
  }

  byte(): number | undefined {
    return this.#bytes[this.#at++];
  }

  /** Seven bits a byte, the low ones first. Not a number beyond the end. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      if (byte === undefined) return Number.NaN;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Steps over a value; false where there is none that we know. */
  skip(type: number, depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    // The two truths of a field stand in its header.
    if (type === 1 || type === 2) return true;
    if (type === I8) this.#at += 1;
    else if (type > I8 && type <= I64) this.varint();
    else if (type === DOUBLE) this.#at += 8;
    else if (type === BINARY) this.#skipBytes();
    else if (type === LIST || type === SET) return this.#skipList(depth);
    else if (type === STRUCT) return this.#skipStruct(depth);
    else return false;
    return this.#at <= this.#bytes.length;
  }

  #skipBytes(): void {
    // The length moves the place itself.
    const length = this.varint();
    this.#at += length;
  }

  #skipList(depth: number): boolean {
    const header = this.byte() ?? 0;
    const size = header >> 4 === 15 ? this.varint() : header >> 4;
    const type = header & 15;
    // Within a list a truth is a byte of its own.
    for (let i = 0; i < size; i++) if (!this.skip(type <= 2 ? I8 : type, depth + 1)) return false;
    return size >= 0;
  }

  #skipStruct(depth: number): boolean {
    for (let header = this.byte(); header !== 0; header = this.byte()) {
      if (header === undefined) return false;
      if (header >> 4 === 0) this.varint();
      if (!this.skip(header & 15, depth + 1)) return false;
    }
    return true;
  }
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
