import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { type Format, formatNamed, openReader } from '@daybook/formats';
import { DaybookError, type Json, parseStrict, parseStrictBytes, WireFault } from '@daybook/protocol';
import { type LogRecord, logRecordsOf, logRecordsOfJson, logsResponse, OtlpJsonFault, statusMessage } from '@daybook/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Base, Principal } from '../../base/types.ts';
import { type BytesInFlight, isBody } from '../http/body.ts';
import { takeRawBodies } from '../http/raw-route.ts';
import { type HttpReceiver, Judged } from '../judged/judged.ts';
import { liveContext } from '../live-context.ts';
import { eventOfRecord } from './event-of-record.ts';
import { LOGS_OPERATION } from './logs-operation.ts';

export type LogsBase = Pick<Base, 'config' | 'http' | 'access' | 'stopping' | 'log' | 'clock'>;

const TYPES = /^application\/(?:json|x-protobuf|protobuf)\s*(?:;|$)/;
const PROTOBUF = /^application\/(?:x-)?protobuf\b/;
/** Exporters send some 500 records, a collector 8,192: of 1 KiB each. */
const PROTOBUF_BYTES_MAX = 16 * 1024 * 1024;
/** Strict JSON is read in one go, at some 30 MB/s: larger ones would hold up others for too long. */
const JSON_BYTES_MAX = 4 * 1024 * 1024;
const JSON_LIMITS = { depthMax: 64, keysMax: 4096, valuesMax: 1_000_000 } as const;
const RECORDS_MAX = 20_000;
/** Records that are read without a pause. */
const SLICE_RECORDS = 256;
/** google.rpc.Code by HTTP status. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 3, 429: 8, 503: 14 };
const UNKNOWN_CODE = 2;

/** POST /v1/logs: OTLP/HTTP. */
export async function mountLogs(base: LogsBase, receiver: HttpReceiver, inFlight: BytesInFlight): Promise<void> {
  await base.http.register(async (scope) => {
    takeRawBodies(scope, TYPES, { inFlight, bytesMax: bytesMaxOf, parserBytesMax: PROTOBUF_BYTES_MAX });
    // A sender of Protocol Buffers reads errors as google.rpc.Status.
    scope.addHook('onSend', async (request, reply, payload) => statusFor(request, reply, payload));
    scope.route({
      method: 'POST',
      url: '/v1/logs',
      config: { permission: 'events:write', openapi: LOGS_OPERATION },
      bodyLimit: PROTOBUF_BYTES_MAX,
      schema: { summary: 'Send OpenTelemetry logs', tags: ['capture'] },
      handler: (request, reply) => take(base, receiver, request, reply),
    });
  });
}

function bytesMaxOf(request: FastifyRequest): number {
  return isProtobuf(request) ? PROTOBUF_BYTES_MAX : JSON_BYTES_MAX;
}

function isProtobuf(request: FastifyRequest): boolean {
  return PROTOBUF.test(request.headers['content-type'] ?? '');
}

