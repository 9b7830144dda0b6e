import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RunningServer, serve } from '../../main.ts';
import { cursorText, parseCursor } from './cursor.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const TOKEN = 'dbk_look-up-of-events-in-a-test-00000000000';
let dir: string;
let server: RunningServer;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'daybook-lookup-'));
  server = await serve({
    flags: { data: path.join(dir, 'data'), listen: '127.0.0.1:0', 'admin-token': TOKEN, 'log-level': 'silent' },
    env: {},
    cwd: dir,
  });
  await send([
    { timestamp: '2023-11-04T12:34:56Z', userId: 'user_12345', eventType: 'update', resource: 'document_56789', ipAddress: '192.168.0.1' },
    {
      timestamp: '2023-10-21T15:32:00Z',
      user_id: 'U12345',
      resource_accessed: '/secure-data',
      result: 'success',
      ip_address: '192.168.1.10',
    },
    ...Array.from({ length: 250 }, (_, i) => ({
      // Five events share each time.
      timestamp: new Date(Date.UTC(2026, 0, 1) + Math.floor(i / 5) * 60_000).toISOString(),
      user_id: i % 2 === 0 ? 'even' : 'odd',
      resource: `/records/${i % 10}`,
      ip_address: i % 3 === 0 ? '2001:db8::7' : '10.1.2.3',
      outcome: i % 25 === 0 ? 'denied' : 'success',
      roles: i % 50 === 0 ? ['auditor', 'nurse'] : ['nurse'],
      row_count: i,
      mfa: i % 4 === 0,
      event_id: `e-${i}`,
      session_id: `s-${i % 5}`,
    })),
  ]);
});

afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Page {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly next_cursor: string | null;
}

const ask = (query: string): Promise<Response> =>
  fetch(`${server.url}/v1/events${query}`, { headers: { authorization: `Bearer ${TOKEN}` } });

async function page(query: string): Promise<Page> {
  const response = await ask(query);
  expect([query, response.status]).toEqual([query, 200]);
  return (await response.json()) as Page;
}

async function send(events: readonly object[]): Promise<void> {
  const response = await fetch(`${server.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  expect(response.status).toBe(200);
  const indexed = async (): Promise<boolean> => {
    const ready = (await (await fetch(`${server.url}/readyz`)).json()) as { index: { logs: { indexed: number; size: number }[] } };
    return ready.index.logs.every(({ indexed, size }) => indexed === size);
  };
  await vi.waitUntil(indexed, { timeout: 30_000, interval: 50 });
}

/** All pages behind each other. */
async function all(query: string, limit: number): Promise<Readonly<Record<string, unknown>>[]> {
  const events: Readonly<Record<string, unknown>>[] = [];
  let cursor = '';
  for (;;) {
    const one = await page(`?${query}&limit=${limit}${cursor}`);
    expect(one.events.length).toBeLessThanOrEqual(limit);
    events.push(...one.events);
    if (one.next_cursor === null) return events;
    cursor = `&cursor=${one.next_cursor}`;
  }
}

describe('GET /v1/events', () => {
  it('shows events as they were sent, v4 as v4', async () => {
    const { events, next_cursor } = await page('?user_id=U12345');
    expect(next_cursor).toBeNull();
    expect(events).toMatchObject([
      { user_id: 'U12345', resource: '/secure-data', ip_address: '192.168.1.10', outcome: 'success', kind: 'event', log: 'routine' },
    ]);
    expect((await page('?ip_address=192.168.0.1')).events).toMatchObject([{ user_id: 'user_12345', outcome: 'unknown' }]);
  });

  it.each([
    ['user_id=even', 125],
    ['user_id=even&user_id=odd', 250],
    ['resource=/records/3', 25],
    ['ip_address=2001:db8::7', 84],
    ['ip_address=2001:DB8:0::7', 84],
    ['ip_address=2001:db8::7&ip_address=10.1.2.3', 250],
    ['user_id=even&outcome=denied', 5],
    ['outcome=denied&log=important', 10],
    ['roles=auditor', 5],
    ['row_count=7', 1],
    ['mfa=true&user_id=even', 63],
    ['event_id=e-17', 1],
    ['session_id=s-3', 50],
    ['user_id=even&from=2026-01-01T00:49:00Z', 2],
    ['user_id=even&to=2026-01-01T00:01:00Z', 3],
    ['timestamp=2026-01-01T00:02:00Z', 5],
    ["user_id='%20OR%201=1", 0],
  ])('filters by %s', async (query, count) => {
    expect(await all(query, 1000)).toHaveLength(count);
  });

  it.each(['user_id=even', 'resource=/records/4', 'outcome=success', 'from=2026-01-01'])(
    'goes through %s page by page, newest first, each once',
    async (query) => {
      const whole = await all(`${query}&kind=event`, 1000);
      const places = whole.map((event) => `${String(event['timestamp'])} ${String(event['log'])} ${String(event['idx']).padStart(9, '0')}`);
      expect(places).toEqual(places.toSorted().toReversed());
      for (const limit of [7, 100]) expect(await all(`${query}&kind=event`, limit)).toEqual(whole);
    },
  );

  it('keeps its place while newer events come', async () => {
    const first = await page('?user_id=odd&limit=10');
    await send([{ timestamp: '2026-02-01T00:00:00Z', user_id: 'odd', resource: 'later' }]);
    const rest = await all(`user_id=odd&cursor=${first.next_cursor}`, 1000);
    expect(rest).toHaveLength(115);
    expect(rest.map((event) => event['resource'])).not.toContain('later');
  });

  it.each([
    ['?nonsense=1', 'nonsense'],
    ['?attributes=x', 'attributes'],
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?from=yesterday', 'from'],
    ['?outcome=maybe', 'outcome'],
    ['?ip_address=1.2.3', 'ip_address'],
    ['?ip_address=1.2.3.256', 'ip_address'],
    ['?ip_address=:::', 'ip_address'],
    ['?row_count=-1', 'row_count'],
    ['?cursor=AAAA', 'cursor'],
    [`?cursor=${cursorText({ micros: 1, log: 'routine', idx: 1 })}%00`, 'cursor'],
    ['?from=2026&from=2027', 'from'],
  ])('refuses %s by name', async (query, named) => {
    const response = await ask(query);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(named);
  });

  it('is recorded before and after, with what was asked', async () => {
    await page('?user_id=even&limit=13');
    const recorded = async () => (await page('?event_type=events.lookup&event_type=events.result&limit=1000')).events;
    await vi.waitUntil(async () => (await recorded()).some((event) => event['row_count'] === 13), { timeout: 20_000 });
    const events = await recorded();
    const end = events.find((event) => event['row_count'] === 13);
    const begin = events.find((event) => event['request_id'] === end?.['request_id'] && event['event_type'] === 'events.lookup');
    expect(begin).toMatchObject({ kind: 'daybook.read', action: 'query', query_text: '{"user_id":"even","limit":"13"}' });
    expect(end).toMatchObject({ outcome: 'success', log: 'important' });
  });
});

it('takes only cursors that it made', () => {
  const cursor = { micros: 1_700_000_000_000_000, log: 'routine', idx: 9_007_199_254_740_991 };
  expect(parseCursor(cursorText(cursor))).toEqual(cursor);
  for (const text of [
    '',
    '1 1 routine 1',
    Buffer.from('1 1 Routine 1').toString('base64url'),
    Buffer.from('1 01 routine 1').toString('base64url'),
    `${cursorText(cursor)}=`,
  ]) {
    expect([text, parseCursor(text)]).toEqual([text, undefined]);
  }
});
