import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { DaybookError } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchOf, encodeEvent } from '../../../../../test/support/protobuf-encoder.ts';
import { BODY_BYTES_MAX } from '../../intake/index.ts';
import { ADMIN_TOKEN, openTestServer, removeTestData, type TestServer } from '../test-server.ts';

const FIRST =
  '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}';
const SECOND =
  '{"timestamp":"2023-10-21T15:32:00Z","user_id":"U12345","resource_accessed":"/secure-data","result":"success","ip_address":"192.168.1.10"}';
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

let server: TestServer;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(async () => {
  await server.close();
  removeTestData(server);
});

const routine = async () => (await server.entries('routine')).filter((entry) => entry.kind === 'event');
const event = (n: number, more: object = {}) => JSON.stringify({ user_id: `u${n}`, action: 'read', resource: `/r/${n}`, ...more });

describe('what is accepted', () => {
  it('takes the two examples, unchanged, alone and together', async () => {
    const one = await server.post(FIRST);
    expect(one.status).toBe(200);
    expect(one.reply).toMatchObject({ accepted: 1, duplicates: [], rejected: [], receipts: [{ log: 'routine' }] });
    const both = await server.post(`[${FIRST},\n${SECOND}]`);
    expect(both.reply.accepted).toBe(2);
    const { first_idx: first, last_idx: last } = both.reply.receipts[0] ?? { first_idx: -1, last_idx: -1 };
    expect(last - first).toBe(1);
    const entries = await routine();
    expect(entries[first]?.event).toEqual({
      action: 'update',
      actor_type: 'user',
      category: 'data',
      channel: 'api',
      event_type: 'update',
      importance: 'routine',
      ip_address: '192.168.0.1',
      observed_at: expect.any(String) as string,
      outcome: 'unknown',
      resource: 'document_56789',
      severity: 1,
      source: 'admin',
      timestamp: '2023-11-04T12:34:56.000000Z',
      user_id: 'user_12345',
    });
    expect(entries[last]?.event).toMatchObject({
      action: 'access',
      event_type: 'access',
      outcome: 'success',
      resource: '/secure-data',
      timestamp: '2023-10-21T15:32:00.000000Z',
      user_id: 'U12345',
    });
  });

  it('takes NDJSON, blank lines and gzip', async () => {
    const { status, reply } = await server.post(gzipSync(`\n${event(1)}\r\n\n  ${event(2)}\n`), { ...NDJSON, 'content-encoding': 'gzip' });
    expect(status).toBe(200);
    expect(reply.accepted).toBe(2);
  });

  it('takes Protocol Buffers, plain and gzip, with the same receipts', async () => {
    const event = { user_id: 'u1', action: 'read', resource: '/r/1', event_id: 'pb-1' };
    const batch = batchOf(encodeEvent({ user_id: 'pb', mfa: false }), encodeEvent({ user_id: 'pb', severity: 9 }), encodeEvent(event));
    const plain = await server.post(batch, PROTOBUF);
    expect(plain).toMatchObject({ status: 207, reply: { accepted: 2, duplicates: [], rejected: [{ item: 1, code: 'field_range' }] } });
    const { first_idx: first, last_idx: last } = plain.reply.receipts[0] ?? { first_idx: -1, last_idx: -1 };
    expect(last - first).toBe(1);
    expect((await routine())[first]?.event).toMatchObject({ user_id: 'pb', mfa: false, outcome: 'unknown' });
    // The same event in another coding is the same event: a double.
    const double = { status: 200, reply: { accepted: 0, duplicates: [{ item: 0, log: 'routine', idx: last }] } };
    expect(await server.post(JSON.stringify(event))).toMatchObject(double);
    const packed = gzipSync(batchOf(encodeEvent(event)));
    expect(await server.post(packed, { 'content-type': 'application/protobuf', 'content-encoding': 'gzip' })).toMatchObject(double);
    expect(await server.post(batchOf(encodeEvent({ host: 'h' })), PROTOBUF)).toMatchObject({ status: 400, reply: { accepted: 0 } });
  });

  it('takes an empty array', async () => {
    expect(await server.post('[]')).toMatchObject({ status: 200, reply: { accepted: 0, receipts: [] } });
  });

  it('puts events into their logs, each consecutive in the order of the request', async () => {
    const lines = [event(1), event(2, { outcome: 'denied' }), event(3), event(4, { action: 'login' }), event(5)];
    const { reply } = await server.post(lines.join('\n'), NDJSON);
    expect(reply.receipts.map(({ log, first_idx, last_idx }) => [log, last_idx - first_idx + 1])).toEqual([
      ['routine', 3],
      ['important', 2],
    ]);
    const important = await server.entries('important');
    expect(important.slice(-2).map((entry) => entry.event['user_id'])).toEqual(['u2', 'u4']);
  });

  it('waits for the signed checkpoint', async () => {
    const { reply } = await server.post(event(1), {}, '?wait=committed');
    expect(reply.checkpoints?.['routine']).toMatch(/^test\.example\/routine\n\d+\n/);
    expect(Number(reply.checkpoints?.['routine']?.split('\n')[1])).toBeGreaterThan(reply.receipts[0]?.last_idx ?? Infinity);
  });
});

