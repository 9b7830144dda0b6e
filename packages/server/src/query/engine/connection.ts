import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { DaybookError } from '@daybook/protocol';
import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import type { InsertShape } from '../schema/insert-shape.ts';
import { ENGINE_USER, EXCEPTION_TRAILER, LANE_HEADER } from './start-order.ts';

/** Beyond every limit of a statement's own: only a connection that hangs reaches it. */
const REQUEST_MS = 900_000;
/** Queries of /sql, look-ups, the indexer and its checks at a time. */
const CONNECTIONS_MAX = 24;
/** Where Daybook keeps what is its own: the state of migrations, side tables. Users see `default` only. */
export const INTERNAL_DATABASE = 'daybook';

export interface ReadOptions {
  readonly queryId?: string;
  readonly signal?: AbortSignal;
  /** `quick`: short, answered from memory, never behind a long one. */
  readonly lane?: 'quick' | 'long';
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly settings?: ClickHouseSettings;
}

/** One ClickHouse, embedded or outside; both are spoken to by the same client. */
export class EngineConnection {
  private readonly client: ClickHouseClient;

  constructor(client: ClickHouseClient) {
    this.client = client;
  }

  /** Rows of a question of our own: the only keys are the names that it gives its columns, so that JSON.parse within the client is safe (parse-json.ts). */
  async rows<T>(sql: string, options: ReadOptions = {}): Promise<T[]> {
    const { signal, parameters, settings, queryId } = options;
    const result = await this.client.query({
      query: sql,
      format: 'JSONEachRow',
      http_headers: { [LANE_HEADER]: options.lane ?? 'quick' },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0, ...settings },
      ...(signal === undefined ? {} : { abort_signal: signal }),
      ...(queryId === undefined ? {} : { query_id: queryId }),
      ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
    });
    return await result.json<T>();
  }

  /** DDL and other statements without an answer. */
  async command(sql: string, signal?: AbortSignal): Promise<void> {
    await this.client.command({
      query: sql,
      clickhouse_settings: { max_execution_time: 600 },
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
  }

  /** One INSERT: `rows` holds JSON objects as bytes, white space between them. */
  async insert(table: string, { columns, values, structure }: InsertShape, rows: Readable, signal?: AbortSignal): Promise<void> {
    const read = structure.join(', ').replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    const { stream } = await this.client.exec({
      query: `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM input('${read}') FORMAT JSONEachRow`,
      values: rows,
      clickhouse_settings: INSERT_SETTINGS,
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    stream.resume();
  }

  /** A statement that carries its FORMAT: the answer's bytes as the engine writes them. The stream fails with the engine's message. */
  async read(sql: string, { queryId, signal, lane = 'long', settings, parameters }: ReadOptions = {}): Promise<Readable> {
    const { stream } = await this.client
      .exec({
        query: sql,
        decompress_response_stream: false,
        http_headers: { [LANE_HEADER]: lane },
        ...(settings === undefined ? {} : { clickhouse_settings: settings }),
        ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        ...(queryId === undefined || queryId === '' ? {} : { query_id: queryId }),
        ...(signal === undefined ? {} : { abort_signal: signal }),
      })
      .catch((error: unknown) => {
        throw withCode(error);
      });
    return failingAtTrailer(stream);
  }

  async ping(signal?: AbortSignal): Promise<void> {
    await this.rows('SELECT 1', signal === undefined ? {} : { signal });
  }

  async version(): Promise<string> {
    const rows = await this.rows<{ version: string }>('SELECT version() AS version');
    return rows[0]?.version ?? '';
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}

/**
 * One insert is one part: nothing is gathered in the engine (`async_insert` is on by default there), nothing is split in blocks. It runs in one thread: the second
 * core belongs to the server, and rows are counted in the order in which they come.
 */
const INSERT_SETTINGS: ClickHouseSettings = {
  async_insert: 0,
  max_execution_time: 300,
  max_insert_block_size: '1000000',
  max_block_size: '1000000',
  max_threads: 1,
  max_insert_threads: '1',
  input_format_parallel_parsing: 0,
  input_format_import_nested_json: 1,
  date_time_input_format: 'best_effort',
};

export function connectTo(url: string, credentials?: { readonly secret: string }): EngineConnection {
  return new EngineConnection(
    createClient({
      url,
      ...(credentials === undefined ? {} : { username: ENGINE_USER, password: credentials.secret }),
      request_timeout: REQUEST_MS,
      max_open_connections: CONNECTIONS_MAX,
      compression: { request: false, response: false },
      application: 'daybook',
      keep_alive: { enabled: true, idle_socket_ttl: 2500 },
      log: { level: 127 },
    }),
  );
}

/** The client takes the engine's message apart; who reads an answer's bytes gets the message as the engine gave it. */
function withCode(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return error;
  return new Error(`Code: ${error.code}. DB::Exception: ${error.message} (${error.type ?? 'UNKNOWN'})`, { cause: error });
}

/** The message of a failure after the first byte comes behind the body; then what came before it is no whole answer. */
function failingAtTrailer(stream: Readable): Readable {
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, chunk);
    },
    flush(done) {
      const trailer = hasTrailers(stream) ? stream.trailers[EXCEPTION_TRAILER] : undefined;
      done(trailer === undefined ? null : new Error(decodeURIComponent(trailer)));
    },
  });
  stream.on('error', (error) => checked.destroy(error));
  checked.on('close', () => stream.destroy());
  return stream.pipe(checked);
}

export function engineUnavailable(cause?: unknown): DaybookError {
  return new DaybookError('engine_unavailable', undefined, { cause, retryAfterS: 2 });
}

/** In Node the client hands out the very answer of node:http. */
function hasTrailers(stream: Readable): stream is Readable & Pick<IncomingMessage, 'trailers'> {
  return 'trailers' in stream;
}
