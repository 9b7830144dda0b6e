import { deadline } from '../../base/deadline.ts';
import type { EntryChunk, Ledger, LogId } from '../../ledger/types.ts';
import { Batch, BATCH_BYTES_MAX } from './batch.ts';

/**
 * How long the first entry of a batch waits for company. Queryable within a second is the promise, of which the insert and a merge beside it take their part; at
 * half of this, inserts would be so small that their fixed cost (10 ms) and the merges behind them took a core.
 */
const LINGER_MS = 200;
/** One is filled while the other is on its way to the engine. */
const BUFFERS = 2;

export interface FollowOptions {
  readonly ledger: Ledger;
  readonly log: LogId;
  readonly from: number;
  readonly signal: AbortSignal;
  /** Ends of the last batch and errors alike reject or resolve it; the next batch is handed over after it. */
  readonly insert: (batch: Batch) => Promise<void>;
}

/** Follows one log and inserts it in order. */
export class Follower {
  private readonly options: FollowOptions;
  private readonly free: Buffer[] = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(BATCH_BYTES_MAX));
  private nextIdx: number;
  private filling: Batch | undefined;
  /** Nothing more goes into `filling`: it is full, or a block or a month ends. */
  private full = false;
  private inserting: Batch | undefined;
  private waiting: (() => void)[] = [];

  constructor(options: FollowOptions) {
    this.options = options;
    this.nextIdx = options.from;
  }

  /** `rt` of the oldest entry that was read and is not inserted. */
  get oldestRt(): string | undefined {
    return this.inserting?.firstRt ?? this.filling?.firstRt;
  }

  /** Ends when the signal is aborted, or with what `insert` or the ledger throws. */
  async run(): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.options.signal, over.signal]);
    const onOver = (): void => this.wake();
    signal.addEventListener('abort', onOver, { once: true });
    // When one of the two ends, however it does, the other has nothing left to do.
    const both = [this.read(signal), this.insertAll(signal)].map(async (half) => {
      try {
        await half;
      } finally {
        over.abort();
      }
    });
    const ended = await Promise.allSettled(both);
    for (const half of ended) if (half.status === 'rejected') throw half.reason;
  }

  private async read(signal: AbortSignal): Promise<void> {
    const { ledger, log } = this.options;
    for await (const chunk of ledger.tail(log, this.nextIdx, signal)) {
      for (let at = 0; at < chunk.count; ) {
        const batch = await this.roomy(signal);
        if (batch === undefined) return;
        at = this.addTo(batch, chunk, at);
      }
    }
  }

  private addTo(batch: Batch, chunk: EntryChunk, at: number): number {
    const next = batch.add(chunk, at);
    this.nextIdx = batch.endIdx;
    this.full = next < chunk.count;
    this.wake();
    return next;
  }

  /** The batch that takes the next entry; undefined when it is over. */
  private async roomy(signal: AbortSignal): Promise<Batch | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      if (this.filling !== undefined && !this.full) return this.filling;
      const buffer = this.filling === undefined ? this.free.pop() : undefined;
      if (buffer !== undefined) {
        this.full = false;
        this.filling = new Batch(this.options.log, this.nextIdx, buffer);
        return this.filling;
      }
      await this.change();
    }
  }

  private async insertAll(signal: AbortSignal): Promise<void> {
    for (;;) {
      while (this.filling === undefined || this.filling.count === 0) {
        if (signal.aborted) return;
        await this.change();
      }
      await this.linger(signal);
      if (signal.aborted) return;
      const batch: Batch = this.filling;
      this.filling = undefined;
      this.inserting = batch;
      this.wake();
      await this.options.insert(batch);
      this.inserting = undefined;
      this.free.push(batch.into);
      this.wake();
    }
  }

  /** Until the batch is full, or has waited long enough. */
  private async linger(signal: AbortSignal): Promise<void> {
    const enough = deadline(LINGER_MS, signal);
    enough.signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!this.full && !enough.signal.aborted) await this.change();
    enough.clear();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
