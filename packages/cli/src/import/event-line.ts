import type { Format, Result } from '@daybook/formats';

/** What an event is sent with, beside what its format read. */
export interface LineOptions {
  /** As JSON text. */
  readonly sourceJson: string;
  readonly keepsOriginal: boolean;
  /** Further members, as JSON text that begins with a comma. */
  readonly idOf?: (result: Result) => string;
}

/** The server's bound of an item is 512 KiB; a line with its original twice in it may be longer. */
const LINE_CHARS_MAX = 480 * 1024;

/**
 * The event as one line of JSON. Members are put in as text: another object for each event would cost more than writing it. `original` is no field, so
 * that the server puts it among the attributes. undefined: too long for an event.
 */
export function eventLine(result: Result, options: LineOptions): string | undefined {
  const fields = result.event ?? {};
  // JSON.stringify keeps half a surrogate pair as an escape, which the server refuses: only then is it looked at closely.
  let json = JSON.stringify('source' in fields ? { ...fields, source: undefined } : fields);
  if (json.includes('\\ud')) json = JSON.stringify({ ...fields, source: undefined }, wellFormed);
  const comma = json === '{}' ? '' : ',';
  const head = `{"source":${options.sourceJson}${options.idOf?.(result) ?? ''}${comma}`;
  if (json.length > LINE_CHARS_MAX) return undefined;
  const rest = json.slice(1, -1);
  if (!options.keepsOriginal || json.length + result.text.length > LINE_CHARS_MAX) return `${head}${rest}}`;
  return `${head}${rest},"original":${JSON.stringify(result.text)}}`;
}

/**
 * The id of an event that the source numbered: a delivery that comes twice, in another file, is known by it. `event_id` is the producer's, so the format
 * stands before it.
 */
export function sourceId(format: string): (result: Result) => string {
  const head = `,"event_id":${JSON.stringify(`${format}:`).slice(0, -1)}`;
  return ({ event }) => {
    const id = event?.['source_event_id'];
    return typeof id !== 'string' || event?.['event_id'] !== undefined ? '' : `${head}${JSON.stringify(id).slice(1)}`;
  };
}

export function lineOptions(format: Format, source: string): LineOptions {
  return { sourceJson: JSON.stringify(source), keepsOriginal: format.keepsOriginal, idOf: sourceId(format.name) };
}

/** Half a surrogate pair becomes U+FFFD. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString() : value;
}
