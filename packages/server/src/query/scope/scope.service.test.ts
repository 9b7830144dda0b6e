import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningServer, serve } from '../../main.ts';
import { ESCAPES, FOREIGN_USER, FOREIGN_WORD, MASKED_ADDRESS, MASKED_WORD } from './test-escapes.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ADMIN = 'dbk_scopes-in-a-test-0000000000000000000000';
const OWN = 40;
const SECRETS = [FOREIGN_USER, FOREIGN_WORD, MASKED_WORD, MASKED_ADDRESS, '4711'];

let dir: string;
let server: RunningServer;
let viewer: string;
let tenant: string;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'daybook-scope-'));
  server = await serve({
    flags: { data: path.join(dir, 'data'), listen: '127.0.0.1:0', 'admin-token': ADMIN, 'log-level': 'silent' },
    env: {},
    cwd: dir,
  });
  const foreign = { user_id: FOREIGN_USER, resource: FOREIGN_WORD, roles: [FOREIGN_USER], query_text: FOREIGN_WORD, row_count: 4711 };
  const own = {
    source: 'shop',
    query_text: `SELECT '${MASKED_WORD}'`,
    ip_address: MASKED_ADDRESS,
    changes: { before: MASKED_WORD },
    outcome: 'success',
  };
  await send([
    ...Array.from({ length: OWN }, (_, i) => ({
      ...own,
      user_id: `own-${i % 4}`,
      resource: `/shop/${i}`,
      tenant_id: i % 2 === 0 ? 'acme' : 'umbrella',
      timestamp: `2026-01-01T00:00:${10 + i}Z`,
    })),
    ...['hr', 'till', 'admin'].map((source, i) => ({ ...foreign, timestamp: `2031-01-0${i + 1}T00:00:00Z`, source })),
    { ...foreign, source: 'hr', outcome: 'denied' },
  ]);
  viewer = await token({ name: 'viewer', role: 'viewer', sources: ['shop'], masks: ['query_text', 'ip_address', 'changes'] });
  tenant = await token({ name: 'acme', role: 'viewer', tenants: ['acme'] });
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const ask = (
  at: string,
  secret: string,
  init: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
) =>
  fetch(server.url + at, { ...init, headers: { authorization: `Bearer ${secret}`, ...init.headers }, signal: AbortSignal.timeout(20_000) });
