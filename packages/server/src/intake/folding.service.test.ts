/* oxlint-disable typescript/no-unsafe-type-assertion -- what a test wrote or asked for is known to it */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DaybookError } from '@daybook/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestServer, removeTestData, type TestServer } from '../capture/test-server.ts';
import type { Ledger } from '../ledger/types.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const IMPORTER = { ...NDJSON, 'x-daybook-src': 'admin/file', 'x-daybook-sseq': '1', 'x-daybook-channel': 'importer' };
const RULES = 'fold:\n  - { name: health, when: { resource: /healthz } }\n';
let server: TestServer;
afterEach(async () => {
  await server.close().catch(() => undefined);
  removeTestData(server);
});

const check = (second: number, more: object = {}) => ({
  user_id: 'probe',
  action: 'read',
  resource: '/healthz',
  outcome: 'success',
  timestamp: `2026-02-01T12:00:${String(second).padStart(2, '0')}Z`,
  ...more,
});
const order = { user_id: 'ann', action: 'read', resource: '/orders/1', timestamp: '2026-02-01T12:00:00Z' };
const lines = (...items: object[]) => items.map((one) => JSON.stringify(one)).join('\n');
const events = async (from: TestServer) => (await from.entries('routine')).filter(({ kind }) => kind === 'event');
const state = () => path.join(server.dataDir, 'control', 'dedupe', 'state.json');

/** What each event stands for. */
async function counted(from: TestServer): Promise<unknown[]> {
  return (await events(from)).map(({ event }) => [
    event['resource'],
    (event['attributes'] as { daybook?: { folded?: { count: number } } } | undefined)?.daybook?.folded?.count ?? 1,
  ]);
}

