import { Transform } from 'node:stream';
import { codeOf } from '@daybook/protocol';
import zlib from 'node:zlib';

/** The bytes can't be read or unpacked any further; what came before is whole. */
export class UnreadableInput extends Error {
  /** A word that programs match on. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

interface Packing {
  readonly name: string;
  readonly magic: readonly number[];
  /** undefined where this program, or this Node, can't unpack it. */
  readonly open: (() => Transform) | undefined;
}

/** Node has Zstandard from 22.15 on. */
const zstd: (() => Transform) | undefined = 'createZstdDecompress' in zlib ? zstdOf(zlib.createZstdDecompress) : undefined;

const PACKINGS: readonly Packing[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], open: () => zlib.createGunzip({ chunkSize: 256 * 1024 }) },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], open: zstd },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], open: undefined },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], open: undefined },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], open: undefined },
  { name: '7z', magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], open: undefined },
];

/**
 * So much is given to the unpacker at once. gzip packs a thousand to one at the most: a file made to burst gives 32 MiB at a time, and those are read
 * before the next piece is unpacked.
 */
const SLICE_BYTES = 32 * 1024;

/** Packing is told by the first bytes, not by the name: `zcat` in a pipe and `.log` files that are packed both work. */
export async function* unpacked(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = readable(raw)[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => pieces };
  const packing = PACKINGS.find(({ magic }) => magic.every((byte, i) => first.value[i] === byte));
  if (packing === undefined) {
    yield first.value;
    yield* rest;
  } else if (packing.open === undefined) {
    const advice = packing.name === 'zstd' ? 'Node 22.15 or later reads it' : 'unpack it first';
    throw new UnreadableInput('packing_unknown', `it is packed by ${packing.name}, which can't be read here: ${advice}`);
  } else yield* through(packing.open(), slices(first.value, rest), packing.name);
}

/** A disk's error in the midst of a file is one of the file's, and tells no more than its code. */
async function* readable(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* raw;
  } catch (error) {
    throw new UnreadableInput('unreadable', `it can't be read: ${codeOf(error) ?? 'no reason given'}`, error);
  }
}

/**
 * Piece by piece, waiting for each: an unpacker that fails throws away what it has not handed over, so that nothing may lie there when the next piece
 * is looked at.
 */
async function* through(unpacker: Transform, pieces: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let failure: unknown;
  unpacker.on('data', (bytes: Uint8Array) => ready.push(bytes));
  unpacker.on('error', (error) => (failure = error));
  const taken = () => {
    const bytes = ready;
    ready = [];
    return bytes;
  };
  try {
    for await (const piece of pieces) {
      await new Promise<void>((resolve) => unpacker.write(piece, () => resolve()));
      yield* taken();
      if (failure !== undefined) break;
    }
    if (failure === undefined) await ended(unpacker);
    yield* taken();
  } finally {
    unpacker.destroy();
  }
  if (failure !== undefined)
    throw new UnreadableInput(
      `broken_${name}`,
      `no whole ${name} file: ${failure instanceof Error ? failure.message : 'it can not be unpacked'}`,
      failure,
    );
}

function ended(unpacker: Transform): Promise<void> {
  return new Promise((resolve) => {
    unpacker.once('end', resolve);
    unpacker.once('error', () => resolve());
    unpacker.end();
  });
}

async function* slices(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* slicesOf(first);
  for await (const bytes of rest) yield* slicesOf(bytes);
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}

function zstdOf(open: unknown): (() => Transform) | undefined {
  if (typeof open !== 'function') return undefined;
  return () => {
    const made: unknown = open();
    if (made instanceof Transform) return made;
    throw new UnreadableInput('packing_unknown', 'it is packed by zstd, which this Node does not unpack');
  };
}
