/** One JSON value of the input, as its bytes. */
export interface JsonItem {
  /** Spaces around it taken away. */
  readonly bytes: Buffer;
  /** Line on which it begins, from 1. */
  readonly line: number;
}

/** Input that is no item: reading ends there. */
export interface BrokenInput {
  readonly line: number;
  readonly message: string;
}

/** Fed with the pieces of a file in order; keeps what is not yet whole. */
export interface Cutter {
  /** Set when the rest of the input can't be cut. */
  readonly failure: BrokenInput | undefined;
  push(bytes: Buffer): readonly JsonItem[];
  end(): readonly JsonItem[];
}

/** The server moves long fields to blobs and takes 16 MiB a request; an item beyond this is a file without structure. */
export const ITEM_BYTES_MAX = 8 * 1024 * 1024;

export const BYTE = {
  lf: 0x0a,
  quote: 0x22,
  comma: 0x2c,
  backslash: 0x5c,
  openArray: 0x5b,
  closeArray: 0x5d,
  openObject: 0x7b,
  closeObject: 0x7d,
} as const;

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === BYTE.lf || byte === 0x0d || byte === 0x09;
}

export function trim(bytes: Buffer): Buffer {
  let from = 0;
  let to = bytes.length;
  while (from < to && isSpace(bytes[from] ?? 0)) from++;
  while (to > from && isSpace(bytes[to - 1] ?? 0)) to--;
  return bytes.subarray(from, to);
}
