import { EVENT_OFFSET, eventEnd, parseJson } from '@daybook/protocol';
import type { EntryChunk } from '../ledger/types.ts';
import { contentHash } from './content-hash.ts';
import type { Dedupe } from './dedupe.ts';

/** Remembers the ids and counters of entries that were read back from the ledger. Returns how many it found. */
export function replayChunk(dedupe: Dedupe, log: number, chunk: EntryChunk): number {
  // Most producers give neither: one native search per chunk instead of a parse per entry.
  if (!chunk.bytes.includes(EVENT_ID) && !chunk.bytes.includes(SSEQ)) return 0;
  let found = 0;
  for (let i = 0; i < chunk.count; i++) {
    if (replayEntry(dedupe, { log, idx: chunk.firstIdx + i }, chunk.bytes, chunk.starts[i] ?? 0, chunk.ends[i] ?? 0)) found++;
  }
  return found;
}

function replayEntry(dedupe: Dedupe, place: { log: number; idx: number }, bytes: Buffer, start: number, end: number): boolean {
  const entry: unknown = parseJson(bytes.toString('utf8', start, end));
  if (!isRecord(entry) || entry['kind'] !== 'event' || !isRecord(entry['event'])) return false;
  const { src, sseq } = entry;
  const eventId = entry['event']['event_id'];
  if (typeof src !== 'string' || (typeof eventId !== 'string' && typeof sseq !== 'number')) return false;
  dedupe.replay(
    {
      producer: producerOf(src),
      eventId: typeof eventId === 'string' ? eventId : undefined,
      content: typeof eventId === 'string' ? contentHash(bytes, start + EVENT_OFFSET, eventEnd(bytes, start, end), dedupe.seed) : 0,
      src,
      sseq: typeof sseq === 'number' ? sseq : undefined,
    },
    place,
  );
  return true;
}

/** The name before the delimiter: names are letters, digits, `_` and `-`. */
export function producerOf(src: string): string {
  return /^[\w-]*/.exec(src)?.[0] ?? '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

const EVENT_ID = Buffer.from('"event_id":');
const SSEQ = Buffer.from('"sseq":');
