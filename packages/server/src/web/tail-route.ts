import { DaybookError } from '@daybook/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { paused } from '../base/base.ts';
import { takenOver } from '../base/long-answer.ts';
import type { EntryChunk, LogId } from '../ledger/index.ts';
import { scopeOf } from './entry-within.ts';
import { logOf } from './log-parameter.ts';
import { rowText, splitEntry } from './row-text.ts';
import { type EventStream, openEventStream } from './sse.ts';
import type { Stages } from './stages.ts';
import { parseTailFilter, type TailFilter } from './tail-filter.ts';
import { parsePositions, type Positions, positionsText } from './tail-position.ts';

/** Proxies cut what is silent for a minute; the heartbeat also carries the position over entries that the filter left out. */
const HEARTBEAT_MS = 15_000;
/** Each costs a socket and, while entries come, some microseconds per entry. */
const TAILS_MAX = 64;
/** Entries, and bytes of them, handled before the loop lets others work: about a millisecond, a few when each must be parsed. */
const SLICE_ENTRIES = 200;
const SLICE_BYTES = 256 * 1024;

interface Tail {
  readonly stages: Stages;
  readonly stream: EventStream;
  readonly filter: TailFilter;
  readonly request: FastifyRequest;
  readonly positions: Positions;
  rows: number;
}

/** GET /v1/tail: entries as they become durable, as server-sent events. Returns what resolves when all open tails have told their end. */
export function mountTail(stages: Stages): () => Promise<void> {
  const open = new Set<Promise<void>>();
  stages.base.http.route<{ Querystring: Record<string, string | string[]> }>({
    method: 'GET',
    url: '/v1/tail',
    config: { permission: 'events:read', scoped: true },
    schema: {
      summary: 'Follow the logs (server-sent events)',
      description:
        'Each message is one entry as a flat JSON object; its id is the position in all logs, for Last-Event-ID or `after`. Other parameters filter by field: `user_id=U12345`, repeated for alternatives; `labels.KEY` and `attributes.KEY` look inside. Start and end are recorded.',
      tags: ['events'],
      querystring: {
        type: 'object',
        properties: {
          log: { type: 'array', items: { type: 'string' }, description: 'Follow these logs only.' },
          after: { type: 'string', description: 'Position to begin at; the end of the logs when absent.' },
        },
        additionalProperties: { type: 'array', items: { type: 'string' } },
      },
      response: { 200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } } },
    },
    handler: async (request, reply) => {
      if (open.size >= TAILS_MAX)
        throw new DaybookError('too_busy', `${TAILS_MAX} tails are open, as many as the server serves.`, { retryAfterS: 30 });
      const tail = serveTail(stages, request, reply);
      open.add(tail);
      try {
        await tail;
      } finally {
        open.delete(tail);
      }
    },
  });
  return async () => {
    await Promise.allSettled(open);
  };
}

async function serveTail(
  stages: Stages,
  request: FastifyRequest<{ Querystring: Record<string, string | string[]> }>,
  reply: FastifyReply,
): Promise<void> {
  const { base, reads, ledger } = stages;
  const { log, after, ...fields } = request.query;
  const logs = log === undefined ? ledger.logs : [log].flat().map((name) => logOf(ledger, name).log);
  const filter = parseTailFilter(new Map(Object.entries(fields).map(([name, value]) => [name, [value].flat()])), scopeOf(request));
  const lastId = request.headers['last-event-id'];
  const positions = parsePositions(ledger, logs, [lastId].flat()[0] ?? [after].flat()[0]);
  const read = { action: 'read', resource: logs.join(','), resourceType: 'log' } as const;
  await reads.record(request, { ...read, eventType: 'tail.start', attributes: { filter: fields, from: positionsText(positions) } });

  const startedMs = base.clock.monotonicMs();
  const raw = takenOver(reply);
  // Proxies like nginx buffer answers unless told not to.
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  const stream = openEventStream(raw, base.stopping);
  const tail: Tail = { stages, stream, filter, request, positions, rows: 0 };
  await followAll(tail);
  try {
    const durationMs = base.clock.monotonicMs() - startedMs;
    const attributes = { reason: stream.reason() ?? 'failed', to: positionsText(positions) };
    await reads.record(request, { ...read, eventType: 'tail.end', rowCount: tail.rows, durationMs, attributes });
  } catch (error) {
    // The start stands in the ledger; nobody is there to be told.
    base.log.warn({ err: error, request: request.id }, 'the end of a tail could not be recorded');
  }
}

async function followAll(tail: Tail): Promise<void> {
  const { stream, positions, stages } = tail;
  try {
    await stream.write(`: daybook tail\nid: ${positionsText(positions)}\n\n`);
    await Promise.all([heartbeat(tail), ...[...positions.keys()].map((log) => follow(tail, log))]);
  } catch (error) {
    if (!stream.ended.aborted) stages.base.log.error({ err: error }, 'a tail failed');
    stream.end('failed');
  }
}

function mayGoOn({ stages, stream, request }: Tail): boolean {
  if (stages.base.access.stillHolds(request, 'events:read')) return true;
  stream.end('not_allowed');
  return false;
}

async function heartbeat(tail: Tail): Promise<void> {
  const { stages, stream, positions } = tail;
  while (await paused(HEARTBEAT_MS, stream.ended)) {
    if (!mayGoOn(tail)) return;
    // Reads must be recorded; when not even the reserve can hold that, they end.
    if (stages.ledger.health().reserveSpent === true) stream.end('disk_full');
    await stream.write(`: heartbeat\nid: ${positionsText(positions)}\n\n`);
  }
}

async function follow(tail: Tail, log: LogId): Promise<void> {
  const { stages, stream, positions } = tail;
  const from = positions.get(log) ?? 0;
  try {
    for await (const chunk of stages.ledger.tail(log, from, stream.ended)) {
      for (let i = 0, to = 0; i < chunk.count; i = to) {
        to = sliceEnd(chunk, i);
        const text = messagesOf(tail, chunk, i, to);
        // A session that ended, a token revoked, a scope that changed: nothing more of it leaves.
        if (text !== '' && !mayGoOn(tail)) return;
        if (text !== '' && !(await stream.write(text))) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } catch (error) {
    if (!stream.ended.aborted) throw error;
  }
}

/** Where the slice that begins at `from` ends: behind at least one entry. */
function sliceEnd({ count, starts, ends }: EntryChunk, from: number): number {
  const start = starts[from] ?? 0;
  let to = from + 1;
  while (to < count && to - from < SLICE_ENTRIES && (ends[to] ?? 0) - start <= SLICE_BYTES) to++;
  return to;
}

/** The messages of entries [from, to) of a chunk that match; moves the log's position behind each. */
function messagesOf(tail: Tail, chunk: EntryChunk, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const idx = chunk.firstIdx + i;
    tail.positions.set(chunk.log, idx + 1);
    const bytes = chunk.bytes.subarray(chunk.starts[i], chunk.ends[i]);
    if (!tail.filter.maybe(bytes)) continue;
    const entry = tail.filter.seen(splitEntry(bytes.toString('utf8')));
    if (entry === undefined || !tail.filter.matches(entry)) continue;
    tail.rows += 1;
    text += `id: ${positionsText(tail.positions)}\ndata: ${rowText(chunk.log, idx, entry)}\n\n`;
  }
  return text;
}
