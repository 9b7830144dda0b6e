/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters -- what the server answers is what is looked at */
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningServer, serve } from '../main.ts';
import type { CanaryState, Coverage } from './types.ts';

let dir = '';
let server: RunningServer;
let admin = '';
let shop = '';
let app: Server;
/** Whether the application still tells of what is done to it: its agent was stopped, or somebody took the line out. */
let tells = true;

const end = {
  say: () => undefined,
  exit(code: number): never {
    throw new Error(`the process would end with ${code}`);
  },
  onStopSignal: () => () => undefined,
};

async function ask<T>(method: string, at: string, token: string, body?: string): Promise<{ readonly status: number; readonly body: T }> {
  const type =
    at === '/v1/events' || at.startsWith('/v1/quarantine') || at.startsWith('/v1/capture') ? 'application/x-ndjson' : 'application/json';
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': at.endsWith('reimport') || at.endsWith('dismiss') ? 'application/json' : type }),
  };
  const response = await fetch(server.url + at, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, body: parseJson(await response.text()) as T };
}

const event = (more: object) => JSON.stringify({ user_id: 'u-ana', action: 'read', outcome: 'success', resource: '/orders', ...more });
const coverage = async (token = admin) => (await ask<Coverage>('GET', '/v1/coverage', token)).body;
const eventually = <T>(what: () => Promise<T>) => vi.waitFor(what, { timeout: 30_000, interval: 100 });

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-watch-'));
  app = createServer((request, response) => {
    const agent = request.headers['user-agent'] ?? '';
    const told = tells
      ? ask(
          'POST',
          '/v1/events',
          shop,
          event({ action: 'login', outcome: 'denied', user_id: 'nobody', resource: request.url, user_agent: agent }),
        )
      : Promise.resolve();
    void told.finally(() => response.writeHead(401).end());
  });
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve);
  });
  const { port } = app.address() as AddressInfo;
  writeFileSync(
    path.join(dir, 'daybook.yaml'),
    `sources:
  - { name: shop, owner: web team, expect: [read, failed_login], silence: 1h }
  - { name: crm, expect: [login], silence: 1h }
canaries:
  - { name: shop-login, kind: http, source: shop, proves: failed_login, every: 7d, within: 3s, url: 'http://127.0.0.1:${port}/login?token=hush' }
`,
  );
  const env = { DAYBOOK_LISTEN: '127.0.0.1:0', DAYBOOK_ORIGIN: 'watch.test', DAYBOOK_LOG_LEVEL: 'silent' };
  server = await serve({ flags: { data: path.join(dir, 'data') }, env, cwd: dir, end });
  admin = server.adminToken ?? '';
  const made = await ask<{ token: string }>('POST', '/v1/tokens', admin, JSON.stringify({ role: 'producer', name: 'shop' }));
  shop = made.body.token;
  await eventually(async () => {
    const { status } = await fetch(`${server.url}/readyz?query=1`);
    if (status !== 200) throw new Error(`not ready: ${status}`);
  });
}, 90_000);

afterAll(async () => {
  await server.stop();
  app.closeAllConnections();
  app.close();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

describe('coverage of a company', () => {
  it('says no as long as something expected is missing, and what', async () => {
    const { status, body } = await ask<Coverage>('GET', '/v1/coverage', admin);
    expect(status).toBe(200);
    expect(body.answer).toBe('no');
    expect(body.problems.filter(({ code }) => code === 'never_seen').map(({ source, kind }) => `${source} ${kind}`)).toContain('crm login');
  });

  it('proves a kind of access by a canary, end to end, with its delay', async () => {
    const { status, body } = await ask<CanaryState>('POST', '/v1/canaries/shop-login/run', admin);
    expect(status).toBe(200);
    expect(body.last).toMatchObject({ result: 'seen', reason: '' });
    expect(body.last?.visible_ms).toBeGreaterThan(0);
    const row = (await coverage()).sources.find(({ name }) => name === 'shop');
    expect(row?.cells).toMatchObject([
      { kind: 'failed_login', state: 'proven', expected: true },
      { kind: 'read', state: 'missing' },
    ]);
  });

  it('says yes when all is there, and no when one source is cut', async () => {
    await ask('POST', '/v1/events', shop, event({}));
    await ask('POST', '/v1/events', admin, event({ source: 'crm', action: 'login', resource: 'crm' }));
    await eventually(async () => expect((await coverage()).problems).toEqual([]));
    expect((await coverage()).answer).toBe('yes');
    tells = false;
    const run = await ask<CanaryState>('POST', '/v1/canaries/shop-login/run', admin);
    expect(run.body.last).toMatchObject({
      result: 'not_seen',
      reason: 'its event did not come within 3 seconds; the action itself: it was answered 401.',
    });
    expect(await coverage()).toMatchObject({ answer: 'no', problems: [{ code: 'canary_failed', source: 'shop', kind: 'failed_login' }] });
    tells = true;
    await ask('POST', '/v1/canaries/shop-login/run', admin);
    expect((await coverage()).answer).toBe('yes');
  });

  it('keeps each run of a canary on record, and no secret of it', async () => {
    const rows = await eventually(async () => {
      const response = await fetch(`${server.url}/sql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}` },
        body: "SELECT outcome, status_code, source, attributes FROM access_logs WHERE kind = 'daybook.canary' ORDER BY idx FORMAT TSV",
      });
      const lines = (await response.text()).trimEnd().split('\n');
      expect(lines.length).toBeGreaterThanOrEqual(3);
      return lines;
    });
    expect(rows.filter((line) => line.startsWith('failure\tnot_seen\tdaybook'))).toHaveLength(1);
    expect(rows.join()).not.toContain('hush');
  });

  it('shows who reads one source that one alone, and lets nobody but admins run canaries', async () => {
    const viewer = await ask<{ token: string }>(
      'POST',
      '/v1/tokens',
      admin,
      JSON.stringify({ role: 'viewer', name: 'eve', sources: ['crm'] }),
    );
    const seen = await coverage(viewer.body.token);
    expect(seen.sources.map(({ name }) => name)).toEqual(['crm']);
    expect(seen.canaries).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain('shop');
    expect((await ask('GET', '/v1/quarantine', viewer.body.token)).status).toBe(403);
    expect((await ask('GET', '/v1/coverage', shop)).status).toBe(403);
    expect((await ask('POST', '/v1/canaries/shop-login/run', viewer.body.token)).status).toBe(403);
    expect((await ask('POST', '/v1/canaries/other/run', admin)).status).toBe(404);
  });
});

