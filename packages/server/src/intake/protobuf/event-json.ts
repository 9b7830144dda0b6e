import {
  BYTES,
  FIXED_64,
  JSON_KEYS_MAX,
  JSON_VALUES_MAX,
  PROTOBUF_BY_NUMBER,
  type ProtobufKind,
  VARINT,
  WireReader,
} from '@daybook/protocol';
import { Rejection } from '../values.ts';
import { JsonText } from './json-text.ts';
import { numberText, writeMap, writeStruct, writeTimestamp, writeValue } from './struct-json.ts';

/**
 * An Event message as the JSON object that says the same: what JSON goes through (redaction, aliases, validation) is then gone through by the same
 * code. A field that comes twice becomes a key that comes twice, and is refused as one.
 *
 * A number that this version does not know is kept as `protobuf_field_<number>`, for a newer sender may mean something by it: a varint by its
 * digits, bytes as the text that they are. Bytes that are no text are refused: nobody could look for secrets in them.
 */
export class EventJson {
  readonly #out: JsonText;
  readonly #reader = new WireReader(NO_BYTES, 0, 0);
  /** Where the members of repeated fields are, by field number: a sender may scatter them. */
  readonly #repeated = new Map<number, number[]>();
  #bytes: Buffer = NO_BYTES;
  /** Keys that were written. */
  #keys = 0;

  constructor(bytesMax: number) {
    this.#out = new JsonText(bytesMax);
  }

  /** The JSON is `text[0, length)`, until the next `write`. */
  get text(): Buffer {
    return this.#out.bytes;
  }

  get length(): number {
    return this.#out.length;
  }

  /** Reads the message `bytes[from, to)`. Throws Rejection, or WireFault, when it is none. */
  write(bytes: Buffer, from: number, to: number): void {
    const reader = this.#reader;
    this.#bytes = bytes;
    this.#keys = 0;
    this.#out.clear();
    if (this.#repeated.size > 0) this.#repeated.clear();
    reader.reset(bytes, from, to);
    this.#out.byte(BRACE_OPEN);
    while (reader.next()) this.#field();
    for (const [number, spans] of this.#repeated) this.#gathered(number, spans);
    this.#out.byte(BRACE_CLOSE);
  }

  #field(): void {
    const { number, type, from, to } = this.#reader;
    const known = KNOWN[number];
    if (known === undefined) return this.#unknown();
    const { kind, name, wireType } = known;
    if (type !== wireType) throw new Rejection('field_type', name, `${name} has the wire type ${wireType}, not ${type}.`);
    if (kind === 'strings' || kind === 'map') {
      const spans = this.#repeated.get(number);
      if (spans === undefined) this.#repeated.set(number, [from, to]);
      else if (spans.push(from, to) > 2 * JSON_VALUES_MAX)
        throw new Rejection('too_many_values', name, `Refused: more than ${JSON_VALUES_MAX} values.`);
      return;
    }
    this.#key(known.key);
    this.#value(kind, name);
  }

  #value(kind: ProtobufKind, name: string): void {
    const reader = this.#reader;
    const out = this.#out;
    const { from, to } = reader;
    switch (kind) {
      case 'string':
        return out.string(this.#bytes, from, to, name);
      case 'time':
        return writeTimestamp(out, { bytes: this.#bytes, from, to }, name);
      case 'count':
        // More than 53 bits become digits that are refused as in JSON.
        return out.ascii(String(reader.uint64()));
      case 'float':
        return out.ascii(numberText(reader.double(), name));
      case 'bool':
        return out.ascii(reader.uint64() === 0 ? 'false' : 'true');
      case 'struct':
        return writeStruct(out, { bytes: this.#bytes, from, to }, name);
      case 'value':
        return writeValue(out, { bytes: this.#bytes, from, to }, name);
      case 'strings':
      case 'map':
        throw new Error(`${kind} is gathered`);
      default:
        kind satisfies never;
    }
  }

  #gathered(number: number, spans: readonly number[]): void {
    const known = KNOWN[number];
    if (known === undefined) return;
    const out = this.#out;
    this.#key(known.key);
    if (known.kind === 'map') return writeMap(out, this.#bytes, spans, known.name);
    out.byte(BRACKET_OPEN);
    for (let i = 0; i < spans.length; i += 2) {
      if (i > 0) out.byte(COMMA);
      out.string(this.#bytes, spans[i] ?? 0, spans[i + 1] ?? 0, known.name);
    }
    out.byte(BRACKET_CLOSE);
  }

  #unknown(): void {
    const { number, type, from, to } = this.#reader;
    const name = `protobuf_field_${number}`;
    this.#key(Buffer.from(`"${name}":`));
    if (type === VARINT) this.#out.ascii(`"${this.#reader.uint64()}"`);
    else if (type === BYTES) this.#out.string(this.#bytes, from, to, name);
    // Whether it is an integer or a fraction nobody knows: the bytes are kept as they came.
    else this.#out.ascii(`"${this.#bytes.toString('hex', from, to)}"`);
  }

  #key(key: Uint8Array): void {
    if (this.#keys > 0) this.#out.byte(COMMA);
    if (++this.#keys > JSON_KEYS_MAX) throw new Rejection('too_many_keys', '', `The item has more than ${JSON_KEYS_MAX} keys.`);
    this.#out.member(key);
  }
}

const WIRE_TYPES: Readonly<Record<ProtobufKind, number>> = {
  string: BYTES,
  time: BYTES,
  bool: VARINT,
  count: VARINT,
  float: FIXED_64,
  strings: BYTES,
  map: BYTES,
  struct: BYTES,
  value: BYTES,
};
const KNOWN = PROTOBUF_BY_NUMBER.map(
  (field) => field && { kind: field.kind, name: field.name, wireType: WIRE_TYPES[field.kind], key: Buffer.from(`"${field.name}":`) },
);
const NO_BYTES = Buffer.alloc(0);
const COMMA = 0x2c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
