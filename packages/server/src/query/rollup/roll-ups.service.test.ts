import { pino } from 'pino';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { countOverTime } from '../search/counts.ts';
import { overviewOf } from '../search/overview.ts';
import { summaryOf } from '../search/summary.ts';
import { batchOf, eventOf, openTestQuery, type TestQuery } from '../test-query.ts';
import { DAYS_TABLE, HOURS_TABLE } from './chunks.ts';
import { type Covered, RollUps } from './roll-ups.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const CHUNK = 500;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1, 5, 17);

let query: TestQuery;
let rollUps: RollUps;
let ending: AbortController;
let running: Promise<void>;

/** Ten days of events with all kinds of values, some long before all others, in no order of time. */
function events(from: number, to: number): Record<string, unknown>[] {
  return Array.from({ length: to - from }, (_, k) => {
    const i = from + k;
    const ms = i % 97 === 0 ? -5 * DAY_MS : START + ((i * 7919) % 1300) * 660_000 + (i % 60) * 1000;
    const timestamp = new Date(ms).toISOString().replace('Z', '000Z');
    return eventOf(i, {
      timestamp,
      action: i % 11 === 0 ? 'login' : 'read',
      outcome: ['success', 'success', 'failure', 'denied'][i % 4],
      ip_address: i % 5 === 0 ? '2001:db8::1' : `10.0.0.${i % 6}`,
      resource: i % 13 === 0 ? '' : `/customers/${i % 17}`,
      source: i % 3 === 0 ? 'hr' : 'shop',
      ...(i % 6 === 0 ? { resource_sensitivity: 'personal' } : {}),
    });
  });
}

function open(): void {
  ending = new AbortController();
  rollUps = new RollUps({
    engine: query.engine,
    index: () => query.indexer.state(),
    prepared: () => query.indexer.prepared,
    log: pino({ level: 'silent' }),
    metrics: new Registry<OpenMetricsContentType>(),
    chunkSizes: { large: 2 * CHUNK, small: CHUNK },
    tickMs: 5,
  });
  running = rollUps.run(ending.signal);
}

async function close(): Promise<void> {
  ending.abort();
  await running;
}

const NOTHING: Covered = { sizes: { large: 2, small: 1 }, logs: new Map() };
/** Waits until so many chunks of the small size are counted, two and two as large ones. */
const rolledUp = (small: number) =>
  vi.waitUntil(
    () => {
      const cover = rollUps.covered(query.engine.connection()).logs.get('routine');
      return cover?.small === small * CHUNK && cover.large === Math.floor(small / 2) * 2 * CHUNK;
    },
    { timeout: 30_000, interval: 10 },
  );

beforeAll(async () => {
  query = await openTestQuery();
  await query.ledger.append('routine', batchOf(events(0, 3 * CHUNK + 123)));
  await query.ledger.append('important', batchOf(events(5000, 5100)));
  await query.settled();
  open();
  await rolledUp(3);
});
afterAll(async () => {
  await close();
  await query.close();
});

const FIELDS = ['outcome', 'action', 'source', 'user_id', 'ip_address', 'resource', 'event_type'];

/** Everything that is ever counted, of one range. */
async function counted(covered: Covered, q: string, [from, to]: readonly [number, number]) {
  const asking = { connection: query.engine.connection(), covered, queryId: 'test', signal: AbortSignal.timeout(30_000), scope: null };
  const range = { filter: q, fromMicros: from * 1000, toMicros: to * 1000, scope: null };
  return {
    overview: await overviewOf(asking, range, 3600),
    hours: await countOverTime(asking, range, 21_600),
    minutes: await countOverTime(asking, range, 600),
    summary: await summaryOf(asking, range, { fields: FIELDS, limit: 5, widthS: 7200 }),
    withoutTime: await summaryOf(asking, range, { fields: FIELDS.slice(0, 3), limit: 5, widthS: 0 }),
  };
}

