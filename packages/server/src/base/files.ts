/**
 * File calls that the ledger depends on, behind an interface so that tests can make each of them fail and be lost, or fail but land.
 * Nothing else in the server writes below `ledger/`. Files are made with mode 0600, directories with 0700.
 */
export interface Files {
  /** Opens for reading and writing at explicit positions; creates when absent. A new name is durable only after `syncDir`. */
  open(file: string): Promise<OpenFile>;
  /** The same, and what `write` wrote is durable when it returns: writing and syncing are one call, where the system has one. */
  openDurable(file: string): Promise<OpenFile>;
  /** The whole content; undefined when there is no such file. */
  read(file: string): Promise<Buffer | undefined>;
  /** Names in a directory, sorted; empty when there is no such directory. */
  list(dir: string): Promise<string[]>;
  /** Makes the directory and those above it that are missing, durably. */
  makeDir(dir: string): Promise<void>;
  /**
   * Temp file, write, fsync, rename, fsync of the directory. On return the new content is durable; on failure either content may stand,
   * unless `surelyNotReplaced(error)`.
   */
  replace(file: string, bytes: Buffer): Promise<void>;
  /** Durable only after `syncDir`. Both names lie on one file system. */
  rename(from: string, to: string): Promise<void>;
  /** An absent file is no error. Durable only after `syncDir`. */
  remove(file: string): Promise<void>;
  stat(file: string): Promise<FileStat | undefined>;
  syncDir(dir: string): Promise<void>;
  /** Free bytes on the file system of `dir`. */
  free(dir: string): Promise<number>;
}

export interface OpenFile {
  readonly path: string;
  /** Writes all of the buffers, in order, beginning at `position`. On failure any part of them may have been written. */
  write(buffers: readonly Buffer[], position: number): Promise<void>;
  /** Fewer bytes than asked for only at the end of the file. The buffer is the caller's own. */
  read(position: number, length: number): Promise<Buffer>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

export interface FileStat {
  readonly bytes: number;
  /** Permission bits, as 0o600. */
  readonly mode: number;
  readonly modifiedMs: number;
}

/** A `replace` that failed before its rename: the old content stands for certain. */
export class NotReplaced extends Error {
  constructor(file: string, cause: unknown) {
    super(`could not write the new content of ${file}; the old one stands`, { cause });
    this.name = 'NotReplaced';
  }
}

export function surelyNotReplaced(error: unknown): boolean {
  return error instanceof NotReplaced;
}

/** Whether the disk or a quota on it had no room. Anything else that goes wrong on a write is a fault of the disk. */
export function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  return error instanceof NotReplaced && isNoSpace(error.cause);
}
