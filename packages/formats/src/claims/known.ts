import { actionOf, actionWord, categoryOf, FIELD_INDEX, FIELDS, type Json, type JsonObject, KEYS, textOf } from '@daybook/protocol';
import type { Context } from '../format.ts';
import { attributesOf, put } from '../json/attributes.ts';
import { quarantine, type Verdict } from '../result.ts';
import { maskUrlSecrets } from '../secrets/url-secrets.ts';
import { actionOfMethod } from '../web-access/access.ts';
import { fieldValue, refusal } from './claims.ts';
import { isList, isObject } from './json-values.ts';
import { ALIAS_RANK, CANONICAL, CONTAINED_RANK, FOLDED_ALIAS_RANK, type Meaning, type Name, nameOf, WELL_KNOWN_RANK } from './names.ts';
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
  for (let i = 0; i < claimed; i++) decided[NAMES[fields[i] ?? 0] ?? ''] = values[fields[i] ?? 0];
  for (const { field, value } of producer.constants) decided[NAMES[field] ?? ''] ??= value;
  return verdictOf(object, decided);
}

/** Deeper names mean nothing here, and more members of one object are no record's. */
const DEPTH_MAX = 4;
const MEMBERS_MAX = 1024;
const FIELD_COUNT = FIELDS.length;
const NAMES = FIELDS.map(({ name }) => name);

// One record is read at a time: what was found in it, in arrays that are used again. Objects for each would cost more than all the rest.
let hits = 0;
const hitNames: Name[] = [];
const hitKeys: string[] = [];
const hitValues: Json[] = [];
const hitBehind: number[] = [];
const hitTops: boolean[] = [];
let candidates: number[] = [];
/** The fields that have a value, in the order in which they got one. */
let claimed = 0;
const fields = new Uint8Array(FIELD_COUNT);
/** Members of the record at the top. */
let members = 0;
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
  claimed = 0;
  members = 0;
  ranks.fill(FREE);
  status = undefined;
  guessed = undefined;
  unfit = undefined;
}

function visit(object: JsonObject, prefix: string, depth: number, behind: number): void {
  let seen = 0;
  for (const key in object) {
    const value = object[key];
    if (depth === 0) members++;
    if (value === undefined || value === null || value === '' || ++seen > MEMBERS_MAX) continue;
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const name = nameOf(path);
    if (name.tells.length > 0) candidates.push(...name.tells);
    if (name.meanings.length > 0) {
      hitNames[hits] = name;
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
  const key = hitKeys[hit] ?? '';
  const place: Place = { key, top: hitTops[hit] === true ? key : '', isBehind: behind > 0 };
  for (const meaning of (hitNames[hit] ?? NOTHING).meanings) {
    const { field, rank: own } = meaning;
    const rank = own + behind;
    if (rank >= (ranks[field] ?? FREE) || (meaning.producer !== -1 && meaning.producer !== producer.index)) continue;
    if (own === CANONICAL && producer.hidden.has(field)) continue;
    // The usual case, without more ado: a text under the name of a field of texts.
    if (rank === CANONICAL && typeof value === 'string' && PLAIN_TEXT[field] === true) claim(field, rank, value, place.top);
    else readAs(meaning, value, place, object, context);
  }
}

interface Place {
  readonly key: string;
  /** The key, when it stands at the top of the record. */
  readonly top: string;
  readonly isBehind: boolean;
}

function readAs(meaning: Meaning, value: Json, place: Place, object: JsonObject, context: Context): void {
  const { field, rank: own } = meaning;
  const rank = place.isBehind ? own + CONTAINED_RANK : own;
  const found = valueOf(meaning, value, place, object, context);
  if (found === undefined) {
    if (rank === CANONICAL && STRICT_FIELDS.has(field)) unfit ??= NAMES[field];
    return;
  }
  const decided = field === OUTCOME ? outcomeRank(rank, found.value, meaning) : rank;
  if (decided >= (ranks[field] ?? FREE)) return;
  claim(field, decided, found.value, found.isWhole ? place.top : '');
  if (field === OUTCOME) status = found.status;
  else if (field === TIMESTAMP) guessed = found.guessed;
}

interface Found {
  readonly value: unknown;
  /** The value is the field's as it stood: it need not be kept beside it. */
  readonly isWhole: boolean;
  readonly status?: string | undefined;
  readonly guessed?: readonly string[] | undefined;
}

function claim(field: number, rank: number, value: unknown, key: string): void {
  if (ranks[field] === FREE) fields[claimed++] = field;
  ranks[field] = rank;
  values[field] = value;
  takenKeys[field] = key;
}

const OUTCOME = FIELD_INDEX.get('outcome') ?? 0;
const TIMESTAMP = FIELD_INDEX.get('timestamp') ?? 0;
const NOTHING: Name = { meanings: [], opens: false, contains: false, tells: [] };
/** Fields that any text fits as it stands; addresses may hold secrets. */
const PLAIN_TEXT = FIELDS.map(
  ({ type, name, serverOnly }) => type === 'string' && serverOnly !== true && name !== 'resource' && name !== 'importance',
);
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

function valueOf(meaning: Meaning, value: Json, { key, isBehind }: Place, object: JsonObject, context: Context): Found | undefined {
  const field = FIELDS[meaning.field];
  if (field === undefined) return undefined;
  const { name, type } = field;
  if (type === 'time') return timeOf(meaning.reader, value, object, context);
  if (meaning.producer === -1 && meaning.reader === undefined && meaning.rank < ALIAS_RANK + 100 && !isBehind) {
    const { value: plain, isKept = false, status: code } = fieldValue(field, value, context);
    if (plain === undefined || (isKept && type === 'enum')) return undefined;
    // What says that there is nothing says so under an alias, too; a canonical name is taken at its word.
    if (meaning.rank !== CANONICAL && type === 'string' && plainText(value) === undefined) return undefined;
    return { value: name === 'resource' && typeof plain === 'string' ? maskUrlSecrets(plain) : plain, isWhole: !isKept, status: code };
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
  const rest = attributes(object, decided['attributes']);
  if (decided['attributes'] !== undefined) delete decided['attributes'];
  if (rest !== undefined && !isEmpty(rest)) decided['attributes'] = rest;
  // No value here is nothing: event() would look at each again.
  return { result: 'event', event: decided };
}

/** Who has a name or an address has said who it is. */
function who(decided: Record<string, unknown>): void {
  if (decided['user_id'] === undefined && (decided['user_name'] ?? decided['user_email']) !== undefined)
    decided['user_id'] = decided['user_name'] ?? decided['user_email'];
  if (decided['user_name'] !== undefined && decided['user_name'] === decided['user_id'] && ranks[USER_NAME] !== CANONICAL)
    delete decided['user_name'];
}

const EVENT_TYPE = FIELD_INDEX.get('event_type') ?? 0;
function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

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
function attributes(object: JsonObject, given: unknown): Record<string, unknown> | undefined {
  const taken = new Set<string>();
  for (let i = 0; i < claimed; i++) {
    const key = takenKeys[fields[i] ?? 0] ?? '';
    if (key !== '') taken.add(key);
  }
  if (taken.size === members && guessed === undefined && given === undefined) return undefined;
  const rest: Record<string, unknown> = {};
  if (typeof given === 'object') Object.assign(rest, given);
  for (const key in object) {
    const value = object[key];
    if (value === undefined || taken.has(key) || ((value === null || value === '') && KEYS.get(key)?.kind === 'field')) continue;
    put(rest, key, value);
  }
  if (guessed !== undefined) rest['time_guessed'] = guessed;
  return attributesOf(rest);
}
