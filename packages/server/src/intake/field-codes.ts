import { ACTIONS, ACTOR_TYPES, CATEGORIES, CHANNELS, FIELDS, mustField, OUTCOMES } from '@daybook/protocol';
import { ByteWords } from './byte-words.ts';
import { jsonBytes } from './request-context.ts';

/** The table of fields in the shape that the hot path wants: numbers and ready bytes instead of names. */
export const F = {
  action: mustField('action'),
  actorType: mustField('actor_type'),
  asOrg: mustField('as_org'),
  asn: mustField('asn'),
  attributes: mustField('attributes'),
  category: mustField('category'),
  changes: mustField('changes'),
  channel: mustField('channel'),
  city: mustField('city'),
  countryCode: mustField('country_code'),
  eventId: mustField('event_id'),
  eventType: mustField('event_type'),
  importance: mustField('importance'),
  ipAddress: mustField('ip_address'),
  ipChain: mustField('ip_chain'),
  labels: mustField('labels'),
  observedAt: mustField('observed_at'),
  outcome: mustField('outcome'),
  redactions: mustField('redactions'),
  resource: mustField('resource'),
  severity: mustField('severity'),
  source: mustField('source'),
  statusCode: mustField('status_code'),
  tenantId: mustField('tenant_id'),
  timestamp: mustField('timestamp'),
  userAgent: mustField('user_agent'),
  userId: mustField('user_id'),
} as const;

export const FIELD_NAMES: readonly string[] = FIELDS.map((field) => field.name);
/** `,"name":` of each field. */
export const FIELD_PREFIXES: readonly Uint8Array[] = FIELDS.map((field) => Buffer.from(`,"${field.name}":`));

/** A closed set of words: looked up by bytes, written as ready bytes. */
export interface WordSet<T extends string> {
  readonly words: readonly T[];
  readonly table: ByteWords;
  readonly pieces: readonly Uint8Array[];
}

function wordSet<T extends string>(words: readonly T[]): WordSet<T> {
  return { words, table: new ByteWords(words), pieces: words.map(jsonBytes) };
}

export const ACTION_SET = wordSet(ACTIONS);
export const ACTOR_SET = wordSet(ACTOR_TYPES);
export const CATEGORY_SET = wordSet(CATEGORIES);
export const CHANNEL_SET = wordSet(CHANNELS);
export const OUTCOME_SET = wordSet(OUTCOMES);
export const SEVERITY_PIECES: readonly Uint8Array[] = [0, 1, 2, 3, 4, 5, 6].map((n) => Buffer.from(String(n)));