describe('what is refused', () => {
  it('keeps the neighbours of a rejected item', async () => {
    const { status, reply } = await server.post(`[${event(1)},{"user_id":"x","severity":9},7,${event(2)}]`);
    expect(status).toBe(207);
    expect(reply.accepted).toBe(2);
    expect(reply.rejected.map(({ item, code, field }) => ({ item, code, field }))).toEqual([
      { item: 1, code: 'field_range', field: 'severity' },
      { item: 2, code: 'not_an_object', field: '' },
    ]);
  });

  it('answers 400 with the reasons when nothing is kept', async () => {
    const { status, reply } = await server.post('{"a":1}\n{bad\n', NDJSON);
    expect(status).toBe(400);
    expect(reply.rejected.map(({ code }) => code)).toEqual(['event_empty', 'json_syntax']);
  });

  const refused = (name: string, status: number, code: string, post: () => ReturnType<TestServer['post']>) =>
    it(`refuses ${name} with ${status} ${code}`, async () => {
      const before = await routine();
      const answer = await post();
      expect(answer.status).toBe(status);
      expect(answer.reply.code).toBe(code);
      expect(answer.reply.detail).toMatch(/\w+ \w+/);
      expect(await routine()).toHaveLength(before.length);
    });
  refused('a broken array', 400, 'bad_request', () => server.post(`[${event(1)},{]`));
  refused('an unfinished array', 400, 'bad_request', () => server.post(`[${event(1)}`));
  refused('something behind the document', 400, 'bad_request', () => server.post(`${event(1)} x`));
  refused('an empty body', 400, 'bad_request', () => server.post(''));
  refused('invalid UTF-8', 400, 'bad_request', () => server.post(Buffer.from('[{"user_id":"\xff"}]', 'latin1')));
  refused('a batch that is cut off', 400, 'bad_request', () =>
    server.post(batchOf(encodeEvent({ user_id: 'u' })).subarray(0, -1), PROTOBUF),
  );
  refused('JSON as Protocol Buffers', 400, 'bad_request', () => server.post(event(1), PROTOBUF));
  refused('too many events', 413, 'body_too_large', () => server.post(Buffer.from('0a00'.repeat(10_001), 'hex'), PROTOBUF));
  refused('another type', 415, 'media_type_unsupported', () => server.post('a=1', { 'content-type': 'text/plain' }));
  refused('another encoding', 415, 'media_type_unsupported', () => server.post(event(1), { 'content-encoding': 'br' }));
  refused('no token', 401, 'unauthenticated', () => server.post(event(1), { authorization: '' }));
  refused('an unknown parameter', 400, 'bad_request', () => server.post(event(1), {}, '?await=1'));
  refused('an unknown wait', 400, 'bad_request', () => server.post(event(1), {}, '?wait=soon'));
  refused('too large a body', 413, 'body_too_large', () => server.post(Buffer.alloc(BODY_BYTES_MAX + 1, 0x20)));
  refused('too many items', 413, 'body_too_large', () => server.post('{}\n'.repeat(10_001), NDJSON));
  refused('a bomb of gzip', 413, 'body_too_large', () =>
    server.post(gzipSync(Buffer.alloc(BODY_BYTES_MAX * 4, 0x20)), { 'content-encoding': 'gzip' }),
  );
  refused('half of a gzip', 400, 'bad_request', () => {
    const whole = gzipSync(`[${event(1)}]`);
    return server.post(whole.subarray(0, whole.length - 9), { 'content-encoding': 'gzip' });
  });
  refused('no gzip', 400, 'bad_request', () => server.post(event(1), { 'content-encoding': 'gzip' }));

  it('keeps nothing of a body that is cut off', async () => {
    const before = await routine();
    const { hostname, port } = new URL(server.url);
    for (const extra of ['', 'content-encoding: gzip\r\n']) {
      const socket = net.connect(Number(port), hostname);
      const body = extra === '' ? Buffer.from(`[${event(1)}]`) : gzipSync(`[${event(1)}]`);
      socket.write(
        `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_TOKEN}\r\ncontent-type: application/json\r\n${extra}content-length: ${body.length}\r\n\r\n`,
      );
      socket.write(body.subarray(0, -3));
      await new Promise((resolve) => socket.once('ready', resolve));
      socket.destroy();
    }
    expect((await server.post(event(9))).reply.accepted).toBe(1);
    expect(await routine()).toHaveLength(before.length + 1);
  });
});

