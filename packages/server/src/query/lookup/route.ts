import { DaybookError, FIELDS } from '@daybook/protocol';
import type { FastifyRequest } from 'fastify';
import type { Base } from '../../base/types.ts';
import type { Ledger } from '../../ledger/types.ts';
import type { Refreshes } from '../refreshes.ts';
import { engineUnavailable } from '../engine/connection.ts';
import type { Engine } from '../engine/engine.ts';
import { cursorText } from './cursor.ts';
import { rowsOf } from './entries.ts';
import { LIMIT_DEFAULT, LIMIT_MAX, type Lookup, parseLookup } from './filter.ts';
import { PROJECTED } from '../schema/literals.ts';
import { findHits, type Hit } from './find.ts';
import { journalOf } from './journal.ts';

/** Pages of candidates; with fewer hits among them than this takes, the scope's own condition is the better way. */
const ROUNDS_MAX = 3;

export interface LookupOptions {
  readonly base: Base;
  readonly engine: Pick<Engine, 'connection'>;
  readonly ledger: Ledger;
  /** What policy removes from texts before they are kept. */
  readonly redact: (text: string) => string;
  readonly refreshes: Refreshes;
}

type QueryString = Readonly<Record<string, unknown>>;

/** Looks up: the engine's query is named by the id. */
export type Search = (id: string, lookup: Lookup, signal: AbortSignal) => Promise<Found>;

/** `GET /v1/events`: the fast look-up. Returns the same for who asks from within. */
export function mountLookup(options: LookupOptions): Search {
  options.base.http.route<{ Querystring: QueryString }>({
    method: 'GET',
    url: '/v1/events',
    config: { permission: 'events:read', scoped: true },
    schema: SCHEMA,
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const body = await answer(options, request, AbortSignal.any([gone.signal, options.base.stopping]));
      return reply.type('application/json; charset=utf-8').send(body);
    },
  });
  return (id, lookup, signal) => search(options, id, lookup, signal);
}

async function answer(options: LookupOptions, request: FastifyRequest<{ Querystring: QueryString }>, signal: AbortSignal): Promise<string> {
  const { clock } = options.base;
  const startedMs = clock.monotonicMs();
  const scope = request.principal?.scope ?? null;
  const lookup = parseLookup(request.query, scope);
  const journal = journalOf(options, request, { asked: 'events.lookup', ended: 'events.result', action: 'query' });
  if (options.refreshes.repeats(request, { question: `look-up ${JSON.stringify(request.query)}`, resource: 'access_logs' })) {
    const { rows, next } = await search(options, request.id, lookup, signal).catch((error: unknown) => Promise.reject(failureOf(error)));
    return pageText(rows, next);
  }
  // Side by side, but nothing leaves before it is durable who asked for what.
  const [recorded, searched] = await Promise.allSettled([journal.asked(), search(options, request.id, lookup, signal)]);
  const rows = searched.status === 'fulfilled' ? searched.value.rows : [];
  if (recorded.status === 'rejected') throw recorded.reason;
  journal.ended({ failed: searched.status === 'rejected', rows: rows.length, durationMs: clock.monotonicMs() - startedMs });
  if (searched.status === 'rejected') throw failureOf(searched.reason);
  return pageText(rows, searched.value.next);
}

function pageText(rows: readonly string[], next: string | undefined): string {
  return `{"events":[${rows.join(',')}],"next_cursor":${next === undefined ? 'null' : JSON.stringify(next)}}`;
}

export interface Found {
  readonly rows: readonly string[];
  readonly next: string | undefined;
}

async function search(options: LookupOptions, id: string, lookup: Lookup, signal: AbortSignal): Promise<Found> {
  const run = { ...options, lookup, queryId: `lookup-${id}`, signal };
  return (await candidates(run)) ?? (await exactly(run));
}

interface Run extends LookupOptions {
  readonly lookup: Lookup;
  readonly queryId: string;
  readonly signal: AbortSignal;
}

async function exactly({ engine, ledger, lookup, queryId, signal }: Run): Promise<Found> {
  const hits = await findHits({ connection: engine.connection(), lookup, queryId, signal });
  const page = hits.slice(0, lookup.limit);
  const last = hits.length > page.length ? page.at(-1) : undefined;
  const rows = await rowsOf(ledger, page, signal, lookup.scope);
  return { rows: rows.filter((row) => row !== ''), next: last === undefined ? undefined : cursorText(last) };
}

/**
 * Within a scope, by a field that has a projection: the newest of all are found four times as fast as the newest of the scope, and mostly they are the same. The entries' own bytes
 * say which are in it. One more than asked for is sought, so that the cursor tells of a next page within the scope and of nothing else. Undefined when too few were: then the table is asked.
 */
async function candidates({ engine, ledger, lookup, queryId, signal }: Run): Promise<Found | undefined> {
  const { scope, limit } = lookup;
  if (scope === null || ![...lookup.equals.keys()].some((field) => PROJECTED.has(field))) return undefined;
  const seen: { readonly hit: Hit; readonly row: string }[] = [];
  let { cursor } = lookup;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const hits = await findHits({
      connection: engine.connection(),
      lookup: { ...lookup, scope: null, cursor },
      queryId: `${queryId}-${round}`,
      signal,
    });
    const rows = await rowsOf(ledger, hits, signal, scope);
    for (const [i, hit] of hits.entries()) if (rows[i] !== '') seen.push({ hit, row: rows[i] ?? '' });
    const page = seen.slice(0, limit);
    const last = page.at(-1);
    if (seen.length > limit && last !== undefined) return { rows: page.map(({ row }) => row), next: cursorText(last.hit) };
    if (hits.length <= limit) return { rows: page.map(({ row }) => row), next: undefined };
    cursor = hits.at(-1);
  }
  return undefined;
}

function failureOf(error: unknown): unknown {
  return error instanceof DaybookError ? error : engineUnavailable(error);
}

const SCHEMA = {
  summary: 'Look up events, newest first',
  description:
    'Any field of the event is a filter by equality: `user_id=U12345`, repeated for alternatives; several fields must all match; `q` is a filter as people type it, and must match too. The look-up is itself recorded, durably, before the answer. `next_cursor` goes on behind the last event of the page and does not expire.',
  tags: ['events'],
  querystring: {
    type: 'object',
    properties: {
      from: { type: 'string', description: 'Earliest `timestamp`, inclusive.' },
      to: { type: 'string', description: 'Latest `timestamp`, exclusive.' },
      q: { type: 'string', description: 'A filter as typed in the console: `outcome:denied -source:crm resource:/customers/*`.' },
      limit: { type: 'string', description: `1 to ${LIMIT_MAX}; ${LIMIT_DEFAULT} when absent.` },
      cursor: { type: 'string', description: '`next_cursor` of the page before.' },
      // No type: one value is a text, several are a list, and parseLookup says what is wrong with either.
      ...Object.fromEntries(
        FIELDS.filter(({ type }) => type !== 'json' && type !== 'map').map(({ name, doc }) => [name, { description: doc }]),
      ),
    },
  },
  response: {
    200: {
      description:
        'A page of events, each with log, idx, recorded_at, kind, src and its own fields; `next_cursor` is null on the last one.',
      type: 'object',
      required: ['events', 'next_cursor'],
      properties: {
        events: { type: 'array', items: { type: 'object', additionalProperties: true } },
        next_cursor: { type: ['string', 'null'] },
      },
    },
  },
} as const;
