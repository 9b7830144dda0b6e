import { EVENT_OFFSET, eventEnd, parseJson } from '@daybook/protocol';
import type { EntryChunk } from '../ledger/types.ts';
import { type FoldedItems, foldedItems } from './folded-mark.ts';
import { ITEMS_MAX } from './limits.ts';
import { withoutFolded } from './shrink.ts';
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
  const folded = foldedItems(entry['event']);
  if (typeof src !== 'string' || (typeof eventId !== 'string' && typeof sseq !== 'number' && folded === undefined)) return false;
  const producer = producerOf(src);
  dedupe.replay(
    {
      producer,
      eventId: typeof eventId === 'string' ? eventId : undefined,
      content: typeof eventId === 'string' ? contentOf(bytes, { start, end, folded }, dedupe.seed) : 0,
      src,
      sseq: typeof sseq === 'number' ? sseq : undefined,
    },
    place,
  );
  if (folded !== undefined) replayFolded(dedupe, folded, { producer, src, place });
  return true;
}

/** What the producer said: not what was counted in the entry besides. */
function contentOf(
  bytes: Buffer,
  { start, end, folded }: { readonly start: number; readonly end: number; readonly folded: FoldedItems | undefined },
  seed: number,
): number {
  const from = start + EVENT_OFFSET;
  const to = eventEnd(bytes, start, end);
  if (folded === undefined) return contentHash(bytes, from, to, seed);
  const event = withoutFolded(bytes.subarray(from, to));
  return contentHash(event, 0, event.length, seed);
}

function replayFolded(
  dedupe: Dedupe,
  { sseq, ids }: FoldedItems,
  { producer, src, place }: { readonly producer: string; readonly src: string; readonly place: { log: number; idx: number } },
): void {
  for (const [eventId, content] of ids) dedupe.replay({ producer, eventId, content, src, sseq: undefined }, place);
  for (let i = 0; i < sseq.length; i += 2) {
    const [first = 0, last = -1] = sseq.slice(i, i + 2);
    // More than a request has is none of ours: `verify` says so, and the server starts nevertheless.
    if (last - first < ITEMS_MAX) for (let n = first; n <= last; n++) dedupe.sequences.add(src, n);
  }
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
