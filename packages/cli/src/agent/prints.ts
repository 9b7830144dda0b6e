import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { unpacked } from '../import/unpack.ts';
import { NO_PRINT, type Print } from './positions.ts';

/** A file is known by so many of its first bytes: more than any header that files have in common. */
export const HEAD_BYTES = 1024;
/** And by so many before the place up to which it was read. */
export const TAIL_BYTES = 256;
/** A file whose beginning is shorter than this has too little that is its own to be told by it from another that is there, too. */
export const HEAD_BYTES_SURE = 256;

export function printOf(bytes: Uint8Array): Print {
  if (bytes.length === 0) return NO_PRINT;
  return { bytes: bytes.length, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 24) };
}

export function isPrint(bytes: Uint8Array, print: Print): boolean {
  return bytes.length >= print.bytes && printOf(bytes.subarray(0, print.bytes)).hash === print.hash;
}

/** What a file holds, unpacked: at places, for comparing. */
export interface Contents {
  /** As many bytes as there are up to `to`. */
  bytes(from: number, to: number): Promise<Buffer>;
}

export function plainContents(path: string): Contents {
  return {
    async bytes(from, to) {
      const fd = openSync(path, 'r');
      try {
        return readAt(fd, from, to);
      } finally {
        closeSync(fd);
      }
    },
  };
}

export function readAt(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  let got = 0;
  while (got < bytes.length) {
    const n = readSync(fd, bytes, got, bytes.length - got, from + got);
    if (n === 0) break;
    got += n;
  }
  return bytes.subarray(0, got);
}

/** Read through from the beginning each time: a packed file is looked at once, when it appears. */
export function packedContents(open: () => AsyncIterable<Uint8Array>): Contents {
  return {
    async bytes(from, to) {
      const parts: Uint8Array[] = [];
      let at = 0;
      try {
        for await (const piece of unpacked(open())) {
          if (at + piece.length > from) parts.push(piece.subarray(Math.max(0, from - at), to - at));
          at += piece.length;
          if (at >= to) break;
        }
      } catch {
        // It breaks off: what came before is compared.
      }
      return Buffer.concat(parts);
    },
  };
}
