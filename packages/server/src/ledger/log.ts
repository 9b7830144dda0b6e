import { setImmediate } from 'node:timers';
import type { Logger } from 'pino';
import { DaybookError, type EntryKind, microsToText } from '@daybook/protocol';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/types.ts';
import { type LogParts, NoRoom, commitHead, commitRecords, publishHead } from './commit.ts';
import { fieldsOf } from './control-event.ts';
import { EntryText, Nonces } from './entry-text.ts';
import { Gate } from './gate.ts';
import type { Head } from './heads.ts';
import type { LedgerMetrics } from './metrics.ts';
import type { LedgerLimits } from './options.ts';
import { Pending, type Piece } from './pending.ts';
import { ChunkRing } from './ring.ts';
import { pause } from './sinks.ts';
import type { Space } from './space.ts';
import type { EventBatch, LogId, LogState, Receipt } from './types.ts';

export interface LogOptions {
  readonly log: LogId;
  readonly origin: string;
  readonly parts: LogParts;
  /** The last-signed head; size 0 when nothing was signed yet. */
  readonly head: Head;
  readonly lastRtMicros: number;
  readonly clock: Clock;
  readonly randomText: (bytes: number) => string;
  readonly space: Space;
  readonly limits: LedgerLimits;
  readonly metrics: LedgerMetrics;
  readonly logger: Logger;
  /** Ends the process, or, in tests, marks the ledger as failed. */
  readonly failed: (error: unknown) => void;
  readonly onPublished: (head: Head) => void;
}

interface Waiter {
  readonly receipt: Receipt;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: Error) => void;
}

/** Seconds a sender waits before it tries a full disk again. */
export const DISK_FULL_RETRY_S = 10;
const BUSY_RETRY_S = 1;
/** A lone sender waits for nobody: its rate is its own latency. */
const GATHER_SENDERS = 4;
/** The shortest that a timer can wait; well below the sync of a spinning disk, and far below what a sender notices. */
const GATHER_MS = 1;
/** Beyond either of these a round is worth its cost already; who comes later is read while it is written and synced. */
const GATHER_BYTES = 64 * 1024;
const GATHER_ENOUGH = 16;

/**
 * One log: gives out idx and receive times, gathers entries into rounds (group commit: a round is what arrived while the last one was synced), and
 * signs heads over what is durable. The order of the writes themselves is in commit.ts.
 */
export class Log {
  readonly #options: LogOptions;
  readonly #pending: Pending;
  readonly #text: EntryText;
  readonly #counted: { entries: { inc(n: number): void }; size: { set(n: number): void }; pendingBytes: { set(n: number): void } };
  #waiters: Waiter[] = [];
  #roundBytes = 0;
  #rounds: Promise<void> | undefined;
  /** Called with each arrival while a round waits for more. */
  #gathering: (() => void) | undefined;
  #lastRt: number;
  #rtText = '';
  #durableRt: number;
  #head: Head;
  #refusing: DaybookError | undefined;
  readonly ring: ChunkRing;
  /** Entries that are durable. */
  readonly durable: Gate;
  /** Size of the newest published head. */
  readonly published: Gate;
  #publishedHead: Head;
  #wake: (() => void) | undefined;

