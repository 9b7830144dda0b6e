import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DaybookError } from '@daybook/protocol';
import { giveBuffer, takeBuffer } from '../../base/lent-buffers.ts';

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

/** A body in memory; `release` gives it back, once: others write there then, and nothing may read `bytes` any more. */
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
    await (encoding === 'gzip' ? gunzip(payload, reservation, limits) : collect(payload, reservation, limits));
    return { bytes: reservation.held.bytes, release: () => reservation.release() };
  } catch (error) {
    reservation.release();
    throw error;
  }
}

/** What a request holds, and what it counts for. */
class Reservation {
  readonly held = new Held();
  readonly #inFlight: BytesInFlight;
  #bytes = 0;

  constructor(inFlight: BytesInFlight) {
    this.#inFlight = inFlight;
  }

  take(chunk: Buffer): void {
    this.#inFlight.take(chunk.length);
    this.#bytes += chunk.length;
    this.held.add(chunk);
  }

  release(): void {
    this.#inFlight.give(this.#bytes);
    this.#bytes = 0;
    this.held.release();
  }
}

/** Bytes that come in pieces. Most come in one, which is kept as it is; more are put together as they come, for each to be forgotten at once. */
class Held {
  #bytes: Buffer = NO_BYTES;
  #length = 0;
  /** Whether `#bytes` is lent; else it is the first piece. */
  #lent = false;

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) this.#bytes = piece;
    else {
      if (!this.#lent || length > this.#bytes.length) this.#move(takeBuffer(length));
      piece.copy(this.#bytes, this.#length);
    }
    this.#length = length;
  }

  release(): void {
    if (this.#lent) giveBuffer(this.#bytes);
    this.#lent = false;
    this.#bytes = NO_BYTES;
    this.#length = 0;
  }

  #move(larger: Buffer): void {
    this.#bytes.copy(larger, 0, 0, this.#length);
    if (this.#lent) giveBuffer(this.#bytes);
    this.#bytes = larger;
    this.#lent = true;
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);

/** Most requests come in one piece: events of the stream cost less than an async iterator per chunk. */
function collect(stream: Readable, reservation: Reservation, limits: BodyLimits): Promise<void> {
  return new Promise((resolve, reject) => {
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
        reservation.take(chunk);
      } catch (error) {
        fail(error);
      }
    };
    stream.on('data', onData);
    stream.once('end', () => resolve());
    stream.once('error', (error) =>
      fail(new DaybookError('bad_request', 'The body did not arrive whole; nothing of it was kept.', { cause: error })),
    );
    stream.once('aborted', () => fail(new DaybookError('bad_request', 'The body was cut off; nothing of it was kept.')));
  });
}

async function gunzip(payload: Readable, reservation: Reservation, limits: BodyLimits): Promise<void> {
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
    await collect(unzip, reservation, limits);
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
