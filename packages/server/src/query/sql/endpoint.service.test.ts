import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DaybookError } from '@daybook/protocol';
import fastify, { type FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenPrincipal } from '../../base/control/tokens.ts';
import { builtInRole } from '../../base/policy.ts';
import type { Door } from '../../base/types.ts';
import type { SqlEngine } from './deps.ts';
import { createSqlEndpoint } from './endpoint.ts';
import { openSandbox, type Sandbox } from '../../../../../test/support/sql-sandbox.ts';

/** The endpoint on a real socket, before a real engine; the ledger is a list. */
let sandbox: Sandbox;
let app: FastifyInstance;
let url: string;
let records: Record<string, unknown>[] = [];
let logged: string[] = [];
let recordFails: Error | undefined;
/** Replaces the engine for a test. */
let engine: SqlEngine | undefined;
const stopping = new AbortController();

const access: Door = {
  stillHolds: () => true,
  entered: () => undefined,
  allowedFrom: () => true,
  require(request) {
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const password = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString().split(':')[1];
    const secret = password ?? /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? request.headers['x-clickhouse-key'];
    if (secret === 'reader')
      return tokenPrincipal({ tokenId: 'tok_1', name: 'auditor-1', role: 'auditor', sources: null, tenants: null }, builtInRole);
    throw new DaybookError(secret === 'writer' ? 'forbidden' : 'unauthenticated');
  },
};

beforeAll(async () => {
  sandbox = await openSandbox();
  app = fastify();
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.permission !== 'public') access.require(request, 'events:read');
  });
  await createSqlEndpoint({
    http: app,
    access,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    metrics: new Registry(),
    clock: { nowMicros: () => 0, monotonicMs: () => performance.now() },
    stopping: stopping.signal,
    repeats: () => false,
    scopedEvents: () => Promise.reject(new Error('nobody has a scope here')),
    engine: { read: (sql, options) => (engine ?? sandbox).read(sql, options) },
    record: async (kind, event) => {
      if (recordFails !== undefined) throw recordFails;
      records.push({ kind, ...event });
    },
    redact: (text) => text.replaceAll('4111111111111111', '[card]'),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await app.close();
  sandbox.close();
});

beforeEach(() => {
  logged = [];
  records = [];
  recordFails = undefined;
  engine = undefined;
});

const AUTH = { authorization: 'Bearer reader' };

