import { isIP } from 'node:net';
import { maskUrlSecrets } from '@daybook/formats';
import { type Action, actionOf, actionWord, type Json, microsToText, type Outcome, outcomeOf, outcomeOfStatus } from '@daybook/protocol';
import type { Attributes, LogRecord } from '@daybook/wire';
import { type Meaning, RECORD_TABLE, RESOURCE_TABLE } from './attribute-table.ts';

type Fields = Record<string, unknown>;

/** A time of our calendar; others are claims that stay among the attributes. */
const MICROS_MAX = 9_000_000_000_000_000;
/** OpenTelemetry's numbers in steps of four (trace, debug, info, warn, error, fatal) → OCSF. */
const SEVERITY = [1, 1, 1, 3, 4, 6];
const ERROR_NUMBER = 17;
const ACTION_OF_METHOD: Readonly<Record<string, Action>> = { GET: 'read', HEAD: 'read', OPTIONS: 'read', POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' }; // biome-ignore format: a row
const ACTION_OF_SQL: Readonly<Record<string, Action>> = { SELECT: 'read', INSERT: 'create', UPDATE: 'update', DELETE: 'delete', MERGE: 'update', TRUNCATE: 'delete', CALL: 'execute', EXECUTE: 'execute', COPY: 'export', GRANT: 'grant', REVOKE: 'revoke' }; // biome-ignore format: a row

/** The event that a log record tells of. `plain`: it says nothing but a text. Everything that is not mapped is in `attributes` under its own name. */
export function eventOfRecord(record: LogRecord): { readonly fields: Fields; readonly plain: boolean } {
  const fields: Fields = {};
  const rest: Attributes = {};
  const mapped = takeAttributes(record, fields, rest);
  const bodyMapped = takeBody(record, fields, rest);
  takeResource(record.resource, fields);
  const named = eventTypeOf(record, fields);
  times(record, fields, rest);
  meaning(record, fields, rest);
  context(record, fields, rest);
  fields['attributes'] = rest;
  return { fields, plain: !mapped && !bodyMapped && !named };
}

interface Found {
  readonly field: string;
  key: string;
  value: Json;
  rank: number;
}

/** Whether an attribute became a field. A record has a dozen attributes: lists are walked faster than maps are made. */
function takeAttributes({ attributes }: LogRecord, fields: Fields, rest: Attributes): boolean {
  const found: Found[] = [];
  const meaningful: string[] = [];
  for (const key in attributes) {
    const value = attributes[key] ?? null;
    const meanings = RECORD_TABLE.get(key);
    if (meanings === undefined) rest[key] = withoutSecrets(key, value);
    else {
      meaningful.push(key);
      for (const meaning of meanings) note(found, meaning, key, value);
    }
  }
  for (const { field, value } of found) fields[field] = value;
  for (const key of meaningful) {
    // Of an address only the path became the resource.
    if (ADDRESSES.has(key) || !found.some((one) => one.key === key)) rest[key] = withoutSecrets(key, attributes[key] ?? null);
  }
  return found.length > 0;
}

/** The attribute is a field's, unless one that is believed before it is. */
function note(found: Found[], { field, rank, type }: Meaning, key: string, value: Json): void {
  const known = found.find((one) => one.field === field);
  if (known !== undefined && known.rank <= rank) return;
  const fit = fitting(field, type, value);
  if (fit === undefined) return;
  if (known === undefined) found.push({ field, key, value: fit, rank });
  else {
    known.key = key;
    known.value = fit;
    known.rank = rank;
  }
}

const NO_MEANING: readonly Meaning[] = [];
/** Attributes that are addresses, or parts of one behind the path. */
const ADDRESSES: ReadonlySet<string> = new Set(['url.full', 'url.query', 'url.original', 'http.url', 'http.target']);
/** With what all of the next begin: most keys need no expression. */
const HEADERS = 'http.re';
/** Headers that some instrumentations are told to record. */
const SECRET_HEADERS =
  /^http\.(?:request|response)\.header\.(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth-token)$/;

function withoutSecrets(key: string, value: Json): Json {
  if (ADDRESSES.has(key) && typeof value === 'string') {
    // A query alone is told from other text by its question mark.
    return key === 'url.query' ? maskUrlSecrets(`?${value}`).slice(1) : maskUrlSecrets(value);
  }
  return key.startsWith(HEADERS) && SECRET_HEADERS.test(key) ? '[redacted]' : value;
}

/** What the field can hold; undefined: the attribute stays what it is. */
function fitting(field: string, type: Meaning['type'], value: Json): Json | undefined {
  switch (type) {
    case 'ip':
      return typeof value === 'string' && isIP(value) !== 0 ? value : undefined;
    case 'uint':
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
    case 'float':
      return typeof value === 'number' ? value : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'strings':
      if (typeof value === 'string' && value !== '') return value.split(',').map((one) => one.trim());
      return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
    case 'enum':
      return typeof value === 'string' ? word(field, value) : undefined;
    case 'string':
      if (value === '' || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')) return undefined;
      return field === 'resource' ? pathOf(String(value)) : String(value);
    default:
      return type satisfies never;
  }
}

function word(field: string, value: string): string | undefined {
  if (field === 'action') return actionWord(value);
  return field === 'outcome' ? outcomeOf(value) : value === '' ? undefined : value;
}

/** Of an address its path: what stands behind `?` is where tokens are. */
function pathOf(text: string): string {
  const from = /^https?:\/\/[^/?#]*/.exec(text)?.[0].length ?? 0;
  const path = text.slice(from).split(/[?#]/, 1)[0] ?? '';
  return path === '' ? '/' : path;
}

/** Whether a member of the body became a field: a body that is an object says what attributes say (events of the older Events API). */
function takeBody({ body }: LogRecord, fields: Fields, rest: Attributes): boolean {
  if (body === undefined) return false;
  rest['body'] = typeof body === 'string' ? maskUrlSecrets(body) : body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  let mapped = false;
  for (const [key, value] of Object.entries(body)) {
    for (const { field, type } of RECORD_TABLE.get(key) ?? NO_MEANING) {
      const fit = fields[field] === undefined ? fitting(field, type, value) : undefined;
      if (fit === undefined) continue;
      fields[field] = fit;
      mapped = true;
    }
  }
  return mapped;
}

function takeResource(resource: Attributes, fields: Fields): void {
  for (const key in resource) {
    for (const { field } of RESOURCE_TABLE.get(key) ?? NO_MEANING) {
      const value = resource[key];
      if (fields[field] === undefined && typeof value === 'string' && value !== '') fields[field] = value;
    }
  }
}

/** Whether the record names its event. */
function eventTypeOf({ eventName, attributes }: LogRecord, fields: Fields): boolean {
  if (eventName !== '') fields['event_type'] = eventName;
  if (fields['event_type'] !== undefined) return true;
  const isHttp = attributes['http.request.method'] !== undefined || attributes['http.method'] !== undefined;
  const isDb = fields['query_text'] !== undefined || attributes['db.system.name'] !== undefined || attributes['db.system'] !== undefined;
  fields['event_type'] = isHttp ? 'http.request' : isDb ? 'db.query' : (fields['action'] ?? 'log');
  return false;
}

function times({ timeMicros, observedMicros }: LogRecord, fields: Fields, rest: Attributes): void {
  const at = timeMicros === 0 ? observedMicros : timeMicros;
  if (at > MICROS_MAX || observedMicros > MICROS_MAX) rest['time_claimed'] = [String(timeMicros), String(observedMicros)];
  if (at > 0 && at <= MICROS_MAX) fields['timestamp'] = microsToText(at);
  if (observedMicros > 0 && observedMicros <= MICROS_MAX) fields['observed_at'] = microsToText(observedMicros);
}

function meaning(record: LogRecord, fields: Fields, rest: Attributes): void {
  const { attributes, severityNumber } = record;
  const method = textOf(fields['method']).toUpperCase();
  const isHttp =
    attributes['http.request.method'] !== undefined || attributes['http.method'] !== undefined || attributes['http.route'] !== undefined;
  const isDb = fields['query_text'] !== undefined || attributes['db.system.name'] !== undefined || attributes['db.system'] !== undefined;
  fields['action'] ??= isHttp
    ? ACTION_OF_METHOD[method]
    : isDb
      ? (ACTION_OF_SQL[method] ?? 'query')
      : actionOf(textOf(fields['event_type']));
  if (isHttp) {
    fields['category'] ??= 'http';
    fields['protocol'] ??= 'http';
  } else if (isDb) {
    fields['category'] ??= 'data';
    if (attributes['db.collection.name'] !== undefined || attributes['db.sql.table'] !== undefined) fields['resource_type'] ??= 'table';
  }
  fields['outcome'] ??= outcome(record, textOf(fields['status_code']));
  if (severityNumber > 0) fields['severity'] ??= SEVERITY[Math.min(5, (severityNumber - 1) >> 2)];
  if (record.severityText !== '') rest['severity_text'] = record.severityText;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** By what says it outright: a status, an exception, a severity of error. Never guessed as success. */
function outcome({ attributes, severityNumber }: LogRecord, status: string): Outcome | undefined {
  const byHttp = /^\d{3}$/.test(status) ? outcomeOfStatus(Number(status)) : undefined;
  if (byHttp !== undefined) return byHttp;
  const failed =
    attributes['exception.type'] !== undefined ||
    attributes['exception.message'] !== undefined ||
    attributes['error.type'] !== undefined ||
    severityNumber >= ERROR_NUMBER;
  return failed ? 'failure' : undefined;
}

/** Where the record comes from. */
function context(record: LogRecord, fields: Fields, rest: Attributes): void {
  const { traceId, spanId, resource, scope, flags, droppedAttributes, unknown } = record;
  if (traceId !== '') fields['trace_id'] ??= traceId;
  if (spanId !== '') rest['span_id'] = spanId;
  if (flags !== 0) rest['trace_flags'] = flags;
  if (droppedAttributes !== 0) rest['dropped_attributes_count'] = droppedAttributes;
  for (const _ in resource) {
    rest['resource'] = resource;
    break;
  }
  if (scope.name !== '' || scope.version !== '') rest['scope'] = { name: scope.name, version: scope.version };
  if (unknown !== undefined) rest['otlp'] = unknown;
  if (record.replaced) rest['encoding'] = 'not UTF-8: bytes replaced by U+FFFD';
}
