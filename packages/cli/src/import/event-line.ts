import type { EventFields, Format, Result } from '@daybook/formats';
import { KEYS } from '@daybook/protocol';

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
 * The event as one line of JSON. Members are put in as text: another object for each event would cost more than writing it. What is no field goes beside
 * the fields, where the server finds it at less cost than inside of `attributes`, and puts it there. undefined: too long for an event.
 */
export function eventLine(result: Result, options: LineOptions): string | undefined {
  const { event: fields = NO_FIELDS, text } = result;
  const beside = besideOf(fields['attributes']);
  let json = JSON.stringify(shaped(fields, beside !== undefined));
  // JSON.stringify keeps half a surrogate pair as an escape, which the server refuses: only then is it looked at closely.
  if (json.includes('\\ud')) json = JSON.stringify(shaped(fields, beside !== undefined), wellFormed);
  if (json.length > LINE_CHARS_MAX) return undefined;
  const id = options.idOf?.(result) ?? '';
  const line = `{"source":${options.sourceJson}${id}${json === '{}' ? '' : ','}${json.slice(1, -1)}${beside ?? ''}`;
  if (!options.keepsOriginal || json.length + text.length > LINE_CHARS_MAX) return `${line}}`;
  return `${line},"original":${JSON.stringify(text)}}`;
}

const NO_FIELDS: EventFields = {};
/** Length of a time of whole seconds, and of milliseconds. */
const SECONDS_CHARS = '2023-11-04T12:34:56Z'.length;
const MILLIS_CHARS = '2023-11-04T12:34:56.789Z'.length;

/** A time as formats write it, in the server's own form, which has six digits, and needs no parsing there; undefined when it is in that, or in none of these. */
function withSixDigits(time: unknown): string | undefined {
  if (typeof time !== 'string' || !time.endsWith('Z')) return undefined;
  if (time.length === SECONDS_CHARS) return `${time.slice(0, -1)}.000000Z`;
  return time.length === MILLIS_CHARS && time[SECONDS_CHARS - 1] === '.' ? `${time.slice(0, -1)}000Z` : undefined;
}

function shaped(fields: EventFields, withoutAttributes: boolean): EventFields {
  const time = withSixDigits(fields['timestamp']);
  if (time === undefined && !withoutAttributes && !('source' in fields)) return fields;
  // An event is its format's gift, and nobody else looks at it again: a copy would cost as much as writing it.
  const out: Record<string, unknown> = Object.isFrozen(fields) ? { ...fields } : fields;
  if ('source' in out) out['source'] = undefined;
  if (withoutAttributes) out['attributes'] = undefined;
  if (time !== undefined) out['timestamp'] = time;
  return out;
}

/** Attributes as members beside the fields, as JSON text that begins with a comma; undefined where they must stay attributes. */
function besideOf(attributes: unknown): string | undefined {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) return undefined;
  let count = 0;
  for (const name in attributes) if (!isBeside(name) || ++count > BESIDE_MAX) return undefined;
  const json = JSON.stringify(attributes);
  return json.includes('\\ud') ? undefined : json === '{}' ? '' : `,${json.slice(1, -1)}`;
}

/** More members are objects of their own, which the server reads as a whole. */
const BESIDE_MAX = 40;
/** Names of pairs: what stands beside `name: password` is a secret, which the server finds inside of an object. */
const PAIR_NAMES: ReadonlySet<string> = new Set(['name', 'key', 'field', 'attributes', 'original', '__proto__']);

function isBeside(name: string): boolean {
  return !KEYS.has(name) && !PAIR_NAMES.has(name);
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
