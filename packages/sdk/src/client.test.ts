import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FIELDS } from '@daybook/protocol';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { actingAs } from './context.ts';
import { type Client, daybook } from './client.ts';
import type { DaybookEvent } from './event.ts';
import type { DaybookOptions } from './options.ts';
import type { Problem } from './report.ts';
import { listening, TestRecorder } from './test-recorder.ts';

const TOKEN = 'dbk_test_token_0123456789';
const eventsOf = (body: string): DaybookEvent[] =>
  body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as DaybookEvent);

describe('to a real server', () => {
  let recorder: TestRecorder;
  beforeAll(async () => {
    recorder = await TestRecorder.open();
  });
  afterAll(() => recorder.close());

  it('numbers events, stamps them, and the server keeps them under its name', async () => {
    const before = Date.now();
    recorder.client.record({ user_id: 'ana', event_type: 'report.read', resource: '/r/1', outcome: 'success' });
    recorder.client.record({ user_id: 'ana', event_type: 'report.read', timestamp: '2026-01-02T03:04:05Z' });
    const [first, second] = await recorder.entries();
    expect(first).toMatchObject({
      src: recorder.client.src,
      sseq: 1,
      event: { user_id: 'ana', action: 'read', source: 'shop', channel: 'app' },
    });
    expect(second).toMatchObject({ sseq: 2, event: { timestamp: '2026-01-02T03:04:05.000000Z' } });
    expect(Date.parse(String(first?.event['timestamp']))).toBeGreaterThanOrEqual(before);
    expect(first?.event['observed_at']).toBe(first?.event['timestamp']);
    expect(recorder.client.stats()).toMatchObject({ recorded: 2, sent: 2, lost: 0, waitingBytes: 0 });
  });

  it('records whatever it is handed, as far as it can be said', async () => {
    const circular: Record<string, unknown> = { user_id: 'c' };
    circular['self'] = circular;
    const unreadable = { user_id: 'g', get boom(): string { throw new Error('no'); } }; // biome-ignore format: one thought
    const events = await recorder.during(() => {
      recorder.client.record({ user_id: 'b', big: 12n });
      recorder.client.record(circular);
      recorder.client.record(unreadable);
      recorder.client.record({ user_id: 'half \ud83d', resource: '\\ud83d' });
      recorder.client.record({ user_id: 's', src: 'other/1', sseq: 1 });
      recorder.client.record({ user_id: 't', ts: 1_700_000_000 });
    }, 6);
    expect(events).toMatchObject([
      { user_id: 'b', attributes: { big: '12' } },
      { user_id: 'c', attributes: { self: '[circular]' } },
      { user_id: 'g', attributes: { boom: '[unreadable]' } },
      { user_id: 'half \ufffd', resource: '\\ud83d' },
      { user_id: 's' },
      { user_id: 't', timestamp: '2023-11-14T22:13:20.000000Z' },
    ]);
  });

  it('never throws, and says when it could not keep something', () => {
    const lostBefore = recorder.client.stats().lost;
    for (const nothing of [undefined, null, 'text', 7, [], { toJSON: () => 'text' }])
      expect(recorder.client.record(nothing as never)).toBe(false);
    expect(recorder.client.stats().lost).toBeGreaterThan(lostBefore);
  });

  it('puts what the server refuses for good into the dead letters, with the reason, and keeps its neighbours', async () => {
    const events = await recorder.during(() => {
      recorder.client.record({ user_id: 'before' });
      recorder.client.record({ user_id: 'x', severity: 9 });
      recorder.client.record({ nothing: 'said' });
      recorder.client.record({ user_id: 'after' });
    }, 4);
    const named = events.filter(({ event_type }) => event_type !== 'sdk.gap');
    expect(named.map(({ user_id }) => user_id)).toEqual(['before', 'after']);
    const letters = eventsOf(readFileSync(path.join(recorder.directory, 'shop.dead.ndjson'), 'utf8'));
    expect(letters).toMatchObject([
      { code: 'field_range', field: 'severity', event: { user_id: 'x', severity: 9, src: recorder.client.src } },
      { code: 'event_empty', event: { nothing: 'said' } },
    ]);
    expect(recorder.problems).toContainEqual(expect.objectContaining({ kind: 'refused' }));
  });

  it('knows logins, logouts, and who acts where no request is', async () => {
    const events = await recorder.during(() => {
      recorder.client.login({ user_id: 'ana', auth_method: 'password', mfa: true });
      recorder.client.login({ user_id: 'bob', outcome: 'denied', reason: 'wrong password' });
      actingAs({ user_id: 'job-1', actor_type: 'service' }, () => recorder.client.logout());
    }, 3);
    expect(events).toMatchObject([
      { user_id: 'ana', action: 'login', category: 'authentication', outcome: 'success', mfa: true },
      { user_id: 'bob', action: 'login', outcome: 'denied', reason: 'wrong password' },
      { user_id: 'job-1', actor_type: 'service', action: 'logout' },
    ]);
  });

  it('records what audited work comes to', async () => {
    const { client } = recorder;
    const members = { user_id: 'admin', target_user_id: 'bob', resource: 'role:admin' };
    const events = await recorder.during(async () => {
      expect(client.audited('role.grant', members, () => 7)).toBe(7);
      expect(
        await client.audited(
          'role.grant',
          (result) => ({ ...members, row_count: result ?? 0 }),
          async () => 8,
        ),
      ).toBe(8);
      expect(() => client.audited('role.revoke', members, () => { throw Object.assign(new Error('not you'), { status: 403 }); })).toThrow('not you'); // biome-ignore format: one thought
      await expect(
        client.audited('role.revoke', { ...members, attempt: true }, () => Promise.reject(new TypeError('broken'))),
      ).rejects.toThrow('broken');
    }, 5);
    expect(events).toMatchObject([
      { event_type: 'role.grant', action: 'grant', category: 'iam', outcome: 'success', target_user_id: 'bob' },
      { event_type: 'role.grant', outcome: 'success', row_count: 8 },
      { event_type: 'role.revoke', outcome: 'denied', reason: 'Error: not you' },
      { event_type: 'role.revoke', outcome: 'unknown', reason: 'attempt' },
      { event_type: 'role.revoke', outcome: 'failure', reason: 'TypeError: broken' },
    ]);
    expect(events[4]?.['duration_ms']).toBeGreaterThanOrEqual(0);
  });

  it('has every field of the event, and no other', () => {
    expectTypeOf<DaybookEvent>().toHaveProperty('user_id');
    const source = readFileSync(path.join(import.meta.dirname, 'event.ts'), 'utf8');
    const bodies = [...source.matchAll(/^interface (?:Who|Access) \{([\s\S]*?)\n\}/gm)].map((match) => match[1]);
    const typed = [...bodies.join('').matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]);
    const known = FIELDS.filter(({ serverOnly, name }) => serverOnly !== true && !['asn', 'as_org', 'importance'].includes(name)).map(
      ({ name }) => name,
    );
    expect(typed.toSorted()).toEqual(known.toSorted());
  });
});

