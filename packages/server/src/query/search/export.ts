import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Transform } from 'node:stream';
import { whileAllowed } from '../../base/long-answer.ts';
import { engineUnavailable } from '../engine/connection.ts';
import { journalOf } from '../lookup/journal.ts';
import type { LookupOptions } from '../lookup/route.ts';
import { rowCounter } from '../sql/row-counter.ts';
import { EXPORT_SETTINGS, FORMATS, parseExport } from './selection.ts';

type QueryString = Readonly<Record<string, unknown>>;

/** `GET /v1/events/export`: exactly what a filter and a range choose, as a file. */
export function mountExport(options: Omit<LookupOptions, 'refreshes'>): void {
  options.base.http.route<{ Querystring: QueryString }>({
    method: 'GET',
    url: '/v1/events/export',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Events as a file: CSV, NDJSON or Parquet',
      description:
        'Newest first. Text in CSV that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, their wide forms, also behind blanks, or with a tab or the end of a line) gets an apostrophe in front. Recorded before the first row leaves, and at the end.',
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
    .read(`${sql} FORMAT ${engineFormat}`, { queryId: `export-${request.id}`, signal, settings: EXPORT_SETTINGS, parameters })
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
  const unwatch = whileAllowed(base.access, request, 'events:read', () => counted.destroy(new Error('the token or session is over')));
  counted.once('close', () => {
    unwatch();
    const failed = !counted.readableEnded;
    rows.destroy();
    journal.ended({ failed, rows: counter.rows(), durationMs: base.clock.monotonicMs() - startedMs, bytes });
  });
  return reply.type(type).header('content-disposition', `attachment; filename="daybook-events.${format}"`).send(rows.pipe(counted));
}
