import {
  actionOf,
  actionWord,
  canonicalIp,
  categoryOf,
  type Field,
  FIELD_INDEX,
  FIELDS,
  type Json,
  type JsonObject,
  KEYS,
  outcomeOf,
  outcomeOfStatus,
  parseTime,
  severityOfWord,
  textOf,
} from '@daybook/protocol';
import type { Context } from '../format.ts';
import { event, quarantine, type Verdict } from '../result.ts';
import { inZone } from './any-time.ts';
import { isList, isObject } from './json-values.ts';

/**
 * What the server makes of an object that is sent to it, for objects that stand in a file: canonical names and their aliases become fields, the canonical name wins, then the
 * first of the aliases; everything else is kept among the attributes. `byName`: aliases count too; a mapping says what is meant, so that with one only the
 * canonical names do.
 */
export function claimedEvent(object: JsonObject, context: Context, byName: boolean): Verdict {
  const claims = new Map<number, Claim>();
  const attributes: Attributes = {};
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    const meaning = KEYS.get(key);
    if (meaning?.kind !== 'field' || (!byName && meaning.rank > 0)) set(attributes, key, value);
    else if (value !== null && value !== '') claim(claims, meaning.field, { value, rank: meaning.rank, key }, attributes);
  }
  return verdictOf(claims, attributes, context);
}

interface Claim {
  readonly value: Json;
  readonly rank: number;
  readonly key: string;
}

type Attributes = Record<string, Json>;

function claim(claims: Map<number, Claim>, field: number, found: Claim, attributes: Attributes): void {
  const before = claims.get(field);
  const wins = before === undefined || (field === OUTCOME ? winsAsOutcome(found, before) : found.rank < before.rank);
  if (wins) claims.set(field, found);
  if (before === undefined) return;
  // Two keys that say the same are one claim; what contradicts the one that won is kept.
  if (JSON.stringify(before.value) !== JSON.stringify(found.value))
    set(attributes, wins ? before.key : found.key, wins ? before.value : found.value);
}

const OUTCOME = FIELD_INDEX.get('outcome') ?? 0;

/** Of aliases that contradict each other one that says a failure: it is never told as a success. The canonical name is believed whatever they say. */
function winsAsOutcome(found: Claim, before: Claim): boolean {
  if (found.rank === 0 || before.rank === 0) return found.rank < before.rank;
  const failed = saysFailure(found.value);
  return failed === saysFailure(before.value) ? found.rank < before.rank : failed;
}

function saysFailure(value: Json): boolean {
  const outcome = typeof value === 'object' ? undefined : typeof value === 'number' ? outcomeOfStatus(value) : outcomeOf(String(value));
  return outcome === 'failure' || outcome === 'denied';
}

/** `__proto__` is a key like others. */
function set(attributes: Attributes, key: string, value: Json): void {
  if (key === '__proto__') Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  else attributes[key] = value;
}

const RESERVED = 'daybook.';
const UNNAMED = new Set(['anonymous', 'system', 'unknown']);

function verdictOf(claims: Map<number, Claim>, attributes: Attributes, context: Context): Verdict {
  const decided: Record<string, unknown> = {};
  for (const [index, { value, rank, key }] of claims) {
    const field = FIELDS[index];
    if (field === undefined) continue;
    const found = fieldValue(field, value, context);
    if (found.value !== undefined) decided[field.name] = found.value;
    if (found.status !== undefined) decided['status_code'] ??= found.status;
    if (found.isUnfit === true && rank === 0 && STRICT.has(field.name))
      return quarantine('field_type', `${field.name} holds a value that this field can not hold`);
    if (found.isUnfit === true || found.isKept === true) set(attributes, key, value);
    if (found.guessed !== undefined) attributes['time_guessed'] = found.guessed;
  }
  return refusal(decided) ?? withMeaning(decided, attributes);
}

/** What the server refuses, by its codes. */
export function refusal(decided: Readonly<Record<string, unknown>>): Verdict | undefined {
  const { user_id: user, event_type: type, action, resource, ip_address: ip, category, actor_type: actor } = decided;
  if (user === undefined && type === undefined && action === undefined && resource === undefined && ip === undefined)
    return quarantine('event_empty', 'none of user_id, event_type, action, resource and ip_address is given');
  if (category === 'audit') return quarantine('category_reserved', "category audit is for Daybook's own records");
  if (textOf(type).toLowerCase().startsWith(RESERVED))
    return quarantine('reserved_word', "words that begin with daybook. are the server's own");
  if (user === undefined && actor !== undefined && !UNNAMED.has(textOf(actor)))
    return quarantine('user_id_missing', 'user_id may be empty only with actor_type anonymous, system or unknown');
  return undefined;
}