interface Record {
  readonly id: string;
  readonly code: string;
  readonly content: { readonly value: unknown };
  readonly mark: { readonly result: string } | null;
}
const records = async (query = '') =>
  (await ask<{ records: Record[]; next: string | null }>('GET', `/v1/quarantine?limit=500${query}`, admin)).body;

describe('the quarantine', () => {
  it('lists by source and code, in pages, and imports again after a fix; a second time adds nothing', async () => {
    // A source that the token does not own: an admin who imports it again says that it may.
    await ask(
      'POST',
      '/v1/events',
      shop,
      [event({ source: 'till', resource: '/t1' }), event({ source: 'till', resource: '/t2', event_id: 'own' })].join('\n'),
    );
    const line = (text: string) => JSON.stringify({ source: 'shop', format: 'app-log', code: 'bad_time', reason: 'No time.', text });
    await ask(
      'POST',
      '/v1/quarantine',
      shop,
      [line(event({ resource: '/from-a-line' })), line('rubbish'), line('more rubbish')].join('\n'),
    );
    const all = await records('&source=shop');
    expect(all.records.map(({ code }) => code)).toEqual(['bad_time', 'bad_time', 'bad_time', 'source_not_owned', 'source_not_owned']);
    const first = await ask<{ records: Record[]; next: string }>('GET', '/v1/quarantine?limit=2', admin);
    const rest = await ask<{ records: Record[]; next: string | null }>('GET', `/v1/quarantine?limit=500&before=${first.body.next}`, admin);
    expect([...first.body.records, ...rest.body.records].map(({ id }) => id)).toEqual(all.records.map(({ id }) => id));
    expect((await records('&code=bad_time')).records).toHaveLength(3);

    const again = await ask('POST', '/v1/quarantine/reimport', admin, JSON.stringify({ source: 'shop' }));
    expect(again).toMatchObject({
      status: 200,
      body: { event: 3, duplicate: 0, unread: 2, next: null, reasons: [{ code: 'unread' }, { code: 'unread' }] },
    });
    const ids = all.records.map(({ id }) => id);
    expect(await ask('POST', '/v1/quarantine/reimport', admin, JSON.stringify({ ids }))).toMatchObject({ body: { event: 3, unread: 2 } });
    expect((await records('&source=shop')).records.map(({ content }) => content.value)).toEqual(['more rubbish', 'rubbish']);
    await eventually(async () => {
      const found = await fetch(`${server.url}/sql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin}` },
        body: "SELECT resource, source, src FROM access_logs WHERE source = 'till' OR resource = '/from-a-line' ORDER BY resource FORMAT TSV",
      });
      expect((await found.text()).trimEnd().split('\n')).toEqual(['/from-a-line\tshop\tshop', '/t1\ttill\tshop', '/t2\ttill\tshop']);
    });
  });

  it('dismisses with a reason; what was settled is still shown on demand', async () => {
    const { records: open } = await records();
    const ids = open.map(({ id }) => id);
    expect(await ask('POST', '/v1/quarantine/dismiss', admin, JSON.stringify({ ids, reason: 'a test' }))).toMatchObject({
      body: { dismissed: 2 },
    });
    expect((await records()).records).toEqual([]);
    const settled = await records('&settled=true');
    expect(settled.records.map(({ mark }) => mark?.result)).toEqual(['dismissed', 'dismissed', 'event', 'event', 'event']);
    expect(await ask('GET', '/v1/quarantine/groups', admin)).toMatchObject({
      body: {
        groups: [
          { source: 'shop', format: 'app-log', code: 'bad_time', count: 3, open: 0 },
          { code: 'source_not_owned', count: 2, open: 0 },
        ],
      },
    });
  });

  it('counts lines by what became of them', async () => {
    await ask('POST', '/v1/capture-counts', shop, JSON.stringify({ format: 'app-log', events: 7, noise: { health: 3 }, id: 'one' }));
    await ask('POST', '/v1/capture-counts', shop, JSON.stringify({ format: 'app-log', events: 7, noise: { health: 3 }, id: 'one' }));
    // What the server refused is counted within a second, for the items themselves are kept or told of at once.
    await eventually(async () => {
      const row = (await coverage()).sources.find(({ name }) => name === 'shop');
      expect(row?.lines).toEqual({ events: 7, noise: { health: 3 }, folded: {}, quarantine: { bad_time: 3, source_not_owned: 2 } });
    });
  });
});
