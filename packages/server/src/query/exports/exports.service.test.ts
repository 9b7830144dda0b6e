import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningServer, serve } from '../../main.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ADMIN = 'dbk_exports-of-events-in-a-test-00000000000';
const ASKED = { q: 'kind:event', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
const EVENTS = 120;

let dir: string;
let server: RunningServer;

const start = () =>
  serve({
    flags: { data: path.join(dir, 'data'), listen: '127.0.0.1:0', 'admin-token': ADMIN, 'log-level': 'silent' },
    env: {},
    cwd: dir,
  });

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'daybook-exports-'));
  server = await start();
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    timestamp: new Date(Date.UTC(2026, 0, 1) + i * 600_000).toISOString(),
    user_id: 'ann',
    action: 'read',
    resource: i === 7 ? '=1+1' : `/customers/${i}`,
    source: i % 2 === 0 ? 'shop' : 'hr',
    query_text: `SELECT "secret_${i}"\nFROM t`,
  }));
  await ask('/v1/events', ADMIN, { method: 'POST', body: JSON.stringify(events) });
  await queryable();
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

async function queryable(): Promise<void> {
  const found = async () =>
    (await (await ask(`/v1/events?${new URLSearchParams({ ...ASKED, limit: '1000' })}`)).text()).includes('secret_119');
  await vi.waitUntil(found, { timeout: 30_000, interval: 50 });
}

function ask(at: string, token = ADMIN, init: RequestInit = {}): Promise<Response> {
  return fetch(server.url + at, { ...init, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } });
}

type Answer = Readonly<Record<string, unknown>>;

async function json(at: string, token?: string, init?: RequestInit): Promise<Answer> {
  return parseJson(await (await ask(at, token, init)).text()) as Answer;
}

const post = (body: object, token?: string) => json('/v1/exports', token, { method: 'POST', body: JSON.stringify({ ...ASKED, ...body }) });

/** Asks for an export and waits for its end. */
async function made(body: object, token?: string): Promise<Answer> {
  const { id } = await post(body, token);
  return vi.waitUntil(
    async () => {
      const job = await json(`/v1/exports/${String(id)}`, token);
      return job['state'] === 'running' ? undefined : job;
    },
    { timeout: 30_000, interval: 20 },
  );
}

async function newToken(body: object): Promise<{ readonly id: string; readonly token: string }> {
  return (await json('/v1/tokens', ADMIN, { method: 'POST', body: JSON.stringify(body) })) as unknown as { id: string; token: string };
}

test.each(['csv', 'ndjson', 'parquet'])('%s in the background is what the stream sends, counted beforehand', async (format) => {
  const columns = ['timestamp', 'resource', 'query_text'];
  const job = await made({ format, columns });
  const query = new URLSearchParams({ ...ASKED, format });
  for (const column of columns) query.append('column', column);
  const streamed = await ask(`/v1/events/export?${query}`);
  const wanted = Buffer.from(await streamed.arrayBuffer());
  expect(job).toMatchObject({ state: 'done', rows: EVENTS, total: EVENTS, bytes: wanted.length, format, columns, error: null });
  const file = await ask(`/v1/exports/${String(job['id'])}/file`);
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'content-length': String(wanted.length),
    'content-disposition': `attachment; filename="daybook-events-2026-01-01.${format}"`,
  });
  expect(Buffer.from(await file.arrayBuffer()).equals(wanted)).toBe(true);
  const on = path.join(dir, 'data', 'exports');
  const modes = [on, path.join(on, `${String(job['id'])}.${format}`)].map(async (one) => (await stat(one)).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o700, 0o600]);
  expect((await json(`/v1/exports/${String(job['id'])}`, ADMIN, { method: 'DELETE' }))['state']).toBe('done');
  expect((await ask(`/v1/exports/${String(job['id'])}`)).status).toBe(404);
});