async function post(
  query: string,
  search = '',
  headers: Record<string, string> = AUTH,
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${url}/sql${search}`, { method: 'POST', body: query, headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

async function get(search: string, headers: Record<string, string> = AUTH): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(`${url}${search}`, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const condition = (holds: () => boolean): Promise<void> => vi.waitFor(() => expect(holds()).toBe(true), { timeout: 10_000, interval: 5 });

describe('a query', () => {
  it('stands in the body, in the URL, or begins there and goes on in the body', async () => {
    expect((await post('SELECT 1')).text).toBe('1\n');
    expect((await get('/sql?query=SELECT%202')).text).toBe('2\n');
    expect((await post('3', '?query=SELECT')).text).toBe('3\n');
    expect((await post('SELECT 4', '/')).text).toBe('4\n');
    expect(await (await fetch(`${url}/`, { method: 'POST', body: 'SELECT 5', headers: AUTH })).text()).toBe('5\n');
  });

  it('takes its format from FORMAT, then from default_format or X-ClickHouse-Format', async () => {
    expect((await post('SELECT 1 AS a FORMAT JSONEachRow', '?default_format=CSV')).text).toBe('{"a":1}\n');
    const csv = await post("SELECT 1 AS a, 'x' AS b", '?default_format=CSVWithNames');
    expect(csv.text).toBe('"a","b"\n1,"x"\n');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect((await post('SELECT 1 AS a', '', { ...AUTH, 'x-clickhouse-format': 'JSONEachRow' })).text).toBe('{"a":1}\n');
    expect((await post('SELECT 1', '?default_format=Template')).text).toContain('Code: 73.');
  });

  it('comes with the headers of ClickHouse', async () => {
    const { headers, status } = await post('SELECT 1 FORMAT JSON', '?query_id=my-1');
    expect(status).toBe(200);
    expect(headers.get('x-clickhouse-query-id')).toBe('my-1');
    expect(headers.get('x-clickhouse-format')).toBe('JSON');
    expect(headers.get('x-clickhouse-timezone')).toMatch(/UTC|\//);
    expect(JSON.parse(headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ written_rows: '0' });
    expect(headers.get('content-type')).toBe('application/json; charset=UTF-8');
  });

  it('takes parameters as literals', async () => {
    expect(
      (await post('SELECT {n:UInt8} + 1, {s:String}, {a:Array(String)}', "?param_n=4&param_s=it's\\ta&param_a=['x','y\\'z']")).text,
    ).toBe("5\tit\\'s\\ta\t['x','y\\'z']\n");
    expect((await post('SELECT {x:Nullable(String)} IS NULL', '?param_x=\\N')).text).toBe('1\n');
    expect((await post('SELECT count() FROM access_logs WHERE user_id = {u:String}', "?param_u=x' OR 1 --")).text).toBe('0\n');
    expect((await post('SELECT {missing:String}')).text).toContain('param_missing');
  });

  it('keeps any bytes of a string', async () => {
    expect((await post("SELECT hex(x'ff00e9'), 'é', '😀', hex('\\xff')")).text).toBe('FF00E9\té\t😀\tFF\n');
  });

  it('may come and go as gzip', async () => {
    const response = await fetch(`${url}/sql`, {
      method: 'POST',
      body: gzipSync('SELECT 7'),
      headers: { ...AUTH, 'content-encoding': 'gzip' },
    });
    expect(await response.text()).toBe('7\n');
    const raw = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const search = `query=${encodeURIComponent('SELECT number FROM numbers(50000)')}&enable_http_compression=1`;
      http.get(`${url}/sql?${search}`, { headers: { ...AUTH, 'accept-encoding': 'deflate, gzip' } }, (reply) => {
        reply.toArray().then((chunks) => resolve({ encoding: reply.headers['content-encoding'], body: Buffer.concat(chunks) }), reject);
      });
    });
    expect(raw.encoding).toBe('gzip');
    expect(gunzipSync(raw.body).toString().split('\n')).toHaveLength(50_001);
    const bomb = await fetch(`${url}/sql`, {
      method: 'POST',
      body: gzipSync(Buffer.alloc(50_000_000, ' ')),
      headers: { ...AUTH, 'content-encoding': 'gzip' },
    });
    expect(bomb.status).toBe(413);
  });

  it('knows the name of the token, and one database', async () => {
    expect((await post('SELECT currentUser(), currentDatabase()', '?database=default')).text).toBe('auditor-1\tdefault\n');
    expect((await post('SELECT 1', '?database=system')).status).toBe(404);
  });

  it('that sets what has no meaning here is answered with nothing', async () => {
    expect(await post('SET max_threads = 4')).toMatchObject({ status: 200, text: '' });
    expect(await post('USE default')).toMatchObject({ status: 200, text: '' });
  });
});

describe('who may ask', () => {
  it('says it by Bearer, Basic or X-ClickHouse-Key', async () => {
    expect((await post('SELECT 1', '', { 'x-clickhouse-user': 'any', 'x-clickhouse-key': 'reader' })).text).toBe('1\n');
    expect((await post('SELECT 1', '', { authorization: `Basic ${Buffer.from('any:reader').toString('base64')}` })).text).toBe('1\n');
  });

  it('is refused in the words of ClickHouse otherwise', async () => {
    const nobody = await post('SELECT 1', '', {});
    expect(nobody).toMatchObject({ status: 401 });
    expect(nobody.headers.get('x-clickhouse-exception-code')).toBe('516');
    expect((await post('SELECT 1', '', { authorization: 'Bearer writer' })).status).toBe(403);
    expect((await get('/sql?query=SELECT%201&user=a&password=reader', AUTH)).text).toContain('do not belong into a URL');
  });

  it('need not be known to ask whether the server is there', async () => {
    expect((await get('/ping', {})).text).toBe('Ok.\n');
    expect((await get('/sql/ping', {})).text).toBe('Ok.\n');
    expect((await get('/sql')).text).toBe('Ok.\n');
  });
});

describe('what fails', () => {
  it('in the text comes with the position, status 400', async () => {
    const answer = await post('SELECT * FROM access_logs WHERE (user_id = 1 2)');
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^Code: 62\. DB::Exception: Syntax error: failed at position 46 \(2\)/);
    expect(answer.text).not.toContain('unhex');
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('62');
    // To the engine's parser AND can be the name of a column.
    expect(await post('SELECT * FROM access_logs WHERE AND')).toMatchObject({ status: 400, text: expect.stringContaining('AND') });
  });

  it('in the names comes with the message of the engine', async () => {
    const answer = await post('SELECT no_such_column FROM access_logs');
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('no_such_column') });
    expect(answer.headers.get('x-clickhouse-exception-code')).toBe('47');
  });

  it('for want of a right says what is possible', async () => {
    expect(await post("INSERT INTO access_logs (user_id) VALUES ('x')")).toMatchObject({
      status: 403,
      text: expect.stringContaining('read-only'),
    });
    expect(await post("SELECT file('/etc/passwd')")).toMatchObject({ status: 403, text: expect.stringContaining('Code: 497.') });
    expect(await post('SELECT * FROM secret.t')).toMatchObject({ status: 404, text: expect.stringContaining('Code: 60.') });
  });

  it('for a limit names it and says how to raise it', async () => {
    const rows = await post('SELECT number FROM numbers(100)', '?max_result_rows=10');
    expect(rows.text).toMatch(/Code: 396\..*max_result_rows: 1000000 unless .*max_result_rows=N, at most 100000000/s);
    const time = await post('SELECT sum(sipHash64(number)) FROM numbers(100000000000)', '?max_execution_time=1');
    expect(time.text).toMatch(/Code: 159\..*max_execution_time=N, at most 600/s);
    const memory = await post('SELECT groupArray(repeat(toString(number), 100)) FROM numbers(10000000)', '?max_memory_usage=20000000');
    expect(memory.text).toMatch(/Code: 241\..*max_memory_usage=N/s);
    expect(rows.status).toBe(400);
  });

  it('for a setting names it', async () => {
    expect((await post('SELECT 1', '?additional_table_filters=x')).text).toContain('Code: 115.');
    expect((await post('SELECT 1', '?max_result_rows=many')).text).toContain('Code: 36.');
    expect((await post('SELECT 1', '?send_progress_in_http_headers=1&wait_end_of_query=1&session_id=a&max_block_size=1')).text).toBe('1\n');
  });

  it('for a text that is none says so', async () => {
    const response = await fetch(`${url}/sql`, { method: 'POST', body: Buffer.from([0x53, 0xff]), headers: AUTH });
    expect(response.status).toBe(400);
    expect((await post(`SELECT '${'a'.repeat(130_000)}'`)).status).toBe(413);
    expect((await post(`SELECT '${'a'.repeat(300_000)}'`)).status).toBe(413);
    expect((await post('   ')).status).toBe(400);
  });

  it('while the engine is away answers 503', async () => {
    engine = { read: () => Promise.reject(new Error('connect ECONNREFUSED')) };
    const answer = await post('SELECT 1');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.text).not.toContain('ECONNREFUSED');
    expect(logged.join('')).toContain('ECONNREFUSED');
  });
});

describe('the ledger', () => {
  it('has who asked what before the first row, and how it ended', async () => {
    await post("SELECT user_id FROM access_logs WHERE resource = '4111111111111111'", '?query_id=q-1', { ...AUTH, 'user-agent': 'test/1' });
    await condition(() => records.length === 2);
    const [asked, ended] = records;
    expect(asked).toMatchObject({
      kind: 'daybook.read', user_id: 'auditor-1', action: 'query', resource: 'access_logs', event_type: 'sql.query', outcome: 'unknown', request_id: 'q-1',
      credential_id: 'tok_1', ip_address: '127.0.0.1', user_agent: 'test/1', query_text: "SELECT user_id FROM access_logs WHERE resource = '[card]'",
    }); // biome-ignore format: a table
    expect(ended).toMatchObject({
      kind: 'daybook.read',
      event_type: 'sql.result',
      outcome: 'success',
      request_id: 'q-1',
      bytes_out: 0,
      duration_ms: expect.any(Number),
    });
    expect(asked?.['query_hash']).toBe(
      createHash('sha256').update("SELECT user_id FROM access_logs WHERE resource = '4111111111111111'").digest('hex'),
    );
  });

  it('has what was refused, as denied', async () => {
    await post("SELECT file('/etc/passwd')");
    expect(records).toMatchObject([
      {
        event_type: 'sql.refused',
        outcome: 'denied',
        query_text: "SELECT file('/etc/passwd')",
        status_code: '497',
        reason: expect.stringContaining('file'),
      },
    ]);
  });

  it('has what failed, as failure', async () => {
    await post("SELECT nothing_like_it FROM access_logs WHERE user_id = '4111111111111111'");
    await condition(() => records.length === 2);
    expect(records[1]).toMatchObject({ outcome: 'failure', status_code: '47' });
    expect(JSON.stringify(records)).not.toContain('4111111111111111');
    expect(logged.join('')).not.toContain('4111111111111111');
  });

  it('keeps the head of a long text', async () => {
    await post(`SELECT length('${'é'.repeat(30_000)}')`);
    await condition(() => records.length === 2);
    expect(String(records[0]?.['query_text'])).toMatch(/^SELECT length\('é+… \[30017 characters/);
    expect(Buffer.byteLength(JSON.stringify(records[0]))).toBeLessThan(60_000);
  });

  it('that takes nothing stops the answer', async () => {
    recordFails = new DaybookError('disk_full');
    const answer = await post('SELECT user_id FROM access_logs');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('U12345');
  });

  it('is waited for: no byte leaves before', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let read = false;
    const seen: string[] = [];
    const slow = fastify();
    slow.removeAllContentTypeParsers();
    await createSqlEndpoint({
      http: slow, access, log: pino({ level: 'silent' }), metrics: new Registry(), clock: { nowMicros: () => 0, monotonicMs: () => 0 }, stopping: stopping.signal,
      engine: { read: async (sql, options) => { const answer = await sandbox.read(sql, options); read ||= sql.includes('user_id'); return answer; } },
      record: () => gate, redact: (text) => text, repeats: () => false, scopedEvents: () => Promise.reject(new Error('nobody has a scope here')),
    }); // biome-ignore format: one call
    await slow.listen({ host: '127.0.0.1', port: 0 });
    const request = http.request(
      { port: (slow.server.address() as AddressInfo).port, path: '/sql', method: 'POST', headers: AUTH },
      (reply) => {
        reply.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      },
    );
    request.end('SELECT user_id FROM access_logs ORDER BY user_id LIMIT 1');
    await condition(() => read);
    for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    release();
    await condition(() => seen.length > 0);
    expect(seen.join('')).toBe('U12345\n');
    await slow.close();
  });
});

describe('an answer', () => {
  it('that is large streams, and ends in the engine when the client goes away', async () => {
    let ended = false;
    engine = {
      read: async (sql, options) => {
        if (!sql.includes('numbers')) return sandbox.read(sql, options);
        async function* endless(): AsyncGenerator<Buffer> {
          try {
            for (;;) {
              options.signal.throwIfAborted();
              yield Buffer.alloc(65_536, 'x');
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            ended = true;
          }
        }
        return { stream: Readable.from(endless()) };
      },
    };
    const request = http.request(`${url}/sql`, { method: 'POST', headers: AUTH }, (reply) => reply.once('data', () => request.destroy()));
    request.on('error', () => undefined);
    request.end('SELECT number FROM numbers(10)');
    await condition(() => ended && records.length === 2);
    expect(records[1]).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('client went away') });
  });

  it('that breaks off in the middle is no whole answer, and says why', async () => {
    engine = {
      read: async (sql, options) => {
        if (!sql.includes('numbers')) return sandbox.read(sql, options);
        return {
          stream: Readable.from(
            (async function* broken() {
              yield Buffer.alloc(200_000, 'x');
              throw new Error('Code: 241. DB::Exception: memory limit exceeded (MEMORY_LIMIT_EXCEEDED)');
            })(),
          ),
        };
      },
    };
    await expect(post('SELECT number FROM numbers(10)')).rejects.toThrow('terminated');
    await condition(() => records.length === 2);
    expect(records[1]).toMatchObject({ outcome: 'failure', status_code: '241' });
  });
});
