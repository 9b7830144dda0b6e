import {
  actionOf,
  actionWord,
  canonicalIp,
  categoryOf,
  type Field,
  FIELDS,
  outcomeOf,
  parseTime,
  severityOf,
  textOf,
} from '@daybook/protocol';
import type { EventFields } from '@daybook/formats';

/** An event as the server keeps it, as far as that can be said without the server: what it receives, redacts and looks up is not in it. */
export type Canonical =
  | { readonly ok: true; readonly event: Record<string, unknown> }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/** Actors that must have a name. */
const NAMED: ReadonlySet<unknown> = new Set(['user', 'service', 'agent']);
/** What the server adds beside the sender's words: shown where a consumer compares events. */
export interface Said {
  readonly source: string;
  readonly channel: 'importer' | 'agent';
}

export function canonicalEvent(fields: EventFields, said: Said): Canonical {
  const event: Record<string, unknown> = {};
  const rest = restOf(fields);
  for (const field of FIELDS) {
    const given = fields[field.name];
    if (given === undefined || given === null || given === '' || field.name === 'attributes') continue;
    const value = valueOf(field, given);
    if (value === undefined) rest[field.name] = given;
    else event[field.name] = value;
  }
  meaning(event);
  event['source'] ??= said.source;
  event['channel'] ??= said.channel;
  if (Object.keys(rest).length > 0) event['attributes'] = rest;
  if (event['category'] === 'audit') return { ok: false, code: 'category_reserved', reason: "category audit is for Daybook's own records" };
  if (event['user_id'] === undefined && NAMED.has(event['actor_type']))
    return { ok: false, code: 'user_id_missing', reason: 'user_id may be empty only with actor_type anonymous, system or unknown' };
  return { ok: true, event: sorted(event) };
}

/** The attributes: those of the event, and keys that are no field. */
function restOf(fields: EventFields): Record<string, unknown> {
  const own = fields['attributes'];
  const rest: Record<string, unknown> =
    typeof own === 'object' && own !== null && !Array.isArray(own) ? { ...own } : own === undefined ? {} : { attributes: own };
  for (const name in fields) if (!NAMES.has(name)) rest[name] = fields[name];
  return rest;
}

/** The canonical value; undefined when it is none of the field's. */
function valueOf(field: Field, given: unknown): unknown {
  switch (field.type) {
    case 'time':
      return typeof given === 'string' || typeof given === 'number' ? parseTime(given)?.text : undefined;
    case 'ip':
      return typeof given === 'string' ? canonicalIp(given) : undefined;
    case 'enum':
      return wordOf(field, given);
    case 'uint':
    case 'float':
      return numberOf(given);
    case 'bool':
      return typeof given === 'boolean' ? given : undefined;
    case 'string':
      return typeof given === 'string' ? given : typeof given === 'number' || typeof given === 'boolean' ? String(given) : undefined;
    case 'strings':
    case 'map':
    case 'json':
      return given;
    default:
      return field.type satisfies never;
  }
}

function wordOf(field: Field, given: unknown): string | undefined {
  const word = textOf(given);
  if (field.name === 'action') return actionWord(word);
  if (field.name === 'outcome') return outcomeOf(word);
  const folded = word.trim().toLowerCase();
  return field.values?.includes(folded) === true ? folded : undefined;
}

function numberOf(given: unknown): number | undefined {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** What the server fills in when the source does not say it. */
function meaning(event: Record<string, unknown>): void {
  const type = event['event_type'];
  const action = actionWord(textOf(event['action'])) ?? (typeof type === 'string' ? actionOf(type) : 'access');
  const outcome = outcomeOf(textOf(event['outcome'])) ?? 'unknown';
  event['action'] = action;
  event['outcome'] = outcome;
  event['event_type'] ??= action;
  event['category'] ??= categoryOf(action);
  event['severity'] ??= severityOf(outcome);
  event['actor_type'] ??= event['user_id'] === undefined ? 'unknown' : 'user';
}

function sorted(event: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name } of FIELDS) if (event[name] !== undefined) out[name] = event[name];
  return out;
}

const NAMES: ReadonlySet<string> = new Set(FIELDS.map(({ name }) => name));
