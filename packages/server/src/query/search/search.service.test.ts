import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningServer, serve } from '../../main.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ADMIN = 'dbk_search-of-events-in-a-test-000000000000';
const SPAN = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
const EVENTS = 120;
const FORMULA = '=HYPERLINK("http://example.com")';
/** What one spreadsheet or another takes for a formula, or for the end of a cell. */
const FORMULAS = [
  '+1+cmd',
  '-2+3',
  '@SUM(1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '  =1+1',
  '\u00A0=1',
  '\uFEFF=1',
  '\uFF1D1+1',
  '\uFF0B1',
  '\uFF0D1',
  '\uFF20A1',
];

let dir: string;
let server: RunningServer;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'daybook-search-'));
  server = await serve({
    flags: { data: path.join(dir, 'data'), listen: '127.0.0.1:0', 'admin-token': ADMIN, 'log-level': 'silent' },
    env: {},
    cwd: dir,
  });
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    timestamp: new Date(Date.UTC(2026, 0, 1) + i * 600_000).toISOString(),
    user_id: i % 3 === 0 ? 'ann' : 'ben',
    action: i % 10 === 0 ? 'login' : 'read',
    resource: i === 7 ? FORMULA : `/customers/${i % 6}`,
    source: i % 2 === 0 ? 'shop' : 'hr',
    outcome: i % 10 === 0 ? 'denied' : 'success',
    ip_address: i % 4 === 0 ? '2001:db8::7' : `10.1.2.${i % 4}`,
    row_count: i,
    query_text: `SELECT secret_${i}`,
    attributes: { order: { id: String(i) }, '100%_': 'x' },
    labels: { team: i % 2 === 0 ? 'red' : 'blue' },
    roles: i === 5 ? ['nurse', 'auditor'] : ['nurse'],
    mfa: i % 2 === 0,
    ...(FORMULAS[i] === undefined ? {} : { reason: FORMULAS[i] }),
    ...(i % 12 === 0 ? { resource_sensitivity: 'personal' } : {}),
  }));
  const answer = await ask('/v1/events', ADMIN, {
    method: 'POST',
    body: JSON.stringify(events),
  });
  if (!answer.ok) throw new Error(await answer.text());
  await vi.waitUntil(async () => (await fetch(`${server.url}/readyz?query=1`)).status === 200, { timeout: 30_000, interval: 50 });
  await vi.waitUntil(async () => (await total('kind:event')) === EVENTS, { timeout: 30_000, interval: 50 });
});
afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

function ask(
  at: string,
  token = ADMIN,
  { refresh = false, ...init }: RequestInit & { readonly refresh?: boolean } = {},
): Promise<Response> {
  return fetch(server.url + at, {
    ...init,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(refresh ? { 'x-daybook-refresh': '1' } : {}) },
  });
}

interface Summary {
  readonly bucket_s: number;
  readonly buckets: readonly (readonly number[])[];
  readonly facets: Readonly<Record<string, readonly { value: string; count: number }[]>>;
}

async function summary(query: Record<string, string | string[]>, token = ADMIN): Promise<Summary> {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries({ ...SPAN, ...query })) for (const value of [values].flat()) params.append(name, value);
  const answer = await ask(`/v1/events/summary?${params}`, token);
  const text = await answer.text();
  expect([answer.status, answer.status === 200 ? '' : text]).toEqual([200, '']);
  return parseJson(text) as Summary;
}

