import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { protobufFile } from '@daybook/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { bareHttp } from '../../../../test/support/bare-http.ts';
import { startWeb, type WebServer } from '../../../../test/support/web-server.ts';

let server: WebServer;
let auditor = '';
let producer = '';
beforeAll(async () => {
  server = await startWeb();
  auditor = await server.token('auditor', 'anna');
  producer = await server.token('producer', 'shop');
  for (let i = 0; i < 300; i++) await server.append('routine', { event_type: 'view', user_id: `U${i}` });
  await server.ledger.committed('routine', 300);
});
afterAll(async () => {
  await server.stop();
  server.remove();
});

/** Everything that answers without a token. A route is here because it reveals counts and states only. */
const PUBLIC = [
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
  '/settings/:page',
  '/console/:file',
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/schemas/event.json',
  '/schemas/daybook.proto',
  '/logs',
  '/logs/:log/checkpoint',
  '/logs/:log/tile/*',
];
/** Signing in is what one does without a credential; a webhook proves itself by its signature, or by a token that the route asks for itself. */
const PUBLIC_POSTS = ['/v1/session', '/v1/session/passkey', '/v1/session/passkey/options', '/v1/capture/webhooks/:name'];
const ALLOWED: Record<string, readonly string[]> = {
  'events:read': ['admin', 'auditor'],
  'entries:read': ['admin', 'auditor'],
  'access:read': ['admin', 'auditor'],
  'events:write': ['admin', 'producer'],
  admin: ['admin'],
  any: ['admin', 'auditor', 'producer'],
};

describe('permissions', () => {
  test('every route is public by the list or demands a token of a role that may', async () => {
    const tokens: Record<string, string> = { auditor, producer };
    const routes = server.base.routes.all();
    expect(routes.length).toBeGreaterThan(15);
    for (const route of routes) {
      const path = route.path.replace(':log', 'routine').replace(':idx', '0').replace('*', '000').replace(/:\w+/, 'f'.repeat(64));
      const ask = (headers: Record<string, string>) =>
        fetch(server.url + path, { method: route.method, headers, signal: AbortSignal.timeout(5000) });
      const what = `${route.method} ${route.path}`;
      const mayAll = (route.method === 'POST' ? PUBLIC_POSTS : PUBLIC).includes(route.path);
      expect([what, route.permission === 'public']).toEqual([what, mayAll]);
      if (mayAll) continue;
      const denied = [
        [(await ask({})).status, 401],
        [(await ask({ authorization: `Bearer dbk_${'A'.repeat(43)}` })).status, 401],
      ];
      for (const [role, token] of Object.entries(tokens)) {
        if (ALLOWED[route.permission]?.includes(role)) continue;
        denied.push([(await ask({ authorization: `Bearer ${token}` })).status, 403]);
      }
      expect([what, denied.map(([status]) => status)]).toEqual([what, denied.map(([, expected]) => expected)]);
    }
    expect((await server.get('/v1/whoami', '')).headers.get('www-authenticate')).toBe('Bearer realm="daybook"');
  });

  test('no path leads out of what is served', async () => {
    for (const up of [
      '..%2f..%2fpackage.json',
      '%2e%2e%2fpackage.json',
      '..%5c..%5cpackage.json',
      '%00',
      '%2fetc%2fpasswd',
      'index.html%00.js',
    ])
      for (const at of ['/console/', '/v1/blobs/', '/logs/routine/tile/', '/logs/routine/tile/entries/', '/logs/', '/v1/events/routine/'])
        expect([at + up, [400, 404].includes((await server.get(at + up)).status)]).toEqual([at + up, true]);
  });

  test('registering a route that does not say who may call it throws', () => {
    expect(() => bareHttp().get('/open', () => 'x')).toThrow(/config\.permission/);
  });

  test('Basic with the token as password, and the header of ClickHouse clients', async () => {
    const basic = Buffer.from(`anyone:${auditor}`).toString('base64');
    expect(await (await server.get('/v1/whoami', '', { authorization: `Basic ${basic}` })).json()).toMatchObject({
      name: 'anna',
      role: 'auditor',
    });
    expect((await server.get('/v1/whoami', '', { 'x-clickhouse-key': auditor })).status).toBe(200);
    expect((await server.get(`/v1/whoami?password=${auditor}`, '')).status).toBe(401);
    expect((await server.get('/v1/whoami', '', { authorization: `Basic ${Buffer.from('anyone:').toString('base64')}` })).status).toBe(401);
  });
});

