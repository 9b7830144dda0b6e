import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { QUERY_BYTES_MAX } from './guard.ts';
import { SqlRefusal } from './refusal.ts';
import { chosenSettings } from './settings.ts';
import { USER_DATABASE } from './tables.ts';

/** A question in the form of the ClickHouse HTTP interface, taken apart. */
export interface SqlRequest {
  readonly text: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  readonly defaultFormat: string | undefined;
  /** As the client named it, or the request's own id. */
  readonly queryId: string;
  readonly gzip: boolean;
  /** `compress=1`: in blocks of ClickHouse's own form. */
  readonly blocks: boolean;
}

const unzip = promisify(gunzip);
const QUERY_ID = /^[\x21-\x7e]{1,128}$/;
/** Parameters of a query: more are no question but a load. */
const PARAMETERS_MAX = 1000;

/** Names in the URL that are neither settings nor `param_…`. Credentials in a URL are logged all over the world: they are refused by name. */
const CREDENTIALS: ReadonlySet<string> = new Set(['user', 'password']);
const OWN: ReadonlySet<string> = new Set([
  'query',
  'default_format',
  'database',
  'query_id',
  'compress',
  'decompress',
  'enable_http_compression',
]);

/** `@clickhouse/client` takes the path of `http://host:port/sql` for the name of a database and asks at the root. */
const DATABASES: ReadonlySet<string> = new Set([USER_DATABASE, 'sql', '']);

/** `text` alone, for the record of a request that is refused for something else. */
export async function readText(request: FastifyRequest): Promise<string> {
  const url = new URL(request.url, 'http://daybook').searchParams.get('query') ?? '';
  const body = await readBody(request);
  return url !== '' && body !== '' ? `${url}\n${body}` : url + body;
}

export function readRequest(request: FastifyRequest, text: string): SqlRequest {
  const search = new URL(request.url, 'http://daybook').searchParams;
  const parameters = new Map<string, string>();
  const settings: [string, string][] = [];
  for (const [name, value] of search) {
    if (CREDENTIALS.has(name))
      throw new SqlRefusal(
        'BAD_ARGUMENTS',
        `Credentials do not belong into a URL, where logs keep them: send ${name} by Basic authentication or X-ClickHouse-Key.`,
      );
    if (name.startsWith('param_')) parameters.set(name.slice('param_'.length), value);
    else if (!OWN.has(name)) settings.push([name, value]);
  }
  if (parameters.size > PARAMETERS_MAX) throw new SqlRefusal('BAD_ARGUMENTS', `More than ${PARAMETERS_MAX} query parameters.`);
  const database = search.get('database') ?? header(request, 'x-clickhouse-database') ?? USER_DATABASE;
  if (!DATABASES.has(database))
    throw new SqlRefusal('UNKNOWN_DATABASE', `There is no database ${database.slice(0, 80)} here; the events are in ${USER_DATABASE}.`);
  const queryId = search.get('query_id');
  return {
    text,
    parameters,
    settings: chosenSettings(settings),
    defaultFormat: search.get('default_format') ?? header(request, 'x-clickhouse-format'),
    queryId: queryId !== null && QUERY_ID.test(queryId) ? queryId : request.id,
    blocks: isOn(search.get('compress')),
    gzip: isOn(search.get('enable_http_compression')) && /\bgzip\b/.test(header(request, 'accept-encoding') ?? ''),
  };
}

async function readBody(request: FastifyRequest): Promise<string> {
  if (!Buffer.isBuffer(request.body) || request.body.length === 0) return '';
  if (isOn(new URL(request.url, 'http://daybook').searchParams.get('decompress')))
    throw new SqlRefusal('BAD_ARGUMENTS', 'decompress=1 is not available here; send the query as text, or with Content-Encoding: gzip.');
  if (/^multipart\//i.test(header(request, 'content-type') ?? ''))
    throw new SqlRefusal('BAD_ARGUMENTS', 'Forms are not taken here; send the query as the body and parameters in the URL.');
  const bytes = await plainBody(request, request.body);
  if (!isUtf8(bytes)) throw new SqlRefusal('SYNTAX_ERROR', 'The query is not UTF-8 text.');
  return bytes.toString('utf8');
}

async function plainBody(request: FastifyRequest, body: Buffer): Promise<Buffer> {
  const encoding = (header(request, 'content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip')
    throw new SqlRefusal('BAD_ARGUMENTS', `The content encoding ${encoding.slice(0, 40)} is not taken; send text or gzip.`);
  try {
    return await unzip(body, { maxOutputLength: QUERY_BYTES_MAX + 1 });
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    throw new SqlRefusal(
      tooLarge ? 'QUERY_IS_TOO_LARGE' : 'BAD_ARGUMENTS',
      tooLarge ? `The query has more than ${QUERY_BYTES_MAX} bytes.` : 'The body is not gzip.',
    );
  }
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function isOn(value: string | null): boolean {
  return value !== null && value !== '0' && value !== 'false' && value !== '';
}
