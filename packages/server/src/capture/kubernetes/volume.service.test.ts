import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openTestServer, removeTestData, type TestServer } from '../test-server.ts';

let server: TestServer;
afterEach(async () => {
  await server.close();
  removeTestData(server);
});

const guide = readFileSync(path.join(import.meta.dirname, '../../../../../docs/guides/volume.md'), 'utf8');
const settings = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text).join('\n');

/** What a kubelet does all day, and what somebody does once. */
const request = (i: number, verb: string, uri: string, more: object = {}) => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: `${verb}-${uri}-${i}`,
  stage: 'ResponseComplete',
  requestURI: uri,
  verb,
  user: { username: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] },
  sourceIPs: ['10.0.0.9'],
  userAgent: 'kubelet/v1.30.0 (linux/amd64)',
  objectRef: { resource: uri.split('/').at(-2), namespace: 'kube-node-lease', name: 'node-1', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: new Date(Date.UTC(2026, 1, 1, 12, 0, i)).toISOString(),
  stageTimestamp: new Date(Date.UTC(2026, 1, 1, 12, 0, i, 5 + (i % 3))).toISOString(),
  ...more,
});

it("folds a kubelet's polls by the rules of the guide, and nothing else", async () => {
  server = await openTestServer({ settings });
  const authorization = `Bearer ${await server.producer('k8s')}`;
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1';
  const secret = '/api/v1/namespaces/shop/secrets/db';
  const items = Array.from({ length: 40 }, (_, i) => [
    request(i, 'update', lease),
    request(i, 'get', '/api/v1/nodes/node-1'),
    request(i, 'get', secret, { responseStatus: { code: 403 } }),
    request(i, 'get', secret, { auditID: `jane-${i}`, user: { username: 'jane', groups: [] } }),
  ]).flat();
  const post = async () => {
    const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items });
    const headers = { 'content-type': 'application/json', authorization };
    return (await fetch(`${server.url}/v1/capture/kubernetes`, { method: 'POST', headers, body })).status;
  };
  expect([await post(), await post()]).toEqual([200, 200]);
  const counts = new Map<string, { entries: number; events: number }>();
  for (const log of ['routine', 'important', 'polls'])
    for (const { kind, event, text } of await server.entries(log)) {
      if (kind !== 'event') continue;
      const key = [event['user_id'], event['method'], event['outcome'], event['resource_type']].join(' ');
      const sum = counts.get(key) ?? { entries: 0, events: 0 };
      counts.set(key, { entries: sum.entries + 1, events: sum.events + Number(/"folded":\{"count":(\d+)/.exec(text)?.[1] ?? 1) });
    }
  expect(Object.fromEntries(counts)).toEqual({
    'system:node:node-1 update success leases': { entries: 1, events: 40 },
    'system:node:node-1 get success nodes': { entries: 1, events: 40 },
    'system:node:node-1 get denied secrets': { entries: 40, events: 40 },
    'jane get success secrets': { entries: 40, events: 40 },
  });
});
