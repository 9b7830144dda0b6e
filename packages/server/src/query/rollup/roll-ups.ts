import type { Logger } from 'pino';
import { Gauge, type OpenMetricsContentType, type Registry } from 'prom-client';
import { paused } from '../../base/base.ts';
import type { EngineConnection } from '../engine/connection.ts';
import type { Engine } from '../engine/engine.ts';
import type { IndexState } from '../types.ts';
import { ChunkSet, type ChunkSizes, type Cover } from './chunk-set.ts';
import { type Chunk, dropChunk, foundChunks, type FoundChunks, makeChunk } from './chunks.ts';

/**
 * What is in no chunk is counted by the event, and the engine counts a quarter of a million in 30 ms. Eight small ones become a large one: of a log of a billion there are 500
 * then, each a part on disk.
 */
const CHUNK_SIZES: ChunkSizes = { large: 2 ** 21, small: 2 ** 18 };
/** One chunk at a time, this far apart: two hundred thousand events per second, and a hundredth of a core. */
const TICK_MS = 10_000;
/** Events come first: while the index is further behind than this, nothing is rolled up. */
const LAG_MAX_MS = 1000;
/** Steps after which a small chunk goes whose place a large one has taken: questions that know of the small one only have begun by then. */
const RETIRED_STEPS = 12;
/** Sums of a billion events' roll-ups take seconds. */
const FORGET_MS = 60_000;

/** What may be taken from roll-ups, per log; logs of which nothing is rolled up are left out. */
export interface Covered {
  readonly sizes: ChunkSizes;
  readonly logs: ReadonlyMap<string, Cover>;
}

interface RollUpsOptions {
  readonly engine: Pick<Engine, 'up' | 'connection'>;
  readonly index: () => { readonly logs: readonly IndexState[]; readonly lagMs: number };
  /** Whether the tables are there. */
  readonly prepared: () => boolean;
  readonly log: Logger;
  readonly metrics: Registry<OpenMetricsContentType>;
  /** For tests. */
  readonly chunkSizes?: ChunkSizes;
  readonly tickMs?: number;
}

/**
 * Counts what has been indexed, chunk by chunk, so that the overview and facets over months need not look at every event. A view like the others: a chunk holds entries of one
 * log from one idx to another, which never change, and late events lie in later chunks; so chunk and rest together are exact at any moment.
 */
export class RollUps {
  private readonly options: RollUpsOptions;
  private readonly sizes: ChunkSizes;
  private known: { readonly connection: EngineConnection; readonly chunks: ChunkSet } | undefined;
  private working: Promise<void> = Promise.resolve();
  private forgetting = 0;
  private readonly retired = new WeakMap<Chunk, number>();

  constructor(options: RollUpsOptions) {
    this.options = options;
    this.sizes = options.chunkSizes ?? CHUNK_SIZES;
    rolledUpGauge(options.metrics, () => this.now());
  }

  /** What may be taken from the roll-ups of this connection now. */
  covered(connection: EngineConnection): Covered {
    return this.known?.connection === connection ? this.now() : { sizes: this.sizes, logs: new Map() };
  }

  private now(): Covered {
    const { known, options, sizes } = this;
    const covers = options.index().logs.map(({ log }) => [log, known?.chunks.cover(log) ?? { large: 0, small: 0 }] as const);
    return { sizes, logs: new Map(covers.filter(([, { small }]) => small > 0)) };
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
      const { whole, broken } = await foundChunks(connection, AbortSignal.timeout(FORGET_MS)).catch(noTables);
      for (const chunk of [...whole, ...broken]) await dropChunk(connection, chunk);
    } finally {
      this.known = undefined;
      this.forgetting -= 1;
    }
  }

  private async step(connection: EngineConnection, signal: AbortSignal): Promise<void> {
    if (!this.options.prepared() || this.forgetting > 0) return;
    if (this.known?.connection !== connection) this.known = await this.look(connection, signal);
    const { chunks } = this.known;
    const { logs, lagMs } = this.options.index();
    if (lagMs > LAG_MAX_MS) return;
    for (const { log, indexed } of logs) {
      const chunk = chunks.next(log, indexed);
      if (chunk === undefined) continue;
      if (await makeChunk(connection, chunk, signal)) chunks.add(chunk);
      else chunks.setAside(chunk);
      return;
    }
    for (const { log } of logs) await this.dropObsolete({ connection, chunks, log }, signal);
  }

  private async dropObsolete(
    { connection, chunks, log }: { readonly connection: EngineConnection; readonly chunks: ChunkSet; readonly log: string },
    signal: AbortSignal,
  ): Promise<void> {
    for (const chunk of chunks.obsolete(log)) {
      const steps = (this.retired.get(chunk) ?? 0) + 1;
      this.retired.set(chunk, steps);
      if (steps < RETIRED_STEPS) continue;
      chunks.remove(chunk);
      await dropChunk(connection, chunk, signal);
    }
  }

  private async look(connection: EngineConnection, signal: AbortSignal): Promise<{ connection: EngineConnection; chunks: ChunkSet }> {
    const { whole, broken } = await foundChunks(connection, signal);
    for (const chunk of broken) await dropChunk(connection, chunk, signal);
    return { connection, chunks: new ChunkSet(this.sizes, whole) };
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
      for (const [log, { small }] of covered().logs) this.labels(log).set(small);
    },
  });
}

/** Before the first migration there is nothing to forget. */
function noTables(): FoundChunks {
  return { whole: [], broken: [] };
}
