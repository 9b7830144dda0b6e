/* oxlint-disable typescript/no-unsafe-type-assertion -- what a test sent is known to it */
import { gzipSync } from 'node:zlib';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, openTestServer, removeTestData, type TestServer } from '../test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({ settings: 'capture:\n  otlp:\n    formats: { sshd: auth-log }\n' });
});
afterAll(async () => {
  await server.close();
  removeTestData(server);
});

const events = async () =>
  [...(await server.entries('routine')), ...(await server.entries('important'))]
    .filter(({ kind }) => kind === 'event')
    .map(({ event }) => event);
const eventsOf = async (source: string) => (await events()).filter((event) => event['source'] === source);

async function post(body: unknown, headers: Record<string, string> = {}) {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${server.url}/v1/logs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...headers },
    body: raw ? (body as string) : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
}

const record = (...more: readonly object[]) => recordOf('json', ...more);
const recordOf = (service: string, ...more: readonly object[]) => ({
  resourceLogs: [
    { resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] }, scopeLogs: [{ logRecords: more }] },
  ],
});
const attributes = (values: Record<string, string | number>) =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));

describe('the SDK of OpenTelemetry', () => {
  const COUNT = 1200;
  const cases: [string, (options: { url: string; headers: Record<string, string> }) => LogRecordExporter][] = [
    ['protobuf', (options) => new ProtobufExporter(options)],
    ['http-json', (options) => new JsonExporter(options)],
  ];
  it.each(cases)('over %s: each record is one event', async (name, open) => {
    const exporter = open({ url: `${server.url}/v1/logs`, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({
        'service.name': `otel-${name}`,
        'host.name': 'app-1',
        'deployment.environment.name': 'production',
      }),
      processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize: 5000, maxExportBatchSize: 500 })],
    });
    const logger = provider.getLogger('shop', '1.2.3');
    for (let i = 0; i < COUNT; i++) {
      logger.emit({
        timestamp: new Date(Date.UTC(2024, 0, 1) + i),
        severityNumber: SeverityNumber.INFO,
        severityText: 'INFO',
        body: `GET /orders/${i}`,
        attributes: {
          'user.id': `u${i}`,
          'client.address': '192.0.2.7',
          'http.request.method': 'GET',
          'url.path': `/orders/${i}`,
          'http.response.status_code': i % 2 === 0 ? 200 : 403,
          'shop.zürich': 'größer',
          'shop.list': ['a', 'b'],
        },
      });
    }
    await provider.forceFlush();
    await provider.shutdown();
    const found = await eventsOf(`otel-${name}`);
    expect(found).toHaveLength(COUNT);
    expect(new Set(found.map((event) => event['user_id']))).toEqual(new Set(Array.from({ length: COUNT }, (_, i) => `u${i}`)));
    expect(found.find((event) => event['user_id'] === 'u7')).toMatchObject({
      action: 'read',
      category: 'http',
      event_type: 'http.request',
      host: 'app-1',
      environment: 'production',
      ip_address: '192.0.2.7',
      method: 'GET',
      outcome: 'denied',
      resource: '/orders/7',
      status_code: '403',
      timestamp: '2024-01-01T00:00:00.007000Z',
      attributes: {
        body: 'GET /orders/7',
        'shop.zürich': 'größer',
        'shop.list': ['a', 'b'],
        scope: { name: 'shop', version: '1.2.3' },
        severity_text: 'INFO',
      },
    });
  });
});

