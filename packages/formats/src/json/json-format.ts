import { isRecord, type JsonRecord } from '@daybook/protocol';
import type { Context, Format, Head, MappingRow } from '../format.ts';
import { stateless } from '../format.ts';
import { JsonFramer } from '../framing/json-framer.ts';
import { isPrefix } from '../framing/json-prefix.ts';
import { event, noise, quarantine, type Verdict } from '../result.ts';
import { attributesOf, TooDeep } from './attributes.ts';
import { carriedBy, CARRIERS_MAX } from './carriers.ts';
import { objectIn } from './json-text.ts';

/** A format whose records are JSON objects, each judged alone. */
export interface JsonKind {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly mapping: readonly MappingRow[];
  /** Whether an object is a record of the product, by its structure: what only its maker writes, never by a value that others choose. */
  owns(object: JsonRecord): boolean;
  judge(object: JsonRecord, context: Context): Verdict;
  /** The code of an object of the product that is no record of an access: a digest, an empty answer. */
  noise?(object: JsonRecord): string | undefined;
}

export function jsonFormat(kind: JsonKind): Format {
  return {
    name: kind.name,
    title: kind.title,
    source: kind.source,
    framing: 'json',
    keepsOriginal: false,
    mapping: kind.mapping,
    recognise: (head) => sureness(kind, head),
    takesObjects: true,
    open: stateless((text, context, object) => judgeText(kind, text, context, object)),
  };
}

/** Reads one text as a record of this kind; `read`: what a parser made of it already. */
export function judgeText(kind: JsonKind, text: string, context: Context, read?: JsonRecord): Verdict {
  const object = objectIn(text, read);
  return object === undefined ? quarantine('not_json', 'this is no JSON object') : judgeParsed(kind, object, context);
}

/** The same of an object that was read already; it is used up. */
export function judgeParsed(kind: JsonKind, object: JsonRecord, context: Context): Verdict {
  return boundedly(() => judgeObject(kind, object, context));
}

/** What is nested deeper than attributes are looked through goes to quarantine. */
export function boundedly<T extends Verdict | undefined>(judged: () => T): T | Verdict {
  try {
    return judged();
  } catch (error) {
    if (error instanceof TooDeep) return quarantine('too_deep', 'this record nests deeper than 200 levels');
    throw error;
  }
}

function judgeObject(kind: JsonKind, object: JsonRecord, context: Context): Verdict {
  if (kind.owns(object)) return kind.judge(object, context);
  const code = kind.noise?.(object) ?? emptyList(object) ?? controlMessage(object);
  if (code !== undefined) return noise(code);
  const carriers: JsonRecord[] = [];
  let inner = object;
  while (carriers.length < CARRIERS_MAX) {
    const carried = carriedBy(inner);
    if (carried === undefined) break;
    const { [carried.member]: _, ...carrier } = inner;
    carriers.push(carrier);
    inner = carried.object;
    if (kind.owns(inner)) return withCarriers(kind.judge(inner, context), carriers);
    const innerCode = kind.noise?.(inner);
    if (innerCode !== undefined) return noise(innerCode);
  }
  return quarantine('other_record', `this JSON object is no record of ${kind.title}`);
}

/** What stood around the record is kept beside what was in it. */
function withCarriers(verdict: Verdict, carriers: JsonRecord[]): Verdict {
  if (verdict.event === undefined) return verdict;
  const own = verdict.event['attributes'];
  const carrier = attributesOf(Object.assign({}, ...carriers.toReversed()));
  return event({ ...verdict.event, attributes: { ...(isRecord(own) ? own : {}), carrier } });
}

const LIST_NAMES = ['Records', 'records', 'items', 'Items', 'value', 'entries', 'events', 'Events', 'logEvents', 'logs'];

/** The answer or file of a quiet hour: a wrapper without records. */
function emptyList(object: JsonRecord): string | undefined {
  return LIST_NAMES.some((name) => Array.isArray(object[name]) && object[name].length === 0) ? 'empty_list' : undefined;
}

/** CloudWatch Logs asks with such a message, in place of a log's, whether a subscription is alive. */
function controlMessage({ message }: JsonRecord): string | undefined {
  return typeof message === 'string' && message.startsWith('CWL CONTROL MESSAGE: ') ? 'control_message' : undefined;
}

// ---- recognition

/** As many records of the beginning are looked at; a mixed stream shows itself in them. */
const LOOKED_AT_MAX = 20;
const encoder = new TextEncoder();
/** All formats ask about the same head. */
const objectsOfHead = new WeakMap<Head, readonly JsonRecord[]>();

function sureness(kind: JsonKind, head: Head): number {
  const objects = objectsOf(head);
  if (objects.length === 0) return 0;
  let owned = 0;
  for (const object of objects) if (isOfKind(kind, object)) owned++;
  return owned === 0 ? 0 : 0.5 + (0.45 * owned) / objects.length;
}

/** As many lines tell: a server's own log has others between those of the product. */
const LINES_LOOKED_AT = 50;

/** Of formats that come between lines of text: how many of the first lines are records. */
export function lineSureness(kind: JsonKind, { lines }: Head): number {
  const looked = lines.slice(0, LINES_LOOKED_AT);
  let owned = 0;
  for (const line of looked) {
    const from = line.indexOf('{');
    const object = from === 0 || (from > 0 && isPrefix(line.slice(0, from))) ? objectIn(line.slice(from)) : undefined;
    if (object !== undefined && isOfKind(kind, object)) owned++;
  }
  return owned === 0 ? 0 : 0.4 + (0.45 * owned) / looked.length;
}

function isOfKind(kind: JsonKind, object: JsonRecord): boolean {
  let inner: JsonRecord | undefined = object;
  for (let i = 0; i <= CARRIERS_MAX && inner !== undefined; i++) {
    if (kind.owns(inner)) return true;
    inner = carriedBy(inner)?.object;
  }
  return false;
}

function objectsOf(head: Head): readonly JsonRecord[] {
  const known = objectsOfHead.get(head);
  if (known !== undefined) return known;
  const objects: JsonRecord[] = [];
  if (/^[^{]{0,256}\{/.test(head.text)) {
    for (const { text, fault } of wholeRecords(head.text)) {
      if (objects.length >= LOOKED_AT_MAX) break;
      const object = fault === undefined ? objectIn(text) : undefined;
      if (object !== undefined) objects.push(object);
    }
  }
  objectsOfHead.set(head, objects);
  return objects;
}

/** The last record counts as well when the input is that short and ends without a line end. */
function wholeRecords(text: string): ReturnType<JsonFramer['push']> {
  return new JsonFramer().push(encoder.encode(text));
}
