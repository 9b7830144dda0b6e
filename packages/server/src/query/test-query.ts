import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FIELDS } from '@daybook/protocol';
import { pino } from 'pino';
import { type OpenMetricsContentType, Registry } from 'prom-client';
import { systemClock } from '../base/clock.ts';
import { openFiles } from '../base/files-real.ts';
import { systemRandom } from '../base/random.ts';
import { openLedgerWith, type Ledger } from '../ledger/index.ts';
import { packed, testOptions } from '../ledger/test-ledger.ts';
import type { EventBatch } from '../ledger/types.ts';
import { type Engine, openEngine } from './engine/engine.ts';
import { Indexer } from './indexer/indexer.ts';

/** A ledger and an engine of a test's own, and the indexer between them. */
export interface TestQuery {
  readonly dir: string;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly indexer: Indexer;
  readonly metrics: Registry<OpenMetricsContentType>;
  /** Waits until all that is durable is queryable. */
  settled(): Promise<void>;
  /** One value of one row. */
  value(sql: string): Promise<unknown>;
  /** Ends indexer and engine, and starts them again on the same data, after `between`. */
  restart(between?: (engineDir: string) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Far beyond what any step of a test takes on a busy machine. */
const PATIENCE_MS = 60_000;

export async function openTestQuery(changes: Parameters<typeof testOptions>[1] = {}): Promise<TestQuery> {
  const dir = await mkdtemp(path.join(tmpdir(), 'daybook-query-'));
  const ledger = await openLedgerWith(testOptions(dir, changes));
  const metrics = new Registry<OpenMetricsContentType>();
  metrics.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const engineDir = path.join(dir, 'engine');
  const start = async () => {
    const log = pino({ level: 'silent' });
    const clock = systemClock();
    const engine = await openEngine({ dir: engineDir, clickhouseUrl: undefined, log, random: systemRandom(), clock, files: openFiles() });
    metrics.clear();
    const indexer = new Indexer({ engine, ledger, log, metrics, clock });
    const ending = new AbortController();
    const running = indexer.run(ending.signal);
    const close = async (): Promise<void> => {
      ending.abort();
      await running;
      await engine.close();
    };
    return { engine, indexer, close };
  };
  let live = await start();
  return {
    dir,
    ledger,
    metrics,
    get engine() {
      return live.engine;
    },
    get indexer() {
      return live.indexer;
    },
    settled: () =>
      live.indexer.indexed(Object.fromEntries(ledger.logs.map((log) => [log, ledger.state(log).size])), AbortSignal.timeout(PATIENCE_MS)),
    async value(sql) {
      const { connection } = await live.engine.up(AbortSignal.timeout(PATIENCE_MS));
      const [row] = await connection.rows<Record<string, unknown>>(sql);
      return row === undefined ? undefined : Object.values(row)[0];
    },
    async restart(between) {
      await live.close();
      await between?.(engineDir);
      live = await start();
    },
    async close() {
      await live.close();
      await ledger.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A batch of events given as objects of canonical values; keys are sorted here. */
export function batchOf(events: readonly Readonly<Record<string, unknown>>[]): EventBatch {
  const names = new Set(events.flatMap((event) => Object.keys(event)));
  let lo = 0;
  let hi = 0;
  for (const [i, { name }] of FIELDS.entries()) {
    if (!names.has(name)) continue;
    if (i < 32) lo |= 1 << i;
    else hi |= 1 << (i - 32);
  }
  return {
    ...packed(events.map((event) => JSON.stringify(Object.fromEntries(Object.entries(event).sort(([a], [b]) => (a < b ? -1 : 1)))))),
    src: events.map(() => 'shop'),
    sseq: events.map(() => undefined),
    fields: { lo: lo >>> 0, hi: hi >>> 0 },
  };
}

/** What every event has after intake; `i` tells it apart. */
export function eventOf(i: number, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const time = new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString().replace('Z', '000Z');
  return {
    action: 'read',
    actor_type: 'user',
    category: 'data',
    channel: 'api',
    event_type: 'customers.read',
    importance: 'routine',
    observed_at: time,
    outcome: 'success',
    resource: `/customers/${i}`,
    severity: 1,
    source: 'shop',
    timestamp: time,
    user_id: `u${i % 7}`,
    ...changes,
  };
}
