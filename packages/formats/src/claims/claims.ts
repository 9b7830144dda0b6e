import {
  actionOf,
  actionWord,
  categoryOf,
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
import { addressOf } from '../addresses.ts';
import type { Context } from '../format.ts';
import { event, quarantine, type Verdict } from '../result.ts';
import { stampOf } from '../time/stamps.ts';
import { isList, isObject } from './json-values.ts';

/**
 * What the server makes of an object that is sent to it, for objects that stand in a file: canonical names and their aliases become fields, the canonical name wins, then the
 * first of the aliases; everything else is kept among the attributes. `byName`: aliases count too; a mapping says what is meant, so that with one only the
 * canonical names do.
 */
export function claimedEvent(object: JsonObject, context: Context, byName: boolean): Verdict {
  const fields = new Map<string, { value: Json; rank: number; key: string }>();
  const attributes = new Map<string, Json>();
  for (const [key, value] of Object.entries(object)) {
    const meaning = KEYS.get(key);
    if (meaning?.kind !== 'field' || (!byName && meaning.rank > 0)) {
      attributes.set(key, value);
      continue;
    }
    const name = FIELDS[meaning.field]?.name ?? '';
    const before = fields.get(name);
    if (value === null || value === '') continue;
    if (before === undefined || meaning.rank < before.rank) fields.set(name, { value, rank: meaning.rank, key });
    const lost = before === undefined ? undefined : meaning.rank < before.rank ? before : { value, key };
    if (lost !== undefined && JSON.stringify(lost.value) !== JSON.stringify(fields.get(name)?.value)) attributes.set(lost.key, lost.value);
  }
  return verdictOf(fields, attributes, context);
}

type Fields = Map<string, { readonly value: Json; readonly rank: number; readonly key: string }>;

/** Of these at least one is said of every access. */
const TELLING = ['user_id', 'event_type', 'action', 'resource', 'ip_address'];
const RESERVED = 'daybook.';

function verdictOf(fields: Fields, attributes: Map<string, Json>, context: Context): Verdict {
  const decided: Record<string, unknown> = {};
  for (const [name, { value, rank, key }] of fields) {
    const field = fieldValue(name, value, context);
    if (field.fields !== undefined) Object.assign(decided, field.fields);
    if (field.isUnfit === true && rank === 0 && STRICT.has(name))
      return quarantine('field_type', `${name} holds a value that this field can not hold`);
    if (field.isUnfit === true || field.isKept === true) attributes.set(key, value);
    if (field.guessed !== undefined) attributes.set('time_guessed', field.guessed);
  }
  if (!TELLING.some((name) => decided[name] !== undefined))
    return quarantine('event_empty', 'none of user_id, event_type, action, resource and ip_address is given');
  if (decided['category'] === 'audit') return quarantine('category_reserved', "category audit is for Daybook's own records");
  if (textOf(decided['event_type']).toLowerCase().startsWith(RESERVED))
    return quarantine('reserved_word', "words that begin with daybook. are the server's own");
  return withMeaning(decided, attributes);
}

function withMeaning(decided: Record<string, unknown>, attributes: Map<string, Json>): Verdict {
  const { event_type: type, user_id: user, actor_type: actor } = decided;
  const action = textOf(decided['action']) || (typeof type === 'string' ? actionOf(type) : 'access');
  const unnamed = user === undefined && (actor === undefined || !['anonymous', 'system', 'unknown'].includes(textOf(actor)));
  if (unnamed && actor !== undefined)
    return quarantine('user_id_missing', 'user_id may be empty only with actor_type anonymous, system or unknown');
  const given = decided['attributes'];
  return event({
    ...decided,
    action,
    event_type: type ?? action,
    actor_type: actor ?? (user === undefined ? 'unknown' : 'user'),
    category: decided['category'] ?? categoryOf(actionWord(action) ?? 'other'),
    outcome: decided['outcome'] ?? 'unknown',
    attributes: { ...(typeof given === 'object' ? given : {}), ...Object.fromEntries(attributes) },
  });
}

/** Fields for which a wrong value under their own name is refused by the server. */
const STRICT = new Set(
  FIELDS.filter(
    ({ type, name }) => type !== 'enum' && type !== 'ip' && type !== 'time' && name !== 'attributes' && name !== 'importance',
  ).map(({ name }) => name),
);

interface Decided {
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly isUnfit?: boolean;
  /** The value says more than the field. */
  readonly isKept?: boolean;
  readonly guessed?: readonly string[];
}

function fieldValue(name: string, value: Json, context: Context): Decided {
  const field = FIELDS.find((candidate) => candidate.name === name);
  if (name === 'importance' || name === 'redactions') return { isKept: true };
  if (name === 'attributes') return isObject(value) ? { fields: { attributes: value } } : { isKept: true };
  if (name === 'severity') return severity(value);
  switch (field?.type ?? 'string') {
    case 'enum':
      return word(name, value, field?.values ?? []);
    case 'time':
      return time(name, value, context);
    case 'ip':
      return typeof value === 'string' && addressOf(value) !== undefined ? { fields: { [name]: addressOf(value) } } : { isUnfit: true };
    case 'uint':
      return number(name, value, true);
    case 'float':
      return number(name, value, false);
    case 'bool':
      return truth(name, value);
    case 'strings':
      return strings(name, value);
    case 'map':
    case 'json':
      return typeof value === 'object' ? { fields: { [name]: value } } : { isUnfit: true };
    case 'string':
    default:
      return typeof value === 'object' ? { isUnfit: true } : { fields: { [name]: String(value) } };
  }
}

function word(name: string, value: Json, values: readonly string[]): Decided {
  if (typeof value === 'object') return { isUnfit: true };
  const text = String(value).trim();
  if (name === 'outcome') {
    const outcome = typeof value === 'number' ? outcomeOfStatus(value) : outcomeOf(text);
    const status = /^\d{3}$/.test(text) ? { status_code: text } : {};
    return outcome === undefined ? { fields: { outcome: 'unknown', ...status }, isKept: true } : { fields: { outcome, ...status } };
  }
  const found = name === 'action' ? actionWord(text) : values.includes(text.toLowerCase()) ? text.toLowerCase() : undefined;
  if (found !== undefined) return { fields: { [name]: found } };
  const neutral = name === 'action' ? 'other' : name === 'actor_type' ? 'unknown' : undefined;
  return { isKept: true, ...(neutral === undefined ? {} : { fields: { [name]: neutral } }) };
}

/** A time without a zone is read in the zone of the input, and marked. */
function time(name: string, value: Json, context: Context): Decided {
  if (typeof value !== 'string' && typeof value !== 'number') return { isUnfit: true };
  const found = parseTime(value);
  if (found === undefined) return { isUnfit: true };
  if (found.zoned) return { fields: { [name]: found.text } };
  const [, year, month, day, hour, minute, second, fraction] =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z$/.exec(found.text) ?? [];
  const reading = {
    year: Number(year),
    month: Number(month) - 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
  const stamp = stampOf({ ...reading, fraction: fraction ?? '' }, context);
  return { fields: { [name]: stamp?.text ?? found.text }, guessed: ['zone'] };
}

function number(name: string, value: Json, isCount: boolean): Decided {
  const found = typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;
  if (typeof found !== 'number' || (isCount && (!Number.isSafeInteger(found) || found < 0))) return { isUnfit: true };
  return { fields: { [name]: found } };
}

function truth(name: string, value: Json): Decided {
  if (value === true || value === 'true' || value === 1) return { fields: { [name]: true } };
  return value === false || value === 'false' || value === 0 ? { fields: { [name]: false } } : { isUnfit: true };
}

function strings(name: string, value: Json): Decided {
  const items: readonly Json[] = isList(value) ? value : name === 'ip_chain' && typeof value === 'string' ? value.split(',') : [value];
  if (items.some((item) => typeof item === 'object')) return { isUnfit: true };
  const texts = items.map((item) => textOf(item).trim()).filter((text) => text !== '');
  return texts.length === 0 ? {} : { fields: { [name]: texts } };
}

function severity(value: Json): Decided {
  const level = typeof value === 'string' ? (severityOfWord(value) ?? Number(value)) : value;
  return typeof level === 'number' && Number.isInteger(level) && level >= 0 && level <= 6
    ? { fields: { severity: level } }
    : { isUnfit: true };
}
