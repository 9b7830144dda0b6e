import { DaybookError } from '@daybook/protocol';
import { paused } from '../../base/base.ts';
import type { Canary } from '../../base/source-settings.ts';
import type { Base } from '../../base/types.ts';
import type { Ledger } from '../../ledger/types.ts';
import type { OwnEntry, Query } from '../../query/index.ts';
import type { CanaryResult, CanaryRun, CanaryState } from '../types.ts';
import { canaryMetrics, type CanaryMetrics, runCanary } from './runner.ts';

const TICK_MS = 1000;
/** Errands at a time: they are measured, and must not measure one another. Beyond: they wait for their turn. */
const LANES_MAX = 4;
const RESULTS: ReadonlySet<string> = new Set<CanaryResult>(['seen', 'not_seen', 'wrong_source', 'wrong_kind']);

interface Known {
  readonly canary: Canary;
  last: CanaryRun | null;
  dueMs: number;
  running: Promise<CanaryRun> | undefined;
}

/** Runs canaries on their schedule, and goes on after a restart from what the ledger says of their last runs. */
export class Canaries {
  readonly #base: Pick<Base, 'clock' | 'log' | 'random' | 'stopping'>;
  readonly #ledger: Ledger;
  readonly #query: Query;
  readonly #metrics: CanaryMetrics;
  readonly #all: readonly Known[];

  constructor(base: Pick<Base, 'clock' | 'log' | 'random' | 'metrics' | 'config' | 'stopping'>, ledger: Ledger, query: Query) {
    this.#base = base;
    this.#ledger = ledger;
    this.#query = query;
    this.#metrics = canaryMetrics(base.metrics);
    this.#all = base.config.canaries.map((canary) => ({ canary, last: null, dueMs: 0, running: undefined }));
  }

  list(): CanaryState[] {
    return this.#all.map(({ canary, last, running }) => ({
      name: canary.name,
      kind: canary.kind,
      source: canary.source,
      proves: canary.proves,
      every_s: canary.everyS,
      within_s: canary.withinS,
      running: running !== undefined,
      last,
    }));
  }

  /** Runs one now, or joins its run. */
  async run(name: string): Promise<CanaryState> {
    const known = this.#all.find(({ canary }) => canary.name === name);
    if (known === undefined) throw new DaybookError('not_found', 'There is no such canary; they stand in daybook.yaml.', { field: 'name' });
    await (known.running ?? this.#start(known));
    return this.list().find((one) => one.name === name) ?? raise();
  }

  async schedule(signal: AbortSignal): Promise<void> {
    if (this.#all.length === 0) return;
    let isRecalled = false;
    do {
      // Before the engine answers, nothing could be seen.
      if (!this.#query.engine().up) continue;
      isRecalled ||= await this.#recall(signal);
      if (!isRecalled) continue;
      for (const known of this.#all) if (this.#isDue(known)) void this.#start(known).catch(() => undefined);
    } while (await paused(TICK_MS, signal));
    await Promise.allSettled(this.#all.flatMap(({ running }) => running ?? []));
  }

  #isDue({ dueMs, running }: Known): boolean {
    const busy = this.#all.filter((one) => one.running !== undefined).length;
    return running === undefined && busy < LANES_MAX && this.#base.clock.monotonicMs() >= dueMs;
  }

  #start(known: Known): Promise<CanaryRun> {
    const { canary } = known;
    known.dueMs = this.#base.clock.monotonicMs() + canary.everyS * 1000;
    const parts = { base: this.#base, ledger: this.#ledger, query: this.#query, metrics: this.#metrics };
    const running = runCanary(parts, canary, this.#base.stopping)
      .then((run) => (known.last = this.#base.stopping.aborted ? known.last : run) ?? run)
      .catch((error: unknown) => {
        // The ledger refuses for now: the next run tells.
        this.#base.log.warn({ err: error, canary: canary.name }, 'a canary could not be recorded');
        throw error;
      })
      .finally(() => {
        known.running = undefined;
      });
    known.running = running;
    return running;
  }

  async #recall(signal: AbortSignal): Promise<boolean> {
    try {
      for (const entry of await this.#query.newestOwn('daybook.canary', signal)) {
        const known = this.#all.find(({ canary }) => canary.name === entry.resourceId);
        if (known !== undefined) known.last ??= runOf(entry);
      }
      return true;
    } catch {
      return false;
    }
  }
}

function runOf({ at, outcome, statusCode, durationMs, reason }: OwnEntry): CanaryRun {
  const result = isResult(statusCode) ? statusCode : outcome === 'success' ? 'seen' : 'not_seen';
  return { at, result, visible_ms: durationMs, reason };
}

function isResult(word: string): word is CanaryResult {
  return RESULTS.has(word);
}

function raise(): never {
  throw new DaybookError('not_found');
}
