import http from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { GZIP_BYTES_MIN, LANES, REPLY_BYTES_MAX, REQUEST_MS } from '../bounds.ts';
import { nowMs } from '../outside.ts';

const pack = promisify(gzip);

export interface Answer {
  readonly status: number;
  /** Milliseconds that the server asked us to stay away. */
  readonly retryAfterMs: number | undefined;
  readonly body: string;
}

export interface TransportOptions {
  readonly url: string;
  readonly token: string;
  readonly gzip: boolean | undefined;
  readonly ca: string | Buffer | undefined;
}

/** The way to `POST /v1/events`. Redirects are not followed: the token is for one address. */
export interface Transport {
  /** Rejects when no answer came. */
  post(bytes: Buffer): Promise<Answer>;
  close(): void;
}

export function openTransport({ url, token, gzip: wanted, ca }: TransportOptions): Transport {
  const address = new URL('v1/events', url.endsWith('/') ? url : `${url}/`);
  const { hostname, password, protocol, username } = address;
  const scheme = protocol === 'https:' ? https : http;
  if (scheme === http && protocol !== 'http:') throw new TypeError('the url of Daybook begins with http:// or https://');
  if (username !== '' || password !== '') throw new TypeError('the url of Daybook holds no credentials: give the token as token');
  const timeout = REQUEST_MS;
  const agent = new scheme.Agent({ keepAlive: true, maxSockets: LANES, timeout, ...(ca === undefined ? {} : { ca }) });
  // On this machine there is no line to spare, only a processor.
  const packs = wanted ?? !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  const requests = new Set<http.ClientRequest>();
  return {
    async post(bytes) {
      const packed = packs && bytes.length >= GZIP_BYTES_MIN ? await pack(bytes, { level: 1 }) : undefined;
      const body = packed ?? bytes;
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-ndjson',
        'x-daybook-channel': 'app',
        'content-length': String(body.length),
        ...(packed === undefined ? {} : { 'content-encoding': 'gzip' }),
      };
      return new Promise((resolve, reject) => {
        const request = scheme.request(address, { method: 'POST', agent, headers, timeout });
        requests.add(request);
        request.once('close', () => {
          requests.delete(request);
          reject(new Error('the connection closed without an answer'));
        });
        request.once('timeout', () => request.destroy(new Error(`no answer within ${timeout / 1000} s`)));
        request.once('error', reject);
        request.once('response', (response) => readAnswer(response, resolve, reject));
        request.end(body);
      });
    },
    close() {
      for (const request of requests) request.destroy();
      agent.destroy();
    },
  };
}

function readAnswer(response: http.IncomingMessage, resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > REPLY_BYTES_MAX) response.destroy(new Error('the reply is too long to be one of Daybook'));
    else chunks.push(chunk);
  });
  response.once('error', reject);
  response.once('end', () =>
    resolve({
      status: response.statusCode ?? 0,
      retryAfterMs: retryAfterMs(response.headers['retry-after']),
      body: Buffer.concat(chunks).toString(),
    }),
  );
}

/** Seconds, or a date. */
function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? undefined : Math.max(0, until - nowMs());
}
