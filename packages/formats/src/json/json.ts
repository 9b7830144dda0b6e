import { FIELDS, isRecord, type JsonObject, type JsonRecord, KEYS, parseStrict } from '@daybook/protocol';
import { anyTime } from '../claims/any-time.ts';
import { claimedEvent } from '../claims/claims.ts';
import { knownEvent } from '../claims/known.ts';
import { isObject } from '../claims/json-values.ts';
import { mapped, parseMapping } from '../claims/mapping.ts';
import { CLAIMS_MAPPING, PRODUCER_ROWS } from '../claims/reference.ts';
import type { Context, Format, Head } from '../format.ts';
import { JsonFramer } from '../framing/json-framer.ts';
import { event, quarantine, type Verdict } from '../result.ts';
import { attributesOf } from './attributes.ts';
import { carriedBy, CARRIERS_MAX } from './carriers.ts';
import { boundedly } from './json-format.ts';
import { objectIn } from './json-text.ts';

/**
 * Objects of any program. Read strictly, as the server reads: a key that stands twice, a number of more digits than a double holds, half a character are refused with
 * the server's codes, and never repaired. Without a mapping the record's own bytes are what may be sent.
 */
export const json: Format = {
  name: 'json',
  title: 'JSON of any program: objects in lines, in a list, or one after the other',
  source: 'json',
  framing: 'json',
  keepsOriginal: false,
  recognise,
  open: (context) => {
    const option = context.options['mapping'];
    const mapping = option === undefined ? undefined : parseMapping(option);
    return {
      parse: (record, emit) =>
        // What a carrier's text holds may nest deeper than what stands in the record itself.
        emit(
          record,
          boundedly(() => judge(record.text, context, mapping)),
        ),
      end: () => undefined,
    };
  },
  mapping: [...CLAIMS_MAPPING, ...PRODUCER_ROWS],
};

/** Little: whatever knows such objects better comes first. */
function recognise({ text }: Head): number {
  const begin = text.trimStart();
  if (!/^(?:\{\s*["}]|\[\s*[{\]])/.test(begin)) return 0;
  const known = [...begin.slice(0, 4000).matchAll(/"([\w@]{1,40})"\s*:/g)].filter(([, key = '']) => KEYS.has(key)).length;
  return known > 1 ? 0.2 : 0.1;
}

function judge(text: string, context: Context, mapping: ReturnType<typeof parseMapping> | undefined): Verdict {
  const result = parseStrict(text);
  if (!result.ok) {
    const refused = quarantine(result.code, `${result.message}${result.path === '' ? '' : ` (${result.path})`}`);
    return result.code === 'number_precision' && mapping === undefined ? (withLiterals(text, context) ?? refused) : refused;
  }
  const { value } = result;
  if (!isObject(value)) return quarantine('not_an_object', 'an event is an object');
  return mapping === undefined ? unpacked(value, context) : claimedEvent(mapped(mapping, value), context, false);
}

/**
 * A record of another program whose numbers are too long for a double (Windows' keywords, nanoseconds): each is its digits as text, as in the formats of products. Daybook's
 * own events are refused, as the server does.
 */
function withLiterals(text: string, context: Context): Verdict | undefined {
  const object = objectIn(text);
  if (!isParsed(object)) return undefined;
  const verdict = unpacked(object, context);
  return verdict.result === 'event' && !isOwnEvent(object, context) ? verdict : undefined;
}

/** What collectors wrap around a record is taken off, and kept beside it; its time counts where the record has none. */
function unpacked(object: JsonObject, context: Context): Verdict {
  const carriers: JsonRecord[] = [];
  let inner: JsonRecord = object;
  while (carriers.length < CARRIERS_MAX) {
    const carried = inner['specversion'] === undefined ? carriedBy(inner) : undefined;
    if (carried === undefined) break;
    const { [carried.member]: _, ...carrier } = inner;
    carriers.push(carrier);
    inner = carried.object;
  }
  if (!isParsed(inner)) throw new Error('a record is an object');
  const verdict = knownEvent(inner, context);
  if (carriers.length === 0 || verdict.event === undefined) return verdict;
  const around: Record<string, unknown> = {};
  for (const carrier of carriers.toReversed()) Object.assign(around, carrier);
  const own = verdict.event['attributes'];
  return event({
    ...verdict.event,
    timestamp: verdict.event['timestamp'] ?? timeOf(around, context),
    attributes: { ...(isRecord(own) ? own : {}), carrier: attributesOf({ ...around }) },
  });
}

function timeOf(carrier: JsonRecord, context: Context): unknown {
  for (const name of CARRIER_TIMES) {
    const claim = carrier[name];
    const time = typeof claim === 'string' || typeof claim === 'number' ? anyTime(claim, context) : undefined;
    if (time !== undefined) return time.text;
  }
  return undefined;
}

const CARRIER_TIMES = ['@timestamp', 'timestamp', 'time', 'date', 'publishTime'];

/** What a parser of JSON gave is JSON throughout. */
function isParsed(object: JsonRecord | undefined): object is JsonObject {
  return object !== undefined;
}

// ---- Daybook's own

/** As many records of a beginning are looked at. */
const LOOKED_AT_MAX = 50;

/**
 * Whether the records at an input's beginning are Daybook's own events: the server makes of each what is made of it here, so that its own bytes may be sent. Of other programs'
 * records it would understand less.
 */
export function isOwnJson(text: string, context: Context): boolean {
  const records = new JsonFramer().push(new TextEncoder().encode(`${text}\n`)).slice(0, LOOKED_AT_MAX);
  const [first] = records;
  // A wrapper's list is taken apart here, and not there.
  if (first !== undefined && !/^\uFEFF?\s*\[?\s*$/.test(text.slice(0, first.offset))) return false;
  return records.every((record) => {
    if (record.isWrapper === true) return false;
    const result = record.fault === undefined ? parseStrict(record.text) : undefined;
    // What is refused here, the server names.
    if (result?.ok !== true) return result?.code !== 'number_precision' || judge(record.text, context, undefined).result !== 'event';
    return !isObject(result.value) || isOwnEvent(result.value, context);
  });
}

function isOwnEvent(object: JsonObject, context: Context): boolean {
  const theirs = claimedEvent(object, context, true);
  const ours = unpacked(object, context);
  return (
    FIELDS.every(({ name }) => name === 'attributes' || canonicalText(theirs.event?.[name]) === canonicalText(ours.event?.[name])) &&
    theirs.code === ours.code
  );
}

function canonicalText(value: unknown): string {
  return JSON.stringify(value) ?? '';
}