describe('problems', () => {
  const f = async (method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) => {
    const answer = await fetch(server.url + path, {
      method,
      ...init,
      headers: { authorization: `Bearer ${server.admin}`, ...init.headers },
    });
    return { answer, body: await answer.json() };
  };
  const json = { 'content-type': 'application/json' };
  const cases: readonly (readonly [string, string, { body?: string; headers?: Record<string, string> }, number, string])[] = [
    ['GET', '/nowhere', {}, 404, 'not_found'],
    ['GET', '/v1/events/nosuch/0', {}, 404, 'not_found'],
    ['GET', '/v1/events/routine/300', {}, 404, 'not_found'],
    ['GET', '/v1/events/routine/-1', {}, 400, 'bad_request'],
    ['GET', '/v1/events/routine/01', {}, 400, 'bad_request'],
    ['GET', '/v1/blobs/xyz', {}, 400, 'bad_request'],
    ['GET', `/v1/blobs/${'0'.repeat(64)}`, {}, 404, 'not_found'],
    ['GET', '/v1/tail?nosuch=1', {}, 400, 'bad_request'],
    ['GET', '/readyz?query=2', {}, 400, 'bad_request'],
    ['GET', '/%ff', {}, 400, 'bad_request'],
    ['PUT', '/v1/tokens', {}, 405, 'method_not_allowed'],
    ['POST', '/v1/tokens', { body: '{', headers: json }, 400, 'bad_request'],
    ['POST', '/v1/tokens', { body: '{"name":"x","role":"king"}', headers: json }, 400, 'bad_request'],
    ['POST', '/v1/tokens', { body: '{"name":"x","role":"producer","admin":true}', headers: json }, 400, 'bad_request'],
    ['POST', '/v1/tokens', { body: '{"__proto__":{},"name":"x","role":"producer"}', headers: json }, 400, 'bad_request'],
    ['POST', '/v1/tokens', { body: `${'['.repeat(30_000)}${']'.repeat(30_000)}`, headers: json }, 400, 'bad_request'],
    ['POST', '/v1/tokens', { body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'media_type_unsupported'],
    ['POST', '/v1/tokens', { body: `{"name":"${'x'.repeat(70_000)}"}`, headers: json }, 413, 'body_too_large'],
    ['POST', '/v1/tokens', { body: '{"name":"shop","role":"producer"}', headers: json }, 409, 'conflict'],
    ['DELETE', '/v1/tokens/nosuch', {}, 404, 'not_found'],
  ]; // biome-ignore format: a table

  test.each(cases)('%s %s', async (method, path, init, status, code) => {
    const { answer, body } = await f(method, path, init);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{16}$/);
    expect([answer.status, body]).toEqual([status, expect.objectContaining({ type: `urn:daybook:error:${code}`, status, code })]);
    expect(body).toMatchObject({ title: expect.any(String), detail: expect.any(String), advice: expect.any(String) });
  });

  test.each([
    ['__proto__ as a key, however deep and however spelled', '{"name":[{"\\u005f_proto__":1}]}'],
    ['what follows the value', '{} {'],
  ])('%s makes a body no JSON', async (_name, body) => {
    expect((await f('POST', '/v1/tokens', { body, headers: json })).body).toMatchObject({
      code: 'bad_request',
      detail: 'The body is no JSON.',
    });
  });

  test('405 names the methods', async () => {
    const { answer } = await f('DELETE', '/healthz');
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  test.each([
    ['no HTTP at all', 'EHLO example\r\n\r\n', 'HTTP/1.1 400 '],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(40_000)}\r\n\r\n`, 'HTTP/1.1 431 '],
  ])('%s gets an answer and the socket is closed', async (_name, bytes, expected) => {
    const { port } = new URL(server.url);
    const text = await new Promise<string>((resolve, reject) => {
      let got = '';
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (part) => {
        got += part.toString('latin1');
      });
      socket.on('close', () => resolve(got));
      socket.on('error', reject);
    });
    expect(text.startsWith(expected)).toBe(true);
    expect(text).toContain('"advice"');
  });
});

describe('the logs as C2SP tlog-tiles', () => {
  test('their list names the verifier keys', async () => {
    const { logs } = (await (await server.get('/logs', '')).json()) as { logs: { log: string; verifier_key: string; size: number }[] };
    expect(logs.map((log) => log.log)).toEqual(['routine', 'important']);
    expect(logs[0]).toMatchObject({ origin: 'web.test/routine', size: 300, signed_size: 300, first_idx: 0 });
    expect(logs[0]?.verifier_key).toMatch(/^web\.test\/routine\+[0-9a-f]{8}\+/);
  });

  test('a checkpoint, full and partial tiles, and what is none', async () => {
    const checkpoint = await server.get('/logs/routine/checkpoint', '');
    expect(checkpoint.headers.get('content-type')).toMatch(/^text\/plain/);
    expect((await checkpoint.text()).split('\n').slice(0, 2)).toEqual(['web.test/routine', '300']);
    const full = await server.get('/logs/routine/tile/0/000', '');
    expect(full.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await full.arrayBuffer()).byteLength).toBe(256 * 32);
    expect((await (await server.get('/logs/routine/tile/0/001.p/44', '')).arrayBuffer()).byteLength).toBe(44 * 32);
    expect((await (await server.get('/logs/routine/tile/1/000.p/1', '')).arrayBuffer()).byteLength).toBe(32);
    for (const path of [
      '0/001',
      '0/001.p/45',
      '0/1',
      '0/x000/000',
      '64/000',
      '0/000.p/256',
      '0/000.p/0',
      '0/000.p/044',
      '00/000',
      '0/999',
      '-1/000',
      'data/000',
    ]) {
      expect([path, (await server.get(`/logs/routine/tile/${path}`, '')).status]).toEqual([path, 404]);
    }
  });

  test('entry bundles take a token, hash to the tile, and their reading is told once, then counted', async () => {
    expect((await server.get('/logs/routine/tile/entries/000', '')).status).toBe(401);
    const before = server.ledger.state('important').size;
    const answer = await server.get('/logs/routine/tile/entries/000', auditor);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const bundle = Buffer.from(await answer.arrayBuffer());
    const tile = Buffer.from(await (await server.get('/logs/routine/tile/0/000', '')).arrayBuffer());
    const length = bundle.readUInt16BE(0);
    const leaf = createHash('sha256')
      .update('\0')
      .update(bundle.subarray(2, 2 + length))
      .digest();
    expect(leaf.equals(tile.subarray(0, 32))).toBe(true);
    expect((await server.get('/logs/routine/tile/entries/001.p/44', auditor)).status).toBe(200);
    expect(server.ledger.state('important').size).toBe(before + 1);
    const told = JSON.parse((await server.ledger.entry('important', before)).toString()) as Record<string, unknown>;
    expect(told).toMatchObject({
      kind: 'daybook.read',
      event: { event_type: 'bundle.read', user_id: 'anna', resource: 'routine', action: 'export' },
    });
  });
});

describe('single events', () => {
  test('the entry comes as stored, and who read it is in the ledger before the answer', async () => {
    const before = server.ledger.state('important').size;
    const answer = await server.get('/v1/events/routine/7', auditor, { 'user-agent': 'test/1' });
    const text = await answer.text();
    const stored = await server.ledger.entry('routine', 7);
    expect(text).toContain(stored.toString());
    const leaf = createHash('sha256').update('\0').update(stored).digest('base64');
    expect(JSON.parse(text)).toMatchObject({ log: 'routine', idx: 7, leaf_hash: leaf, entry: { event: { user_id: 'U7' } } });
    expect(server.ledger.state('important').size).toBe(before + 1);
    const told = JSON.parse((await server.ledger.entry('important', before)).toString()) as Record<string, unknown>;
    expect(told).toMatchObject({
      kind: 'daybook.read',
      event: {
        event_type: 'event.view',
        user_id: 'anna',
        resource: 'routine/7',
        ip_address: '127.0.0.1',
        category: 'audit',
        user_agent: 'test/1',
        outcome: 'success',
      },
    });
  });

  test('a proof is text, and also for an entry that no checkpoint covers yet', async () => {
    await server.append('routine', { event_type: 'view', user_id: 'new' });
    const { size } = server.ledger.state('routine');
    const answer = await server.get(`/v1/events/routine/${size - 1}/proof`, auditor);
    const text = await answer.text();
    expect([answer.headers.get('content-type'), text]).toEqual([expect.stringMatching(/^text\/plain/), text]);
    expect(text).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
    expect(text).toContain(`index ${size - 1}\n`);
  });

  test('a blob, whose name is its hash', async () => {
    const name = await server.ledger.putBlob(Buffer.from('a very long query'));
    const bytes = Buffer.from(await (await server.get(`/v1/blobs/${name}`, auditor)).arrayBuffer());
    expect(bytes.toString()).toContain('a very long query');
  });
});

describe('status', () => {
  test('ready once the engine was up; strict means now', async () => {
    const status = async (path: string) => {
      const answer = await server.get(path, '');
      return [answer.status, ((await answer.json()) as { status: string }).status];
    };
    Object.assign(server.engine, { wasUp: false, up: false });
    expect(await status('/readyz')).toEqual([503, 'unready']);
    Object.assign(server.engine, { wasUp: true, up: true });
    expect(await status('/readyz?query=1')).toEqual([200, 'ready']);
    Object.assign(server.engine, { wasUp: true, up: false });
    expect(await status('/readyz')).toEqual([200, 'degraded']);
    expect(await status('/readyz?query=1')).toEqual([503, 'unready']);
    Object.assign(server.engine, { wasUp: true, up: true });
    expect((await fetch(`${server.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });

  test('metrics are OpenMetrics and have no label out of a request', async () => {
    await server.get('/v1/events/routine/secret-in-the-path', 'wrong');
    const answer = await server.get('/metrics', '');
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = await answer.text();
    expect(text.endsWith('# EOF\n')).toBe(true);
    expect(text).toContain('route="/v1/events/:log/:idx"');
    expect(text).not.toContain('secret-in-the-path');
  });

  test('openapi.json describes every route, with parameters and answers', async () => {
    const document = (await (await server.get('/openapi.json', '')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    expect(document.openapi).toBe('3.1.0');
    const ids = new Set<unknown>();
    for (const route of server.base.routes.all().filter((r) => r.method !== 'HEAD')) {
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}').replace('*', '{path}');
      const operation = document.paths[path]?.[route.method.toLowerCase()];
      expect([route.method, path, operation]).toEqual([
        route.method,
        path,
        expect.objectContaining({ summary: expect.any(String), tags: expect.any(Array) }),
      ]);
      const responses = Object.keys(operation?.['responses'] ?? {});
      expect(responses).toContain('default');
      expect(responses.length).toBeGreaterThan(1);
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        expect(operation?.['parameters']).toContainEqual(expect.objectContaining({ name, in: 'path', required: true }));
      }
      ids.add(operation?.['operationId']);
    }
    expect(ids.size).toBe(server.base.routes.all().filter((r) => r.method !== 'HEAD').length);
  });
});

describe('what an event is', () => {
  test('is told as a JSON Schema, which is also in openapi.json', async () => {
    const answer = await server.get('/schemas/event.json', '');
    expect(answer.headers.get('content-type')).toBe('application/schema+json; charset=utf-8');
    const valid = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false, strictRequired: false }).compile(
      (await answer.json()) as object,
    );
    const document = (await (await server.get('/openapi.json', '')).json()) as object;
    const inside = new Ajv2020({ strict: false }).addSchema(document, 'openapi').getSchema('openapi#/components/schemas/Event');
    for (const [event, wanted] of [
      [{ userId: 'u', eventType: 'x' }, true],
      [{ user_id: {} }, false],
    ])
      expect([valid(event), inside?.(event)]).toEqual([wanted, wanted]);
  });

  test('is told as a file for protoc', async () => {
    const answer = await server.get('/schemas/daybook.proto', '');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe(protobufFile());
  });
});

