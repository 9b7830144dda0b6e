import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setMaxListeners } from 'node:events';
import { engineUnavailable } from '../engine/connection.ts';
import { journalOf, type JournalWords } from '../lookup/journal.ts';
import type { LookupOptions } from '../lookup/route.ts';
import type { RollUps } from '../rollup/roll-ups.ts';
import { type Asking, bucketWidth, COUNTED } from './counts.ts';
import { mountExport } from './export.ts';
import { overviewOf } from './overview.ts';
import { parseRange } from './range.ts';
import { summaryOf } from './summary.ts';

/** What the routes of the search stand on. */
export type SearchOptions = LookupOptions & { readonly rollUps: Pick<RollUps, 'covered'> };

const FIELDS_MAX = 12;
const VALUES_MAX = 100;
const VALUES_DEFAULT = 10;
/** A month by the hour. */
const BUCKETS_MAX = 800;
const BUCKETS_DEFAULT = 120;
/** A month by the hour, and the longer ranges by the day. */
const OVERVIEW_BUCKETS_MAX = BUCKETS_MAX;

type QueryString = Readonly<Record<string, unknown>>;
type Answer = (query: QueryString, asking: Asking) => Promise<{ readonly body: object; readonly rows: number }>;

/** What stands around a list of events: counts over time and by value, the overview, exports. Each is recorded like the look-up itself. */
export function mountSearch(options: SearchOptions): void {
  const range = {
    q: { type: 'string', description: 'A filter as typed in the console; all events when absent.' },
    from: { type: 'string', description: 'Earliest `timestamp`, inclusive.' },
    to: { type: 'string', description: 'Latest `timestamp`, exclusive.' },
  } as const;
  mount(options, {
    url: '/v1/events/summary',
    words: { asked: 'events.summary', ended: 'events.summary.result', action: 'query' },
    schema: {
      summary: 'Count events over time and by the values of fields',
      description:
        '`buckets` has one array per span of `bucket_s` seconds that is not empty: second since 1970, then events by outcome: success, failure, denied, unknown. Values of a field are counted without the conditions of `q` on that field.',
      querystring: {
        type: 'object',
        required: ['from', 'to'],
        properties: {
          ...range,
          field: { type: 'array', items: { type: 'string' }, description: `Whose values to count, ${FIELDS_MAX} at most.` },
          values: { type: 'integer', minimum: 1, maximum: VALUES_MAX, default: VALUES_DEFAULT },
          buckets: { type: 'integer', minimum: 0, maximum: BUCKETS_MAX, default: BUCKETS_DEFAULT, description: '0: no counts over time.' },
        },
      },
    },
    answer: summary,
  });
  mount(options, {
    url: '/v1/overview',
    words: { asked: 'overview', ended: 'overview.result', action: 'query' },
    schema: {
      summary: 'What happened: trends, failed logins, denied accesses, the most active',
      description: 'Each list is the result of the filter that stands beside it: `q`, narrowed by `also`.',
      querystring: { type: 'object', required: ['from', 'to'], properties: range },
    },
    answer: async (query, asking) => {
      const asked = parseRange(query, asking.scope);
      const body = await overviewOf(asking, asked, bucketWidth(asked, OVERVIEW_BUCKETS_MAX));
      return { body, rows: body.buckets.length };
    },
  });
  mountExport(options);
}

async function summary(query: QueryString, asking: Asking): Promise<{ body: object; rows: number }> {
  const range = parseRange(query, asking.scope);
  const fields = [query['field'] ?? []].flat().map(String);
  if (fields.length > FIELDS_MAX) throw new DaybookError('bad_request', `At most ${FIELDS_MAX} fields.`, { field: 'field' });
  const strange = fields.find((field) => !COUNTED.has(field));
  if (strange !== undefined)
    throw new DaybookError('bad_request', `The values of ${strange.slice(0, 64)} are not counted.`, { field: 'field' });
  const buckets = Number(query['buckets']);
  const widthS = buckets === 0 ? 0 : bucketWidth(range, buckets);
  const { buckets: overTime, facets } = await summaryOf(asking, range, { fields, limit: Number(query['values']), widthS });
  return { body: { bucket_s: widthS, buckets: overTime, facets }, rows: overTime.length };
}

interface Mounted {
  readonly url: string;
  readonly words: JournalWords;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly answer: Answer;
}

function mount(options: SearchOptions, { url, words, schema, answer }: Mounted): void {
  options.base.http.route<{ Querystring: QueryString }>({
    method: 'GET',
    url,
    config: { permission: 'events:read', scoped: true },
    schema: { ...schema, tags: ['events'], response: { 200: { description: 'The counts.', type: 'object' } } },
    handler: (request, reply) => told(options, request, reply, { words, answer }),
  });
}

/** Answers when it is durable who asked for what, as every look-up. */
async function told(
  options: SearchOptions,
  request: FastifyRequest<{ Querystring: QueryString }>,
  reply: FastifyReply,
  { words, answer }: Pick<Mounted, 'words' | 'answer'>,
): Promise<FastifyReply> {
  const { base, engine, rollUps } = options;
  const startedMs = base.clock.monotonicMs();
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const journal = journalOf(options, request, words);
  const signal = AbortSignal.any([gone.signal, base.stopping]);
  // One listener for each of the questions side by side.
  setMaxListeners(0, signal);
  const connection = engine.connection();
  const scope = request.principal?.scope ?? null;
  const asking = { connection, covered: rollUps.covered(connection), queryId: `search-${request.id}`, scope, signal };
  const send = (body: object): FastifyReply => reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
  const failed = (error: unknown): DaybookError => (error instanceof DaybookError ? error : engineUnavailable(error));
  if (options.refreshes.repeats(request, { question: `${words.asked} ${JSON.stringify(request.query)}`, resource: 'access_logs' }))
    return send((await answer(request.query, asking).catch((error: unknown) => Promise.reject(failed(error)))).body);
  const [recorded, answered] = await Promise.allSettled([journal.asked(), answer(request.query, asking)]);
  if (recorded.status === 'rejected') throw recorded.reason;
  const rows = answered.status === 'fulfilled' ? answered.value.rows : 0;
  journal.ended({ failed: answered.status === 'rejected', rows, durationMs: base.clock.monotonicMs() - startedMs });
  if (answered.status === 'rejected') throw failed(answered.reason);
  return send(answered.value.body);
}
