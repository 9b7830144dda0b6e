import { BYTES, FIXED_32, FIXED_64, type Json, VARINT, WireFault, WireReader } from '@daybook/protocol';
import { base64, hex } from './bytes.ts';
import { type Attributes, finite, type LogRecord, NO_SCOPE, put, type Scope, TOO_DEEP, VALUE_DEPTH_MAX } from './record.ts';

/**
 * opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest (opentelemetry-proto 1.x, logs/v1/logs.proto, common/v1/common.proto):
 *
 *     request       1 resource_logs*
 *     ResourceLogs  1 resource · 2 scope_logs* · 3 schema_url
 *     Resource      1 attributes* · 2 dropped_attributes_count
 *     ScopeLogs     1 scope · 2 log_records* · 3 schema_url
 *     Scope         1 name · 2 version · 3 attributes* · 4 dropped_attributes_count
 *     LogRecord     1 time_unix_nano (fixed64) · 2 severity_number · 3 severity_text · 5 body · 6 attributes* · 7 dropped_attributes_count
 *                   8 flags (fixed32) · 9 trace_id · 10 span_id · 11 observed_time_unix_nano (fixed64) · 12 event_name
 *     KeyValue      1 key · 2 value
 *     AnyValue      one of 1 string · 2 bool · 3 int64 · 4 double · 5 array · 6 kvlist · 7 bytes
 *
 * Fields that are unknown are passed over, and of a field that comes twice the last counts, as Protocol Buffers have it. Throws WireFault when the bytes
 * are no message: nothing of the request can be told then. `latin1` makes a character of each byte.
 */
export function* logRecordsOf(bytes: Uint8Array, latin1: (bytes: Uint8Array) => string): Generator<LogRecord> {
  const decoder = new Decoder(bytes, latin1(bytes));
  const reader = new WireReader(bytes, 0, bytes.length);
  while (reader.next()) if (reader.number === 1) yield* decoder.resourceLogs(expect(reader, BYTES));
}

interface Span {
  readonly from: number;
  readonly to: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

class Decoder {
  readonly #bytes: Uint8Array;
  /** Pieces of it are the texts that are ASCII, which nearly all are, at a tenth of what decoding each would cost. */
  readonly #chars: string;
  #replaced = false;

  constructor(bytes: Uint8Array, chars: string) {
    this.#bytes = bytes;
    this.#chars = chars;
  }

  *resourceLogs({ from, to }: Span): Generator<LogRecord> {
    const reader = this.#reader({ from, to });
    let resource: Attributes = {};
    // The resource may stand behind what it is about.
    while (reader.next()) if (reader.number === 1) resource = this.#holder(expect(reader, BYTES), 1);
    reader.reset(this.#bytes, from, to);
    while (reader.next()) if (reader.number === 2) yield* this.#scopeLogs(expect(reader, BYTES), resource);
  }

  *#scopeLogs({ from, to }: Span, resource: Attributes): Generator<LogRecord> {
    const reader = this.#reader({ from, to });
    let scope = NO_SCOPE;
    while (reader.next()) if (reader.number === 1) scope = this.#scope(expect(reader, BYTES));
    reader.reset(this.#bytes, from, to);
    while (reader.next()) if (reader.number === 2) yield this.#record(expect(reader, BYTES), resource, scope);
  }

  #record(span: Span, resource: Attributes, scope: Scope): LogRecord {
    const reader = this.#reader(span);
    const record = emptyRecord(resource, scope);
    this.#replaced = false;
    while (reader.next()) this.#recordField(reader, record);
    record.replaced = this.#replaced;
    return record;
  }

  #recordField(reader: WireReader, record: MutableRecord): void {
    switch (reader.number) {
      case 1:
        record.timeMicros = microsOf(expect(reader, FIXED_64));
        break;
      case 2:
        record.severityNumber = Number(expect(reader, VARINT).uint64());
        break;
      case 3:
        record.severityText = this.#text(expect(reader, BYTES));
        break;
      case 5:
        record.body = this.#value(expect(reader, BYTES), 0);
        break;
      case 6:
        this.#keyValue(expect(reader, BYTES), record.attributes, 0);
        break;
      case 7:
        record.droppedAttributes = Number(expect(reader, VARINT).uint64());
        break;
      case 8:
        record.flags = expect(reader, FIXED_32).fixed32();
        break;
      case 9:
        record.traceId = hex(this.#bytes, expect(reader, BYTES).from, reader.to);
        break;
      case 10:
        record.spanId = hex(this.#bytes, expect(reader, BYTES).from, reader.to);
        break;
      case 11:
        record.observedMicros = microsOf(expect(reader, FIXED_64));
        break;
      case 12:
        record.eventName = this.#text(expect(reader, BYTES));
        break;
      default:
    }
  }

  #scope(span: Span): Scope {
    const reader = this.#reader(span);
    let name = '';
    let version = '';
    while (reader.next()) {
      if (reader.number === 1) name = this.#text(expect(reader, BYTES));
      else if (reader.number === 2) version = this.#text(expect(reader, BYTES));
    }
    return { name, version, attributes: this.#holder(span, 3) };
  }

  /** The attributes that a message has under `number`. */
  #holder(span: Span, number: number): Attributes {
    const reader = this.#reader(span);
    const attributes: Attributes = {};
    while (reader.next()) if (reader.number === number) this.#keyValue(expect(reader, BYTES), attributes, 0);
    return attributes;
  }

