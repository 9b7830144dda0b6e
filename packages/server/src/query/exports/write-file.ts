import path from 'node:path';
import type { Readable } from 'node:stream';
import { DaybookError } from '@daybook/protocol';
import { type Files, isNoSpace, type OpenFile } from '../../base/files.ts';
import { engineUnavailable } from '../engine/connection.ts';
import { FREE_BYTES_MIN, READ_BYTES, STEP_BYTES } from './bounds.ts';

interface Writing {
  readonly files: Files;
  /** The whole file gets this name, and only the whole file. */
  readonly file: string;
  readonly rows: Readable;
  readonly signal: AbortSignal;
  /** Called with each piece before it is written; may throw, then nothing is kept. */
  readonly take: (piece: Buffer) => void;
  /** Looks at the written file before it gets its name. */
  readonly look?: (file: OpenFile) => Promise<void>;
}

/** The name of a file that is not whole. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/**
 * Writes rows to a file, piece by piece as they come: the engine waits for the disk, nothing piles up. What fails leaves no file. Not durable, nor need it be: the next start
 * removes all exports.
 */
export async function writeFile(writing: Writing): Promise<void> {
  const { files, file } = writing;
  try {
    await writePart(writing);
    await files.rename(partOf(file), file);
  } catch (error) {
    await files.remove(partOf(file));
    throw isNoSpace(error) ? diskFull(error) : error;
  }
}

async function writePart({ files, file, rows, signal, take, look }: Writing): Promise<void> {
  // Made by the first export, not by the start: that must go well on a full disk too.
  await files.makeDir(path.dirname(file));
  await mustHaveRoom(files, path.dirname(file));
  const part = await files.open(partOf(file));
  try {
    let at = 0;
    let synced = 0;
    for await (const piece of pieces(rows)) {
      signal.throwIfAborted();
      take(piece);
      await part.write([piece], at);
      at += piece.length;
      if (at - synced < STEP_BYTES) continue;
      synced = at;
      await part.datasync();
      await mustHaveRoom(files, path.dirname(file));
    }
    signal.throwIfAborted();
    await look?.(part);
  } finally {
    rows.destroy();
    await part.close();
  }
}

/** What the engine says when it fails is for the log; its code is one. */
async function* pieces(rows: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const piece of rows) yield Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
  } catch (error) {
    throw error instanceof DaybookError ? error : engineUnavailable(error);
  }
}

async function mustHaveRoom(files: Files, dir: string): Promise<void> {
  if ((await files.free(dir)) < FREE_BYTES_MIN) throw diskFull();
}

function diskFull(cause?: unknown): DaybookError {
  return new DaybookError(
    'disk_full',
    'The disk has no room for this export, and what was written of it is removed: what is free is for the ledger.',
    {
      cause,
    },
  );
}

/** The bytes of a file, piece by piece. The caller has opened it; it is closed at the end, or when nobody reads on. */
export async function* readFile(file: OpenFile, bytes: number): AsyncGenerator<Buffer> {
  try {
    for (let at = 0; at < bytes; ) {
      const piece = await file.read(at, Math.min(READ_BYTES, bytes - at));
      if (piece.length === 0) throw new Error('the file of an export is shorter than it was');
      at += piece.length;
      yield piece;
    }
  } finally {
    await file.close();
  }
}
