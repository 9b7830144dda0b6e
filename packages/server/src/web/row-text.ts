import { EVENT_END_MARK, EVENT_OFFSET, parseJson } from '@daybook/protocol';
import { assert } from '../base/assert.ts';
import { isRecord } from '../base/json.ts';

/** An entry taken apart without parsing its event. */
export interface EntryText {
  /** Canonical JSON of the event object. */
  readonly event: string;
  /** What stands around it: kind, n, rt … */
  readonly frame: Readonly<Record<string, unknown>>;
}

/** Takes the text of an entry apart; the format guarantees where the event ends (protocol/entry.ts). */
export function splitEntry(text: string): EntryText {
  const end = text.lastIndexOf(EVENT_END_MARK) + 1;
  const frame: unknown = parseJson(`{${text.slice(end + 1)}`);
  assert(isRecord(frame), 'an entry of the ledger is a JSON object');
  return { event: text.slice(EVENT_OFFSET, end), frame };
}

/** One flat JSON object, the shape of a row of `access_logs`: where the entry stands, what the server set, then the event's own fields. */
export function rowText(log: string, idx: number, { event, frame }: EntryText): string {
  const head: Record<string, unknown> = { log, idx, recorded_at: frame['rt'], kind: frame['kind'] };
  for (const name of ['src', 'sseq', 'raw']) if (frame[name] !== undefined) head[name] = frame[name];
  const start = JSON.stringify(head).slice(0, -1);
  return event === '{}' ? `${start}}` : `${start},${event.slice(1)}`;
}
