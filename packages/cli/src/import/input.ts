import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CliError } from '../cli-error.ts';

/** A file, or standard input (`-`), as a stream of what it holds when unpacked. */
export interface Input {
  readonly name: string;
  /** Bytes as they lie on disk, for the progress bar; undefined for standard input. */
  readonly size: number | undefined;
  /** Bytes read so far, as they lie on disk. */
  read(): number;
  readonly stream: AsyncIterable<Uint8Array>;
}

/** The bytes can't be unpacked any further; what came before is whole. */
export class UnreadableInput extends Error {}

const GZIP_MAGIC = [0x1f, 0x8b] as const;

export async function openInput(name: string, stdin: Readable): Promise<Input> {
  if (name === '-') return inputOf('standard input', undefined, stdin);
  const found = await stat(name).catch((error: unknown) => {
    throw new CliError(`Can't read ${name}: ${error instanceof Error ? error.message : String(error)}.`, { code: 'no_file', cause: error });
  });
  if (found.isDirectory())
    throw new CliError(`${name} is a directory.`, {
      code: 'no_file',
      advice: 'Name its files, as in `daybook import --format json logs/*.json`.',
    });
  return inputOf(name, found.size, createReadStream(name));
}

function inputOf(name: string, size: number | undefined, raw: Readable): Input {
  let read = 0;
  raw.on('data', (bytes: Buffer) => (read += bytes.length));
  raw.pause();
  return { name, size, read: () => read, stream: unpacked(raw) };
}

/** gzip is told by its first two bytes, not by the name: `zcat` in a pipe and `.log` files that are packed both work. */
async function* unpacked(raw: Readable): AsyncGenerator<Uint8Array> {
  const iterator: AsyncIterator<Buffer> = raw[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const rest: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => iterator };
  const whole = concat(first.value, rest);
  if (!GZIP_MAGIC.every((byte, i) => first.value[i] === byte)) {
    yield* whole;
    return;
  }
  const gunzip = createGunzip();
  // Its failure shows up in `gunzip` itself, where it is caught.
  const work = pipeline(whole, gunzip).catch(() => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    throw new UnreadableInput(`no whole gzip file: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  await work;
}

async function* concat(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}
