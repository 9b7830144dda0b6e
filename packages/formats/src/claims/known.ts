import { actionOf, actionWord, categoryOf, FIELD_INDEX, FIELDS, type Json, type JsonObject, KEYS, textOf } from '@daybook/protocol';
import type { Context } from '../format.ts';
import { attributesOf } from '../json/attributes.ts';
import { event, quarantine, type Verdict } from '../result.ts';
import { actionOfMethod } from '../web-access/access.ts';
import { fieldValue, refusal } from './claims.ts';
import { isList, isObject } from './json-values.ts';
import { ALIAS_RANK, CANONICAL, CONTAINED_RANK, FOLDED_ALIAS_RANK, type Meaning, nameOf, WELL_KNOWN_RANK } from './names.ts';
import { NO_PRODUCER, producerOf } from './producer-of.ts';
import { BY_FIELD, BY_TYPE, outcomeOfWordEnd, plainText, type Reader, READERS } from './readers.ts';
import { anyTime } from './any-time.ts';
import { verbOf } from './verbs.ts';

/**
 * The event of a record of any program, by its names: canonical ones and their aliases, as the server takes them; then what its producer means, when it is one that is
 * known (producers.ts); then names that widespread programs write (well-known.ts). A value that its field can't hold stays an attribute, and a lesser name may fill the
 * field. Objects stay among the attributes whole; what became a field as it stood does not.
 */
export function knownEvent(object: JsonObject, context: Context): Verdict {
  begin();
  visit(object, '', 0, 0);
  const producer = candidates.length === 0 ? NO_PRODUCER : producerOf(candidates, object);
  for (let i = 0; i < hits; i++) read(i, producer, object, context);
  const decided: Record<string, unknown> = {};
  for (const field of fields) decided[FIELDS[field]?.name ?? ''] = values[field];
  for (const { field, value } of producer.constants)
    decided[FIELDS[field]?.name ?? ''] = value === '' ? undefined : (decided[FIELDS[field]?.name ?? ''] ?? value);
  return verdictOf(object, decided);
}

/** Deeper names mean nothing here, and more members of one object are no record's. */
const DEPTH_MAX = 4;
const MEMBERS_MAX = 1024;
const FIELD_COUNT = FIELDS.length;

// One record is read at a time: what was found in it, in arrays that are used again. Objects for each would cost more than all the rest.
let hits = 0;
const hitPaths: string[] = [];
const hitKeys: string[] = [];
const hitValues: Json[] = [];
const hitBehind: number[] = [];
const hitTops: boolean[] = [];
let candidates: number[] = [];
let fields: number[] = [];
const ranks = new Int32Array(FIELD_COUNT);
const values: unknown[] = Array.from({ length: FIELD_COUNT }, () => undefined);
/** The key at the top whose value is the field's as it stood; '' when it says more. */
const takenKeys: string[] = Array.from({ length: FIELD_COUNT }, () => '');
let status: string | undefined;
let guessed: readonly string[] | undefined;
let unfit: string | undefined;
const FREE = 0x7fffffff;

function begin(): void {
  hits = 0;
  if (candidates.length > 0) candidates = [];
  fields = [];
  ranks.fill(FREE);
  status = undefined;
  guessed = undefined;
  unfit = undefined;
}

function visit(object: JsonObject, prefix: string, depth: number, behind: number): void {
  let members = 0;
  for (const key in object) {
    const value = object[key];
    if (value === undefined || value === null || value === '' || ++members > MEMBERS_MAX) continue;
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const name = nameOf(path);
    if (name.tells.length > 0) candidates.push(...name.tells);
    if (name.meanings.length > 0) {
      hitPaths[hits] = path;
      hitKeys[hits] = key;
      hitValues[hits] = value;
      hitBehind[hits] = behind;
      hitTops[hits++] = depth === 0;
    }
    if (typeof value !== 'object' || depth >= DEPTH_MAX) continue;
    const inner = isList(value) ? value[0] : value;
    if (!isObject(inner)) continue;
    if (name.opens) visit(inner, path, depth + 1, behind);
    if (name.contains && depth === 0 && !isList(value)) visit(inner, '', depth + 1, CONTAINED_RANK);
  }
}