async function total(q: string, token = ADMIN): Promise<number> {
  const { buckets } = await summary({ q }, token);
  return buckets.reduce((sum, [, ...counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
}

/** How many there are, whenever. */
async function ever(q: string): Promise<number> {
  const { buckets } = await summary({ q, from: '2020-01-01', to: '2200-01-01' });
  return buckets.reduce((sum, [, ...counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
}

async function token(body: object): Promise<string> {
  const answer = await ask('/v1/tokens', ADMIN, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return (parseJson(await answer.text()) as { token: string }).token;
}

describe('search by a filter as people type it', () => {
  it.each([
    ['user_id:ann', 40],
    ['-user_id:ann', 80],
    ['user_id:(ann ben)', 120],
    ['outcome:denied action:login', 12],
    ['resource:/customers/*', 119],
    ['resource:*stomers/1', 19],
    ['resource:"/customers/*"', 0],
    ['ip_address:2001:db8::7', 30],
    ['ip_address:10.0.0.0/8', 90],
    ['ip_address:10.1.2.*', 90],
    ['ip_address:10.1.2.1', 30],
    ['row_count>=100', 20],
    ['row_count:7', 1],
    ['timestamp<2026-01-01T01:00:00Z', 6],
    ['roles:auditor', 1],
    ['mfa:true', 60],
    ['labels.team:red', 60],
    ['labels:red', 60],
    ['attributes.order.id:17', 1],
    ['resource_sensitivity:*', 10],
    ['-resource_sensitivity:*', 110],
    ['secret_119', 1],
    ['"100%_"', 120],
    ['%', 120],
    ['_nothing%', 0],
    ['duration_ms:*', 0],
    ["'; DROP TABLE access_logs --", 0],
  ])('%s → %i', async (q, count) => {
    expect(await total(q)).toBe(count);
    const { events } = parseJson(await (await ask(`/v1/events?${new URLSearchParams({ q, ...SPAN, limit: '1000' })}`)).text()) as {
      events: unknown[];
    };
    expect(events).toHaveLength(count);
  });

  it.each([
    'outcome:nobody',
    'ip_address:300.1.1.1',
    'ip_address:10.0.0.0/33',
    'row_count>many',
    'mfa:perhaps',
    'no_such:1',
    'timestamp>soon',
    '"open',
  ])('refuses %s in words', async (q) => {
    const answer = await ask(`/v1/events/summary?${new URLSearchParams({ q, ...SPAN })}`);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringMatching(/"code":"bad_request"/)]);
  });

  it('counts over time and by value, the values of a field without its own conditions', async () => {
    const { bucket_s, buckets, facets } = await summary({
      q: 'kind:event user_id:ann',
      field: ['user_id', 'outcome', 'ip_address', 'mfa'],
      buckets: '24',
    });
    expect(bucket_s).toBe(3600);
    expect(buckets[0]).toEqual([Date.UTC(2026, 0, 1) / 1000, 1, 0, 1, 0]);
    expect(facets['user_id']).toEqual([
      { value: 'ben', count: 80 },
      { value: 'ann', count: 40 },
    ]);
    expect(facets['outcome']).toEqual([
      { value: 'success', count: 36 },
      { value: 'denied', count: 4 },
    ]);
    expect(facets['ip_address']?.map(({ value }) => value)).toContain('2001:db8::7');
    expect((await ask(`/v1/events/summary?${new URLSearchParams({ ...SPAN, field: 'changes' })}`)).status).toBe(400);
  });

  it('answers the overview, each list with the filter that leads to it', async () => {
    const overview = parseJson(await (await ask(`/v1/overview?${new URLSearchParams({ ...SPAN, q: 'kind:event' })}`)).text()) as {
      lists: Record<string, { also: string; values: { value: string; count: number }[] }>;
    };
    for (const { also, values } of Object.values(overview.lists)) {
      const sum = values.reduce((all, { count }) => all + count, 0);
      expect(sum).toBeLessThanOrEqual(await total(`kind:event ${also}`));
    }
    expect(overview.lists['failed_logins_by_user']?.values).toEqual([
      { value: 'ben', count: 8 },
      { value: 'ann', count: 4 },
    ]);
  });

  it.each([
    ['', '-nobody-says-this'],
    ['', 'attributes:order'],
    ['outcome:denied', 'outcome:denied attributes.order.id:*'],
    ['user_id:ann', 'user_id:ann labels.team:*'],
    ['user_id:nobody', 'user_id:nobody -"or this"'],
  ])('the overview of %j is the same by one look for a filter that costs much: %j', async (plain, dear) => {
    const scoped = await token({ name: `one-look-${dear}`, role: 'viewer', sources: ['shop'] });
    for (const who of [ADMIN, scoped]) {
      const [once, several] = await Promise.all(
        [dear, plain].map(async (q) =>
          parseJson(await (await ask(`/v1/overview?${new URLSearchParams({ ...SPAN, q: `kind:event ${q}` })}`, who)).text()),
        ),
      );
      expect(once).toEqual(several);
      expect(once).toMatchObject({ lists: { users: { field: 'user_id' } } });
    }
  });

  it('records the question that a page repeats by itself once', async () => {
    const auditor = await token({ name: 'a-wall', role: 'auditor' });
    const at = (second: number) => `/v1/overview?${new URLSearchParams({ ...SPAN, to: `2026-01-02T00:00:${second}Z`, q: 'kind:event' })}`;
    for (const second of [10, 20, 30, 40]) expect((await ask(at(second), auditor, { refresh: true })).status).toBe(200);
    const asked = 'kind:daybook.read user_id:a-wall event_type:overview';
    await vi.waitUntil(async () => (await ever(asked)) > 0, { timeout: 30_000, interval: 50 });
    expect(await ever(asked)).toBe(1);
  });

  it('exports what the filter chooses, in three formats, and records it', async () => {
    const get = (query: Record<string, string>) => ask(`/v1/events/export?${new URLSearchParams({ ...SPAN, q: 'kind:event', ...query })}`);
    const csv = await (await get({ format: 'csv' })).text();
    // One text has a line feed of its own.
    expect(csv.trim().split('\n')).toHaveLength(EVENTS + 2);
    expect(csv).toContain(`"'=HYPERLINK`);
    expect(csv).not.toContain('"=HYPERLINK');
    const reasons = await (await get({ format: 'csv', column: 'reason', q: 'kind:event reason:*' })).text();
    // The first cell is the name of the column.
    const cells = [...reasons.matchAll(/"([^"]*)"/g)].map(([, text]) => text).slice(1);
    expect(cells.toSorted()).toEqual(FORMULAS.map((text) => `'${text}`).toSorted());
    const ndjson = (await (await get({ format: 'ndjson', q: 'user_id:ann' })).text()).trim().split('\n');
    expect(ndjson).toHaveLength(40);
    expect(parseJson(ndjson[0] ?? '')).toMatchObject({ user_id: 'ann', ip_address: expect.stringMatching(/^(10\.|2001:)/) });
    const parquet = Buffer.from(await (await get({ format: 'parquet' })).arrayBuffer());
    expect(parquet.subarray(0, 4).toString()).toBe('PAR1');
    await vi.waitUntil(
      async () => {
        const { facets } = await summary({
          q: 'kind:daybook.read',
          field: 'event_type',
          from: '2020-01-01',
          to: '2200-01-01',
          values: '50',
        });
        const count = (type: string) => facets['event_type']?.find(({ value }) => value === type)?.count;
        return count('events.export') === 4 && count('events.export.result') === 4;
      },
      { timeout: 30_000, interval: 100 },
    );
  });

  it('shows who has a scope their part, and takes no question about what is hidden', async () => {
    const viewer = await token({ name: 'viewer', role: 'viewer', sources: ['shop'], masks: ['query_text', 'ip_address'] });
    expect(await total('', viewer)).toBe(60);
    expect(await total('secret_2', viewer)).toBe(0);
    expect(await total('10.1.2', viewer)).toBe(0);
    const { facets } = await summary({ field: ['source', 'ip_address'] }, viewer);
    expect(facets).toEqual({ source: [{ value: 'shop', count: 60 }], ip_address: [] });
    for (const q of ['query_text:*', 'ip_address:10.0.0.0/8', '-query_text:"SELECT secret_2"'])
      expect((await ask(`/v1/events/summary?${new URLSearchParams({ q, ...SPAN })}`, viewer)).status).toBe(403);
    const csv = await (await ask(`/v1/events/export?${new URLSearchParams({ ...SPAN, format: 'csv' })}`, viewer)).text();
    expect(csv.trim().split('\n')).toHaveLength(61);
    expect(csv).not.toMatch(/secret_|10\.1\.2|"hr"/);
  });
});
