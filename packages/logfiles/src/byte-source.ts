import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes at positions, read synchronously: for worker threads and tools, never for the server's main thread. */
export interface ByteSource {
  /** As of the opening: what a writer appends meanwhile is not seen. */
  readonly size: number;
  /** The bytes [at, at + length), fewer at the end. A view that the next `read` may overwrite. */
  read(at: number, length: number): Buffer;
}

export interface FileSource extends ByteSource {
  close(): void;
}

/** Small neighbouring reads come from one read of this many bytes. */
const WINDOW_BYTES = 1024 * 1024;

export function bufferSource(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

/** Throws what node:fs throws when there is no such file; a directory, a pipe or a device is refused like an unreadable file. */
export function openFileSource(file: string): FileSource {
  // Without waiting: a pipe put in the place of a file would hold the open call for ever.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const size = regularSize(fd, file);
  let window = Buffer.alloc(0);
  let windowAt = 0;
  return {
    size,
    read(at, length) {
      const want = Math.max(0, Math.min(length, size - at));
      if (at < windowAt || at + want > windowAt + window.length) {
        // Not the old buffer again where it is too small; a larger one stays, as frames of one writer are of one kind.
        const room = Math.max(WINDOW_BYTES, want);
        const buffer = window.buffer.byteLength >= room ? Buffer.from(window.buffer) : Buffer.from(new ArrayBuffer(room));
        window = buffer.subarray(0, readFully(fd, buffer, { at, length: Math.min(room, size - at) }));
        windowAt = at;
      }
      return window.subarray(at - windowAt, at - windowAt + want);
    },
    close: () => closeSync(fd),
  };
}

/** The whole content of a small file. Throws as `openFileSource` does, also for a file of more bytes. */
export function readSmallFile(file: string, bytesMax: number): Buffer {
  const source = openFileSource(file);
  try {
    if (source.size > bytesMax) throw systemError('EFBIG', `${file} is larger than ${bytesMax} bytes`);
    return Buffer.from(source.read(0, source.size));
  } finally {
    source.close();
  }
}

function regularSize(fd: number, file: string): number {
  let stat;
  try {
    stat = fstatSync(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  if (stat.isFile()) return stat.size;
  closeSync(fd);
  throw systemError('EFTYPE', `${file} is no regular file`);
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, syscall: 'open' });
}

export function isAbsent(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT';
}

export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function readFully(fd: number, buffer: Buffer, { at, length }: { readonly at: number; readonly length: number }): number {
  let done = 0;
  while (done < length) {
    const read = readSync(fd, buffer, done, length - done, at + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
