import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DaybookError } from '@daybook/protocol';

/** Bytes of bodies in hand, of all requests: beyond its bound new ones are told to come again. */
export class BytesInFlight {
  readonly max: number;
  #bytes = 0;

  constructor(max: number) {
    this.max = max;
  }

  get bytes(): number {
    return this.#bytes;
  }

  take(bytes: number): void {
    if (this.#bytes + bytes > this.max) throw new DaybookError('too_busy', undefined, { retryAfterS: RETRY_S });
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** A body in memory; `release` gives its bytes back, once. */
export interface Body {
  readonly bytes: Buffer;
  release(): void;
}

/** What the content-type parser left. */
export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && 'bytes' in value && 'release' in value;
}

const RETRY_S = 1;

export interface BodyLimits {
  readonly bytesMax: number;
  readonly inFlight: BytesInFlight;
}

/**
 * Reads a body to its end, unpacking gzip as it comes. What arrives is counted before it is kept, and what is unpacked too, so that neither a long
 * body nor a small one that unpacks to a long one takes more than the limit. A body that is cut off rejects: nothing of it goes on.
 */
export async function readBody(payload: Readable, headers: IncomingHttpHeaders, limits: BodyLimits): Promise<Body> {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new DaybookError('media_type_unsupported', 'Send the body plain or with content-encoding gzip.');
  }
  const announced = Number(headers['content-length'] ?? 0);
  if (announced > limits.bytesMax) throw tooLarge(limits);
  const reservation = new Reservation(limits.inFlight);
  try {
    const bytes = encoding === 'gzip' ? await gunzip(payload, reservation, limits) : await collect(payload, reservation, limits);
    return { bytes, release: () => reservation.release() };
  } catch (error) {
    reservation.release();
    throw error;
  }
}

class Reservation {
  readonly #inFlight: BytesInFlight;
  #bytes = 0;

  constructor(inFlight: BytesInFlight) {
    this.#inFlight = inFlight;
  }

  take(bytes: number): void {
    this.#inFlight.take(bytes);
    this.#bytes += bytes;
  }

  release(): void {
    this.#inFlight.give(this.#bytes);
    this.#bytes = 0;
  }
}

/** Most requests come in one piece: events of the stream cost less than an async iterator per chunk. */
function collect(stream: Readable, reservation: Reservation, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: unknown) => {
      stream.removeListener('data', onData);
      // What still comes is thrown away; the answer closes the connection.
      stream.resume();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.bytesMax) return fail(tooLarge(limits));
      try {
        reservation.take(chunk.length);
      } catch (error) {
        return fail(error);
      }
      chunks.push(chunk);
    };
    stream.on('data', onData);
    stream.once('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length)));
    stream.once('error', (error) =>
      fail(new DaybookError('bad_request', 'The body did not arrive whole; nothing of it was kept.', { cause: error })),
    );
    stream.once('aborted', () => fail(new DaybookError('bad_request', 'The body was cut off; nothing of it was kept.')));
  });
}

async function gunzip(payload: Readable, reservation: Reservation, limits: BodyLimits): Promise<Buffer> {
  const unzip = createGunzip();
  let packed = 0;
  payload.on('data', (chunk: Buffer) => {
    packed += chunk.length;
    if (packed > limits.bytesMax) unzip.destroy(tooLarge(limits));
  });
  payload.once('error', (error) => unzip.destroy(error));
  payload.once('aborted', () => unzip.destroy(new DaybookError('bad_request', 'The body was cut off; nothing of it was kept.')));
  payload.pipe(unzip);
  try {
    return await collect(unzip, reservation, limits);
  } catch (error) {
    payload.unpipe(unzip);
    payload.resume();
    unzip.destroy();
    const cause = error instanceof Error ? error.cause : undefined;
    throw cause instanceof DaybookError ? cause : error instanceof DaybookError && cause === undefined ? error : badGzip(error);
  }
}

function badGzip(cause: unknown): DaybookError {
  return new DaybookError('bad_request', 'The body is not whole gzip; nothing of it was kept.', { cause });
}

function tooLarge(limits: BodyLimits): DaybookError {
  return new DaybookError('body_too_large', `A body may have at most ${limits.bytesMax} bytes, unpacked; nothing of this one was kept.`);
}