function read(hit: number, producer: typeof NO_PRODUCER, object: JsonObject, context: Context): void {
  const behind = hitBehind[hit] ?? 0;
  const value = hitValues[hit] ?? null;
  for (const meaning of nameOf(hitPaths[hit] ?? '').meanings) {
    if (meaning.producer !== -1 && meaning.producer !== producer.index) continue;
    if (meaning.rank === CANONICAL && producer.hidden.has(meaning.field)) continue;
    const rank = meaning.rank + behind;
    const found = valueOf(meaning, value, { key: hitKeys[hit] ?? '', isBehind: behind > 0 }, object, context);
    if (found === undefined) {
      if (rank === CANONICAL && STRICT_FIELDS.has(meaning.field)) unfit ??= FIELDS[meaning.field]?.name;
      continue;
    }
    claim(
      meaning.field,
      meaning.field === OUTCOME ? outcomeRank(rank, found.value, meaning) : rank,
      found,
      hitTops[hit] === true ? (hitKeys[hit] ?? '') : '',
    );
  }
}

interface Found {
  readonly value: unknown;
  /** The value is the field's as it stood: it need not be kept beside it. */
  readonly isWhole: boolean;
  readonly status?: string | undefined;
  readonly guessed?: readonly string[] | undefined;
}

function claim(field: number, rank: number, found: Found, key: string): void {
  const before = ranks[field] ?? FREE;
  if (before <= rank) return;
  if (before === FREE) fields.push(field);
  ranks[field] = rank;
  values[field] = found.value;
  takenKeys[field] = found.isWhole ? key : '';
  if (field === OUTCOME) status = found.status;
  if (field === TIMESTAMP) guessed = found.guessed;
}

const OUTCOME = FIELD_INDEX.get('outcome') ?? 0;
const TIMESTAMP = FIELD_INDEX.get('timestamp') ?? 0;
const STRICT_FIELDS = new Set(
  FIELDS.flatMap(({ type, name }, i) =>
    type === 'enum' || type === 'ip' || type === 'time' || name === 'attributes' || name === 'importance' ? [] : [i],
  ),
);
const OUTCOME_READERS = new Set(['failed']);
const SUCCESS_BEHIND = 100_000;

/** Names that contradict each other: a failure is never told as a success. What only hints at a failure counts when nothing else is said. */
function outcomeRank(rank: number, value: unknown, { reader }: Meaning): number {
  if (rank === CANONICAL) return rank;
  if (reader !== undefined && OUTCOME_READERS.has(reader)) return rank + 3 * SUCCESS_BEHIND;
  return value === 'success' ? rank + SUCCESS_BEHIND : value === 'unknown' ? rank + 2 * SUCCESS_BEHIND : rank;
}

function valueOf(
  meaning: Meaning,
  value: Json,
  { key, isBehind }: { key: string; isBehind: boolean },
  object: JsonObject,
  context: Context,
): Found | undefined {
  const field = FIELDS[meaning.field];
  if (field === undefined) return undefined;
  const { name, type } = field;
  if (type === 'time') return timeOf(meaning.reader, value, object, context);
  if (meaning.producer === -1 && meaning.reader === undefined && meaning.rank < ALIAS_RANK + 100 && !isBehind) {
    const { value: plain, isKept = false, status: code } = fieldValue(field, value, context);
    if (plain === undefined || (isKept && type === 'enum')) return undefined;
    // What says that there is nothing says so under an alias, too; a canonical name is taken at its word.
    if (meaning.rank !== CANONICAL && type === 'string' && plainText(value) === undefined) return undefined;
    return { value: plain, isWhole: !isKept, status: code };
  }
  const reader: Reader | undefined = meaning.reader === undefined ? (BY_FIELD[name] ?? BY_TYPE[type]) : READERS[meaning.reader];
  const found = reader?.(value, key);
  if (found === undefined || found === '') return undefined;
  return {
    value: name === 'category' || typeof found !== 'number' || type !== 'string' ? found : String(found),
    isWhole: type === 'string' || type === 'ip' || type === 'enum' ? found === textOf(value) : meaning.reader === undefined,
  };
}

