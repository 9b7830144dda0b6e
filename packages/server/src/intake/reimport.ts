import { canonicalise, type JsonObject, parseStrict } from '@daybook/protocol';
import type { Principal } from '../base/types.ts';
import type { CountReport } from './capture-counts.ts';
import type { QuarantineView, Shown } from './quarantine-view.ts';
import type { MarkResult } from './quarantine-marks.ts';
import type { IntakeReply, IntakeRequest } from './types.ts';
import { isObject } from './values.ts';

/** What a parser makes of a line that lies in quarantine. */
export type LineReading =
  | { readonly kind: 'event'; readonly event: JsonObject }
  | { readonly kind: 'noise'; readonly noise: string }
  | { readonly kind: 'unread'; readonly code: string; readonly reason: string };

export interface LineToRead {
  readonly source: string;
  readonly format: string;
  readonly bytes: Buffer;
  /** When it came, as canonical text: for stamps without a year. */
  readonly at: string;
}

/** The formats that this server knows; undefined for one that it does not. */
export type LineReader = (line: LineToRead) => LineReading | undefined;

export interface Reimported {
  readonly id: string;
  readonly result: MarkResult | 'unread';
  readonly code?: string;
  readonly reason?: string;
}

interface Ready {
  readonly id: string;
  readonly event: JsonObject;
}

/** Records handed to intake at once. */
const BATCH_ITEMS = 1000;
const BATCH_BYTES = 8 * 1024 * 1024;

export interface ReimportParts {
  readonly view: QuarantineView;
  readonly readLine: LineReader;
  readonly accept: (request: IntakeRequest) => Promise<IntakeReply>;
  readonly count: (reports: readonly CountReport[]) => Promise<void>;
}

/**
 * Imports records of the quarantine again, as their producers would send them: a fix of a token, of a parser or of this server made them readable. What has
 * no number and no id of its own gets the record's id, so that a second time adds nothing.
 */
export async function reimport(
  parts: ReimportParts,
  ids: readonly string[],
  { by, signal }: { readonly by: Principal; readonly signal: AbortSignal },
): Promise<Reimported[]> {
  const done: Reimported[] = [];
  const ready = new Map<string, Ready[]>();
  const noise: { readonly shown: Shown; readonly noise: string }[] = [];
  for (const id of ids) {
    const found = await parts.view.get(id);
    if (found === undefined) done.push({ id, result: 'unread', code: 'not_found', reason: 'There is no such record.' });
    else if (found.shown.mark !== null) done.push({ id, result: found.shown.mark.result });
    else {
      const read = readAgain(found.shown, found.stored.record, parts.readLine);
      if (read.kind === 'event') ready.set(found.shown.producer, [...(ready.get(found.shown.producer) ?? []), { id, event: read.event }]);
      else if (read.kind === 'unread') done.push({ id, result: 'unread', code: read.code, reason: read.reason });
      else {
        noise.push({ shown: found.shown, noise: read.noise });
        done.push({ id, result: 'noise' });
      }
    }
  }
  for (const [producer, items] of ready)
    for (const batch of batches(items)) done.push(...(await sendAgain(parts, producer, batch, { by, signal })));
  // Counted before it is settled: noise that is counted twice after a crash is no evidence.
  await parts.count(
    noise.map(({ shown, noise: kind }) => ({ ...NOTHING, source: shown.source, format: shown.format, noise: { [kind]: 1 } })),
  );
  await parts.view.settle(
    done.flatMap(({ id, result }) => (result === 'unread' ? [] : [{ id, result }])),
    by.name,
  );
  return done;
}

function readAgain(shown: Shown, record: Readonly<Record<string, unknown>>, readLine: LineReader): LineReading {
  const { content } = shown;
  const counter = {
    ...(typeof record['src'] === 'string' ? { src: record['src'] } : {}),
    ...(typeof record['sseq'] === 'number' ? { sseq: record['sseq'] } : {}),
  };
  if (content.kind === 'none' || shown.bytes !== null)
    return { kind: 'unread', code: 'cut', reason: 'It was too long to be kept whole; send it again from where it came.' };
  if (content.kind === 'item') {
    const item = parseStrict(canonicalise(content.value));
    if (!item.ok || !isObject(item.value)) return { kind: 'unread', code: 'not_an_object', reason: 'It is JSON, but not an object.' };
    return { kind: 'event', event: named(shown.id, item.value) };
  }
  const bytes = content.kind === 'text' ? Buffer.from(content.value) : Buffer.from(content.value, 'base64');
  const read = readLine({ source: shown.source, format: shown.format, bytes, at: shown.at }) ?? readJson(bytes);
  if (read.kind !== 'event') return read;
  return { kind: 'event', event: named(shown.id, { source: shown.source, ...read.event, ...counter }) };
}

/** Whatever was tried then: a line that is an object of JSON is an event as everybody may send it. */
function readJson(bytes: Buffer): LineReading {
  const result = parseStrict(bytes.toString('utf8'));
  if (result.ok && isObject(result.value)) return { kind: 'event', event: result.value };
  return { kind: 'unread', code: 'unread', reason: 'No format that this server knows reads it.' };
}

function named(id: string, event: JsonObject): JsonObject {
  return event['event_id'] === undefined && event['sseq'] === undefined ? { ...event, event_id: `quarantine:${id}` } : event;
}

function* batches(items: readonly Ready[]): Generator<Ready[]> {
  let batch: Ready[] = [];
  let bytes = 0;
  for (const item of items) {
    const length = Buffer.byteLength(canonicalise(item.event));
    if (batch.length === BATCH_ITEMS || (batch.length > 0 && bytes + length > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

async function sendAgain(
  { accept }: ReimportParts,
  producer: string,
  batch: readonly Ready[],
  { by, signal }: { readonly by: Principal; readonly signal: AbortSignal },
): Promise<Reimported[]> {
  const reply = await accept({
    principal: onBehalfOf(producer, by),
    channel: 'importer',
    format: 'ndjson',
    body: Buffer.from(batch.map(({ event }) => canonicalise(event)).join('\n')),
    wait: 'durable',
    signal,
    fromQuarantine: true,
  });
  const duplicates = new Set(reply.duplicates.map(({ item }) => item));
  const rejected = new Map(reply.rejected.map((one) => [one.item, one]));
  return batch.map(({ id }, item) => {
    const refusal = rejected.get(item);
    if (refusal !== undefined) return { id, result: 'unread', code: refusal.code, reason: refusal.message };
    return { id, result: duplicates.has(item) ? 'duplicate' : 'event' };
  });
}

/** The producer's own name, so that its counters and ids hold, by the right of the admin who asks: any source. */
function onBehalfOf(producer: string, by: Principal): Principal {
  return {
    ...by,
    name: producer,
    role: 'producer',
    roles: ['producer'],
    sources: null,
    tenants: null,
    permissions: new Set(['events:write']),
    scope: null,
  };
}

const NOTHING = { events: 0, noise: {}, folded: {}, quarantine: {} };
