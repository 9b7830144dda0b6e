import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CliError } from '../cli-error.ts';
import { unpacked } from './unpack.ts';

/** A file, or standard input (`-`), as a stream of what it holds when unpacked. */
export interface Input {
  readonly name: string;
  /** Bytes as they lie on disk, for the progress bar; undefined for standard input. */
  readonly size: number | undefined;
  /** When it was last written, ms since 1970; of standard input, now. */
  readonly writtenMs: number;
  /** Bytes read so far, as they lie on disk. */
  read(): number;
  /** Throws UnreadableInput where it can't be read any further. */
  readonly stream: AsyncIterable<Uint8Array>;
}

/** One read of a file: large enough that a call per piece costs nothing, small enough that parsing one never holds up the network. */
const READ_BYTES = 256 * 1024;

export async function openInput(name: string, stdin: Readable): Promise<Input> {
  if (name === '-') return inputOf('standard input', undefined, performance.timeOrigin + performance.now(), stdin);
  const found = await stat(name).catch((error: unknown) => {
    throw new CliError(`Can't read ${name}: ${error instanceof Error ? error.message : String(error)}.`, { code: 'no_file', cause: error });
  });
  return inputOf(name, found.size, found.mtimeMs, createReadStream(name, { highWaterMark: READ_BYTES }));
}

function inputOf(name: string, size: number | undefined, writtenMs: number, raw: Readable): Input {
  let read = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const bytes of raw as AsyncIterable<Buffer>) {
      read += bytes.length;
      yield bytes;
    }
  }
  return { name, size, writtenMs, read: () => read, stream: unpacked(counted()) };
}
