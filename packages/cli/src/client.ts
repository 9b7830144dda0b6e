import { codeOf, parseJson, parseRecord, textOf } from '@daybook/protocol';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { CliError, usageError } from './cli-error.ts';
import type { Io } from './io.ts';
import { DATA_DEFAULT, findLocalServer } from './local-server.ts';

export interface CallOptions {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Compresses the body. */
  readonly gzip?: boolean;
  /** Statuses beside 2xx whose answer the caller reads itself. */
  readonly accept?: readonly number[];
}

/** A Daybook server over HTTP. Every method throws CliError with the server's code and advice when the answer is an error. */
export interface DaybookClient {
  /** Without a slash at the end. */
  readonly url: string;
  open(method: string, path: string, options?: CallOptions): Promise<Response>;
  json(method: string, path: string, body?: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown>;
  text(path: string, options?: { readonly signal?: AbortSignal }): Promise<string>;
  bytes(path: string, options?: { readonly signal?: AbortSignal }): Promise<Buffer>;
  /** undefined where there is nothing (404). */
  maybeBytes(path: string, options?: { readonly signal?: AbortSignal }): Promise<Buffer | undefined>;
  /** The lines of an answer as they arrive (NDJSON, TSV), without their ends. */
  lines(method: string, path: string, options?: CallOptions): AsyncIterable<string>;
}

export interface ClientOptions {
  readonly url?: string;
  readonly token?: string;
  /** Data directory of a server on this machine, for its local.json. */
  readonly data?: string;
}

/** A line of an answer is one row or one event: at most an entry and its escapes. Beyond it the other side is no Daybook. */
const LINE_CHARS_MAX = 16 * 1024 * 1024;
const URL_DEFAULT = 'http://127.0.0.1:7717';

/** Flags first, then DAYBOOK_URL and DAYBOOK_TOKEN, then the server that runs beside the data directory. */
export async function openClient(io: Io, options: ClientOptions = {}): Promise<DaybookClient> {
  const url = options.url ?? nonEmpty(io.env['DAYBOOK_URL']);
  const token = options.token ?? nonEmpty(io.env['DAYBOOK_TOKEN']);
  if (url !== undefined && token !== undefined) return createClient(url, token);
  const data = options.data ?? nonEmpty(io.env['DAYBOOK_DATA']) ?? DATA_DEFAULT;
  const local = await findLocalServer(path.resolve(io.cwd, data));
  // The local token is for the local server only: never sent to another address.
  if (local !== undefined && (url === undefined || sameServer(url, local.url))) return createClient(local.url, token ?? local.token);
  return createClient(url ?? URL_DEFAULT, token);
}

export function createClient(address: string, token: string | undefined): DaybookClient {
  const url = checkedUrl(address);
  const open = async (method: string, at: string, call: CallOptions = {}) => {
    const response = await request(url, token, method, at, call);
    if (response.ok || call.accept?.includes(response.status) === true) return response;
    throw await problemOf(response, at, token === undefined);
  };
  return {
    url,
    open,
    async json(method, at, body, call = {}) {
      const headers = { 'content-type': 'application/json' };
      const response = await open(method, at, body === undefined ? call : { ...call, headers, body: JSON.stringify(body) });
      // Not response.json(): that is JSON.parse.
      return parseJson(await response.text());
    },
    text: async (at, call) => (await open('GET', at, call)).text(),
    bytes: async (at, call) => Buffer.from(await (await open('GET', at, call)).arrayBuffer()),
    async maybeBytes(at, call = {}) {
      const response = await request(url, token, 'GET', at, call);
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok) throw await problemOf(response, at, token === undefined);
      return Buffer.from(await response.arrayBuffer());
    },
    async *lines(method, at, call) {
      const response = await open(method, at, call);
      if (response.body !== null) yield* linesOf(response.body);
    },
  };
}

async function request(url: string, token: string | undefined, method: string, at: string, call: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { ...call.headers };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  let body = call.body;
  if (call.gzip === true && body !== undefined) {
    headers['content-encoding'] = 'gzip';
    body = gzipSync(body, { level: 1 });
  }
  try {
    return await fetch(url + at, {
      method,
      headers,
      // A redirect would carry the token to an address that nobody named.
      redirect: 'error',
      ...(body === undefined ? {} : { body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch (error) {
    if (call.signal?.aborted === true) throw error;
    throw new CliError(`No answer from ${url}: ${reasonOf(error)}.`, {
      code: 'unreachable',
      advice: CERTIFICATE_FAULTS.has(codeOf(causeOf(error)) ?? '') ? CERTIFICATE_ADVICE : NOBODY_ADVICE,
      cause: error,
    });
  }
}

/** Lines of a byte stream, decoded as UTF-8. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_CHARS_MAX) throw new CliError('The server sent a line without end.', { code: 'bad_answer' });
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

async function problemOf(response: Response, at: string, anonymous: boolean): Promise<CliError> {
  const text = (await response.text().catch(() => '')).slice(0, 65_536);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const common = { status: response.status, ...(Number.isFinite(retryAfter) ? { retryAfterS: retryAfter } : {}) };
  const problem = parseProblem(text);
  if (problem !== undefined) {
    const hint =
      response.status === 401 && anonymous ? 'Set DAYBOOK_TOKEN, or run the command beside the server as the same user.' : problem.advice;
    return new CliError(problem.detail, { ...common, code: problem.code, advice: hint });
  }
  // /sql answers errors as ClickHouse does: plain text.
  const detail = text.trim() === '' ? `${at.split('?', 1)[0]} answered ${response.status}.` : text.trim();
  return new CliError(detail, {
    ...common,
    code: response.headers.get('x-clickhouse-exception-code') === null ? `http_${response.status}` : 'sql',
  });
}

function parseProblem(text: string): { readonly detail: string; readonly code: string; readonly advice: string } | undefined {
  const { detail, code, advice } = parseRecord(text) ?? {};
  return typeof detail === 'string' && typeof code === 'string' ? { detail, code, advice: textOf(advice) } : undefined;
}

function checkedUrl(address: string): string {
  if (!URL.canParse(address) || !/^https?:\/\//.test(address))
    throw usageError(`${address} is no http(s) address.`, 'Set DAYBOOK_URL like http://127.0.0.1:7717.');
  return address.replace(/\/+$/, '');
}

function sameServer(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

const NOBODY_ADVICE = 'Start a server by `npx daybook serve`, or name one by DAYBOOK_URL (and DAYBOOK_TOKEN).';
const CERTIFICATE_ADVICE =
  'Name the server by DAYBOOK_URL as its certificate does (with DAYBOOK_TOKEN), and an authority of your own by NODE_EXTRA_CA_CERTS.';
/** Of OpenSSL and Node: there is a server, and its certificate is not one for this address. */
const CERTIFICATE_FAULTS: ReadonlySet<string> = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_GET_ISSUER_CERT',
]); // biome-ignore format: a word list

/** What fetch failed of. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

function reasonOf(error: unknown): string {
  const cause = causeOf(error);
  const code = codeOf(cause);
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND') return 'the host name is unknown';
  return cause instanceof Error ? cause.message : String(cause);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