/** What the server fills in. */
function withMeaning(decided: Record<string, unknown>, attributes: Attributes): Verdict {
  const type = decided['event_type'];
  const action = textOf(decided['action']) || (typeof type === 'string' ? actionOf(type) : 'access');
  decided['action'] = action;
  decided['event_type'] ??= action;
  decided['actor_type'] ??= decided['user_id'] === undefined ? 'unknown' : 'user';
  decided['category'] ??= categoryOf(actionWord(action) ?? 'other');
  decided['outcome'] ??= 'unknown';
  const given = decided['attributes'];
  decided['attributes'] = typeof given === 'object' ? { ...given, ...attributes } : attributes;
  return event(decided);
}

/** Fields for which a wrong value under their own name is refused by the server. */
const STRICT = new Set(
  FIELDS.filter(
    ({ type, name }) => type !== 'enum' && type !== 'ip' && type !== 'time' && name !== 'attributes' && name !== 'importance',
  ).map(({ name }) => name),
);

export interface Decided {
  readonly value?: unknown;
  /** The status that an outcome was told by. */
  readonly status?: string;
  readonly isUnfit?: boolean;
  /** The value says more than the field. */
  readonly isKept?: boolean;
  readonly guessed?: string[];
}

const UNFIT: Decided = { isUnfit: true };
const KEPT: Decided = { isKept: true };

export function fieldValue(field: Field, value: Json, context: Context): Decided {
  const { name, type } = field;
  if (name === 'importance' || name === 'redactions') return KEPT;
  if (name === 'attributes') return isObject(value) ? { value } : KEPT;
  if (name === 'severity') return severity(value);
  switch (type) {
    case 'enum':
      return word(name, value, field.values ?? []);
    case 'time':
      return time(value, context);
    case 'ip':
      return address(value);
    case 'uint':
      return number(value, true);
    case 'float':
      return number(value, false);
    case 'bool':
      return truth(value);
    case 'strings':
      return strings(name, value);
    case 'map':
    case 'json':
      return typeof value === 'object' ? { value } : UNFIT;
    case 'string':
      return typeof value === 'object' ? UNFIT : { value: String(value) };
    default:
      return type satisfies never;
  }
}

function word(name: string, value: Json, values: readonly string[]): Decided {
  if (typeof value === 'object') return UNFIT;
  const text = String(value).trim();
  if (name === 'outcome') {
    const outcome = typeof value === 'number' ? outcomeOfStatus(value) : outcomeOf(text);
    const status = /^\d{3}$/.test(text) ? { status: text } : {};
    return outcome === undefined ? { value: 'unknown', isKept: true, ...status } : { value: outcome, ...status };
  }
  const found = name === 'action' ? actionWord(text) : values.includes(text.toLowerCase()) ? text.toLowerCase() : undefined;
  if (found !== undefined) return { value: found };
  const neutral = name === 'action' ? 'other' : name === 'actor_type' ? 'unknown' : undefined;
  return { value: neutral, isKept: true };
}

/** The common case. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** An address before a port, or in brackets, says more than the field. */
function address(value: Json): Decided {
  if (typeof value === 'string' && IPV4.test(value)) return { value };
  const found = typeof value === 'string' ? canonicalIp(value) : undefined;
  return found === undefined ? UNFIT : found === value ? { value } : { value: found, isKept: true };
}

/** A time without a zone is read in the zone of the input, and marked. */
function time(value: Json, context: Context): Decided {
  if (typeof value !== 'string' && typeof value !== 'number') return UNFIT;
  const found = parseTime(value);
  if (found === undefined) return UNFIT;
  return found.zoned ? { value: found.text } : { value: inZone(found.text, context).text, guessed: ['zone'] };
}

function number(value: Json, isCount: boolean): Decided {
  const found = typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;
  if (typeof found !== 'number' || (isCount && (!Number.isSafeInteger(found) || found < 0))) return UNFIT;
  return { value: found };
}

function truth(value: Json): Decided {
  if (value === true || value === 'true' || value === 1) return { value: true };
  return value === false || value === 'false' || value === 0 ? { value: false } : UNFIT;
}

function strings(name: string, value: Json): Decided {
  const items: readonly Json[] = isList(value) ? value : name === 'ip_chain' && typeof value === 'string' ? value.split(',') : [value];
  if (items.some((item) => typeof item === 'object')) return UNFIT;
  const texts = items.map((item) => textOf(item).trim()).filter((text) => text !== '');
  return texts.length === 0 ? {} : { value: texts };
}

function severity(value: Json): Decided {
  const level = typeof value === 'string' ? (severityOfWord(value) ?? Number(value)) : value;
  return typeof level === 'number' && Number.isInteger(level) && level >= 0 && level <= 6 ? { value: level } : UNFIT;
}