async function take(base: LogsBase, receiver: HttpReceiver, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const body: unknown = request.body;
  if (!isBody(body)) throw new DaybookError('bad_request', 'The request has no body; send an ExportLogsServiceRequest.');
  try {
    const principal = base.access.require(request, 'events:write');
    const protobuf = isProtobuf(request);
    const records = protobuf
      ? logRecordsOf(body.bytes, (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
      : jsonRecords(body.bytes);
    const rejected = await keep(base, receiver, principal, records);
    const [first] = rejected;
    const message = first === undefined ? '' : `Record ${first.item} was rejected (${first.code}): ${first.message}`;
    if (protobuf) return await reply.type('application/x-protobuf').send(Buffer.from(logsResponse(rejected.length, message)));
    const partial = rejected.length === 0 ? {} : { partialSuccess: { rejectedLogRecords: String(rejected.length), errorMessage: message } };
    return await reply.type('application/json; charset=utf-8').send(JSON.stringify(partial));
  } finally {
    body.release();
  }
}

/** A name in a string would end in a backslash before its quote. */
const LONG_NUMBER = /("(?:time_?unix_?nano|observed_?time_?unix_?nano|int_?value)"\s*:\s*)(-?\d{16,20})(?=\s*[,}])/gi;

function jsonRecords(bytes: Buffer): Generator<LogRecord> {
  let parsed = parseStrictBytes(bytes, JSON_LIMITS);
  // 64-bit integers should be texts; many write them as numbers, which would lose their last digits.
  if (!parsed.ok && parsed.code === 'number_precision')
    parsed = parseStrict(bytes.toString().replaceAll(LONG_NUMBER, '$1"$2"'), JSON_LIMITS);
  if (parsed.ok) return logRecordsOfJson(parsed.value);
  throw new DaybookError('bad_request', `The body is not JSON: ${parsed.message} at character ${parsed.at}. Nothing of it was kept.`);
}

async function keep(base: LogsBase, receiver: HttpReceiver, principal: Principal, records: Generator<LogRecord>) {
  const bySource = new Map<string, Judged>();
  const judge = new RecordJudge(base);
  let count = 0;
  for (;;) {
    const record = nextOf(records);
    if (record === undefined) break;
    if (++count > RECORDS_MAX)
      throw new DaybookError('body_too_large', `A request may have at most ${RECORDS_MAX} records; nothing of this one was kept.`);
    if (count % SLICE_RECORDS === 0) await yieldToOthers();
    const source = sourceOf(record, principal);
    let judged = bySource.get(source);
    if (judged === undefined) bySource.set(source, (judged = new Judged(receiver, 'otlp', principal, source)));
    judge.record(record, source, judged, count - 1);
  }
  const rejected = await Promise.all([...bySource.values()].map((judged) => judged.keep()));
  return rejected.flat();
}

/** A broken message ends everything: nothing of a request is kept before all of it is read. */
function nextOf(records: Generator<LogRecord>): LogRecord | undefined {
  try {
    const next = records.next();
    return next.done === true ? undefined : next.value;
  } catch (error) {
    if (error instanceof WireFault || error instanceof OtlpJsonFault)
      throw new DaybookError('bad_request', `${error.message} Nothing of it was kept.`, { cause: error });
    throw error;
  }
}

/** The service, where the token may speak for it. */
function sourceOf({ resource }: LogRecord, { name, sources }: Principal): string {
  const service = resource['service.name'];
  if (typeof service !== 'string' || !SOURCE.test(service) || service.toLowerCase() === 'daybook') return name;
  return sources === null || sources.includes(service) ? service : name;
}

const SOURCE = /^[^\s\p{C}]{1,200}$/u;

/** Reads records as events, or, where the settings say so, their bodies as lines of a format. */
class RecordJudge {
  readonly #base: LogsBase;
  readonly #formats: ReadonlyMap<string, Format>;

  constructor(base: LogsBase) {
    this.#base = base;
    const named = Object.entries(base.config.capture.otlp.formats).flatMap(([service, name]) => {
      const format = formatNamed(name);
      return format === undefined ? [] : [[service, format] as const];
    });
    this.#formats = new Map(named);
  }

  record(record: LogRecord, source: string, judged: Judged, item: number): void {
    const more = `,"source":${JSON.stringify(source)}`;
    const service = record.resource['service.name'];
    const format = typeof service === 'string' ? this.#formats.get(service) : undefined;
    if (format !== undefined && typeof record.body === 'string')
      return this.#line(format, record.body, record.resource['host.name'], { more, judged });
    const { fields, plain } = eventOfRecord(record);
    if (plain && this.#base.config.capture.otlp.plain === 'noise') judged.noise('otlp', 'plain_text');
    else judged.event('otlp', fields, more, item);
  }

  #line(format: Format, body: string, host: Json | undefined, { more, judged }: { readonly more: string; readonly judged: Judged }): void {
    const { options, zone } = this.#base.config.capture.otlp;
    const reader = openReader(format, liveContext(this.#base.clock, options, zone));
    const results = [...reader.push(Buffer.from(body)), ...reader.end()];
    for (const result of results) {
      const known = result.event?.['host'] !== undefined || typeof host !== 'string' || host === '';
      judged.result(format, result, known ? more : `${more},"host":${JSON.stringify(host)}`);
    }
  }
}

function statusFor(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (reply.statusCode < 400 || !isProtobuf(request)) return payload;
  const text = typeof payload === 'string' ? payload : '';
  const detail = /"detail":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? 'The request failed.';
  reply.type('application/x-protobuf');
  return Buffer.from(statusMessage(CODES[reply.statusCode] ?? UNKNOWN_CODE, detail.replaceAll(/\\(["\\])/g, '$1')));
}
