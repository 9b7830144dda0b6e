import path from 'node:path';
import { Readable } from 'node:stream';
import { DaybookError } from '@daybook/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mustHave } from '../../base/assert.ts';
import { paused } from '../../base/base.ts';
import { jsonBodies } from '../../base/json-bodies.ts';
import { allows } from '../../base/policy.ts';
import type { Base, Principal } from '../../base/types.ts';
import { engineUnavailable } from '../engine/connection.ts';
import { type Journal, journalOf } from '../lookup/journal.ts';
import type { LookupOptions } from '../lookup/route.ts';
import { EXPORT_SETTINGS, FORMATS, parseExport, type Selection } from '../search/selection.ts';
import type { IndexState } from '../types.ts';
import { COUNT_S_MAX, SWEEP_MS } from './bounds.ts';
import { Exports, type Rows } from './exports.ts';
import { type Owner, ownerOf, type Question, rightsText, shown } from './job.ts';
import { indexedSoFar } from './pin.ts';
import { readFile } from './write-file.ts';

export type ExportOptions = Omit<LookupOptions, 'refreshes'> & { readonly index: () => { readonly logs: readonly IndexState[] } };

type Body = Omit<Question, 'columns' | 'q'> & { readonly q?: string; readonly columns?: readonly string[] };

/** As of saved views: what is listed for a day is bounded. */
const QUESTION_CHARS_MAX = 12_000;
/** Names of columns and times are shorter by far. */
const NAME_CHARS_MAX = 80;
/** More than there are. */
const COLUMNS_MAX = 200;
const ID = { type: 'object', properties: { id: { type: 'string', maxLength: 40 } } } as const;
const CONFIG = { permission: 'events:read', scoped: true } as const;
const JOB = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    state: { enum: ['running', 'done', 'failed', 'cancelled'] },
    q: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    format: { enum: Object.keys(FORMATS) },
    columns: { type: ['array', 'null'], items: { type: 'string' }, description: 'null: all of them.' },
    rows: { type: ['integer', 'null'], description: 'Written so far; of Parquet known at the end.' },
    total: {
      type: ['integer', 'null'],
      description: 'Counted before the first one is written; null until then, or where that took too long.',
    },
    bytes: { type: 'integer' },
    created: { type: 'string' },
    expires: { type: 'string', description: 'When the file is removed.' },
    ended: { type: ['string', 'null'] },
    error: { type: ['object', 'null'], properties: { code: { type: 'string' }, detail: { type: 'string' } } },
  },
} as const;

/** Exports in the background: made by the server while nobody waits, and fetched within a day by who asked for them. */
export async function mountExports(options: ExportOptions): Promise<{ close(): Promise<void> }> {
  const { base } = options;
  const { files, clock, random, log } = base;
  const dir = path.join(base.config.dataDir, 'exports');
  const exports = new Exports({ dir, files, clock, random, log, rightsNow: (owner) => rightsNow(base, owner) });
  await exports.open();
  base.stopping.addEventListener('abort', () => exports.end(), { once: true });
  base.background('exports', async (signal) => {
    while (await paused(SWEEP_MS, signal))
      await exports
        .sweep()
        .catch((error: unknown) => log.warn({ err: error }, 'old exports could not be removed; the next round tries again'));
  });
  base.http.register(async (scope) => {
    jsonBodies(scope);
    mountStart(options, exports, scope);
    mountLook(exports, scope);
    mountRemove(options, exports, scope);
    mountFile(options, exports, scope);
  });
  return { close: () => exports.close() };
}

function mountStart(options: ExportOptions, exports: Exports, scope: FastifyInstance): void {
  scope.route<{ Body: Body }>({
    method: 'POST',
    url: '/v1/exports',
    config: CONFIG,
    schema: {
      summary: 'Make a file of events in the background',
      description:
        'What `GET /v1/events/export` sends, kept for a day for who asked for it: the events that are queryable now. Recorded before anything is written, at the end, and at each download. With a restart of the server all exports are gone.',
      tags: ['events'],
      body: {
        type: 'object',
        required: ['from', 'to', 'format'],
        additionalProperties: false,
        properties: {
          q: { type: 'string', maxLength: QUESTION_CHARS_MAX, description: 'A filter as typed in the console; all events when absent.' },
          from: { type: 'string', maxLength: NAME_CHARS_MAX, description: 'Earliest `timestamp`, inclusive.' },
          to: { type: 'string', maxLength: NAME_CHARS_MAX, description: 'Latest `timestamp`, exclusive.' },
          format: { enum: Object.keys(FORMATS) },
          columns: {
            type: 'array',
            items: { type: 'string', maxLength: NAME_CHARS_MAX },
            maxItems: COLUMNS_MAX,
            description: 'In their order; all of them when absent.',
          },
        },
      },
      response: { 202: { description: 'The export, which has begun.', ...JOB } },
    },
    handler: async (request, reply) => {
      const principal = principalOf(request);
      const { q = '', from, to, format, columns } = request.body;
      const pinned = indexedSoFar(options.index().logs);
      const selection = parseExport({ q, from, to, format, columns }, principal.scope, pinned);
      const job = await exports.start({
        owner: ownerOf(principal),
        rights: rightsText(principal),
        question: { q, from, to, format, columns },
        rows: rowsOf(options, selection, request.id),
        journal: (id) => journalOf(options, request, { ...WORDS.made, question: { q, from, to, format, columns }, export: id }),
      });
      return reply
        .code(202)
        .header('location', `/v1/exports/${job.id}`)
        .send(shown(job, rightsText(principal)));
    },
  });
}