  #keyValue(span: Span, into: Attributes, depth: number): void {
    const reader = this.#reader(span);
    let key = '';
    let value: Json = null;
    while (reader.next()) {
      if (reader.number === 1) key = this.#text(expect(reader, BYTES));
      else if (reader.number === 2) value = this.#value(expect(reader, BYTES), depth);
    }
    put(into, key, value);
  }

  #value(span: Span, depth: number): Json {
    const reader = this.#reader(span);
    let value: Json = null;
    while (reader.next()) {
      switch (reader.number) {
        case 1:
          value = this.#text(expect(reader, BYTES));
          break;
        case 2:
          value = expect(reader, VARINT).uint64() !== 0;
          break;
        case 3:
          value = exact(expect(reader, VARINT).int64());
          break;
        case 4:
          value = finite(expect(reader, FIXED_64).double());
          break;
        case 5:
          value = depth >= VALUE_DEPTH_MAX ? TOO_DEEP : this.#list(expect(reader, BYTES), depth + 1);
          break;
        case 6:
          value = depth >= VALUE_DEPTH_MAX ? TOO_DEEP : this.#object(expect(reader, BYTES), depth + 1);
          break;
        case 7:
          value = base64(this.#bytes.subarray(expect(reader, BYTES).from, reader.to));
          break;
        default:
      }
    }
    return value;
  }

  #list(span: Span, depth: number): Json[] {
    const reader = this.#reader(span);
    const values: Json[] = [];
    while (reader.next()) if (reader.number === 1) values.push(this.#value(expect(reader, BYTES), depth));
    return values;
  }

  #object(span: Span, depth: number): Attributes {
    const reader = this.#reader(span);
    const object: Attributes = {};
    while (reader.next()) if (reader.number === 1) this.#keyValue(expect(reader, BYTES), object, depth);
    return object;
  }

  #text({ from, to }: Span): string {
    const bytes = this.#bytes;
    let bits = 0;
    for (let at = from; at < to; at++) bits |= bytes[at] ?? 0;
    if (bits < 0x80) return this.#chars.slice(from, to);
    const piece = bytes.subarray(from, to);
    try {
      return utf8.decode(piece);
    } catch {
      this.#replaced = true;
      return lenient.decode(piece);
    }
  }

  #reader({ from, to }: Span): WireReader {
    return new WireReader(this.#bytes, from, to);
  }
}

type MutableRecord = { -readonly [K in keyof LogRecord]: LogRecord[K] };

function emptyRecord(resource: Attributes, scope: Scope): MutableRecord {
  return {
    timeMicros: 0,
    observedMicros: 0,
    severityNumber: 0,
    severityText: '',
    eventName: '',
    body: undefined,
    attributes: {},
    droppedAttributes: 0,
    flags: 0,
    traceId: '',
    spanId: '',
    unknown: undefined,
    replaced: false,
    resource,
    scope,
  };
}

function expect(reader: WireReader, type: number): WireReader {
  if (reader.type === type) return reader;
  throw new WireFault(`Not an ExportLogsServiceRequest: a field ${reader.number} has the wire type ${reader.type}, not ${type}.`);
}

/** 2^32 nanoseconds are so many microseconds, and 296 ns more: exact for every time that a number's 53 bits can tell. */
const MICROS_PER_HIGH = 4_294_967;
const NANOS_LEFT_PER_HIGH = 296;

function microsOf(reader: WireReader): number {
  const high = reader.high32();
  return high * MICROS_PER_HIGH + Math.floor((high * NANOS_LEFT_PER_HIGH + reader.low32()) / 1000);
}

/** Integers beyond 53 bits are texts in an event. */
function exact(value: number | bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
