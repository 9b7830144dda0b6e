import { KEYS } from '@daybook/protocol';
import type { EventFields } from './result.ts';

/** What an event is sent with, beside what its format read. */
export interface LineParts {
  /** Further members as JSON text, each after a comma. When `source` is the first of them, the event's own is left out. */
  readonly more: string;
  /** The record as it stood; undefined: not sent. */
  readonly original: string | undefined;
  /** Of the line without the original, and of the line with it: beyond the first there is no line, beyond the second no original. */
  readonly charsMax: number;
}

/**
 * An event as one line of JSON, as POST /v1/events takes it. Members are put in as text: another object for each event would cost more than writing it.
 * What is no field goes beside the fields, where the server finds it at less cost than inside of `attributes`, and puts it there. undefined: too long for
 * an event.
 *
 * The event is used up: its attributes may be gone afterwards.
 */
export function eventLine(fields: EventFields, { more, original, charsMax }: LineParts): string | undefined {
  const beside = besideOf(fields['attributes']);
  const left = { attributes: beside !== undefined, source: more.startsWith(SOURCE) };
  let json = JSON.stringify(shaped(fields, left));
  // JSON.stringify keeps half a surrogate pair as an escape, which the server refuses: only then is it looked at closely.
  if (json.includes('\\ud')) json = JSON.stringify(shaped(fields, left), wellFormed);
  const tail = (beside ?? '') + more;
  if (json.length + tail.length > charsMax) return undefined;
  const head = json === '{}' && tail !== '' ? `{${tail.slice(1)}` : json.slice(0, -1) + tail;
  if (original === undefined || json.length + tail.length + original.length > charsMax) return `${head}}`;
  const text = JSON.stringify(original);
  return `${head}${head === '{' ? '' : ','}"original":${text.includes('\\ud') ? JSON.stringify(wellFormed('', original)) : text}}`;
}

const SOURCE = ',"source":';
/** Length of a time of whole seconds, and of milliseconds. */
const SECONDS_CHARS = '2023-11-04T12:34:56Z'.length;
const MILLIS_CHARS = '2023-11-04T12:34:56.789Z'.length;

/** A time as formats write it, in the server's own form, which has six digits, and needs no parsing there; undefined when it is in that, or in none of these. */
function withSixDigits(time: unknown): string | undefined {
  if (typeof time !== 'string' || !time.endsWith('Z')) return undefined;
  if (time.length === SECONDS_CHARS) return `${time.slice(0, -1)}.000000Z`;
  return time.length === MILLIS_CHARS && time[SECONDS_CHARS - 1] === '.' ? `${time.slice(0, -1)}000Z` : undefined;
}

/** The event with its time in six digits, without what stands elsewhere in its line. */
function shaped(fields: EventFields, without: { readonly attributes: boolean; readonly source: boolean }): EventFields {
  const time = withSixDigits(fields['timestamp']);
  const hasSource = without.source && 'source' in fields;
  if (time === undefined && !without.attributes && !hasSource) return fields;
  // An event is its format's gift, and nobody else looks at it again: a copy would cost as much as writing it.
  const out: Record<string, unknown> = Object.isFrozen(fields) ? { ...fields } : fields;
  if (hasSource) out['source'] = undefined;
  if (without.attributes) out['attributes'] = undefined;
  if (time !== undefined) out['timestamp'] = time;
  return out;
}

/** Attributes as members beside the fields, as JSON text that begins with a comma; undefined where they must stay attributes. */
function besideOf(attributes: unknown): string | undefined {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) return undefined;
  let count = 0;
  for (const name in attributes) if (STAYING.has(name) || ++count > BESIDE_MAX) return undefined;
  const json = JSON.stringify(attributes);
  return json.includes('\\ud') ? undefined : json === '{}' ? '' : `,${json.slice(1, -1)}`;
}

/** More members are objects of their own, which the server reads as a whole. */
const BESIDE_MAX = 40;
/**
 * Names that stay where they are: those of fields; of pairs, for what stands beside `name: password` is a secret, which the server finds inside of an object;
 * and those that senders put beside the fields themselves. One set, for it is asked a dozen times an event.
 */
const STAYING: ReadonlySet<string> = new Set([
  ...KEYS.keys(), 'name', 'key', 'field', 'attributes', 'original', '__proto__', 'syslog', 'structured_data', 'encoding',
]); // biome-ignore format: a word list

/** Half a surrogate pair becomes U+FFFD: by way of UTF-8. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value).toString() : value;
}