const WORDS = {
  made: { asked: 'events.export', ended: 'events.export.result', action: 'export' },
  fetched: { asked: 'events.export.download', ended: 'events.export.download.result', action: 'export' },
  cancelled: { asked: 'events.export.cancel', ended: 'events.export.result', action: 'delete' },
  removed: { asked: 'events.export.remove', ended: 'events.export.result', action: 'delete' },
} as const;

function rowsOf({ engine }: ExportOptions, { sql, countSql, format, parameters }: Selection, requestId: string): Rows {
  const failed = (error: unknown): never => {
    throw error instanceof DaybookError ? error : engineUnavailable(error);
  };
  return {
    async count(signal) {
      const settings = { ...EXPORT_SETTINGS, max_execution_time: COUNT_S_MAX } as const;
      const options = { queryId: `export-${requestId}-count`, lane: 'long', signal, parameters, settings } as const;
      const [row] = await engine
        .connection()
        .rows<{ total: number }>(countSql, options)
        .catch((error: unknown) => (tookTooLong(error) ? [] : failed(error)));
      return row?.total;
    },
    read: (signal) =>
      engine
        .connection()
        .read(`${sql} FORMAT ${FORMATS[format].engine}`, { queryId: `export-${requestId}`, signal, settings: EXPORT_SETTINGS, parameters })
        .catch(failed),
  };
}

function tookTooLong(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'TIMEOUT_EXCEEDED';
}

function mountLook(exports: Exports, scope: FastifyInstance): void {
  scope.route({
    method: 'GET',
    url: '/v1/exports',
    config: CONFIG,
    schema: {
      summary: 'One’s own exports',
      tags: ['events'],
      response: { 200: { description: 'Newest first.', type: 'object', properties: { exports: { type: 'array', items: JOB } } } },
    },
    handler: async (request) => {
      const principal = principalOf(request);
      return { exports: exports.list(ownerOf(principal)).map((job) => shown(job, rightsText(principal))) };
    },
  });
  scope.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/exports/:id',
    config: CONFIG,
    schema: { summary: 'How far an export is', tags: ['events'], params: ID, response: { 200: { description: 'The export.', ...JOB } } },
    handler: async (request) => {
      const principal = principalOf(request);
      return shown(exports.get(ownerOf(principal), request.params.id), rightsText(principal));
    },
  });
}

function mountRemove(options: ExportOptions, exports: Exports, scope: FastifyInstance): void {
  scope.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/v1/exports/:id',
    config: CONFIG,
    schema: {
      summary: 'Cancel an export, or remove one that has ended',
      description: 'One that runs is cancelled and stays in the list; any other leaves it, with its file. Recorded before it is done.',
      tags: ['events'],
      params: ID,
      response: { 200: { description: 'The export as it is, or was.', ...JOB } },
    },
    handler: async (request) => {
      const principal = principalOf(request);
      const job = exports.get(ownerOf(principal), request.params.id);
      const runs = job.state === 'running';
      const words = runs ? WORDS.cancelled : WORDS.removed;
      await journalOf(options, request, { ...words, question: job.question, export: job.id }).changes();
      // What was recorded is done: one that has ended meanwhile stays, with its file.
      await (runs ? exports.cancel(job) : exports.remove(job));
      return shown(job, rightsText(principal));
    },
  });
}

function mountFile(options: ExportOptions, exports: Exports, scope: FastifyInstance): void {
  scope.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/exports/:id/file',
    config: CONFIG,
    schema: {
      summary: 'The file of an export',
      description: 'Only while one’s roles and scope are those of the time when it was made. Each download is recorded.',
      tags: ['events'],
      params: ID,
      response: {
        200: {
          description: 'The file.',
          content: Object.fromEntries(
            Object.values(FORMATS).map(({ type }) => [type.split(';', 1)[0], { schema: { type: 'string', format: 'binary' } }]),
          ),
        },
      },
    },
    handler: async (request, reply) => {
      const principal = principalOf(request);
      const job = exports.get(ownerOf(principal), request.params.id);
      const file = await exports.openFile(job, rightsText(principal));
      const journal = journalOf(options, request, { ...WORDS.fetched, question: job.question, export: job.id });
      await journal.asked().catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
      const { format } = job.question;
      const name = `daybook-events-${job.question.from.slice(0, 10)}.${format}`;
      return reply
        .type(FORMATS[format].type)
        .header('content-length', String(job.bytes))
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(watched(options.base, readFile(file, job.bytes), journal));
    },
  });
}

/** Tells the journal when the file has left, or the client. */
function watched({ clock }: Base, pieces: AsyncGenerator<Buffer>, journal: Journal): Readable {
  const startedMs = clock.monotonicMs();
  let bytes = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      bytes += piece.length;
      yield piece;
    }
  }
  const stream = Readable.from(counted(), { objectMode: false });
  stream.once('close', () => {
    journal.ended({ failed: !stream.readableEnded, rows: undefined, bytes, durationMs: clock.monotonicMs() - startedMs });
  });
  return stream;
}

function principalOf(request: FastifyRequest): Principal {
  return mustHave(request.principal, 'the principal of a route that demands a permission');
}

/** What an owner may do now, whether or not they are signed in. */
function rightsNow({ control }: Base, { kind, id }: Owner): string | undefined {
  if (kind === 'token') {
    const principal = control.tokens.current(id);
    return principal === undefined || !allows(principal, 'events:read') ? undefined : rightsText(principal);
  }
  const user = control.users.get(id);
  const access = control.users.access(id);
  return user === undefined || access === undefined || !allows(access, 'events:read')
    ? undefined
    : rightsText({ roles: user.roles, scope: access.scope });
}