function timeOf(reader: string | undefined, value: Json, object: JsonObject, context: Context): Found | undefined {
  if (reader?.startsWith('with ') === true) {
    const other = object[reader.slice(5)];
    const time = typeof value === 'string' && typeof other === 'string' ? anyTime(`${value} ${other}`, context) : undefined;
    return time === undefined ? undefined : { value: time.text, isWhole: false, guessed: time.guessed };
  }
  const one = isList(value) && value.length === 1 ? (value[0] ?? null) : value;
  if (reader !== undefined && READERS[reader]?.(one, '') === undefined) return undefined;
  const time = anyTime(one, context);
  return time === undefined ? undefined : { value: time.text, isWhole: true, guessed: time.guessed };
}

// ---- what it means

function verdictOf(object: JsonObject, decided: Record<string, unknown>): Verdict {
  who(decided);
  what(object, decided);
  const refused = refusal(decided);
  if (refused !== undefined) {
    if (refused.code === 'event_empty' && unfit !== undefined)
      return quarantine('field_type', `${unfit} holds a value that this field can not hold`);
    return refused;
  }
  decided['event_type'] ??= decided['action'];
  decided['actor_type'] ??= decided['user_id'] === undefined ? 'unknown' : 'user';
  decided['outcome'] ??= outcomeOfWordEnd(textOf(decided['event_type']), false) ?? 'unknown';
  if (status !== undefined) decided['status_code'] ??= status;
  decided['attributes'] = attributes(object, decided['attributes']);
  return event(decided);
}

/** Who has a name or an address has said who it is. */
function who(decided: Record<string, unknown>): void {
  decided['user_id'] ??= decided['user_name'] ?? decided['user_email'];
  if (decided['user_name'] === decided['user_id'] && ranks[USER_NAME] !== CANONICAL) delete decided['user_name'];
}

const EVENT_TYPE = FIELD_INDEX.get('event_type') ?? 0;
const ACTION = FIELD_INDEX.get('action') ?? 0;
const USER_NAME = FIELD_INDEX.get('user_name') ?? 0;

function what(object: JsonObject, decided: Record<string, unknown>): void {
  const method = decided['method'];
  const isWeb = typeof method === 'string' && HTTP_METHODS.has(method.toUpperCase());
  const given = object['action'];
  const type =
    decided['event_type'] ??
    (decided['action'] === undefined ? plainText(typeof given === 'object' ? null : (given ?? null)) : undefined) ??
    (isWeb ? method : undefined);
  if (type !== undefined) decided['event_type'] = type;
  if (
    type === undefined &&
    decided['user_id'] === undefined &&
    decided['resource'] === undefined &&
    decided['ip_address'] === undefined &&
    decided['action'] === undefined
  )
    return;
  const verb = typeof type === 'string' ? (isServersOwn(ranks[EVENT_TYPE] ?? FREE) ? actionOf(type) : verbOf(type)) : 'access';
  // What a producer or its own name says of the verb comes before the event's word, other hints behind.
  if ((ranks[ACTION] ?? FREE) >= WELL_KNOWN_RANK && verb !== 'other' && verb !== 'access') decided['action'] = verb;
  decided['action'] ??= isWeb && (verb === 'other' || type === method) ? actionOfMethod(textOf(method)) : verb;
  if (isWeb) {
    decided['category'] ??= type === method ? 'http' : categoryOf(actionWord(textOf(decided['action'])) ?? 'other');
    if (type === method) decided['protocol'] ??= 'http';
  }
  decided['category'] ??= categoryOf(actionWord(textOf(decided['action'])) ?? 'other');
}

/** Under names that the server takes as well, the word means what it means there. */
function isServersOwn(rank: number): boolean {
  return rank === CANONICAL || (rank >= ALIAS_RANK && rank < FOLDED_ALIAS_RANK);
}

const HTTP_METHODS = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH QUERY PURGE'.split(
    ' ',
  ),
);

/** What no field took, without secrets. */
function attributes(object: JsonObject, given: unknown): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  if (isObject(given as Json)) Object.assign(rest, given);
  for (const key in object) {
    const value = object[key];
    if (value === undefined || isTaken(key) || ((value === null || value === '') && KEYS.get(key)?.kind === 'field')) continue;
    if (key === '__proto__') Object.defineProperty(rest, key, { value, enumerable: true, configurable: true, writable: true });
    else rest[key] = value;
  }
  if (guessed !== undefined) rest['time_guessed'] = guessed;
  return attributesOf(rest);
}

function isTaken(key: string): boolean {
  for (const field of fields) if (takenKeys[field] === key) return true;
  return false;
}
