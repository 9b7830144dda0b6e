import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from 'prom-client';
import { paused } from '../../base/base.ts';
import type { Clock } from '../../base/types.ts';
import type { Ledger, LogId } from '../../ledger/types.ts';
import type { EngineConnection } from '../engine/connection.ts';
import type { Engine, LiveEngine } from '../engine/engine.ts';
import { dropSchema, migrate } from '../schema/migrate.ts';
import type { IndexState } from '../types.ts';
import { Batch, BATCH_BYTES_MAX } from './batch.ts';
import { Follower } from './follower.ts';
import { compareWithLedger, type IdxRange } from './gap.ts';
import { insertBatch } from './insert-batch.ts';

export const EVENTS_TABLE = 'default.access_logs';
/** After a failure that is not the engine's end: the next try comes then, by way of a comparison. */
const RETRY_MS = 500;
/** idx that one DELETE names. */
const WRONG_PER_DELETE = 500;
/** An insert of an engine that was lost to us may still be running in an outside ClickHouse; so long is waited for it to end. */
const STRAY_INSERT_MS = 60_000;
const STRAY_POLL_MS = 200;

interface IndexerOptions {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly metrics: Registry<OpenMetricsContentType>;
  readonly clock: Clock;
  /** Called when rows that were there have been removed: what was counted of them is no longer true. */
  readonly forget?: (connection: EngineConnection) => Promise<void>;
}

interface LogProgress {
  /** Every entry below is in the table. */
  indexed: number;
  follower: Follower | undefined;
}

interface Waiter {
  readonly sizes: Readonly<Record<LogId, number>>;
  readonly done: () => void;
}

/**
 * Keeps `access_logs` what the ledger says, each entry once. Whenever the engine is up anew: migrations, a comparison by block, repair of exactly what differs, then
 * the logs are followed in order. Anything that fails on the way begins this anew; nothing is kept in memory that the comparison does not find again.
 */
export class Indexer {
  private readonly options: IndexerOptions;
  private readonly metrics: IndexMetrics;
  private readonly progress = new Map<LogId, LogProgress>();
  private readonly waiters = new Set<Waiter>();
  private rebuild: { readonly done: (error?: Error) => void } | undefined;
  private round = new AbortController();
  private migrated = false;

  constructor(options: IndexerOptions) {
    this.options = options;
    this.metrics = indexMetrics(options.metrics, () => this.state());
    for (const log of options.ledger.logs) this.progress.set(log, { indexed: 0, follower: undefined });
  }

  /** Runs until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const live = await this.options.engine.up(signal);
        this.round = new AbortController();
        await this.runRound(live, AbortSignal.any([signal, live.gone, this.round.signal]));
      } catch (error) {
        if (signal.aborted) return;
        this.options.log.warn({ err: error }, 'the index has to be compared with the ledger again');
        await paused(RETRY_MS, signal);
      }
    }
  }

  state(): { readonly logs: readonly IndexState[]; readonly lagMs: number } {
    const { ledger, clock } = this.options;
    const nowMs = clock.nowMicros() / 1000;
    let lagMs = 0;
    const logs = ledger.logs.map((log) => {
      const { size: ledgerSize, lastRtMicros } = ledger.state(log);
      const progress = this.progress.get(log);
      const indexed = Math.min(progress?.indexed ?? 0, ledgerSize);
      if (indexed < ledgerSize) {
        const oldestRt = progress?.follower?.oldestRt;
        // Before anything of it was read, the newest entry's age is the least that it can be.
        const oldestMs = oldestRt === undefined ? lastRtMicros / 1000 : Date.parse(oldestRt);
        lagMs = Math.max(lagMs, nowMs - oldestMs);
      }
      return { log, indexed, ledgerSize };
    });
    return { logs, lagMs: Math.round(lagMs) };
  }

  indexed(sizes: Readonly<Record<LogId, number>>, signal?: AbortSignal): Promise<void> {
    if (this.covers(sizes)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        sizes,
        done: () => {
          signal?.removeEventListener('abort', onAbort);
          this.waiters.delete(waiter);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.waiters.delete(waiter);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('the wait was given up'));
      };
      if (signal?.aborted === true) onAbort();
      else {
        this.waiters.add(waiter);
        signal?.addEventListener('abort', onAbort, { once: true });
      }
    });
  }

  /** Whether the table was there once since the start. */
  get prepared(): boolean {
    return this.migrated;
  }