describe('events that are folded', () => {
  it('are accepted, and told with the place where they are counted', async () => {
    server = await openTestServer({ settings: RULES });
    const { status, reply } = await server.post(lines(check(1), order, check(2), check(3), check(4, { user_id: 'ann' })), NDJSON);
    expect(status).toBe(200);
    const at = reply.receipts[0]?.first_idx ?? -1;
    expect(reply).toMatchObject({ accepted: 5, duplicates: [], rejected: [], receipts: [{ first_idx: at, last_idx: at + 2 }] });
    expect(reply.folded).toEqual([2, 3].map((item) => ({ item, log: 'routine', idx: at })));
    expect(await counted(server)).toEqual([
      ['/healthz', 3],
      ['/orders/1', 1],
      ['/healthz', 1],
    ]);
    expect((await server.post(lines(check(5)), NDJSON)).reply).not.toHaveProperty('folded');
  });

  it('are known when they come again, also behind a kill: by id and by counter', async () => {
    server = await openTestServer({ settings: RULES });
    // The key of the memory is on disk before the first event.
    const old = readFileSync(state());
    const named = lines(check(1, { event_id: 'a' }), check(2, { event_id: 'b' }), check(3, { event_id: 'c' }));
    const numbered = lines(check(1), order, check(2), check(3));
    const first = (await server.post(named, NDJSON)).reply;
    await server.post(numbered, IMPORTER);
    const again = async () => {
      const ids = (await server.post(named, NDJSON)).reply;
      const counters = (await server.post(numbered, IMPORTER)).reply;
      expect(ids).toMatchObject({ accepted: 0, duplicates: [0, 1, 2].map((item) => ({ item, idx: first.receipts[0]?.first_idx })) });
      expect(counters).toMatchObject({ accepted: 0, duplicates: [{ item: 0 }, { item: 1 }, { item: 2 }, { item: 3 }] });
      expect(await server.intake.gaps(10)).toEqual([]);
    };
    await again();
    await server.close();
    writeFileSync(state(), old);
    server = await openTestServer({ dataDir: server.dataDir });
    await again();
    await server.close();
    // Without rules, too: what was counted once is counted.
    writeFileSync(state(), old);
    server = await openTestServer({ dataDir: server.dataDir, settings: '' });
    await again();
    expect(await counted(server)).toEqual([
      ['/healthz', 3],
      ['/healthz', 3],
      ['/orders/1', 1],
    ]);
    await server.close();
    // Whoever loses the memory with its key gets ids again, marked, rather than losing them.
    rmSync(state());
    server = await openTestServer({ dataDir: server.dataDir });
    expect((await server.post(named, NDJSON)).reply).toMatchObject({ accepted: 2, duplicates: [{ item: 0 }] });
    expect((await server.post(numbered, IMPORTER)).reply).toMatchObject({ accepted: 0 });
  });

  it('are no more kept than what they are counted in', async () => {
    let full = true;
    const wrapLedger = (ledger: Ledger): Ledger =>
      new Proxy(ledger, {
        get: (target, key) => {
          if (key === 'append')
            return (...[log, batch]: Parameters<Ledger['append']>) =>
              full && log === 'routine' ? Promise.reject(new DaybookError('disk_full')) : target.append(log, batch);
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    server = await openTestServer({ settings: RULES, wrapLedger });
    const login = { user_id: 'ann', action: 'login', resource: 'shop', timestamp: '2026-02-01T12:00:00Z' };
    const body = lines(check(1, { event_id: 'a' }), check(2, { event_id: 'b' }), login);
    const { reply } = await server.post(body, IMPORTER);
    expect(reply).toMatchObject({ accepted: 1, rejected: [0, 1].map((item) => ({ item, code: 'disk_full' })) });
    full = false;
    expect((await server.post(body, IMPORTER)).reply).toMatchObject({ accepted: 2, folded: [{ item: 1 }], duplicates: [{ item: 2 }] });
    expect(await counted(server)).toEqual([['/healthz', 2]]);
  });

  it('of a very large request are counted step by step', async () => {
    server = await openTestServer({ settings: RULES });
    // 12 MB: several steps of the ledger, each with counts of its own.
    const items = Array.from({ length: 2000 }, (_, i) => check(i % 60, { event_id: `e${i}`, reason: 'x'.repeat(6000) }));
    const { reply } = await server.post(lines(...items), NDJSON);
    expect(reply).toMatchObject({ accepted: 2000, duplicates: [], rejected: [] });
    const counts = (await counted(server)).map((one) => (one as [string, number])[1]);
    expect(counts.length).toBeGreaterThan(2);
    expect(counts.length).toBeLessThan(20);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2000);
    expect(reply.folded).toHaveLength(2000 - counts.length);
    const { first_idx: from, last_idx: to } = reply.receipts[0] ?? { first_idx: -1, last_idx: -1 };
    expect(to - from + 1).toBe(counts.length);
    expect(reply.folded?.every(({ idx }) => idx !== null && idx >= from && idx <= to)).toBe(true);
    expect((await server.post(lines(...items), NDJSON)).reply).toMatchObject({ accepted: 0, duplicates: { length: 2000 } });
  });

  it('are counted by rule: in the metrics, and for coverage', async () => {
    server = await openTestServer({ settings: RULES });
    await server.post(lines(check(1), check(2), check(3)), NDJSON);
    await server.post(lines(check(1), check(2), order), IMPORTER);
    await server.intake.countLines([{ source: 'admin', format: 'nginx-access', events: 3, noise: {}, folded: {}, quarantine: {} }]);
    const metrics = await server.base.metrics.metrics();
    expect(metrics).toMatch(/^daybook_intake_folded(?:_total)?\{rule="health"\} 3$/m);
    expect(metrics).toMatch(/^daybook_intake_items(?:_total)?\{result="accepted"\} 3$/m);
    await server.close();
    server = await openTestServer({ dataDir: server.dataDir });
    const counts = await server.intake.lineCounts(2);
    expect(counts.get('admin\0fold-rules')).toMatchObject({ events: 0, folded: { health: 3 } });
    expect(counts.get('admin\0nginx-access')).toMatchObject({ events: 3 });
  });
});
