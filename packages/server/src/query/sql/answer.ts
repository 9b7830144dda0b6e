import type { ServerResponse } from 'node:http';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { SqlAnswer } from './deps.ts';
import { failureOf, type SqlFailure } from './failure.ts';
import { contentType } from './formats.ts';
import { NativeBlocks } from './native-blocks.ts';
import type { RowCounter } from './row-counter.ts';

/**
 * Bytes of an answer that are held back before its status goes out: most failures and most answers of dashboards are smaller, and so get the right status
 * and a length. Beyond it the answer streams.
 */
const HELD_BYTES_MAX = 65_536;
const GZIP_LEVEL = 1;

export interface AnswerHead {
  readonly rows: RowCounter;
  readonly format: string;
  readonly queryId: string;
  readonly timezone: string;
  readonly gzip: boolean;
  readonly blocks: boolean;
}

/** The beginning of an answer, and whether that is all of it. */
export interface HeldAnswer {
  readonly chunks: readonly Buffer[];
  readonly bytes: number;
  readonly rest: AsyncIterator<unknown> | undefined;
}

/** Reads until the end or until enough is held; rejects with what the engine says. */
export async function holdAnswer(answer: SqlAnswer, counter: RowCounter): Promise<HeldAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const iterator = answer.stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return { chunks, bytes, rest: undefined };
    const chunk = asBuffer(next.value);
    counter.add(chunk);
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= HELD_BYTES_MAX) return { chunks, bytes, rest: iterator };
  }
}

/** Sends what was held and then the rest as it comes; resolves with the bytes of the answer before compression. */
export async function sendAnswer(raw: ServerResponse, held: HeldAnswer, head: AnswerHead, elapsedMs: number): Promise<number> {
  raw.statusCode = 200;
  raw.setHeader('content-type', contentType(head.format));
  raw.setHeader('x-clickhouse-query-id', head.queryId);
  raw.setHeader('x-clickhouse-format', head.format);
  raw.setHeader('x-clickhouse-timezone', head.timezone);
  raw.setHeader('x-clickhouse-server-display-name', 'daybook');
  raw.setHeader('x-clickhouse-summary', summary(elapsedMs, head.rows.rows(), held));
  if (held.rest === undefined && !head.gzip && !head.blocks) {
    raw.setHeader('content-length', held.bytes);
    await pipeline(Readable.from(held.chunks), raw);
    return held.bytes;
  }
  const counter = new ByteCounter();
  const source = Readable.from(allOf(held, head.rows));
  if (head.blocks) await pipeline(source, counter, new NativeBlocks(), raw);
  else if (head.gzip) {
    raw.setHeader('content-encoding', 'gzip');
    raw.setHeader('vary', 'accept-encoding');
    await pipeline(source, counter, createGzip({ level: GZIP_LEVEL }), raw);
  } else await pipeline(source, counter, raw);
  return counter.bytes;
}

export function sendFailure(raw: ServerResponse, failure: SqlFailure, queryId: string): void {
  raw.statusCode = failure.status;
  raw.setHeader('content-type', 'text/plain; charset=UTF-8');
  raw.setHeader('x-clickhouse-exception-code', failure.code);
  raw.setHeader('x-clickhouse-query-id', queryId);
  if (failure.status === 401) raw.setHeader('www-authenticate', 'Basic realm="daybook"');
  if (failure.retryAfterS !== undefined) raw.setHeader('retry-after', failure.retryAfterS);
  raw.end(failure.text);
}

async function* allOf(held: HeldAnswer, rows: RowCounter): AsyncGenerator<Buffer> {
  yield* held.chunks;
  if (held.rest === undefined) return;
  try {
    for (;;) {
      const next = await held.rest.next();
      if (next.done === true) return;
      const chunk = asBuffer(next.value);
      rows.add(chunk);
      yield chunk;
    }
  } catch (error) {
    // The status is out: as ClickHouse does, the message becomes the end of the body, and the connection is cut so that nobody takes this for a whole answer.
    yield Buffer.from(`\n${failureOf(error).text}`);
    await new Promise((resolve) => setImmediate(resolve));
    throw error;
  } finally {
    await held.rest.return?.();
  }
}

function asBuffer(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk)
    ? chunk
    : chunk instanceof Uint8Array
      ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : Buffer.from(String(chunk));
}

/** ClickHouse's summary, as far as it is known before the first byte: numbers are strings there. */
function summary(elapsedMs: number, rows: number | undefined, held: HeldAnswer): string {
  const known = held.rest === undefined;
  const result = { result_rows: String(known ? (rows ?? 0) : 0), result_bytes: String(known ? held.bytes : 0) };
  return JSON.stringify({
    read_rows: result.result_rows,
    read_bytes: result.result_bytes,
    written_rows: '0',
    written_bytes: '0',
    total_rows_to_read: '0',
    ...result,
    elapsed_ns: String(Math.round(elapsedMs * 1e6)),
  });
}

class ByteCounter extends Transform {
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    done(null, chunk);
  }
}
