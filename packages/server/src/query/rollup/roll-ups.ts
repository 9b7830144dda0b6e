import type { Logger } from 'pino';
import { Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';
import { paused } from '../../base/base.ts';
import type { EngineConnection } from '../engine/connection.ts';
import type { Engine } from '../engine/engine.ts';
import type { IndexState } from '../types.ts';
import { type Chunks, dropChunk, makeChunk, wholeChunks } from './chunks.ts';

/** Entries of a chunk: what is not rolled up yet is counted by the event, and the engine counts two million in a fifth of a second. */
const CHUNK_ENTRIES = 2 ** 21;
/** One chunk at a time, this far apart: two hundred thousand events per second, and a hundredth of a core. */
const TICK_MS = 10_000;
/** Events come first: while the index is further behind than this, nothing is rolled up. */
const LAG_MAX_MS = 1000;
/** Sums of a billion events' roll-ups take seconds. */
const FORGET_MS = 60_000;

interface Known {
  readonly connection: EngineConnection;
  readonly chunks: Map<string, Set<number>>;
  /** Tried, and not whole: rows are missing or double. The indexer finds and mends that with the next engine; until then they are left alone. */
  readonly strange: Set<string>;
}

/** Per log: so many chunks from the first on are whole, and hold the entries below `entries`. Logs without one are left out. */
export type Covered = ReadonlyMap<string, { readonly chunks: number; readonly entries: number }>;
const NOTHING: Covered = new Map();

interface RollUpsOptions {
  readonly engine: Pick<Engine, 'up' | 'connection'>;
  readonly index: () => { readonly logs: readonly IndexState[]; readonly lagMs: number };
  /** Whether the tables are there. */
  readonly prepared: () => boolean;
  readonly log: Logger;
  readonly metrics: Registry<OpenMetricsContentType>;
  /** For tests. */
  readonly chunkEntries?: number;
  readonly tickMs?: number;
}

/**
 * Counts what has been indexed, chunk by chunk, so that the overview and facets over months need not look at every event. A view like the others: a chunk holds entries of one
 * log from one idx to another, which never change, and late events lie in later chunks; so chunk and rest together are exact at any moment.
 */
export class RollUps {
  private readonly options: RollUpsOptions;
  private readonly entries: number;
  private known: Known | undefined;
  private working: Promise<void> = Promise.resolve();
  private forgetting = 0;

  constructor(options: RollUpsOptions) {
    this.options = options;
    this.entries = options.chunkEntries ?? CHUNK_ENTRIES;
    rolledUpGauge(options.metrics, () => this.now());
  }

  /** What may be taken from the roll-ups of this connection now. */
  covered(connection: EngineConnection): Covered {
    return this.known?.connection === connection ? this.now() : NOTHING;
  }

  private now(): Covered {
    if (this.known === undefined) return NOTHING;
    const covered = new Map<string, { chunks: number; entries: number }>();
    for (const [log, chunks] of this.known.chunks) {
      let next = 0;
      while (chunks.has(next)) next++;
      if (next > 0) covered.set(log, { chunks: next, entries: next * this.entries });
    }
    return covered;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { connection, gone } = await this.options.engine.up(signal);
        this.working = this.step(connection, AbortSignal.any([signal, gone]));
        await this.working;
      } catch (error) {
        if (signal.aborted) return;
        this.known = undefined;
        this.options.log.warn({ err: error }, 'events could not be rolled up; the overview counts them one by one');
      }
      await paused(this.options.tickMs ?? TICK_MS, signal);
    }
  }

  /** Rows of the index were wrong or are dropped: what was counted of them is counted again. */
  async forget(connection: EngineConnection): Promise<void> {
    this.forgetting += 1;
    this.known = undefined;
    try {
      // A chunk in the making has counted the old rows; afterwards it is whole, and goes with the others.
      await this.working.catch(() => undefined);
      const { whole, broken } = await wholeChunks(connection, this.entries, AbortSignal.timeout(FORGET_MS)).catch(noTables);
      for (const [log, numbers] of whole) for (const number of numbers) await dropChunk(connection, { log, number });
      for (const chunk of broken) await dropChunk(connection, chunk);
    } finally {
      this.known = undefined;
      this.forgetting -= 1;
    }
  }

  private async step(connection: EngineConnection, signal: AbortSignal): Promise<void> {
    if (!this.options.prepared() || this.forgetting > 0) return;
    if (this.known?.connection !== connection) this.known = await this.look(connection, signal);
    const { known } = this;
    const { logs, lagMs } = this.options.index();
    if (lagMs > LAG_MAX_MS) return;
    for (const { log, indexed } of logs) {
      const chunks = known.chunks.get(log) ?? new Set<number>();
      const missing = (i: number): boolean => !chunks.has(i) && !known.strange.has(`${log}/${i}`);
      const number = Array.from({ length: Math.floor(indexed / this.entries) }, (_, i) => i).find(missing);
      if (number === undefined) continue;
      if (await makeChunk(connection, { log, number, entries: this.entries }, signal)) known.chunks.set(log, chunks.add(number));
      else known.strange.add(`${log}/${number}`);
      return;
    }
  }

  private async look(connection: EngineConnection, signal: AbortSignal): Promise<Known> {
    const { whole, broken } = await wholeChunks(connection, this.entries, signal);
    for (const chunk of broken) await dropChunk(connection, chunk, signal);
    return { connection, chunks: new Map([...whole].map(([log, chunks]) => [log, new Set(chunks)])), strange: new Set() };
  }
}

function rolledUpGauge(registry: Registry<OpenMetricsContentType>, covered: () => Covered): void {
  // Kept by the registry: it asks when it is asked.
  void new Gauge({
    name: 'daybook_index_rolled_up_entries',
    help: 'Entries of a log that the overview and facets need not count one by one.',
    labelNames: ['log'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [log, { entries }] of covered()) this.labels(log).set(entries);
    },
  });
}

/** Before the first migration there is nothing to forget. */
function noTables(): Chunks {
  return { whole: new Map(), broken: [] };
}