const sql = async (query: string, secret = viewer) => {
  const answer = await ask('/sql', secret, { method: 'POST', body: query });
  return { status: answer.status, text: await answer.text() };
};
const post = (at: string, body: unknown, secret = ADMIN) =>
  ask(at, secret, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

async function send(events: readonly object[]): Promise<void> {
  const answer = await post('/v1/events', events);
  expect([answer.status, answer.status === 200 ? '' : await answer.text()]).toEqual([200, '']);
  await vi.waitUntil(
    async () => {
      const ready = parseJson(await (await fetch(`${server.url}/readyz`)).text()) as {
        index: { logs: { indexed: number; size: number }[] };
      };
      return ready.index.logs.every(({ indexed, size }) => indexed === size);
    },
    { timeout: 30_000, interval: 50 },
  );
}

async function token(body: object): Promise<string> {
  const answer = await post('/v1/tokens', body);
  const made = parseJson(await answer.text()) as { token: string };
  expect([body, answer.status]).toEqual([body, 201]);
  return made.token;
}

function clean(text: string): string[] {
  return SECRETS.filter((secret) => text.includes(secret));
}

describe('/sql within a scope', () => {
  it('answers what is within, as if there were nothing else', async () => {
    expect(await sql('SELECT count(), uniqExact(user_id), min(source), max(source) FROM access_logs FORMAT TSV')).toEqual({
      status: 200,
      text: `${OWN}\t4\tshop\tshop\n`,
    });
    expect(await sql('SELECT count(), any(tenant_id), any(query_text) FROM access_logs FORMAT TSV', tenant)).toMatchObject({
      text: expect.stringMatching(/^20\tacme\tSELECT/),
    });
    expect(await sql("SELECT count() FROM access_logs WHERE user_id = 'own-1' AND timestamp > '2026-01-01' FORMAT TSV")).toEqual({
      status: 200,
      text: '10\n',
    });
    expect((await sql('DESCRIBE TABLE access_logs FORMAT TSV')).text.split('\n').length).toBe(
      (await sql('DESCRIBE TABLE access_logs FORMAT TSV', ADMIN)).text.split('\n').length,
    );
    expect(Number((await sql(`SELECT count() FROM access_logs WHERE user_id = '${FOREIGN_USER}' FORMAT TSV`, ADMIN)).text)).toBe(4);
  });

  it('keeps the types of columns', async () => {
    const lines = async (secret: string) =>
      (await sql('DESCRIBE TABLE access_logs FORMAT TSV', secret)).text
        .split('\n')
        .map((line) => line.split('\t').slice(0, 2).join(' '))
        .sort();
    expect(await lines(viewer)).toEqual(await lines(ADMIN));
  });

  it('is escaped by none of at least 80 attempts', async () => {
    expect(ESCAPES.length).toBeGreaterThanOrEqual(80);
    const seen: string[] = [];
    let answered = 0;
    for (const attempt of ESCAPES) {
      const guesses = attempt.includes('$V') ? [FOREIGN_USER, FOREIGN_WORD, MASKED_WORD, MASKED_ADDRESS] : [''];
      for (const guess of guesses) {
        const { status, text } = await sql(attempt.replaceAll('$V', guess));
        if (status === 200) answered += 1;
        // Messages repeat the question: the guess itself is not news.
        const told = guess === '' ? text : text.replaceAll(guess, '');
        for (const secret of clean(told)) seen.push(`${attempt} → ${secret}`);
        if (guess === '') continue;
        const nowhere = 'n'.repeat(guess.length);
        const other = await sql(attempt.replaceAll('$V', nowhere));
        if (other.status !== status || other.text.replaceAll(nowhere, '') !== told)
          seen.push(`${attempt} tells ${guess}: ${told.slice(0, 200)} ≠ ${other.text.slice(0, 200)}`);
      }
    }
    expect(seen).toEqual([]);
    expect(answered).toBeGreaterThan(80);
  }, 180_000);

  it('lets no condition meet a row outside: not even that there are such rows', async () => {
    for (const condition of [
      "modulo(0, NOT timestamp > '2030-01-01')",
      'modulo(0, NOT ifNull(row_count = 4711, 0))',
      "modulo(0, NOT user_id = '')",
      "modulo(0, NOT kind != 'event')",
      'modulo(0, NOT toUnixTimestamp(timestamp) = 0)',
    ])
      expect([condition, await sql(`SELECT count() FROM access_logs WHERE ${condition} = 0 FORMAT TSV`)]).toEqual([
        condition,
        { status: 200, text: `${OWN}\n` },
      ]);
  });
});

it('a query that goes on ends soon after its token does', async () => {
  const secret = await token({ name: 'patient', role: 'viewer', sources: ['shop'] });
  const long = sql('SELECT sum(cityHash64(number)) FROM numbers(1000000000000)', secret);
  const isRunning = async () => /^daybook_sql_running 1$/m.test(await (await ask('/metrics', ADMIN)).text());
  await vi.waitUntil(isRunning, { timeout: 10_000, interval: 50 });
  const tokens = parseJson(await (await ask('/v1/tokens', ADMIN)).text()) as { tokens: { id: string; name: string }[] };
  const beganMs = performance.now();
  await ask(`/v1/tokens/${tokens.tokens.find((one) => one.name === 'patient')?.id}`, ADMIN, { method: 'DELETE' });
  expect((await long).status).not.toBe(200);
  // It looks every two seconds; by itself the query would end after thirty.
  expect(performance.now() - beganMs).toBeLessThan(15_000);
});

describe('an answer within a scope', () => {
  it('does not tell how much of the table was read for it', async () => {
    for (const format of ['JSON', 'JSONCompact', 'JSONStrings', 'JSONColumnsWithMetadata', 'XML']) {
      const { status, text } = await sql(`SELECT count() FROM access_logs FORMAT ${format}`);
      expect([format, status, /rows_read|bytes_read/.test(text)]).toEqual([format, 200, false]);
    }
    for (const format of ['JSONEachRowWithProgress', 'JSONCompactEachRowWithProgress', 'JSONStringsEachRowWithProgress'])
      expect([format, (await sql(`SELECT count() FROM access_logs FORMAT ${format}`)).status]).toEqual([format, 403]);
    expect((await sql('SELECT 1 FORMAT JSON', ADMIN)).text).toContain('rows_read');
  });

  it('has the headers that keep a browser from taking it for a page, and caches from keeping it', async () => {
    for (const query of ['SELECT user_id FROM access_logs FORMAT XML', 'SELECT nothing']) {
      const { headers } = await ask('/sql', viewer, { method: 'POST', body: query });
      expect([headers.get('x-content-type-options'), headers.get('cache-control'), headers.get('content-security-policy')]).toEqual([
        'nosniff',
        'no-store',
        expect.stringContaining("default-src 'none'"),
      ]);
    }
  });

  it('ends as a file too when its token does', async () => {
    const padding = 'x'.repeat(20_000);
    await send(Array.from({ length: 390 }, (_, i) => ({ source: 'bulk', user_id: `u${i}`, attributes: { a: padding, b: padding } })));
    const secret = await token({ name: 'exporter', role: 'viewer', sources: ['bulk'] });
    const answer = await ask('/v1/events/export?format=ndjson&from=2000-01-01&to=2100-01-01', secret);
    expect(answer.status).toBe(200);
    const tokens = parseJson(await (await ask('/v1/tokens', ADMIN)).text()) as { tokens: { id: string; name: string }[] };
    await ask(`/v1/tokens/${tokens.tokens.find((one) => one.name === 'exporter')?.id}`, ADMIN, { method: 'DELETE' });
    // Nobody reads meanwhile: more than the sockets hold is still to come when it is noticed.
    const ended = async () =>
      (await sql("SELECT outcome FROM access_logs WHERE event_type = 'events.export.result' FORMAT TSV", ADMIN)).text;
    await vi.waitUntil(async () => (await ended()) === 'failure\n', { timeout: 15_000, interval: 200 });
    await expect(answer.text()).rejects.toThrow(/terminated|closed/);
  });
});

describe('look-ups, views, proofs and tails within a scope', () => {
  const places = async () => {
    const { text } = await sql(`SELECT log, idx FROM access_logs WHERE user_id = '${FOREIGN_USER}' FORMAT TSV`, ADMIN);
    return text.trim().split('\n').map((line) => line.split('\t').join('/')); // biome-ignore format: one line
  };

  it('show own events without masked fields', async () => {
    const text = await (await ask('/v1/events?limit=1000', viewer)).text();
    const { events } = parseJson(text) as { events: Record<string, unknown>[] };
    expect(events).toHaveLength(OWN);
    expect(clean(text)).toEqual([]);
    const { log, idx } = events[0] ?? {};
    const one = await ask(`/v1/events/${String(log)}/${String(idx)}`, viewer);
    const entry = await one.text();
    expect([one.status, clean(entry), entry.includes('"n":')]).toEqual([200, [], false]);
    expect((await ask(`/v1/events/${String(log)}/${String(idx)}/proof`, viewer)).status).toBe(200);
  });

  it('show nothing of what is outside, and do not say that it is there', async () => {
    for (const place of await places()) {
      for (const at of [`/v1/events/${place}`, `/v1/events/${place}/proof`])
        expect([at, (await ask(at, viewer)).status]).toEqual([at, 404]);
    }
    for (const query of [`user_id=${FOREIGN_USER}`, 'source=hr', 'kind=daybook.read', 'outcome=denied', 'log=important']) {
      const answer = await ask(`/v1/events?${query}`, viewer);
      expect([query, await answer.text()]).toEqual([query, '{"events":[],"next_cursor":null}']);
    }
  });

  it('go page by page, and a cursor tells of own events only', async () => {
    await send([
      ...Array.from({ length: 12 }, (_, i) => ({
        user_id: 'both',
        source: i % 3 === 0 ? 'shop' : 'hr',
        resource: `b${i}`,
        timestamp: `2025-01-01T00:00:${40 - i}Z`,
      })),
      ...Array.from({ length: 30 }, (_, i) => ({
        user_id: 'rare',
        source: i === 29 ? 'shop' : 'hr',
        timestamp: `2025-02-01T00:00:${59 - i}Z`,
      })),
    ]);
    const page = async (query: string) =>
      parseJson(await (await ask(`/v1/events?${query}`, viewer)).text()) as {
        events: Record<string, unknown>[];
        next_cursor: string | null;
      };
    const seen: unknown[] = [];
    let cursor = '';
    for (let pages = 0; pages < 9; pages++) {
      const { events, next_cursor } = await page(`user_id=both&limit=2${cursor}`);
      seen.push(...events.map((event) => event['resource']));
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    expect(seen).toEqual(['b0', 'b3', 'b6', 'b9']);
    // The four fill the page; that older ones of another source exist shows nowhere.
    expect((await page('user_id=both&limit=4')).next_cursor).toBeNull();
    expect((await page('user_id=rare&limit=1')).events).toHaveLength(1);
    expect((await page('user_id=rare&limit=1')).next_cursor).toBeNull();
  });

  it.each(['ip_address=203.0.113.77', 'query_text=x', 'query_hash=x', 'ip_chain=x'])('do not match a guess: %s', async (query) => {
    expect((await ask(`/v1/events?${query}`, viewer)).status).toBe(403);
    expect((await ask(`/v1/tail?${query}`, viewer)).status).toBe(403);
  });

  it.each(['/logs/routine/tile/entries/000.p/10', `/v1/blobs/${'0'.repeat(64)}`, '/v1/verify/control'])(
    '%s is for who sees everything',
    async (at) => {
      expect((await ask(at, viewer)).status).toBe(403);
    },
  );

  it('a tail shows own events only, and ends when its token is revoked', async () => {
    const secret = await token({ name: 'tailer', role: 'viewer', sources: ['shop'], masks: ['query_text', 'ip_address', 'changes'] });
    const tokens = parseJson(await (await ask('/v1/tokens', ADMIN)).text()) as { tokens: { id: string; name: string }[] };
    const id = tokens.tokens.find((one) => one.name === 'tailer')?.id;
    const answer = await fetch(`${server.url}/v1/tail?after=routine:0,important:0`, { headers: { authorization: `Bearer ${secret}` } });
    const reader = answer.body?.getReader();
    let text = '';
    const until = async (done: () => boolean) => {
      while (!done()) {
        const part = await reader?.read();
        if (part === undefined || part.done) return;
        text += Buffer.from(part.value).toString('utf8');
      }
    };
    await until(() => text.split('data: ').length > OWN);
    await ask(`/v1/tokens/${id}`, ADMIN, { method: 'DELETE' });
    await send([{ user_id: 'later', source: 'shop', resource: 'after-revocation' }]);
    await until(() => false);
    expect(clean(text)).toEqual([]);
    expect(text).toContain('"reason":"not_allowed"');
    expect(text).not.toContain('after-revocation');
  });
});

describe('the record of readers', () => {
  const recorded = async (eventType: string) => {
    const { text } = await sql(
      `SELECT query_text, attributes FROM access_logs WHERE event_type = '${eventType}' AND credential_id != 'x' ORDER BY idx FORMAT TSV`,
      ADMIN,
    );
    return text;
  };

  it('holds each question once, and of a page that asks again by itself the number', async () => {
    const refresh = (second: number) =>
      ask('/sql', viewer, {
        method: 'POST',
        body: `SELECT count() AS refreshed FROM access_logs WHERE timestamp > '2026-01-01 00:00:${second}'`,
        headers: { 'x-daybook-refresh': '1' },
      });
    for (let second = 10; second < 20; second++) expect((await refresh(second)).status).toBe(200);
    for (let i = 0; i < 3; i++) await ask('/v1/events?user_id=own-3&outcome=success', viewer);
    await vi.waitUntil(async () => (await recorded('events.lookup')).split('"user_id":"own-3","outcome":"success"').length === 4, {
      timeout: 20_000,
      interval: 200,
    });
    const { text } = await sql(
      "SELECT count() FROM access_logs WHERE event_type = 'sql.query' AND query_text LIKE '%AS refreshed%' AND user_id = 'viewer' FORMAT TSV",
      ADMIN,
    );
    expect(text).toBe('1\n');
  });

  it('holds what only calls itself a repetition: another window, another number of an account', async () => {
    const headers = { 'x-daybook-refresh': '1' };
    const windows = ['2026-01-01', '2026-02-01', '2025-01-01'].map(
      (from) => `user_id=own-2&from=${from}T00:00:00Z&to=2026-12-01T00:00:00Z`,
    );
    for (const query of [...windows, 'user_id=1600000000123', 'user_id=1700000000456'])
      expect((await ask(`/v1/events?${query}`, viewer, { headers })).status).toBe(200);
    for (const number of ['1600000000', '1700000000'])
      await ask('/sql', viewer, {
        method: 'POST',
        body: `SELECT count() AS guessed FROM access_logs WHERE user_id = '${number}'`,
        headers,
      });
    const asked = ['2025-01-01T', '2026-02-01T', '1600000000123', '1700000000456', "1600000000\\'", "1700000000\\'"];
    await vi.waitUntil(
      async () => {
        const all = `${await recorded('events.lookup')}${await recorded('sql.query')}`;
        return asked.every((text) => all.includes(text));
      },
      { timeout: 10_000, interval: 200 },
    );
  });
});

it('every route of the whole server says who may ask, and asks', async () => {
  const document = parseJson(await (await fetch(`${server.url}/openapi.json`)).text()) as {
    paths: Record<string, Record<string, { 'x-permission': string; 'x-scoped'?: boolean }>>;
  };
  let demanding = 0;
  for (const [pattern, operations] of Object.entries(document.paths)) {
    const at = pattern
      .replace('{log}', 'routine')
      .replace('{idx}', '0')
      .replace('{path}', '000')
      .replace(/\{\w+\}/, 'f'.repeat(64));
    for (const [name, { 'x-permission': permission, 'x-scoped': scoped }] of Object.entries(operations)) {
      if (permission === 'public') continue;
      demanding += 1;
      const method = name.toUpperCase();
      const status = async (headers: Record<string, string>) =>
        (await fetch(server.url + at, { method, headers, signal: AbortSignal.timeout(5000) })).status;
      expect([method, at, await status({})]).toEqual([method, at, 401]);
      expect([method, at, await status({ authorization: `Bearer dbk_${'A'.repeat(43)}` })]).toEqual([method, at, 401]);
      expect([method, at, await status({ cookie: `daybook=${'A'.repeat(43)}` })]).toEqual([method, at, 401]);
      const mayView = permission === 'any' || (permission === 'events:read' && scoped === true);
      expect([method, at, mayView || (await status({ authorization: `Bearer ${viewer}` }))]).toEqual([method, at, mayView || 403]);
    }
  }
  expect(demanding).toBeGreaterThan(35);
});