test('it is on record who asked, how it ended, each download, and who removed it', async () => {
  const { token } = await newToken({ name: 'recorded', role: 'auditor' });
  const { id, bytes } = await made({ format: 'ndjson' }, token);
  const query = new URLSearchParams({ q: 'kind:daybook.read user_id:recorded', from: '2020-01-01', to: '2200-01-01', limit: '100' });
  const recorded = (count: number) =>
    vi.waitUntil(
      async () => {
        const { events } = (await json(`/v1/events?${query}`)) as { events: readonly Answer[] };
        return events.length === count ? events : undefined;
      },
      { timeout: 30_000, interval: 100 },
    );
  await (await ask(`/v1/exports/${String(id)}/file`, token)).arrayBuffer();
  // How a download ended is on record when the server has closed it, which is after its last byte arrived.
  await recorded(4);
  await ask(`/v1/exports/${String(id)}`, token, { method: 'DELETE' });
  const entries = await recorded(5);
  const told = entries.toReversed();
  expect(told.map(({ event_type, action, method }) => [event_type, action, method])).toEqual([
    ['events.export', 'export', 'POST'],
    ['events.export.result', 'export', 'POST'],
    ['events.export.download', 'export', 'GET'],
    ['events.export.download.result', 'export', 'GET'],
    ['events.export.remove', 'delete', 'DELETE'],
  ]);
  expect(told.every((event) => (event['attributes'] as Answer)['export'] === id)).toBe(true);
  expect(told[0]).toMatchObject({ query_text: expect.stringContaining('kind:event') });
  expect(told[1]).toMatchObject({ outcome: 'success', row_count: EVENTS, bytes_out: bytes });
  expect(told[3]).toMatchObject({ outcome: 'success', bytes_out: bytes });
  expect(told[4]).toMatchObject({ outcome: 'success', query_text: expect.stringContaining('kind:event') });
});

test('who has a scope gets their part, without what is masked, and no question about it', async () => {
  const { token } = await newToken({ name: 'viewer', role: 'viewer', sources: ['shop'], masks: ['query_text'] });
  const job = await made({ q: '', format: 'csv' }, token);
  expect(job).toMatchObject({ state: 'done', rows: 60, total: 60 });
  expect(await (await ask(`/v1/exports/${String(job['id'])}/file`, token)).text()).not.toMatch(/secret_|"hr"/);
  expect((await post({ format: 'csv', q: 'query_text:*' }, token))['code']).toBe('forbidden');
  expect((await post({ format: 'csv', columns: ['query_text'] }, token))['code']).toBe('bad_request');
});

test.each([
  [{ format: 'xls' }, 'format'],
  [{ format: 'csv', columns: ['no_such'] }, 'columns'],
  [{ format: 'csv', from: 'soon' }, 'from'],
  [{ format: 'csv', more: 1 }, 'more'],
  [{ format: 'csv', q: 'outcome:nobody' }, 'outcome'],
])('%j is refused', async (body, field) => {
  const answer = await ask('/v1/exports', ADMIN, { method: 'POST', body: JSON.stringify({ ...ASKED, ...body }) });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(parseJson(await answer.text())).toMatchObject({ code: 'bad_request', field });
});

test('a token sees its own only; who lost the right has nothing any more', async () => {
  const one = await newToken({ name: 'one', role: 'auditor' });
  const two = await newToken({ name: 'two', role: 'auditor' });
  const { id } = await made({ format: 'csv' }, one.token);
  for (const at of [`/v1/exports/${String(id)}`, `/v1/exports/${String(id)}/file`]) expect((await ask(at, two.token)).status).toBe(404);
  expect((await ask(`/v1/exports/${String(id)}`, ADMIN, { method: 'DELETE' })).status).toBe(404);
  expect(await json('/v1/exports', two.token)).toEqual({ exports: [] });
  await ask(`/v1/tokens/${one.id}`, ADMIN, { method: 'DELETE' });
  expect((await ask(`/v1/exports/${String(id)}/file`, one.token)).status).toBe(401);
});

