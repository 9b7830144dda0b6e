import { constants } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { type Files, NotReplaced, type OpenFile } from './files.ts';

const { O_CREAT, O_DSYNC, O_EXCL, O_RDWR } = constants;
/**
 * A write with this flag is a write and an fdatasync in one: it saves a thread's being woken, which under many small rounds is a good part of what they cost. Elsewhere than on
 * Linux the flag promises less than the call (of macOS the disk's own cache), or is absent: 0.
 */
const DSYNC = process.platform === 'linux' ? O_DSYNC : 0;
const FILE_MODE = 0o600;
const DIR_MODE = 0o700;

/** The disk of this machine. */
export function openFiles(): Files {
  return {
    open: async (file) => realFile(file, await openOrCreate(file, 0)),
    openDurable: async (file) => {
      const handle = await openOrCreate(file, DSYNC);
      return realFile(file, handle, DSYNC === 0 ? () => handle.datasync() : undefined);
    },
    read: readWhole,
    list: listSorted,
    makeDir,
    replace,
    rename,
    remove: (file) => rm(file, { force: true }),
    stat: statOf,
    syncDir,
    free: async (dir) => {
      const { bavail, bsize } = await statfs(dir);
      return bavail * bsize;
    },
  };
}

async function openOrCreate(file: string, flags: number): Promise<FileHandle> {
  try {
    return await open(file, O_RDWR | flags);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return await open(file, O_RDWR | O_CREAT | O_EXCL | flags, FILE_MODE);
  }
}

/** `sync`: after each write. */
function realFile(file: string, handle: FileHandle, sync?: () => Promise<void>): OpenFile {
  return {
    path: file,
    async write(buffers, position) {
      await writeAll(handle, buffers, position);
      await sync?.();
    },
    async read(position, length) {
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
    datasync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

/** A short write is no error to the system: the next call then tells why (no space, say). */
async function writeAll(handle: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  let rest = buffers.filter((buffer) => buffer.length > 0);
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = withoutFirst(rest, bytesWritten);
  }
}

function withoutFirst(buffers: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

async function readWhole(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function listSorted(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function makeDir(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true, mode: DIR_MODE });
  if (first === undefined) return;
  // Each new directory is a name in the one above it: sync from the innermost parent up to the one that existed.
  const stop = path.dirname(first);
  let parent = path.dirname(dir);
  while (parent.length >= stop.length) {
    await syncDir(parent);
    if (parent === path.dirname(parent)) break;
    parent = path.dirname(parent);
  }
}

async function replace(file: string, bytes: Buffer): Promise<void> {
  const temp = `${file}.tmp`;
  try {
    const handle = await open(temp, 'w', FILE_MODE);
    try {
      await writeAll(handle, [bytes], 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    throw new NotReplaced(file, error);
  }
  await rename(temp, file);
  await syncDir(path.dirname(file));
}

async function statOf(file: string): ReturnType<Files['stat']> {
  try {
    const found = await stat(file);
    return { bytes: found.size, mode: found.mode & 0o777, modifiedMs: found.mtimeMs };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}
