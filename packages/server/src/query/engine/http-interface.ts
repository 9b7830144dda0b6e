import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EngineFailure, failureFrom } from './engine-failure.ts';
import { RowsFile } from './rows-file.ts';
import type { SessionPool } from './session-pool.ts';
import { ENGINE_USER, LANE_HEADER } from './start-order.ts';
import { parseInsertHead } from './statement.ts';
import { runInsert, runStatement, type StatementRequest } from './statement-run.ts';
import type { Watchdog } from './watchdog.ts';

/** Statements in a body. Rows of an INSERT have a bound of their own. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Parameters of the interface that are no settings of the engine. */
const NOT_SETTINGS: ReadonlySet<string> = new Set([
  'query', 'query_id', 'default_format', 'database', 'session_id', 'session_check', 'session_timeout', 'role', 'user', 'password', 'enable_http_compression',
  'http_zlib_compression_level', 'wait_end_of_query', 'buffer_size', 'send_progress_in_http_headers', 'http_headers_progress_interval_ms', 'compress', 'decompress',
  'cancel_http_readonly_queries_on_client_close', 'http_response_headers', 'http_write_exception_in_output_format',
]); // biome-ignore format: a word list

interface InterfaceOptions {
  readonly pool: SessionPool;
  readonly watchdog: Watchdog;
  readonly secret: string;
  /** Where rows wait for their INSERT. */
  readonly dir: string;
}

/** The part of the ClickHouse HTTP interface that `@clickhouse/client` uses, over the sessions. */
export function createInterface(options: InterfaceOptions): Server {
  const expected = Buffer.from(`Basic ${Buffer.from(`${ENGINE_USER}:${options.secret}`).toString('base64')}`);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (!authorised(request, expected)) {
      sendFailure(response, new EngineFailure(516, 'Authentication failed. (AUTHENTICATION_FAILED)'), 403);
      return;
    }
    void serve(options, request, response);
  });
  // A batch may wait for the one before it; the server in front keeps the time.
  server.requestTimeout = 0;
  return server;
}

function authorised(request: IncomingMessage, expected: Buffer): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function serve({ pool, watchdog, dir }: InterfaceOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://engine');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    const head = parseInsertHead(url.searchParams.get('query') ?? '');
    if (head === undefined) {
      const statement = statementOf(request, url.searchParams, await readBody(request));
      await runStatement({ pool, watchdog, request: statement, response, gone: gone.signal });
      return;
    }
    const rows = new RowsFile(dir);
    try {
      await receive(request, rows.sink());
      const statement = statementOf(request, url.searchParams, NO_BODY);
      await runInsert({ pool, watchdog, request: statement, response, gone: gone.signal }, { ...head, path: rows.path });
    } finally {
      rows.remove();
    }
  } catch (error) {
    if (response.headersSent) response.destroy();
    else sendFailure(response, failureFrom(error), 500);
  }
}

function statementOf(request: IncomingMessage, parameters: URLSearchParams, body: Buffer): StatementRequest {
  const inUrl = parameters.get('query');
  const settings = new Map<string, string>();
  for (const [name, value] of parameters) if (!NOT_SETTINGS.has(name)) settings.set(name, value);
  return {
    queryId: parameters.get('query_id') ?? '',
    text: inUrl ?? body.toString('utf8'),
    data: inUrl === null || body.length === 0 ? undefined : body,
    lane: request.headers[LANE_HEADER] === 'quick' ? 'quick' : 'long',
    defaultFormat: parameters.get('default_format') ?? 'TabSeparated',
    settings,
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const take = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      chunks.push(chunk);
      done(bytes > BODY_BYTES_MAX ? new EngineFailure(307, 'The body is too large. (TOO_MANY_BYTES)') : null);
    },
  });
  await receive(request, take);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes);
}

async function receive(request: IncomingMessage, into: Writable): Promise<void> {
  if (request.headers['content-encoding'] === 'gzip') await pipeline(request, createGunzip(), into);
  else await pipeline(request, into);
}

const NO_BODY = Buffer.alloc(0);

function sendFailure(response: ServerResponse, failure: EngineFailure, status: number): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Exception-Code', String(failure.code));
  response.end(`${failure.text}\n`);
}
