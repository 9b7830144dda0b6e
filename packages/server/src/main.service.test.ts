import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ProcessEnd } from './base/process-end.ts';
import { localCredentialsFile, type RunningServer, serve } from './main.ts';

let dir = '';
let server: RunningServer;
let admin = '';

const end: ProcessEnd = {
  say: () => undefined,
  exit(code) {
    throw new Error(`the process would end with ${code}`);
  },
  onStopSignal: () => () => undefined,
};

function start(env: Record<string, string> = {}): Promise<RunningServer> {
  const given = { DAYBOOK_LISTEN: '127.0.0.1:0', DAYBOOK_ORIGIN: 'whole.test', DAYBOOK_LOG_LEVEL: 'silent', ...env };
  return serve({ flags: { data: path.join(dir, 'data') }, env: given, cwd: dir, end });
}

/** The engine is a process that has to start: half a minute is long for it. */
function ready(): Promise<void> {
  return vi.waitFor(
    async () => {
      const { status } = await fetch(`${server.url}/readyz`);
      if (status !== 200) throw new Error(`not ready: ${status}`);
    },
    { timeout: 60_000, interval: 200 },
  );
}

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-whole-'));
  server = await start();
  admin = server.adminToken ?? '';
  await ready();
}, 90_000);
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

function ask(method: string, at: string, token: string | undefined, body?: string, type = 'application/json'): Promise<Response> {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': type }),
  };
  return fetch(server.url + at, { method, headers, ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(20_000) });
}

async function newToken(role: string, name: string): Promise<string> {
  const answer = await ask('POST', '/v1/tokens', admin, JSON.stringify({ role, name }));
  return ((await answer.json()) as { token: string }).token;
}

interface Operation {
  readonly 'x-permission': string;
  readonly summary?: string;
  readonly responses: Record<string, unknown>;
}

async function operations(): Promise<[string, string, Operation][]> {
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([at, methods]) =>
    Object.entries(methods).map(([method, op]): [string, string, Operation] => [method.toUpperCase(), at, op]),
  );
}