describe('whatever the server does', () => {
  let directory: string;
  let client: Client | undefined;
  let close: (() => Promise<void>) | undefined;
  let problems: Problem[] = [];
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'daybook-sdk-'));
    problems = [];
  });
  afterEach(async () => {
    await client?.close({ timeoutMs: 0 });
    await close?.();
    client = undefined;
    close = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  type Answer = { status: number; body?: string; headers?: Record<string, string> };
  /** A server that answers as it is told, and what it got. */
  async function answering(answer: (events: DaybookEvent[], request: IncomingMessage) => Answer) {
    const got: DaybookEvent[][] = [];
    const listener = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const events = eventsOf((request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString());
        got.push(events);
        const { status, body = '', headers = {} } = answer(events, request);
        response.writeHead(status, headers).end(body);
      });
    });
    const listened = await listening(listener);
    close = listened.close;
    return { url: listened.url, got };
  }
  const taken = (events: readonly unknown[]): Answer => ({
    status: 200,
    body: JSON.stringify({ accepted: events.length, duplicates: [], rejected: [], receipts: [] }),
  });
  const open = (url: string, options: DaybookOptions = {}): Client => {
    client = daybook({ name: 'shop', url, token: TOKEN, directory, onProblem: (problem) => problems.push(problem), ...options });
    return client;
  };

  it('sends again after refusals that pass, and waits as long as it is told', async () => {
    const answers: Answer[] = [{ status: 503 }, { status: 429, headers: { 'retry-after': '1' } }];
    const { url, got } = await answering((events) => answers.shift() ?? taken(events));
    const shop = open(url);
    shop.record({ user_id: 'u' });
    const began = performance.now();
    expect(await shop.flush()).toBe(true);
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(got.map((events) => events.map(({ sseq }) => sseq))).toEqual([[1], [1], [1]]);
    expect(shop.stats()).toMatchObject({ sent: 1, failures: 2, waitingBytes: 0 });
  });

  it('tells which authorization and channel it has, and packs what is long', async () => {
    let headers: http.IncomingHttpHeaders = {};
    const { url, got } = await answering((events, request) => {
      ({ headers } = request);
      return taken(events);
    });
    const shop = open(url, { gzip: true });
    for (let i = 0; i < 50; i++) shop.record({ user_id: `u${i}`, resource: '/r/1' });
    expect(await shop.flush()).toBe(true);
    expect(headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'content-encoding': 'gzip', 'x-daybook-channel': 'app' });
    expect(got.flat()).toHaveLength(50);
  });

  it('cuts a body that is too large into halves, down to the one that is', async () => {
    const { url, got } = await answering((events) => {
      const isTooMuch = events.length > 2 || events.some(({ user_id }) => user_id === 'u3');
      return isTooMuch ? { status: 413, body: '<html>too large</html>' } : taken(events);
    });
    const shop = open(url);
    for (let i = 0; i < 8; i++) shop.record({ user_id: `u${i}` });
    expect(await shop.flush()).toBe(true);
    expect(got.length).toBeGreaterThan(4);
    expect(shop.stats()).toMatchObject({ sent: 7, refused: 1, waitingBytes: 0 });
    expect(readFileSync(path.join(directory, 'shop.dead.ndjson'), 'utf8')).toContain('"code":"body_too_large"');
  });

  it('sends single items again that the ledger could not keep now', async () => {
    let first = true;
    const { url, got } = await answering((events) => {
      if (!first) return taken(events);
      first = false;
      const rejected = [{ item: 1, code: 'disk_full', field: '', message: '' }];
      return { status: 207, body: JSON.stringify({ accepted: 2, duplicates: [], rejected, receipts: [] }) };
    });
    const shop = open(url);
    for (let i = 0; i < 3; i++) shop.record({ user_id: `u${i}` });
    expect(await shop.flush()).toBe(true);
    expect(got.map((events) => events.map(({ user_id }) => user_id))).toEqual([['u0', 'u1', 'u2'], ['u1']]);
    expect(shop.stats()).toMatchObject({ sent: 3, refused: 0 });
  });

  const held = (name: string, answer: (events: DaybookEvent[]) => Answer, message: RegExp) =>
    it(`holds everything ${name}, and says what to do`, async () => {
      const { url } = await answering(answer);
      const shop = open(url);
      shop.record({ user_id: 'u' });
      expect(await shop.flush({ timeoutMs: 300 })).toBe(false);
      expect(shop.stats()).toMatchObject({ sent: 0, lost: 0, refused: 0 });
      expect(shop.stats().waitingBytes).toBeGreaterThan(0);
      expect(problems).toMatchObject([{ kind: 'held', message: expect.stringMatching(message) as string }]);
      expect(JSON.stringify(problems)).not.toContain(TOKEN);
    });
  held('when the token is not taken', () => ({ status: 401, body: '{"code":"unauthenticated"}' }), /token/);
  held('at an address that is not Daybook', () => ({ status: 404, body: 'nothing here' }), /url/);
  held('when something else says 200', () => ({ status: 200, body: '<html>welcome</html>' }), /url/);
  held('where it is sent elsewhere', () => ({ status: 307, headers: { location: 'http://127.0.0.1:1/' } }), /url/);
  held(
    "under a name that is not the token's",
    (events) => ({
      status: 400,
      body: JSON.stringify({
        accepted: 0,
        duplicates: [],
        rejected: events.map((_, item) => ({ item, code: 'src_not_owned', field: 'src', message: '' })),
        receipts: [],
      }),
    }),
    /name/,
  );

  it('does not take a reply for a receipt that does not account for every event', async () => {
    const reply = (accepted: number, rejected: readonly object[] = []) => ({
      status: 200,
      body: JSON.stringify({ accepted, duplicates: [], rejected, receipts: [] }),
    });
    const refusal = (item: number) => ({ item, code: 'invalid', field: '', message: '' });
    const answers = [reply(1), reply(1, [refusal(0), refusal(0)]), reply(2, [refusal(3)]), reply(2, [refusal(-1)])];
    const count = answers.length;
    const { url, got } = await answering((events) => answers.shift() ?? taken(events));
    const shop = open(url);
    for (let i = 0; i < 3; i++) shop.record({ user_id: `u${i}` });
    while (answers.length > 0) await shop.flush({ timeoutMs: 20 });
    expect(await shop.flush()).toBe(true);
    expect(got).toHaveLength(count + 1);
    expect(shop.stats()).toMatchObject({ sent: 3, refused: 0, lost: 0 });
  });

  it('keeps within its bound when nobody takes anything, counts what is lost, and tells it later', async () => {
    let isUp = false;
    const { url, got } = await answering((events) => (isUp ? taken(events) : { status: 503 }));
    const shop = open(url, { spoolBytesMax: 20_000 });
    let kept = 0;
    for (let i = 0; i < 1000; i++) if (shop.record({ user_id: `u${i}`, resource: '/documents/1' })) kept++;
    expect(shop.stats()).toMatchObject({ recorded: 1000, lost: 1000 - kept });
    expect(shop.stats().spoolBytes).toBeLessThanOrEqual(20_000);
    isUp = true;
    expect(await shop.flush()).toBe(true);
    const arrived = got.flat().filter((event, i, all) => all.findIndex(({ sseq }) => sseq === event['sseq']) === i);
    const gaps = arrived.filter(({ event_type }) => event_type === 'sdk.gap');
    expect(arrived).toHaveLength(kept + 1);
    expect(gaps).toMatchObject([
      { row_count: 1000 - kept, reason: 'spool_full', attributes: { gap: { count: 1000 - kept, first_sseq: kept + 1, last_sseq: 1000 } } },
    ]);
  });

  it('waits in memory when the directory can not be written, and moves to disk as soon as it can', async () => {
    let isUp = false;
    const { url, got } = await answering((events) => (isUp ? taken(events) : { status: 503 }));
    const spool = path.join(directory, 'spool');
    writeFileSync(spool, 'a file where the directory should be');
    const shop = open(url, { directory: spool });
    expect(shop.record({ user_id: 'u1' })).toBe(true);
    expect(problems).toMatchObject([{ kind: 'memory' }]);
    rmSync(spool);
    await expect.poll(() => { shop.record({ user_id: 'more' }); return readdirOf(spool); }, { timeout: 5000 }).toContainEqual(expect.stringContaining('.ndjson')); // biome-ignore format: one thought
    const files = readdirOf(spool).filter((name) => name.endsWith('.ndjson'));
    const onDisk = files.flatMap((name) => eventsOf(readFileSync(path.join(spool, name), 'utf8')));
    expect(onDisk.at(-1)).toMatchObject({ sseq: shop.stats().recorded });
    isUp = true;
    expect(await shop.flush()).toBe(true);
    expect(new Set(got.flat().map(({ sseq }) => sseq)).size).toBe(shop.stats().recorded);
  });

  it('goes on when somebody removes the spool', async () => {
    const { url, got } = await answering(taken);
    const spool = path.join(directory, 'spool');
    const shop = open(url, { directory: spool });
    shop.record({ user_id: 'u1' });
    rmSync(spool, { recursive: true });
    expect(await shop.flush()).toBe(true);
    await expect.poll(() => { shop.record({ user_id: 'more' }); return readdirOf(spool).some((name) => name.endsWith('.ndjson')); }, { timeout: 5000 }).toBe(true); // biome-ignore format: one thought
    expect(await shop.flush()).toBe(true);
    expect(new Set(got.flat().map(({ sseq }) => sseq)).size).toBe(shop.stats().recorded);
    expect(shop.stats().lost).toBe(0);
  });

  it('takes over what a dead process left, torn end and all, and leaves alone what lives or is of others', async () => {
    const { url, got } = await answering(taken);
    const line = (n: number, src: string) => `{"src":"${src}","sseq":${n},"user_id":"u${n}"}\n`;
    mkdirSync(directory, { recursive: true });
    const put = (name: string, text: string) => appendFileSync(path.join(directory, name), text);
    put('shop.aaaaaaaaaaaaaaaa.lock', JSON.stringify({ pid: 2 ** 22 + 1, start: '1', place: placeHere() }));
    put('shop.aaaaaaaaaaaaaaaa.000001.ndjson', line(1, 'shop/a') + line(2, 'shop/a'));
    put('shop.aaaaaaaaaaaaaaaa.000002.ndjson', `${line(3, 'shop/a')}{"src":"shop/a","ss`);
    put('shop.bbbbbbbbbbbbbbbb.r000001.ndjson', line(1, 'shop/b')); // its owner had taken it over, and died without a lock
    put('shop.cccccccccccccccc.lock', JSON.stringify({ pid: process.pid, start: '', place: placeHere() }));
    put('shop.cccccccccccccccc.000001.ndjson', line(1, 'shop/c'));
    put('bank.dddddddddddddddd.000001.ndjson', line(1, 'bank/d'));
    const shop = open(url);
    expect(await shop.flush()).toBe(true);
    await expect.poll(() => shop.stats().waitingBytes).toBe(0);
    expect(
      got
        .flat()
        .map(({ src, sseq }) => `${String(src)} ${String(sseq)}`)
        .toSorted(),
    ).toEqual(['shop/a 1', 'shop/a 2', 'shop/a 3', 'shop/b 1']);
    await shop.close();
    expect(readdirSync(directory).toSorted()).toEqual([
      'bank.dddddddddddddddd.000001.ndjson',
      'shop.cccccccccccccccc.000001.ndjson',
      'shop.cccccccccccccccc.lock',
      'shop.dead.ndjson',
    ]);
    expect(eventsOf(readFileSync(path.join(directory, 'shop.dead.ndjson'), 'utf8'))).toMatchObject([
      { code: 'torn', text: '{"src":"shop/a","ss' },
    ]);
  });

  it('leaves nothing behind when all has arrived, and the next takes what has not', async () => {
    const { url, got } = await answering(taken);
    const first = open('http://127.0.0.1:1');
    first.record({ user_id: 'u1' });
    expect(await first.close({ timeoutMs: 50 })).toBe(false);
    expect(first.record({ user_id: 'late' })).toBe(false);
    const second = open(url);
    second.record({ user_id: 'u2' });
    expect(await second.flush()).toBe(true);
    await second.close();
    expect(
      got
        .flat()
        .map(({ src, user_id }) => `${String(src)} ${String(user_id)}`)
        .toSorted(),
    ).toEqual([`${first.src} u1`, `${second.src} u2`].toSorted());
    expect(readdirSync(directory)).toEqual([]);
  });

  it('carries every text through, however it is cut into batches', async () => {
    const { url, got } = await answering(taken);
    const shop = open(url);
    let recorded = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ user_id: fc.string({ unit: 'binary' }), note: fc.string({ maxLength: 2000 }) }), { maxLength: 50 }),
        async (events) => {
          for (const event of events) shop.record(event);
          recorded += events.length;
          expect(await shop.flush()).toBe(true);
          const arrived = got
            .splice(0)
            .flat()
            .sort((a, b) => Number(a['sseq']) - Number(b['sseq']));
          expect(arrived.map(({ user_id, note }) => ({ user_id, note }))).toEqual(events);
        },
      ),
      { numRuns: 20 },
    );
    expect(shop.stats()).toMatchObject({ recorded, sent: recorded, lost: 0 });
  });

  it('says at the start what is missing', () => {
    const opening = (options: DaybookOptions) => () => daybook({ url: 'http://127.0.0.1:1', name: 'shop', token: TOKEN, ...options });
    expect(opening({ name: 'a shop' })).toThrow('name');
    expect(opening({ url: 'ftp://x' })).toThrow('http');
    expect(opening({ url: 'http://user:secret@x' })).toThrow('credentials');
    expect(opening({ token: 'a\nb' })).toThrow('token');
    expect(daybook({ enabled: false }).record({ user_id: 'u' })).toBe(true);
  });
});

function readdirOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function placeHere(): string {
  const lock = mkdtempSync(path.join(os.tmpdir(), 'daybook-place-'));
  const shop = daybook({ name: 'place', url: 'http://127.0.0.1:1', token: TOKEN, directory: lock, onProblem: () => undefined });
  const file = readdirSync(lock).find((name) => name.endsWith('.lock')) ?? '';
  const { place } = JSON.parse(readFileSync(path.join(lock, file), 'utf8')) as { place: string };
  void shop.close({ timeoutMs: 0 }).then(() => rmSync(lock, { recursive: true, force: true }));
  return place;
}
