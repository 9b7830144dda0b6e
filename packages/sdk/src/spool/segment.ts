import { close, closeSync, constants, fstatSync, fsync, fsyncSync, ftruncateSync, openSync, read, unlinkSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { BATCH_BYTES, BATCH_ITEMS, LINE_BYTES_MAX } from '../bounds.ts';

const readAt = promisify(read);
const sync = promisify(fsync);

/** Whole lines that wait to be sent: a part of a segment, read once, kept in memory until every line has found its end. */
export interface Batch {
  readonly bytes: Buffer;
  readonly lines: number;
  /** Every line of it arrived, or was refused for good and kept elsewhere. */
  readonly settle: () => void;
}

/** What waits: a file, or memory. `size` bytes are in it, `taken` were handed out, `settled` found their end. */
export interface Waiting {
  readonly size: number;
  readonly settled: number;
  readonly hasMore: boolean;
  /** The next lines; undefined when there are none now. One call at a time. */
  take(): Promise<Batch | undefined>;
}

/** Lines of a file, or of memory: settled once, however often it is said. */
export function batchOf(from: { settled: number }, bytes: Buffer, lines: number): Batch {
  let left = bytes.length;
  const settle = () => {
    from.settled += left;
    left = 0;
  };
  return { bytes, lines, settle };
}

const EXCLUSIVE = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;
const OWNER_ONLY = 0o600;

/** A file of the spool: lines are appended to its end and read from its front. The owner of the file is the only one that writes it. */
export class Segment implements Waiting {
  readonly file: string;
  size: number;
  settled = 0;
  /** What stands behind the last line feed of a file whose writer died in the middle of a line. */
  torn: Buffer | undefined;
  readonly #fd: number;
  #taken = 0;
  #dirty = false;
  #open = true;

  private constructor(file: string, fd: number, size = 0) {
    this.file = file;
    this.#fd = fd;
    this.size = size;
  }

  /** A new file: never one that is there already, be it a link that somebody laid out. */
  static create(file: string): Segment {
    return new Segment(file, openSync(file, EXCLUSIVE, OWNER_ONLY));
  }

  /** A file that another process left. */
  static adopt(file: string): Segment {
    const fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW);
    return new Segment(file, fd, fstatSync(fd).size);
  }

  /** One write(2): once it returned, the line is the kernel's and outlives this process. Half a line is taken back. Throws what the disk says. */
  append(line: string | Buffer, bytes: number): void {
    const written = typeof line === 'string' ? writeSync(this.#fd, line) : writeSync(this.#fd, line);
    if (written !== bytes) {
      ftruncateSync(this.#fd, this.size);
      throw Object.assign(new Error('the disk took only a part of a record'), { code: 'ENOSPC' });
    }
    this.size += bytes;
    this.#dirty = true;
  }

  get hasMore(): boolean {
    return this.#taken < this.size && this.torn === undefined;
  }

  async take(): Promise<Batch | undefined> {
    const from = this.#taken;
    let want = Math.min(BATCH_BYTES, this.size - from);
    for (;;) {
      if (want <= 0) return undefined;
      const buffer = Buffer.allocUnsafe(want);
      const { bytesRead } = await readAt(this.#fd, buffer, 0, want, from);
      const { end, lines } = wholeLines(buffer.subarray(0, bytesRead));
      if (end > 0) {
        this.#taken = from + end;
        return batchOf(this, buffer.subarray(0, end), lines);
      }
      if (bytesRead < want || from + bytesRead >= this.size || want >= 2 * LINE_BYTES_MAX) return this.#tear(buffer.subarray(0, bytesRead));
      want = Math.min(2 * want, this.size - from);
    }
  }

  /** No line feed to the end of the file: the rest is no record. It is shown to whoever looks, and not read again. */
  #tear(rest: Buffer): undefined {
    this.torn = rest;
    this.settled += this.size - this.#taken;
    this.#taken = this.size;
  }

  /** What was written is on the disk when this resolves. What has arrived already need not be. */
  async sync(): Promise<void> {
    if (!this.#dirty || !this.#open) return;
    this.#dirty = false;
    if (this.settled === this.size) return;
    await sync(this.#fd).catch((error: unknown) => {
      // Everything arrived meanwhile, and the file is gone.
      if (this.#open) throw error;
    });
  }

  syncNow(): void {
    if (this.#open && this.settled < this.size) fsyncSync(this.#fd);
  }

  /** Begins anew at 0, when all that was written has arrived: nothing of it must be sent again, and nothing stays on the disk. */
  empty(): boolean {
    if (this.size === 0 || this.settled < this.size || this.#taken < this.size) return false;
    ftruncateSync(this.#fd, 0);
    this.size = 0;
    this.settled = 0;
    this.#taken = 0;
    return true;
  }

  /** Somebody removed the file: what is written now would be gone with this process. */
  get isUnlinked(): boolean {
    return fstatSync(this.#fd).nlink === 0;
  }

  /** Deletes the file, unless its dead owner turns out to have written more. */
  remove(): boolean {
    const { size } = fstatSync(this.#fd);
    if (size > this.size) {
      this.size = size;
      this.torn = undefined;
      return false;
    }
    unlinkSync(this.file);
    this.close();
    return true;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    close(this.#fd, () => undefined);
  }

  closeNow(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }
}

/** The end of the last whole line within the bounds of a batch, and how many lines that are. */
function wholeLines(bytes: Buffer): { readonly end: number; readonly lines: number } {
  let end = 0;
  let lines = 0;
  while (lines < BATCH_ITEMS) {
    const at = bytes.indexOf(LINE_FEED, end);
    if (at < 0) break;
    end = at + 1;
    lines++;
  }
  return { end, lines };
}

const LINE_FEED = 0x0a;
