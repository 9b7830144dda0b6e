import type { Json, JsonObject } from '@daybook/protocol';
import { type Attributes, finite, type LogRecord, NO_SCOPE, put, type Scope, TOO_DEEP, VALUE_DEPTH_MAX } from './record.ts';

/** The JSON is no ExportLogsServiceRequest. */
export class OtlpJsonFault extends Error {}

/**
 * The JSON form of the same request (OTLP specification, "JSON Protobuf Encoding"): names in lowerCamelCase, ids in hex, 64-bit integers as text or
 * number, enumerations as numbers. Some senders write names as the .proto does: those are understood as well. Members of a record that are unknown
 * are kept.
 */
export function* logRecordsOfJson(request: Json): Generator<LogRecord> {
  for (const inResource of listOf(object(request, 'request'), 'resourceLogs')) {
    const resourceLogs = object(inResource, 'resourceLogs');
    const resource = attributesOf(member(resourceLogs, 'resource'));
    for (const inScope of listOf(resourceLogs, 'scopeLogs')) {
      const scopeLogs = object(inScope, 'scopeLogs');
      const scope = scopeOf(member(scopeLogs, 'scope'));
      for (const record of listOf(scopeLogs, 'logRecords')) yield recordOf(object(record, 'logRecords'), resource, scope);
    }
  }
}

/** lowerCamelCase → as in the .proto. */
const SNAKE: ReadonlyMap<string, string> = new Map(
  'timeUnixNano observedTimeUnixNano severityNumber severityText body attributes droppedAttributesCount flags traceId spanId eventName stringValue boolValue intValue doubleValue bytesValue arrayValue kvlistValue resourceLogs scopeLogs logRecords resource scope values name version key value'
    .split(' ')
    .map((name) => [name, name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
);
const OF_RECORD = ['timeUnixNano', 'observedTimeUnixNano', 'severityNumber', 'severityText', 'body', 'attributes', 'droppedAttributesCount', 'flags', 'traceId', 'spanId', 'eventName']; // biome-ignore format: a word list
const KNOWN: ReadonlySet<string> = new Set(OF_RECORD.flatMap((name) => [name, SNAKE.get(name) ?? name]));

function recordOf(record: JsonObject, resource: Attributes, scope: Scope): LogRecord {
  const body = member(record, 'body');
  const unknown = Object.entries(record).filter(([name]) => !KNOWN.has(name));
  return {
    timeMicros: microsOf(member(record, 'timeUnixNano')),
    observedMicros: microsOf(member(record, 'observedTimeUnixNano')),
    severityNumber: countOf(member(record, 'severityNumber')),
    severityText: textOf(member(record, 'severityText')),
    eventName: textOf(member(record, 'eventName')),
    body: body === undefined || body === null ? undefined : valueOf(body, 0),
    attributes: attributesOf(record),
    droppedAttributes: countOf(member(record, 'droppedAttributesCount')),
    flags: countOf(member(record, 'flags')),
    traceId: textOf(member(record, 'traceId')).toLowerCase(),
    spanId: textOf(member(record, 'spanId')).toLowerCase(),
    unknown: unknown.length === 0 ? undefined : Object.fromEntries(unknown),
    replaced: false,
    resource,
    scope,
  };
}

function scopeOf(value: Json | undefined): Scope {
  if (value === undefined || value === null) return NO_SCOPE;
  const scope = object(value, 'scope');
  return { name: textOf(member(scope, 'name')), version: textOf(member(scope, 'version')), attributes: attributesOf(scope) };
}

function attributesOf(holder: Json | undefined): Attributes {
  if (holder === undefined || holder === null) return {};
  return keyValues(listOf(object(holder, 'resource'), 'attributes'), 0);
}

function keyValues(values: readonly Json[], depth: number): Attributes {
  const attributes: Attributes = {};
  for (const one of values) {
    const pair = object(one, 'attributes');
    put(attributes, textOf(pair['key']), valueOf(pair['value'] ?? null, depth));
  }
  return attributes;
}

/** AnyValue: an object with one member, which tells the type. */
function valueOf(value: Json, depth: number): Json {
  if (value === null) return null;
  const any = object(value, 'value');
  const string = member(any, 'stringValue');
  if (string !== undefined) return textOf(string);
  const int = member(any, 'intValue');
  if (int !== undefined) return integerOf(int);
  const double = member(any, 'doubleValue');
  if (typeof double === 'number') return finite(double);
  const plain = double ?? member(any, 'boolValue') ?? member(any, 'bytesValue');
  if (plain !== undefined) return plain;
  return nested(any, depth);
}

function nested(any: JsonObject, depth: number): Json {
  const array = member(any, 'arrayValue');
  const kvlist = member(any, 'kvlistValue');
  // A kind of value that this version does not know is kept as it is.
  if (array === undefined && kvlist === undefined) return Object.keys(any).length === 0 ? null : any;
  if (depth >= VALUE_DEPTH_MAX) return TOO_DEEP;
  if (array !== undefined) return listOf(object(array, 'arrayValue'), 'values').map((one) => valueOf(one, depth + 1));
  return keyValues(listOf(object(kvlist ?? null, 'kvlistValue'), 'values'), depth + 1);
}

/** Protocol Buffers' JSON writes 64-bit integers as texts. */
function integerOf(value: Json): Json {
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Nanoseconds to microseconds, without a number that could not hold them. */
function microsOf(value: Json | undefined): number {
  if (typeof value !== 'string' && typeof value !== 'number') return 0;
  const digits = typeof value === 'number' ? value.toFixed(0) : value;
  return /^\d{4,20}$/.test(digits) ? Number(digits.slice(0, -3)) : 0;
}

function countOf(value: Json | undefined): number {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function listOf(holder: JsonObject, name: string): readonly Json[] {
  const value = member(holder, name);
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new OtlpJsonFault(`Not an ExportLogsServiceRequest: ${name} is no list.`);
}

function member(holder: JsonObject, name: string): Json | undefined {
  return holder[name] ?? holder[SNAKE.get(name) ?? name];
}

function object(value: Json, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new OtlpJsonFault(`Not an ExportLogsServiceRequest: ${what} is no object.`);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
