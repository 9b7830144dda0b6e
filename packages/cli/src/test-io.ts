import { PassThrough, Readable, Writable } from 'node:stream';
import type { Io } from './io.ts';

/** An Io that keeps what is written; `tty` makes both outputs terminals. */
export function testIo(
  options: {
    readonly env?: Record<string, string>;
    readonly stdin?: string | Buffer;
    readonly tty?: boolean;
    readonly cwd?: string;
    readonly columns?: number;
  } = {},
) {
  const written = { out: '', err: '' };
  const sink = (key: 'out' | 'err') =>
    Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          written[key] += chunk.toString('utf8');
          done();
        },
      }),
      { isTTY: options.tty === true, columns: options.columns ?? 120 },
    );
  const io: Io = {
    stdin: options.stdin === undefined ? new PassThrough() : Readable.from([Buffer.from(options.stdin)]),
    stdout: sink('out'),
    stderr: sink('err'),
    env: options.env ?? {},
    cwd: options.cwd ?? '/nonexistent',
  };
  return { io, written };
}
