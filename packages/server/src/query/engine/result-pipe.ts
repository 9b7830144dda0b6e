import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** Appended by us when the engine has finished writing: 128 random bits, so no answer ends in them by chance. */
const END_MARK_BYTES = 16;

/**
 * A named pipe into which ClickHouse writes an answer (INTO OUTFILE) while we read it: any format comes out exactly as the engine writes it, in bounded
 * memory, and a slow reader slows the engine down.
 *
 * Rejected: chDB's `queryStream` formats each block as a document of its own (wrong for JSON, Parquet, Arrow, XML), evaluates scalar subqueries on the thread
 * of the event loop (1.5 s for a 50 M row one), and after a failure in the middle of an answer its left-over bytes begin the next answer of the session.
 */
export class ResultPipe {
  readonly path: string;
  private readonly fd: number;
  private readonly socket: Socket;

  constructor(path: string) {
    rmSync(path, { force: true });
    execFileSync('mkfifo', ['-m', '600', path], { env: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'ignore', 'inherit'] });
    this.path = path;
    // Both ends in one descriptor: the pipe never reports an end while no statement writes to it.
    this.fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.socket = new Socket({ fd: this.fd, readable: true, writable: false });
    this.socket.pause();
  }

  /**
   * Hands every chunk of one answer to `take`; when that returns false the engine is held up until `resume` is called. `written` settles when the engine
   * has ended the statement, well or not. Resolves when all it wrote was handed over.
   */
  async drain(written: Promise<unknown>, take: (chunk: Buffer, resume: () => void) => boolean): Promise<void> {
    const socket = this.socket;
    const mark = randomBytes(END_MARK_BYTES);
    let ended = false;
    let markWritten = false;
    let held: Buffer = Buffer.alloc(0);
    const resume = (): void => {
      if (!socket.destroyed) socket.resume();
    };
    const deliver = (chunk: Buffer): void => {
      if (chunk.length > 0 && !take(chunk, resume)) socket.pause();
    };
    const writeMark = (): void => {
      if (!ended || markWritten) return;
      try {
        // At most PIPE_BUF bytes: written whole or, while the pipe is full, not at all.
        writeSync(this.fd, mark);
        markWritten = true;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      }
    };
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        const before = markWritten;
        try {
          writeMark();
        } catch (error) {
          reject(error);
          return;
        }
        if (!before) {
          deliver(chunk);
          return;
        }
        const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const body = all.subarray(0, Math.max(0, all.length - END_MARK_BYTES));
        held = all.subarray(body.length);
        const done = held.equals(mark);
        deliver(body);
        if (!done) return;
        socket.off('data', onData);
        socket.pause();
        resolve();
      };
      socket.on('data', onData);
      socket.resume();
      const onEnd = (): void => {
        ended = true;
        try {
          writeMark();
        } catch (error) {
          reject(error);
        }
      };
      written.then(onEnd, onEnd);
    });
  }

  close(): void {
    this.socket.destroy();
    rmSync(this.path, { force: true });
    try {
      closeSync(this.fd);
    } catch {
      // The socket has closed it.
    }
  }
}
