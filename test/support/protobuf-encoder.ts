/* oxlint-disable typescript/no-unsafe-type-assertion -- the types of an oracle that knows the messages only by their file */
import { type Json, type JsonObject, PROTOBUF_BY_NUMBER, parseTime, protobufFile, textToMicros } from '@daybook/protocol';
import protobuf from 'protobufjs';

/** Somebody else's encoder, from the file as it is published: what it writes is what clients send. */
const { root } = protobuf.parse(protobufFile(), { keepCase: true });
root.addJSON(protobuf.common.get('google/protobuf/struct.proto')?.nested ?? {});
root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {});
const EVENT = root.lookupType('daybook.v1.Event');
const KINDS = new Map(PROTOBUF_BY_NUMBER.flatMap((field) => (field === undefined ? [] : [[field.name, field.kind] as const])));

/** The bytes of one Event. `event`: as in JSON, with canonical keys and values of the fields' own types. */
export function encodeEvent(event: JsonObject): Buffer {
  const message = Object.fromEntries(Object.entries(event).map(([name, value]) => [name, messageValue(name, value)]));
  const wrong = EVENT.verify(message);
  if (wrong !== null) throw new Error(wrong);
  return Buffer.from(EVENT.encode(EVENT.create(message)).finish());
}

/** An EventBatch of events that are bytes already. */
export function batchOf(...events: readonly Uint8Array[]): Buffer {
  return Buffer.concat(events.map((event) => field(1, 2, event)));
}

/** One field of the wire format, well or badly formed: `value` is the varint, or the bytes. */
export function field(number: number, type: number, value: Uint8Array | number | bigint): Buffer {
  const tag = varint((BigInt(number) << 3n) | BigInt(type));
  if (typeof value !== 'object') return Buffer.concat([tag, varint(BigInt(value))]);
  return Buffer.concat(type === 2 ? [tag, varint(BigInt(value.length)), value] : [tag, value]);
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** The number of a field by its name. */
export function numberOf(name: string): number {
  return PROTOBUF_BY_NUMBER.findIndex((known) => known?.name === name);
}

function messageValue(name: string, value: Json): unknown {
  const kind = KINDS.get(name);
  if (kind === 'time') return timestampOf(value as string | number);
  if (kind === 'struct') return structOf(value as JsonObject);
  return kind === 'value' ? valueOf(value) : value;
}

function timestampOf(time: string | number): object {
  const micros = textToMicros(parseTime(time)?.text ?? '');
  const seconds = Math.floor(micros / 1e6);
  return { seconds, nanos: (micros - seconds * 1e6) * 1000 };
}

function structOf(object: JsonObject): object {
  // Keys such as __proto__ are members like any other.
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(object)) fields[key] = valueOf(value);
  return { fields };
}

function valueOf(value: Json): object {
  if (value === null) return { nullValue: 0 };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return isList(value) ? { listValue: { values: value.map(valueOf) } } : { structValue: structOf(value) };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
