import { BYTES, FIXED_64, JSON_DEPTH_MAX, microsToText, VARINT, WireReader, YEAR_MAX, YEAR_MIN } from '@daybook/protocol';
import { Rejection } from '../values.ts';
import type { JsonText } from './json-text.ts';

/**
 * The messages of google.protobuf inside of an event, as JSON. Nothing may be in them that their definition lacks: what a later one would say cannot
 * be kept under a name.
 */
export interface Span {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** An entry of a map, and each member of Struct: `{ key = 1; value = 2; }`. */
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;
/** Struct: `{ map<string, Value> fields = 1; }`; ListValue: `{ repeated Value values = 1; }`. */
const MEMBERS = 1;
/** Value: one of. */
const KIND_NULL = 1;
const KIND_NUMBER = 2;
const KIND_STRING = 3;
const KIND_BOOL = 4;
const KIND_STRUCT = 5;
const KIND_LIST = 6;

/** A map of texts: `spans` are its entries. */
export function writeMap(out: JsonText, bytes: Buffer, spans: readonly number[], field: string): void {
  out.byte(BRACE_OPEN);
  for (let i = 0; i < spans.length; i += 2) {
    if (i > 0) out.byte(COMMA);
    out.count(field);
    const { key, value } = entryOf({ bytes, from: spans[i] ?? 0, to: spans[i + 1] ?? 0 }, field);
    writeText(out, key, field);
    out.byte(COLON);
    writeText(out, value, field);
  }
  out.byte(BRACE_CLOSE);
}

/** google.protobuf.Struct, an object. `depth`: objects and lists around it, itself included. */
export function writeStruct(out: JsonText, span: Span, field: string, depth = 1): void {
  checkDepth(depth, field);
  const reader = new WireReader(span.bytes, span.from, span.to);
  out.byte(BRACE_OPEN);
  for (let first = true; reader.next(); first = false) {
    expectField(reader, MEMBERS, field);
    if (!first) out.byte(COMMA);
    const { key, value } = entryOf({ bytes: span.bytes, from: reader.from, to: reader.to }, field);
    writeText(out, key, field);
    out.byte(COLON);
    if (value === undefined) throw noValue(field);
    writeValue(out, value, field, depth);
  }
  out.byte(BRACE_CLOSE);
}

/** google.protobuf.Value, anything. `depth`: objects and lists around it. */
export function writeValue(out: JsonText, span: Span, field: string, depth = 0): void {
  out.count(field);
  const reader = new WireReader(span.bytes, span.from, span.to);
  if (!reader.next()) throw noValue(field);
  const inner = { bytes: span.bytes, from: reader.from, to: reader.to };
  expectType(reader, TYPE_OF_KIND[reader.number], field);
  if (reader.number === KIND_NUMBER) out.ascii(numberText(reader.double(), field));
  else if (reader.number === KIND_STRING) writeText(out, inner, field);
  else if (reader.number === KIND_BOOL) out.ascii(reader.uint64() === 0 ? 'false' : 'true');
  else if (reader.number === KIND_STRUCT) writeStruct(out, inner, field, depth + 1);
  else if (reader.number === KIND_LIST) writeList(out, inner, field, depth + 1);
  else if (reader.uint64() === 0) out.ascii('null');
  else throw new Rejection('field_range', field, 'A google.protobuf.NullValue is 0.');
  // A value is one thing. Readers usually take the last of several, and what stood before is lost.
  if (reader.next()) throw new Rejection('duplicate_key', field, 'A google.protobuf.Value says more than one thing.');
}

const TYPE_OF_KIND: Readonly<Record<number, number>> = {
  [KIND_NULL]: VARINT,
  [KIND_NUMBER]: FIXED_64,
  [KIND_STRING]: BYTES,
  [KIND_BOOL]: VARINT,
  [KIND_STRUCT]: BYTES,
  [KIND_LIST]: BYTES,
};

function writeList(out: JsonText, span: Span, field: string, depth: number): void {
  checkDepth(depth, field);
  const reader = new WireReader(span.bytes, span.from, span.to);
  out.byte(BRACKET_OPEN);
  for (let first = true; reader.next(); first = false) {
    expectField(reader, MEMBERS, field);
    if (!first) out.byte(COMMA);
    writeValue(out, { bytes: span.bytes, from: reader.from, to: reader.to }, field, depth);
  }
  out.byte(BRACKET_CLOSE);
}

/**
 * google.protobuf.Timestamp: `{ int64 seconds = 1; int32 nanos = 2; }`. Digits beyond microseconds are cut, as they are of texts. What no time of ours
 * can say is written so that it is read as none, and kept as the claim that it is.
 */
export function writeTimestamp(out: JsonText, span: Span, field: string): void {
  const reader = new WireReader(span.bytes, span.from, span.to);
  let seconds: number | bigint | undefined;
  let nanos: number | bigint | undefined;
  while (reader.next()) {
    if (reader.type !== VARINT || reader.number > 2) throw foreign(reader, field);
    const value = reader.int64();
    if ((reader.number === 1 ? seconds : nanos) !== undefined) throw new Rejection('duplicate_key', field, 'The time is said twice.');
    if (reader.number === 1) seconds = value;
    else nanos = value;
  }
  out.ascii(`"${timeText(seconds ?? 0, nanos ?? 0)}"`);
}

const SECONDS_MIN = Date.UTC(YEAR_MIN, 0) / 1000;
const SECONDS_END = Date.UTC(YEAR_MAX + 1, 0) / 1000;

function timeText(seconds: number | bigint, nanos: number | bigint): string {
  const ours = seconds >= SECONDS_MIN && seconds < SECONDS_END && nanos >= 0 && nanos < 1e9;
  return ours ? microsToText(Number(seconds) * 1_000_000 + Math.floor(Number(nanos) / 1000)) : `${seconds} s, ${nanos} ns`;
}

/** The digits of a double as JSON has them. */
export function numberText(value: number, field: string): string {
  if (Number.isFinite(value)) return String(value);
  throw new Rejection('field_range', field, `${field}: ${value} is no number that an event can hold.`);
}

interface Entry {
  readonly key: Span | undefined;
  readonly value: Span | undefined;
}

function entryOf(span: Span, field: string): Entry {
  const reader = new WireReader(span.bytes, span.from, span.to);
  let key: Span | undefined;
  let value: Span | undefined;
  while (reader.next()) {
    if (reader.type !== BYTES || (reader.number !== ENTRY_KEY && reader.number !== ENTRY_VALUE)) throw foreign(reader, field);
    if ((reader.number === ENTRY_KEY ? key : value) !== undefined)
      throw new Rejection('duplicate_key', field, 'An entry of a map has two keys or values.');
    const inner = { bytes: span.bytes, from: reader.from, to: reader.to };
    if (reader.number === ENTRY_KEY) key = inner;
    else value = inner;
  }
  return { key, value };
}

/** Absent is the empty text: what an encoder leaves out. */
function writeText(out: JsonText, span: Span | undefined, field: string): void {
  if (span === undefined) out.ascii('""');
  else out.string(span.bytes, span.from, span.to, field);
}

/** The same bound as for JSON, for the reason there; and so that no message, however deep, takes the stack. */
function checkDepth(depth: number, field: string): void {
  if (depth > JSON_DEPTH_MAX) throw new Rejection('too_deep', field, `Refused: nested deeper than ${JSON_DEPTH_MAX}.`);
}

function expectField(reader: WireReader, number: number, field: string): void {
  if (reader.number !== number || reader.type !== BYTES) throw foreign(reader, field);
}

function expectType(reader: WireReader, type: number | undefined, field: string): void {
  if (reader.type !== type) throw foreign(reader, field);
}

function foreign({ number, type }: WireReader, field: string): Rejection {
  return new Rejection('field_type', field, `${field} holds a field ${number} of wire type ${type}, which its message has not.`);
}

function noValue(field: string): Rejection {
  return new Rejection('field_type', field, `${field} holds a google.protobuf.Value that says nothing.`);
}