const RANGES = {
  'of all time': [-30 * DAY_MS, Date.UTC(2200, 0)],
  'that begins and ends within an hour': [START + DAY_MS + 1_234_567, START + 8 * DAY_MS + 7_654_321],
  'of whole days': [Date.UTC(2026, 0, 3), Date.UTC(2026, 0, 8)],
  'of minutes': [START + DAY_MS, START + DAY_MS + 900_000],
  'of nothing': [Date.UTC(2027, 0), Date.UTC(2027, 1)],
} as const;
const FILTERS = ['', 'kind:event', 'outcome:denied -source:hr', 'resource_sensitivity:*', 'user_id:u3'];

describe('what is counted by way of roll-ups', () => {
  it.each(Object.entries(RANGES))('is what is counted event by event, in a range %s', async (name, range) => {
    for (const q of name === 'of all time' ? FILTERS : FILTERS.slice(1, 3))
      expect([q, await counted(rollUps.covered(query.engine.connection()), q, range)]).toEqual([q, await counted(NOTHING, q, range)]);
  });

  it('takes the roll-ups, and not for who has a scope', async () => {
    const connection = query.engine.connection();
    await connection.command(`ALTER TABLE ${HOURS_TABLE} UPDATE n = n + 1000000 WHERE 1 SETTINGS mutations_sync = 2`);
    const asking = { connection, covered: rollUps.covered(connection), queryId: 'test', signal: AbortSignal.timeout(30_000) };
    const range = { filter: '', fromMicros: 0, toMicros: Date.UTC(2030, 0) * 1000 };
    const scope = { own: null, any: [{ source: ['hr'] }], masks: [] };
    const sum = (buckets: readonly (readonly number[])[]) => buckets.reduce((all, [, n = 0]) => all + n, 0);
    expect(sum(await countOverTime({ ...asking, scope: null }, { ...range, scope: null }, 86_400))).toBeGreaterThan(1_000_000);
    expect(sum(await countOverTime({ ...asking, scope }, { ...range, scope }, 86_400))).toBeLessThan(2000);
  });
});

describe('chunks', () => {
  it('of wrong sums are dropped at the next start, and made again', async () => {
    await close();
    await query.engine
      .connection()
      .command(`ALTER TABLE ${DAYS_TABLE} DELETE WHERE first = ${2 * CHUNK} AND field = 'resource' SETTINGS mutations_sync = 2`);
    await query.engine
      .connection()
      .command(`ALTER TABLE ${HOURS_TABLE} UPDATE n = n - 1000000 WHERE entries = ${2 * CHUNK} SETTINGS mutations_sync = 2`);
    open();
    await rolledUp(3);
    expect(await query.value(`SELECT sum(n) FROM ${HOURS_TABLE} WHERE log = 'routine'`)).toBe(3 * CHUNK);
    expect(await query.value(`SELECT sum(n) FROM ${DAYS_TABLE} WHERE log = 'routine'`)).toBe(9 * CHUNK);
  });

  it('grow with the log, and what comes late is in the next one', async () => {
    await query.ledger.append('routine', batchOf(events(9000, 9000 + CHUNK)));
    await query.settled();
    await rolledUp(4);
    for (const range of Object.values(RANGES))
      expect(await counted(rollUps.covered(query.engine.connection()), 'kind:event', range)).toEqual(
        await counted(NOTHING, 'kind:event', range),
      );
  });

  it('are counted anew when rows were wrong', async () => {
    const connection = query.engine.connection();
    await connection.command(
      `ALTER TABLE default.access_logs UPDATE user_id = 'mallory' WHERE log = 'routine' AND idx = 7 SETTINGS mutations_sync = 2`,
    );
    await rollUps.forget(connection);
    await rolledUp(4);
    expect(await query.value(`SELECT sum(n) FROM ${DAYS_TABLE} WHERE value = 'mallory'`)).toBe(1);
    await connection.command(
      `ALTER TABLE default.access_logs UPDATE user_id = 'u0' WHERE log = 'routine' AND idx = 7 SETTINGS mutations_sync = 2`,
    );
    await rollUps.forget(connection);
    await rolledUp(4);
    expect(await query.value(`SELECT sum(n) FROM ${DAYS_TABLE} WHERE value = 'mallory'`)).toBe(0);
  });
});
