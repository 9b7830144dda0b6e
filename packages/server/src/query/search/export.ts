import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Transform } from 'node:stream';
import type { Scope } from '../../base/policy.ts';
import { assert } from '../../base/assert.ts';
import { engineUnavailable } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { journalOf } from '../lookup/journal.ts';
import type { LookupOptions } from '../lookup/route.ts';
import { COLUMNS } from '../schema/columns.ts';
import { rowCounter } from '../sql/row-counter.ts';
import { hiddenFrom, parseRange, whereOfRange } from './range.ts';

type QueryString = Readonly<Record<string, unknown>>;

const FORMATS = {
  csv: { engine: 'CSVWithNames', type: 'text/csv; charset=utf-8; header=present' },
  ndjson: { engine: 'JSONEachRow', type: 'application/x-ndjson; charset=utf-8' },
  parquet: { engine: 'Parquet', type: 'application/vnd.apache.parquet' },
} as const;
type Format = keyof typeof FORMATS;

/**
 * An export is a file that somebody waits for: minutes, not a request's seconds. Rows stream in the order of the table, so memory does not grow with them. Blocks and row groups
 * are small: every part that is read backwards holds a block, and 65,000 rows of all 60 columns are 80 MB.
 */
const SETTINGS = {
  max_execution_time: 1800,
  max_threads: 2,
  max_memory_usage: '1500000000',
  optimize_read_in_order: 1,
  max_block_size: '8192',
  output_format_parquet_row_group_size: '65536',
  output_format_json_quote_64bit_integers: 0,
} as const;

/** `GET /v1/events/export`: exactly what a filter and a range choose, as a file. */
export function mountExport(options: Omit<LookupOptions, 'refreshes'>): void {
  options.base.http.route<{ Querystring: QueryString }>({
    method: 'GET',
    url: '/v1/events/export',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Events as a file: CSV, NDJSON or Parquet',
      description:
        'Newest first. Text in CSV that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) gets an apostrophe in front. Recorded before the first row leaves, and at the end.',
      tags: ['events'],
      querystring: {
        type: 'object',
        required: ['from', 'to', 'format'],
        properties: {
          q: { type: 'string', description: 'A filter as typed in the console; all events when absent.' },
          from: { type: 'string', description: 'Earliest `timestamp`, inclusive.' },
          to: { type: 'string', description: 'Latest `timestamp`, exclusive.' },
          format: { enum: Object.keys(FORMATS) },
          column: { type: 'array', items: { type: 'string' }, description: 'Columns in their order; all of them when absent.' },
        },
      },
      response: {
        200: {
          description: 'The file.',
          content: Object.fromEntries(
            Object.values(FORMATS).map(({ type }) => [type.split(';', 1)[0], { schema: { type: 'string', format: 'binary' } }]),
          ),
        },
      },
    },
    handler: (request, reply) => send(options, request, reply),
  });
}

async function send(
  options: Omit<LookupOptions, 'refreshes'>,
  request: FastifyRequest<{ Querystring: QueryString }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { base, engine } = options;
  const { format, sql, parameters } = parseExport(request.query, request.principal?.scope ?? null);
  const journal = journalOf(options, request, { asked: 'events.export', ended: 'events.export.result', action: 'export' });
  const startedMs = base.clock.monotonicMs();
  await journal.asked();
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, base.stopping]);
  const { engine: engineFormat, type } = FORMATS[format];
  const rows = await engine
    .connection()
    .read(`${sql} FORMAT ${engineFormat}`, { queryId: `export-${request.id}`, signal, settings: SETTINGS, parameters })
    .catch((error: unknown) => {
      throw error instanceof DaybookError ? error : engineUnavailable(error);
    });
  const counter = rowCounter(engineFormat);
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      counter.add(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  rows.on('error', (error) => counted.destroy(error));
  counted.once('close', () => {
    const failed = !counted.readableEnded;
    rows.destroy();
    journal.ended({ failed, rows: counter.rows(), durationMs: base.clock.monotonicMs() - startedMs, bytes });
  });
  return reply.type(type).header('content-disposition', `attachment; filename="daybook-events.${format}"`).send(rows.pipe(counted));
}

function parseExport(query: QueryString, scope: Scope | null) {
  const range = parseRange(query, scope);
  const hidden = hiddenFrom(scope);
  const format = query['format'];
  assert(isFormat(format), 'the schema has checked the format');
  const given = [query['column'] ?? []].flat().map(String);
  const names = (given.length === 0 ? COLUMNS.map(({ name }) => name) : [...new Set(given)]).filter((name) => !hidden.has(name));
  const columns = names.map((name) => {
    const column = COLUMNS.find((one) => one.name === name);
    if (column === undefined) throw new DaybookError('bad_request', `There is no column ${name.slice(0, 64)}.`, { field: 'column' });
    return format === 'csv' ? harmless(column) : column.name === 'ip_address' ? 'ip AS ip_address' : column.name;
  });
  const where = whereOfRange(range);
  // The aliases above must not be taken for the columns in the conditions: those stand in a query of their own.
  const inner = `SELECT *, ip FROM ${EVENTS_TABLE} WHERE ${where.sql} ORDER BY timestamp DESC, log DESC, idx DESC`;
  return { format, sql: `SELECT ${columns.join(', ')} FROM (${inner})`, parameters: where.parameters };
}

function isFormat(value: unknown): value is Format {
  return typeof value === 'string' && Object.hasOwn(FORMATS, value);
}

/** Spreadsheets run what begins like a formula. Numbers and times of ours are none. */
function harmless({ name, kind }: (typeof COLUMNS)[number]): string {
  if (name === 'ip_address') return 'ip AS ip_address';
  if (kind !== 'string' && kind !== 'json' && kind !== 'event-id' && kind !== 'strings' && kind !== 'map') return name;
  const text = kind === 'strings' ? `arrayStringConcat(${name}, ' ')` : kind === 'map' ? `toString(${name})` : `toString(${name})`;
  return `if(match(${text}, '^[=+\\\\-@\\t\\r]'), concat('\\'', ${text}), ${text}) AS ${name}`;
}