describe('records', () => {
  const f = async (more: object): Promise<Record<string, unknown>> => {
    const before = (await eventsOf('json')).length;
    const { status, text } = await post(record(more));
    expect([status, text]).toEqual([200, '{}']);
    const after = await eventsOf('json');
    expect(after.length).toBe(before + 1);
    return after.find((event) => !seen.has(JSON.stringify(event))) ?? {};
  };
  const seen = new Set<string>();
  const keep = async (event: Record<string, unknown>) => (seen.add(JSON.stringify(event)), event);

  it('maps database calls, exceptions and named events', async () => {
    const db = await keep(
      await f({
        attributes: attributes({
          'db.system.name': 'postgresql',
          'db.query.text': 'SELECT 1',
          'db.namespace': 'shop',
          'db.collection.name': 'orders',
          'enduser.id': 'd1',
          'db.operation.name': 'SELECT',
          'db.response.returned_rows': 3,
        }),
      }),
    );
    expect(db).toMatchObject({
      user_id: 'd1',
      action: 'read',
      resource: 'orders',
      resource_parent: 'shop',
      resource_type: 'table',
      query_text: 'SELECT 1',
      row_count: 3,
      protocol: 'postgresql',
      outcome: 'unknown',
    });
    const failed = await keep(
      await f({ severityNumber: 17, attributes: attributes({ 'user.id': 'd2', 'exception.type': 'Boom', 'exception.message': 'no way' }) }),
    );
    expect(failed).toMatchObject({ outcome: 'failure', reason: 'no way', severity: 4 });
    const named = await keep(
      await f({
        eventName: 'user.login',
        traceId: 'ABCDEF',
        attributes: attributes({ 'user.id': 'd3', outcome: 'denied', ip_address: 'nonsense' }),
      }),
    );
    expect(named).toMatchObject({
      event_type: 'user.login',
      action: 'login',
      outcome: 'denied',
      trace_id: 'abcdef',
      attributes: { ip_address: 'nonsense' },
    });
  });

  it('takes bodies that are objects, unknown members, and times as numbers', async () => {
    const body = { kvlistValue: { values: attributes({ 'user.id': 'b1', order: 'x' }) } };
    const text = JSON.stringify(record({ body, fresh: { a: 1 }, timeUnixNano: 'T' })).replace('"T"', '1700000000123456789');
    const { status } = await post(text);
    expect(status).toBe(200);
    const found = (await eventsOf('json')).find((event) => event['user_id'] === 'b1') ?? {};
    await keep(found);
    expect(found).toMatchObject({
      timestamp: '2023-11-14T22:13:20.123456Z',
      attributes: { body: { 'user.id': 'b1', order: 'x' }, otlp: { fresh: { a: 1 } } },
    });
  });

  it('keeps what is behind a question mark out of the resource', async () => {
    const event = await keep(
      await f({
        attributes: attributes({
          'user.id': 'q1',
          'url.query': 'x=1&token=geheim',
          'http.request.header.authorization': 'Bearer geheim',
          'url.full': 'https://shop.example/a/b?token=geheim',
          'http.request.method': 'GET',
        }),
      }),
    );
    expect(event).toMatchObject({ resource: '/a/b' });
    expect(JSON.stringify(event)).not.toContain('geheim');
  });

  it('reads bodies that are lines of a format', async () => {
    const line = 'Oct 11 22:14:15 web1 sshd[812]: Accepted password for lena from 192.0.2.9 port 5 ssh2';
    expect((await post(recordOf('sshd', { body: { stringValue: line } }))).status).toBe(200);
    expect((await eventsOf('sshd')).map((event) => event['user_id'])).toEqual(['lena']);
  });

  it('gives the source that the token owns', async () => {
    const token = await server.producer('shop');
    await post(record({ attributes: attributes({ 'user.id': 's1' }) }), { authorization: `Bearer ${token}` });
    expect(await eventsOf('shop')).toMatchObject([{ user_id: 's1', attributes: { resource: { 'service.name': 'json' } } }]);
  });
});

describe('refusals', () => {
  it('counts rejected records, and keeps the others', async () => {
    const { status, text } = await post(
      record({ attributes: attributes({ 'user.id': 'r1' }) }, { attributes: attributes({ event_type: 'daybook.start' }) }),
    );
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
    expect((await eventsOf('json')).some((event) => event['user_id'] === 'r1')).toBe(true);
  });

  it.each([
    ['no JSON', '{"resourceLogs":', {}, 400],
    ['no request', '[]', {}, 400],
    ['a list that is none', '{"resourceLogs":{}}', {}, 400],
    ['another content type', '{}', { 'content-type': 'text/plain' }, 415],
    ['another encoding', '{}', { 'content-encoding': 'br' }, 415],
    ['no token', '{}', { authorization: '' }, 401],
    ['a bomb', gzipSync(Buffer.alloc(20_000_000, 0x20)), { 'content-encoding': 'gzip' }, 413],
    ['cut gzip', gzipSync('{"resourceLogs":[]}').subarray(0, 20), { 'content-encoding': 'gzip' }, 400],
  ])('%s', async (_name, body, headers, status) => {
    expect((await post(body, headers)).status).toBe(status);
  });

  it('tells senders of protobuf in protobuf', async () => {
    const { status, type, text } = await post(new Uint8Array([0x0a, 0xff]), { 'content-type': 'application/x-protobuf' });
    expect([status, type]).toEqual([400, 'application/x-protobuf']);
    expect(text).toContain('Not Protocol Buffers');
    expect((await post(new Uint8Array(0), { 'content-type': 'application/x-protobuf' })).status).toBe(200);
  });
});