describe('long work is told line by line', () => {
  const lines = async (answer: Response) =>
    (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  test('findings of the index', async () => {
    server.engine.findings = [{ code: 'index_row_differs', log: 'routine', firstIdx: 3, lastIdx: 4, message: 'changed' }];
    const answer = await fetch(`${server.url}/v1/verify/index`, { method: 'POST', headers: { authorization: `Bearer ${auditor}` } });
    const told = await lines(answer);
    expect(told).toContainEqual({ finding: { code: 'index_row_differs', log: 'routine', first_idx: 3, last_idx: 4, message: 'changed' } });
    expect(told.at(-1)).toEqual({ end: { findings: 1 } });
  });

  test('a second caller attaches to the reindexing that runs', async () => {
    let finish: () => void = () => undefined;
    server.engine.reindexing = new Promise((resolve) => {
      finish = resolve;
    });
    const ask = () => fetch(`${server.url}/v1/reindex`, { method: 'POST', headers: { authorization: `Bearer ${server.admin}` } });
    const [first, second] = await Promise.all([ask(), ask()]);
    finish();
    for (const answer of [first, second]) {
      const told = await lines(answer);
      expect(told.slice(-2)).toEqual([{ progress: { done: 2, total: 2 } }, { end: { findings: 0 } }]);
    }
  });
});