it('is described by the schema of an event', () => {
  const route = server.base.routes.all().find(({ path }) => path === '/v1/events');
  expect(JSON.stringify(route?.openapi)).toContain('{"$ref":"#/components/schemas/Event"}');
});

describe('tokens', () => {
  it('lets a producer speak for itself only', async () => {
    const headers = { authorization: `Bearer ${await server.producer('shop', { tenants: ['t1', 't2'] })}`, ...NDJSON };
    const lines = [
      event(1, { src: 'shop/web-1', sseq: 1 }),
      event(2, { src: 'shopper/web-1', sseq: 1 }),
      event(3, { source: 'bank' }),
      event(4, { tenant_id: 't3' }),
      event(5, { tenant_id: 't2' }),
      event(6, { category: 'audit' }),
      event(7, { event_type: 'Daybook.Start' }),
      event(8, { idx: 3 }),
      event(9, { attributes: { daybook: {} } }),
      event(10, { action: 'daybook.seal' }),
    ];
    const { reply } = await server.post(lines.join('\n'), headers);
    expect(reply.accepted).toBe(2);
    expect(reply.rejected.map(({ item, code }) => `${item} ${code}`)).toEqual([
      '1 src_not_owned',
      '2 source_not_owned',
      '3 tenant_not_owned',
      '5 category_reserved',
      '6 reserved_word',
      '7 server_field',
      '8 reserved_attribute',
      '9 reserved_word',
    ]);
    expect((await routine()).at(-2)).toMatchObject({ src: 'shop/web-1', sseq: 1, event: { source: 'shop' } });
  });

  it('takes the envelope of an importer', async () => {
    const headers = { ...NDJSON, 'x-daybook-src': 'admin/import-1', 'x-daybook-sseq': '41', 'x-daybook-channel': 'importer' };
    const { reply } = await server.post(`${event(1, { kind: 'Event', src: 'eth0', idx: 4 })}\n${event(2)}`, headers);
    expect(reply.accepted).toBe(2);
    const [first, second] = (await routine()).slice(-2);
    expect(first).toMatchObject({
      src: 'admin/import-1',
      sseq: 41,
      event: { channel: 'importer', attributes: { kind: 'Event', src: 'eth0', idx: 4 } },
    });
    expect(second?.sseq).toBe(42);
    const again = await server.post(`${event(1)}\n${event(2)}`, headers);
    expect(again.reply.duplicates).toEqual([
      { item: 0, log: 'routine', idx: null },
      { item: 1, log: 'routine', idx: null },
    ]);
    expect(await server.post(event(1), { 'x-daybook-src': 'root/x' })).toMatchObject({ status: 400 });
  });
});

describe('a ledger that does not take it', () => {
  it('answers 503 and forgets the ids of what was not kept', async () => {
    let full = false;
    const failing = await openTestServer({
      wrapLedger: (ledger) =>
        new Proxy(ledger, {
          get: (target, key) => {
            if (key === 'append' && full) return () => Promise.reject(new DaybookError('disk_full', undefined, { retryAfterS: 7 }));
            const value: unknown = Reflect.get(target, key);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          },
        }),
    });
    full = true;
    const body = `[${event(1, { event_id: 'a', src: 'admin/x', sseq: 1 })}]`;
    const refusal = await failing.post(body);
    expect(refusal.status).toBe(503);
    expect(refusal.reply.code).toBe('disk_full');
    expect(refusal.headers.get('retry-after')).toBe('7');
    full = false;
    expect((await failing.post(body)).reply).toMatchObject({ accepted: 1, duplicates: [] });
    expect((await failing.post(body)).reply).toMatchObject({ accepted: 0, duplicates: [{ item: 0 }] });
    await failing.close();
    removeTestData(failing);
  });
});
