/**
 * File calls that the ledger depends on, behind an interface so that tests can make each of them fail and be lost, or fail but land.
 * Nothing else in the server writes below `ledger/`.
 */
export interface Files {
  /** Opens for reading and appending at explicit positions; creates when absent (mode 0600). */
  open(file: string): Promise<OpenFile>;
  read(file: string): Promise<Buffer | undefined>;
  list(dir: string): Promise<string[]>;
  makeDir(dir: string): Promise<void>;
  /** Temp file, write, fsync, rename, fsync of the directory. On return the new content is durable; on failure either content may stand. */
  replace(file: string, bytes: Buffer): Promise<void>;
  remove(file: string): Promise<void>;
  syncDir(dir: string): Promise<void>;
  /** Free bytes on the file system of `dir`. */
  free(dir: string): Promise<number>;
}

export interface OpenFile {
  readonly path: string;
  /** Writes all of the buffers, in order, beginning at `position`. */
  write(buffers: readonly Buffer[], position: number): Promise<void>;
  read(position: number, length: number): Promise<Buffer>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}
