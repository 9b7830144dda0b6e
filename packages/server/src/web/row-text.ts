import { type Entry, EVENT_OFFSET } from '@daybook/protocol';

/** What stands around the event in an entry. */
export type EntryFrame = Omit<Entry, 'event'>;

/** An entry taken apart without parsing its event. */
export interface EntryText {
  /** Canonical JSON of the event object. */
  readonly event: string;
  readonly frame: EntryFrame;
}

const EVENT_END_MARK = '},"kind":"';

/** Takes the text of an entry apart; the format guarantees where the event ends (protocol/entry.ts). */
export function splitEntry(text: string): EntryText {
  const end = text.lastIndexOf(EVENT_END_MARK) + 1;
  return { event: text.slice(EVENT_OFFSET, end), frame: JSON.parse(`{${text.slice(end + 1)}`) as EntryFrame };
}

/** One flat JSON object, the shape of a row of `access_logs`: where the entry stands, what the server set, then the event's own fields. */
export function rowText(log: string, idx: number, { event, frame }: EntryText): string {
  const head: Record<string, unknown> = { log, idx, recorded_at: frame.rt, kind: frame.kind };
  if (frame.src !== undefined) head['src'] = frame.src;
  if (frame.sseq !== undefined) head['sseq'] = frame.sseq;
  if (frame.raw !== undefined) head['raw'] = frame.raw;
  const start = JSON.stringify(head).slice(0, -1);
  return event === '{}' ? `${start}}` : `${start},${event.slice(1)}`;
}