  constructor(options: LogOptions) {
    const { log, metrics, parts, head } = options;
    const size = parts.edge.size;
    this.#options = options;
    this.#pending = new Pending(log, size);
    this.#text = new EntryText(new Nonces(options.randomText));
    this.#lastRt = options.lastRtMicros;
    this.#durableRt = options.lastRtMicros;
    this.#head = head;
    this.#publishedHead = head;
    this.ring = new ChunkRing(options.limits.ringBytes);
    this.durable = new Gate(size);
    this.published = new Gate(head.size);
    this.#counted = {
      entries: metrics.entries.labels(log),
      size: metrics.size.labels(log),
      pendingBytes: metrics.pendingBytes.labels(log),
    };
    this.#counted.size.set(size);
    metrics.signedSize.labels(log).set(head.size);
  }

  get parts(): LogParts {
    return this.#options.parts;
  }

  /** The newest published head; its size is 0 before the first one. */
  get head(): Head {
    return this.#publishedHead;
  }

  state(): LogState {
    const { log, origin } = this.#options;
    return { log, origin, firstIdx: 0, size: this.durable.value, signedSize: this.#head.size, lastRtMicros: this.#durableRt };
  }

  append(batch: EventBatch): Promise<Receipt> {
    assert(batch.starts.length > 0, 'a batch has at least one event');
    const refusal = this.#refusal();
    if (refusal !== undefined) return this.#refuse(refusal, batch.starts.length);
    const mark = this.#pending.mark();
    const rt = this.#receiveTime();
    for (let i = 0; i < batch.starts.length; i++) {
      if (this.#pending.put(this.#text.event(batch, i, rt))) continue;
      this.#pending.rewind(mark);
      return this.#refuse(tooLong(), batch.starts.length);
    }
    this.#pending.noteFields(mark, batch.fields);
    return this.#enqueue(mark.nextIdx);
  }

  /** Appends a control entry; admitted on a full disk too (it then lives on the reserve). */
  appendControl(kind: Exclude<EntryKind, 'event'>, event: (rt: string) => Readonly<Record<string, unknown>>): Promise<Receipt> {
    if (this.#refusing !== undefined) return this.#refuse(this.#refusing, 1);
    const mark = this.#pending.mark();
    const rt = this.#receiveTime();
    const said = event(rt);
    if (!this.#pending.put(this.#text.control(kind, said, rt))) return this.#refuse(tooLong(), 1);
    this.#pending.noteFields(mark, fieldsOf(said));
    return this.#enqueue(mark.nextIdx);
  }

  /** From now on everything is refused so. */
  refuse(error: DaybookError): void {
    this.#refusing = error;
  }

  /** Resolves when nothing is pending. */
  async drained(): Promise<void> {
    await this.#rounds;
  }

  /** Signs and publishes a head over what is durable now, if it is not yet. */
  async checkpoint(): Promise<void> {
    const { parts, log, metrics } = this.#options;
    const head = await commitHead(parts, this.#head);
    if (head !== this.#head) {
      this.#head = head;
      metrics.signedSize.labels(log).set(head.size);
      metrics.checkpoints.labels(log).inc();
    }
    if (head.size === this.#publishedHead.size) return;
    await publishHead(parts, head);
    this.#publishedHead = head;
    this.published.advance(head.size);
    this.#options.onPublished(head);
  }

  /** Signs heads, one per interval while the log grows, until the signal aborts. */
  async runCheckpoints(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#growth(signal);
      if (signal.aborted) return;
      try {
        await this.checkpoint();
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        // Nothing was signed or published; the next interval tries from the start, on room that the reserve gives up.
        this.#options.space.markFull();
        await this.#options.space.release();
        this.#options.logger.warn({ err: error, log: this.#options.log }, 'no room for a checkpoint');
      }
      await pause(this.#options.limits.checkpointIntervalMs, signal);
    }
  }

  /** Ends all waiting. */
  close(error: Error): void {
    this.durable.close(error);
    this.published.close(error);
    this.#wake?.();
  }

  #growth(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wake = undefined;
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted || this.durable.value > this.#publishedHead.size) return done();
      signal.addEventListener('abort', done, { once: true });
      this.#wake = done;
    });
  }

  #refusal(): DaybookError | undefined {
    if (this.#refusing !== undefined) return this.#refusing;
    if (this.#options.space.full) return new DaybookError('disk_full', undefined, { retryAfterS: DISK_FULL_RETRY_S });
    if (this.#pending.bytes + this.#roundBytes > this.#options.limits.pendingBytesMax)
      return new DaybookError('too_busy', undefined, { retryAfterS: BUSY_RETRY_S });
    return undefined;
  }

  #refuse(error: DaybookError, entries: number): Promise<never> {
    this.#options.metrics.refused.labels(this.#options.log, error.code).inc(entries);
    return Promise.reject(error);
  }

  /** Never below an earlier one of this log, even when the clock is set back. */
  #receiveTime(): string {
    const now = this.#options.clock.nowMicros();
    if (now > this.#lastRt || this.#rtText === '') {
      this.#lastRt = Math.max(now, this.#lastRt);
      this.#rtText = microsToText(this.#lastRt);
    }
    return this.#rtText;
  }

  #enqueue(firstIdx: number): Promise<Receipt> {
    const receipt = { log: this.#options.log, firstIdx, lastIdx: this.#pending.nextIdx - 1 };
    const promise = new Promise<Receipt>((resolve, reject) => this.#waiters.push({ receipt, resolve, reject }));
    this.#rounds ??= this.#runRounds();
    this.#gathering?.();
    return promise;
  }

  async #runRounds(): Promise<void> {
    // Everything that arrives within this turn of the loop shares the first sync.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiters.length > 0) {
      const senders = this.#waiters.length;
      await this.#round();
      // The senders just answered are about to send again. When there are many and their entries small, a round at once would hold the few that were quickest,
      // and a round costs the same for one entry as for fifty (a write and a sync, 150 µs of this thread): let them gather.
      if (senders >= GATHER_SENDERS && !this.#isWorthARound()) await this.#gather();
    }
    this.#rounds = undefined;
  }

  #isWorthARound(): boolean {
    return this.#waiters.length >= GATHER_ENOUGH || this.#pending.bytes >= GATHER_BYTES;
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#gathering = undefined;
        resolve();
      };
      const timer = setTimeout(done, GATHER_MS);
      this.#gathering = () => {
        if (this.#isWorthARound()) done();
      };
    });
  }

  async #round(): Promise<void> {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#roundBytes = this.#pending.bytes;
    const rt = this.#lastRt;
    const round = this.#pending.take();
    this.#counted.pendingBytes.set(this.#roundBytes);
    const startMs = this.#options.clock.monotonicMs();
    try {
      await commitRecords(this.#options.parts, round);
    } catch (error) {
      this.#roundFailed(error, waiters);
      return;
    } finally {
      this.#roundBytes = 0;
    }
    this.#options.metrics.syncS.labels(this.#options.log).observe((this.#options.clock.monotonicMs() - startMs) / 1000);
    this.#durableRt = rt;
    this.#roundDurable(round);
    for (const { resolve, receipt } of waiters) resolve(receipt);
  }

  #roundDurable(round: readonly Piece[]): void {
    let count = 0;
    for (const piece of round) {
      this.ring.push(piece.chunk);
      count += piece.count;
    }
    const size = this.#options.parts.edge.size;
    this.#counted.entries.inc(count);
    this.#counted.size.set(size);
    this.durable.advance(size);
    this.#wake?.();
  }

  /** Entries that came after the failed round have idx that do not exist: they fail with it. */
  #roundFailed(error: unknown, waiters: readonly Waiter[]): void {
    const all = [...waiters, ...this.#waiters];
    this.#waiters = [];
    let told: DaybookError;
    if (error instanceof NoRoom) {
      this.#options.space.markFull();
      this.#pending.reset(this.#options.parts.edge.size);
      told = new DaybookError('disk_full', undefined, { cause: error, retryAfterS: DISK_FULL_RETRY_S });
    } else {
      // Nobody knows what the disk holds now: senders must not be told that nothing was kept, so the process ends before they are told anything.
      this.#options.failed(error);
      told = new DaybookError('ledger_unavailable', 'a write failed; whether these entries were kept shows after the restart', {
        cause: error,
      });
    }
    const { metrics, log } = this.#options;
    for (const { receipt, reject } of all) {
      metrics.refused.labels(log, told.code).inc(receipt.lastIdx - receipt.firstIdx + 1);
      reject(told);
    }
  }
}

function tooLong(): DaybookError {
  return new DaybookError('bad_request', 'an entry would be longer than 65,535 bytes; nothing of this batch was kept');
}