  /** Drops the table in the next round, which then fills it from the ledger. Resolves when it is dropped. */
  async dropAndRebuild(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      this.rebuild = { done: (error) => (error === undefined ? resolve() : reject(error)) };
      this.round.abort();
    });
  }

  private async runRound(live: LiveEngine, signal: AbortSignal): Promise<void> {
    const { connection } = live;
    await this.strayInsertsEnded(live, signal);
    if (this.rebuild !== undefined) await this.drop(live);
    await migrate(connection);
    await live.tablesMade();
    this.migrated = true;
    const logs = this.options.ledger.logs;
    const froms = new Map<LogId, number>();
    for (const log of logs) froms.set(log, await this.repair(live, log, signal));
    const followers = logs.map((log) => this.follow(live, { log, from: froms.get(log) ?? 0 }, signal));
    const ended = await Promise.allSettled(followers);
    for (const follower of ended) if (follower.status === 'rejected') throw follower.reason;
  }

  private async drop(live: LiveEngine): Promise<void> {
    const { rebuild } = this;
    for (const progress of this.progress.values()) progress.indexed = 0;
    await dropSchema(live.connection);
    await this.options.forget?.(live.connection);
    this.rebuild = undefined;
    rebuild?.done();
  }

  private async strayInsertsEnded({ connection }: LiveEngine, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const untilMs = clock.monotonicMs() + STRAY_INSERT_MS;
    for (;;) {
      const [running] = await connection.rows<{ n: number }>(
        `SELECT count() AS n FROM system.processes WHERE query_kind = 'Insert' AND position(query, '${EVENTS_TABLE}') > 0`,
        { signal },
      );
      if ((running?.n ?? 0) === 0 || clock.monotonicMs() > untilMs) return;
      await paused(STRAY_POLL_MS, signal);
    }
  }

  /** Removes what is wrong, inserts what is missing below the end, and returns where following begins. */
  private async repair(live: LiveEngine, log: LogId, signal: AbortSignal): Promise<number> {
    const { ledger } = this.options;
    const { firstIdx, size } = ledger.state(log);
    const { missing, wrong } = await compareWithLedger({
      connection: live.connection,
      table: EVENTS_TABLE,
      log,
      ledger: { from: firstIdx, to: size },
      signal,
    });
    if (wrong.length > 0) {
      await this.remove(live, { log, wrong });
      await this.options.forget?.(live.connection);
    }
    // What is missing at the end is a matter of following.
    const last = missing.at(-1);
    const from = last !== undefined && last.to === size ? last.from : size;
    const holes = missing.filter((range) => range.to < size || range.from < from);
    const progress = this.progress.get(log);
    if (progress !== undefined) progress.indexed = holes[0]?.from ?? from;
    if (holes.length > 0 || wrong.length > 0) {
      const rows = holes.reduce((sum, range) => sum + range.to - range.from, 0);
      this.options.log.warn(
        { log, rows, ranges: holes.length, removed: wrong.length },
        'the index was not what the ledger says; it is repaired',
      );
    }
    for (const hole of holes) await this.insertHole(live, { log, hole }, signal);
    this.advance(log, from);
    return from;
  }

  private async remove({ connection }: LiveEngine, { log, wrong }: { log: LogId; wrong: readonly IdxRange[] }): Promise<void> {
    for (let i = 0; i < wrong.length; i += WRONG_PER_DELETE) {
      const ranges = wrong.slice(i, i + WRONG_PER_DELETE).map(({ from, to }) => `idx >= ${from} AND idx < ${to}`);
      await connection.command(
        `ALTER TABLE ${EVENTS_TABLE} DELETE WHERE log = '${log}' AND (${ranges.join(' OR ')}) SETTINGS mutations_sync = 2`,
      );
    }
  }

  private async insertHole(live: LiveEngine, { log, hole }: { log: LogId; hole: IdxRange }, signal: AbortSignal): Promise<void> {
    const into = Buffer.allocUnsafeSlow(BATCH_BYTES_MAX);
    let batch = new Batch(log, hole.from, into);
    for await (const chunk of this.options.ledger.read(log, hole.from, hole.to, signal)) {
      for (let at = 0; at < chunk.count; ) {
        at = batch.add(chunk, at);
        if (at === chunk.count) break;
        await this.insert(live, batch, signal);
        batch = new Batch(log, batch.endIdx, into);
      }
    }
    if (batch.count > 0) await this.insert(live, batch, signal);
  }

  private async follow(live: LiveEngine, { log, from }: { log: LogId; from: number }, signal: AbortSignal): Promise<void> {
    const progress = this.progress.get(log);
    if (progress === undefined) return;
    const follower = new Follower({
      ledger: this.options.ledger,
      log,
      from,
      signal,
      insert: async (batch) => {
        await this.insert(live, batch, signal);
        this.advance(log, batch.endIdx);
      },
    });
    progress.follower = follower;
    try {
      await follower.run();
    } catch (error) {
      // The others would go on beside a log that stands still: all begin anew.
      this.round.abort();
      throw error;
    } finally {
      progress.follower = undefined;
    }
  }

  private async insert({ connection }: LiveEngine, batch: Batch, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.options;
    const startedMs = clock.monotonicMs();
    await insertBatch(batch, {
      connection,
      table: EVENTS_TABLE,
      log,
      signal,
      onUnindexable: () => this.metrics.unindexable.inc(),
    });
    this.metrics.rows.inc(batch.count);
    this.metrics.seconds.observe((clock.monotonicMs() - startedMs) / 1000);
  }

  private advance(log: LogId, indexed: number): void {
    const progress = this.progress.get(log);
    if (progress === undefined) return;
    progress.indexed = indexed;
    for (const waiter of this.waiters) if (this.covers(waiter.sizes)) waiter.done();
  }

  private covers(sizes: Readonly<Record<LogId, number>>): boolean {
    return Object.entries(sizes).every(([log, size]) => (this.progress.get(log)?.indexed ?? 0) >= size);
  }
}

interface IndexMetrics {
  readonly rows: Counter;
  readonly unindexable: Counter;
  readonly seconds: Histogram;
}

function indexMetrics(registry: Registry<OpenMetricsContentType>, state: () => { readonly lagMs: number }): IndexMetrics {
  const registers = [registry];
  // Kept by the registry: it asks when it is asked.
  void new Gauge({
    name: 'daybook_index_lag_seconds',
    help: 'Age of the oldest durable entry that is not queryable yet; 0 when there is none.',
    registers,
    collect() {
      this.set(state().lagMs / 1000);
    },
  });
  return {
    rows: new Counter({ name: 'daybook_index_rows_total', help: 'Rows inserted into access_logs.', registers }),
    unindexable: new Counter({
      name: 'daybook_index_unindexable_entries_total',
      help: 'Entries that ClickHouse refused as rows: the index has a minimal row for each, the ledger the whole.',
      registers,
    }),
    seconds: new Histogram({
      name: 'daybook_index_insert_seconds',
      help: 'Time of one INSERT, with its repetitions.',
      buckets: [0.01, 0.05, 0.2, 0.5, 1, 5, 30],
      registers,
    }),
  };
}