test('a role that changes after the making closes the file', async () => {
  const { id: roleId } = await json('/v1/roles', ADMIN, {
    method: 'POST',
    body: JSON.stringify({ name: 'reader', permissions: ['events:read'] }),
  });
  const { token } = await newToken({ name: 'changing', role: 'reader' });
  const { id } = await made({ format: 'csv' }, token);
  expect((await ask(`/v1/exports/${String(id)}/file`, token)).status).toBe(200);
  const changed = await ask(`/v1/roles/${String(roleId)}`, ADMIN, { method: 'PATCH', body: JSON.stringify({ masks: ['query_text'] }) });
  expect(changed.status).toBe(200);
  const refused = await ask(`/v1/exports/${String(id)}/file`, token);
  expect([refused.status, parseJson(await refused.text())]).toEqual([
    410,
    expect.objectContaining({ code: 'export_outdated', advice: 'Make it anew.' }),
  ]);
});

/** A person's browser, signed in by a link. */
async function signedIn(link: string): Promise<(at: string, init?: RequestInit, token?: string) => Promise<Response>> {
  const body = JSON.stringify({ link: link.split('#link=')[1] });
  const answer = await fetch(`${server.url}/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const { csrf } = parseJson(await answer.text()) as { csrf: string };
  return (at, init = {}, token = csrf) =>
    fetch(server.url + at, { ...init, headers: { cookie, 'x-csrf-token': token, 'content-type': 'application/json' } });
}

test('a person has them in each session, until their roles change or their account is disabled', async () => {
  const user = await json('/v1/users', ADMIN, { method: 'POST', body: JSON.stringify({ name: 'eva', roles: ['auditor'] }) });
  const first = await signedIn(String((user['invitation'] as Answer)['link']));
  const init = { method: 'POST', body: JSON.stringify({ ...ASKED, format: 'csv' }) };
  expect((await first('/v1/exports', init, 'forged')).status).toBe(403);
  const { id } = parseJson(await (await first('/v1/exports', init)).text()) as Answer;
  const again = async () => {
    const { link } = await json(`/v1/users/${String(user['id'])}/invitation`, ADMIN, { method: 'POST' });
    return signedIn(String(link));
  };
  const file = `/v1/exports/${String(id)}/file`;
  const second = await again();
  await vi.waitUntil(async () => (await second(file)).status === 200, { timeout: 30_000, interval: 20 });
  const change = (body: object) => ask(`/v1/users/${String(user['id'])}`, ADMIN, { method: 'PATCH', body: JSON.stringify(body) });
  expect((await change({ roles: ['viewer'], scope: { source: ['shop'] } })).status).toBe(200);
  const third = await again();
  expect((await third(file)).status).toBe(410);
  expect(await (await third('/v1/exports')).text()).toContain('"state":"failed"');
  expect((await change({ disabled: true })).status).toBe(200);
  expect((await third(file)).status).toBe(401);
});

test('every route of it is in the OpenAPI document, for who reads events', async () => {
  const { paths } = (await json('/openapi.json')) as { paths: Record<string, Record<string, Answer>> };
  const found = Object.entries(paths).flatMap(([at, operations]) =>
    at.startsWith('/v1/exports') ? Object.entries(operations).map(([method, operation]) => [method, at, operation['x-permission']]) : [],
  );
  expect(found).toEqual([
    ['post', '/v1/exports', 'events:read'],
    ['get', '/v1/exports', 'events:read'],
    ['get', '/v1/exports/{id}', 'events:read'],
    ['delete', '/v1/exports/{id}', 'events:read'],
    ['get', '/v1/exports/{id}/file', 'events:read'],
  ]);
});

test('a restart leaves none', async () => {
  const { id } = await made({ format: 'csv' });
  await server.stop();
  server = await start();
  await queryable();
  expect(await readdir(path.join(dir, 'data', 'exports'))).toEqual([]);
  expect(await json('/v1/exports')).toEqual({ exports: [] });
  expect((await json(`/v1/exports/${String(id)}`))['detail']).toContain('restart');
});