describe('the whole server', () => {
  test('every operation of every stage is public by this list or refuses who may not', async () => {
    const publicPaths = [
      '/',
      '/search',
      '/person',
      '/resource',
      '/address',
      '/embed',
      '/embed.js',
      '/live',
      '/query',
      '/coverage',
      '/quarantine',
      '/evidence',
      '/integrity',
      '/sign-in',
      '/settings',
      '/settings/{page}',
      '/console/{file}',
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/schemas/event.json',
      '/schemas/daybook.proto',
      '/logs',
      '/logs/{log}/checkpoint',
      '/logs/{log}/tile/{path}',
      '/ping',
      '/sql/ping',
    ];
    /** Signing in is what one does without a credential; a webhook proves itself by its signature, or by a token that the route asks for itself. */
    const publicPosts = ['/v1/session', '/v1/session/passkey', '/v1/session/passkey/options', '/v1/capture/webhooks/{name}'];
    const may: Record<string, readonly string[]> = {
      'events:read': ['auditor'],
      'entries:read': ['auditor'],
      'access:read': ['auditor'],
      'events:write': ['producer'],
      admin: [],
      any: ['auditor', 'producer'],
    };
    const tokens = { auditor: await newToken('auditor', 'matrix-auditor'), producer: await newToken('producer', 'matrix-producer') };
    const all = await operations();
    const described = all.map(([method, at]) => `${method} ${at}`);
    for (const needed of ['POST /v1/events', 'GET /v1/events', 'GET /sql', 'POST /sql', 'GET /v1/tail', 'POST /v1/reindex'])
      expect(described).toContain(needed);
    for (const [method, at, operation] of all) {
      const what = `${method} ${at}`;
      const isPublic = operation['x-permission'] === 'public';
      expect([what, isPublic]).toEqual([
        what,
        (method === 'GET' && publicPaths.includes(at)) || (method === 'POST' && publicPosts.includes(at)),
      ]);
      if (isPublic) continue;
      const target = at
        .replace('{log}', 'routine')
        .replace('{idx}', '0')
        .replace('{path}', '000')
        .replace(/\{\w+\}/, 'f'.repeat(64));
      const body = method === 'POST' ? '{}' : undefined;
      expect([what, (await ask(method, target, undefined, body)).status]).toEqual([what, 401]);
      for (const [role, token] of Object.entries(tokens)) {
        if (may[operation['x-permission']]?.includes(role)) continue;
        expect([what, role, (await ask(method, target, token, body)).status]).toEqual([what, role, 403]);
      }
    }
  }, 60_000);

  test('openapi.json tells of every operation what it does and answers', async () => {
    for (const [method, at, operation] of await operations()) {
      const what = `${method} ${at}`;
      expect([what, operation.summary]).toEqual([what, expect.any(String)]);
      expect([what, Object.keys(operation.responses).length > 1]).toEqual([what, true]);
    }
  });

  test('the two example events, kept, found by the query of the design, proven', async () => {
    const examples = [
      '{"timestamp":"2023-11-04T12:34:56Z","userId":"user_12345","eventType":"update","resource":"document_56789","ipAddress":"192.168.0.1"}',
      '{"timestamp":"2023-10-21T15:32:00Z","user_id":"U12345","resource_accessed":"/secure-data","result":"success","ip_address":"192.168.1.10"}',
    ];
    const kept = await ask('POST', '/v1/events?wait=committed', await newToken('producer', 'app'), `[${examples.join(',')}]`);
    const reply = (await kept.json()) as { receipts: { log: string; first_idx: number }[]; checkpoints?: Record<string, string> };
    expect([kept.status, reply]).toMatchObject([200, { accepted: 2, rejected: [], duplicates: [] }]);
    expect(Object.keys(reply.checkpoints ?? {})).toEqual(reply.receipts.map((receipt) => receipt.log));
    const query = "SELECT * FROM access_logs WHERE user_id = 'U12345' AND timestamp > '2023-10-01'";
    const answer = async () => {
      const text = await (await ask('POST', '/sql', admin, `${query} FORMAT JSONEachRow`, 'text/plain')).text();
      return text
        .trim()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    await expect.poll(answer, { timeout: 20_000 }).toHaveLength(1);
    expect((await answer())[0]).toMatchObject({ resource: '/secure-data', outcome: 'success', action: 'access', source: 'app' });
    const [receipt] = reply.receipts;
    const proof = await ask('GET', `/v1/events/${receipt?.log}/${receipt?.first_idx}/proof`, admin);
    expect(await proof.text()).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  }, 60_000);

  test('who is beside the server needs no token', async () => {
    const file = localCredentialsFile(server.dataDir);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const local = JSON.parse(readFileSync(file, 'utf8')) as { url: string; token: string };
    expect(local.url).toBe(server.url);
    expect(await (await ask('GET', '/v1/whoami', local.token)).json()).toMatchObject({ name: 'local', role: 'admin' });
  });

  test('a second server on the same data is refused, and the first goes on', async () => {
    await expect(start()).rejects.toThrow(/another Daybook/);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(existsSync(localCredentialsFile(server.dataDir))).toBe(true);
  });

  test('stops cleanly and starts again with everything there', async () => {
    await server.stop();
    expect(await server.ended).toBe(0);
    expect(existsSync(localCredentialsFile(server.dataDir))).toBe(false);
    server = await start();
    expect(server.adminToken).toBeUndefined();
    expect((await ask('GET', '/v1/whoami', admin)).status).toBe(200);
    const text = await (await ask('GET', '/v1/verify/control', admin)).text();
    expect(text.trim().split('\n').at(-1)).toBe('{"end":{"findings":0}}');
    await ready();
  }, 90_000);
});

test('a bad setting stops the start before anything is made', async () => {
  const empty = mkdtempSync(path.join(os.tmpdir(), 'daybook-bad-'));
  const started = serve({ flags: { data: path.join(empty, 'data'), listen: 'nowhere' }, env: {}, cwd: empty, end });
  await expect(started).rejects.toMatchObject({ code: 'bad_setting', message: expect.stringContaining('--listen must be') });
  expect(existsSync(path.join(empty, 'data'))).toBe(false);
  rmSync(empty, { recursive: true, force: true });
});
