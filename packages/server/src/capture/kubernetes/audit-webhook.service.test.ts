import { DaybookError } from '@daybook/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestServer, removeTestData, type TestServer } from '../test-server.ts';

let server: TestServer;
let token = '';
let refuse = false;
beforeAll(async () => {
  server = await openTestServer({
    wrapLedger: (ledger) =>
      new Proxy(ledger, {
        get(target, name) {
          if (name === 'append' && refuse) return () => Promise.reject(new DaybookError('disk_full'));
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
  });
  token = await server.producer('cluster-a');
});
afterAll(async () => {
  await server.close();
  removeTestData(server);
});

/** As an API server of 1.30 writes one. */
const audit = (id: string, more: object = {}) => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: id,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/shop/secrets/db',
  verb: 'get',
  user: { username: 'jane', groups: ['dev'] },
  sourceIPs: ['10.0.0.9'],
  objectRef: { resource: 'secrets', namespace: 'shop', name: 'db', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 403 },
  requestReceivedTimestamp: '2024-01-02T03:04:05.000001Z',
  stageTimestamp: '2024-01-02T03:04:05.000009Z',
  ...more,
});
const list = (...items: readonly object[]) => JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items });

async function post(body: string, authorization = `Bearer ${token}`): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization };
  const response = await fetch(`${server.url}/v1/capture/kubernetes`, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}
const events = async () =>
  [...(await server.entries('routine')), ...(await server.entries('important'))]
    .filter(({ kind }) => kind === 'event')
    .map(({ event }) => event);

it('takes an EventList, and each event once however often it is sent', async () => {
  const body = list(audit('a1'), audit('a2', { verb: 'list', responseStatus: { code: 200 } }));
  expect(await post(body)).toBe(200);
  expect(await post(body)).toBe(200);
  const found = await events();
  expect(found).toHaveLength(2);
  expect(found.find((event) => event['method'] === 'get')).toMatchObject({
    user_id: 'jane',
    source: 'cluster-a',
    outcome: 'denied',
    ip_address: '10.0.0.9',
    resource_type: 'secrets',
    resource_id: 'db',
    resource_parent: 'shop',
  });
});

it('says 200 only when the events are durable', async () => {
  refuse = true;
  expect(await post(list(audit('b1')))).toBe(503);
  refuse = false;
  expect((await events()).some((event) => String(event['source_event_id']).startsWith('b1'))).toBe(false);
  expect(await post(list(audit('b1')))).toBe(200);
  expect((await events()).filter((event) => String(event['source_event_id']).startsWith('b1'))).toHaveLength(1);
});

it('puts what is no audit event aside, and refuses strangers', async () => {
  expect(await post(list(audit('c1'), { kind: 'Event', apiVersion: 'v1' }))).toBe(200);
  expect(await server.base.metrics.metrics()).toMatch(/daybook_capture_records_total\{receiver="kubernetes",result="quarantine"\} [1-9]/);
  expect(await post(list(audit('c2')), 'Bearer nonsense')).toBe(401);
});
