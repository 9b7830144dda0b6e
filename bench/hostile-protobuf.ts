import { PROTOBUF_BATCH_EVENTS, PROTOBUF_BY_NUMBER } from '@daybook/protocol';

/** Hostile bodies of Protocol Buffers: what an encoder would never write, or never so much of. */

const MIB = 1024 * 1024;
/** An event of the largest size, with room for the rest of it. */
const FILL_BYTES = MIB / 2 - 2048;
const BODY_BYTES = 16 * MIB - 2048;

const VARINT = 0;
const BYTES = 2;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** One field: a length and bytes, or a varint. */
function field(number: number, value: Uint8Array | string | number): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8 + VARINT), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + BYTES), varint(bytes.length), bytes]);
}

function numberOf(name: string): number {
  return PROTOBUF_BY_NUMBER.findIndex((known) => known?.name === name);
}

const event = (...fields: Uint8Array[]): Buffer =>
  field(PROTOBUF_BATCH_EVENTS, Buffer.concat([field(numberOf('user_id'), 'u'), ...fields]));
const repeated = (piece: Buffer, bytes: number): Buffer => Buffer.alloc(Math.floor(bytes / piece.length) * piece.length, piece);

/** google.protobuf.Struct and what it is made of; the numbers are those of its definition. */
const KIND_STRING = 3;
const KIND_BOOL = 4;
const KIND_STRUCT = 5;
const KIND_LIST = 6;
const member = (key: string, value: Buffer): Buffer => field(1, Buffer.concat([field(1, key), field(2, value)]));
const listOf = (value: Buffer, count: number): Buffer => field(KIND_LIST, repeated(field(1, value), field(1, value).length * count));
const attribute = (value: Buffer): Buffer => field(numberOf('attributes'), member('a', value));

function nested(depth: number): Buffer {
  let value = field(KIND_BOOL, 1);
  for (let i = 0; i < depth; i++) value = field(KIND_STRUCT, member('secret_a', value));
  return value;
}

export const PROTOBUF_BODIES: Readonly<Record<string, () => Buffer>> = {
  'least events': () => repeated(event(), event().length * 9_999),
  'empty events': () => repeated(field(PROTOBUF_BATCH_EVENTS, ''), 2 * 9_999),
  'a text of passwords': () => event(field(numberOf('query_text'), repeated(Buffer.from('password=x '), FILL_BYTES))),
  'a text of controls': () => event(field(numberOf('query_text'), repeated(Buffer.from('\u0001'), FILL_BYTES))),
  'texts that grow sixfold': () => repeated(event(field(numberOf('query_text'), repeated(Buffer.from('\u0001'), 80_000))), BODY_BYTES / 2),
  'a list of pairs': () => event(attribute(listOf(field(KIND_STRING, 'password=x'), 8000))),
  'a list of truths': () => event(attribute(listOf(field(KIND_BOOL, 1), 8000))),
  'structs in structs': () => event(attribute(listOf(nested(12), 400))),
  'nested without end': () => event(attribute(nested(2000))),
  'roles without end': () => event(repeated(field(numberOf('roles'), ''), FILL_BYTES)),
  'labels without end': () => event(repeated(field(numberOf('labels'), ''), FILL_BYTES)),
  'roles of passwords': () => event(repeated(field(numberOf('roles'), 'password=x '.repeat(150)), 250 * 1655)),
  'numbers that are not known': () => event(...Array.from({ length: 250 }, (_, i) => field(1000 + i, 'password=x '.repeat(180)))),
  'events too large': () => repeated(event(field(numberOf('reason'), repeated(Buffer.from('x'), MIB))), BODY_BYTES),
  'broken events': () => repeated(field(PROTOBUF_BATCH_EVENTS, Buffer.from([0xff])), 3 * 9_999),
  'an event of 16 MiB': () => event(field(numberOf('reason'), repeated(Buffer.from('x'), BODY_BYTES))),
  'no batch': () => repeated(Buffer.from([0x08, 0x01]), BODY_BYTES),
};
