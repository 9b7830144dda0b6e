import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { gzipSync } from 'node:zlib';
import { CliError } from '../cli-error.ts';
import type { CallOptions } from '../client.ts';
import type { AgentConfig } from './config.ts';

/** A request that takes longer hangs: it is made anew. */
const REQUEST_MS = 60_000;
/** The server's longest answer is one to 10,000 events, some 100 bytes each. */
const REPLY_BYTES_MAX = 4 * 1024 * 1024;

/** What the agent needs of a server, over a connection with its own authorities and certificate. Files are read anew for each connection: they may be renewed. */
export class HttpsClient {
  readonly url: string;
  readonly #config: AgentConfig;
  readonly #agent: http.Agent;
  #tls: https.RequestOptions = {};
  #token = '';

  private constructor(config: AgentConfig) {
    this.url = config.url;
    this.#config = config;
    this.#agent = config.url.startsWith('https:') ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  }

  static async open(config: AgentConfig): Promise<HttpsClient> {
    const client = new HttpsClient(config);
    await client.#load();
    return client;
  }

  /** The token and certificates as they are on disk now: after a refusal they may be others. */
  async #load(): Promise<void> {
    const { tokenFile, tls } = this.#config;
    const read = async (file: string | undefined, what: string) =>
      file === undefined
        ? undefined
        : readFile(file).catch((error: unknown) => {
            throw new CliError(`Can't read ${what} ${file}.`, { code: 'no_file', cause: error });
          });
    this.#token = ((await read(tokenFile, 'the token file')) ?? '').toString().trim();
    if (!/^[\x21-\x7e]+$/.test(this.#token)) throw new CliError(`${tokenFile} holds no token.`, { code: 'no_token' });
    const [ca, cert, key] = [await read(tls.caFile, 'ca_file'), await read(tls.certFile, 'cert_file'), await read(tls.keyFile, 'key_file')];
    this.#tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  }

  /** As DaybookClient.open. */
  async open(method: string, at: string, call: CallOptions = {}): Promise<Response> {
    const response = await this.#request(method, at, call);
    if (response.ok || call.accept?.includes(response.status) === true) return response;
    if (response.status === 401) await this.#load();
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new CliError(`${at} answered ${response.status}: ${(await response.text()).slice(0, DETAIL_CHARS)}`, {
      code: `http_${response.status}`,
      status: response.status,
      ...(Number.isFinite(retryAfter) ? { retryAfterS: retryAfter } : {}),
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #request(method: string, at: string, { body, headers, signal, gzip }: CallOptions): Promise<Response> {
    const bytes = gzip === true && body !== undefined ? gzipSync(body, { level: 1 }) : body;
    const packed = bytes === body ? {} : { 'content-encoding': 'gzip' };
    const length = bytes === undefined ? {} : { 'content-length': String(Buffer.byteLength(bytes)) };
    const secure = this.url.startsWith('https:');
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(`${this.url}${at}`, {
        method,
        agent: this.#agent,
        headers: { ...headers, ...packed, ...length, authorization: `Bearer ${this.#token}` },
        timeout: REQUEST_MS,
        ...(signal === undefined ? {} : { signal }),
        ...(secure ? this.#tls : {}),
      });
      const fail = (error: Error) =>
        reject(new CliError(`No answer from ${this.url}: ${error.message}.`, { code: 'unreachable', cause: error }));
      request.once('timeout', () => request.destroy(new Error(`nothing for ${REQUEST_MS / 1000} s`)));
      request.once('error', fail);
      request.once('response', (response) => void answerOf(response).then(resolve, fail));
      request.end(bytes);
    });
  }
}

/** Of an answer's text so much may stand in a message. */
const DETAIL_CHARS = 300;

async function answerOf(response: http.IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > REPLY_BYTES_MAX) throw new Error('the answer is too long to be one of Daybook');
    parts.push(part);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) if (typeof value === 'string') headers.set(name, value);
  const status = response.statusCode ?? 500;
  return new Response(status === 204 || status === 304 ? null : Buffer.concat(parts), { status, headers });
}
