import type { Base } from '../../base/types.ts';
import type { Channel, Intake } from '../../intake/index.ts';
import type { CaptureMetrics } from '../capture-metrics.ts';
import { sourcePrincipal } from '../source-principal.ts';
import { PENDING_BYTES_MAX, Sink } from './sink.ts';

/** Receivers go on to read when so much is left. */
const ROOM_BYTES = PENDING_BYTES_MAX / 2;

/** The sinks of a receiver's sources, and how much waits in all of them. */
export class Sinks {
  readonly #base: Pick<Base, 'log' | 'stopping'>;
  readonly #intake: Intake;
  readonly #metrics: CaptureMetrics;
  readonly #receiver: string;
  readonly #channel: Channel;
  readonly #sinks = new Map<string, Sink>();
  readonly #waiting = new Set<() => void>();
  #pending = 0;

  constructor(
    base: Pick<Base, 'log' | 'stopping'>,
    intake: Intake,
    options: { readonly metrics: CaptureMetrics; readonly receiver: string; readonly channel: Channel },
  ) {
    this.#base = base;
    this.#intake = intake;
    this.#metrics = options.metrics;
    this.#receiver = options.receiver;
    this.#channel = options.channel;
  }

  /** Sources come from settings, so there are few. */
  of(source: string): Sink {
    let sink = this.#sinks.get(source);
    if (sink === undefined) {
      sink = new Sink({
        base: this.#base,
        intake: this.#intake,
        principal: sourcePrincipal(this.#receiver, source),
        channel: this.#channel,
        pending: (change) => this.#change(change),
        lost: (count, reason) => this.#lost(source, count, reason),
      });
      this.#sinks.set(source, sink);
    }
    return sink;
  }

  /** Nothing more should be given. */
  get full(): boolean {
    return this.#pending >= PENDING_BYTES_MAX;
  }

  /** Calls once when there is room again. */
  whenRoom(call: () => void): void {
    this.#waiting.add(call);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map((sink) => sink.close()));
  }

  #change(by: number): void {
    this.#pending += by;
    this.#metrics.pendingBytes.set(this.#pending);
    if (this.#pending > ROOM_BYTES || this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call();
  }

  #lost(source: string, count: number, reason: string): void {
    this.#metrics.lost.inc({ receiver: this.#receiver, why: 'not_kept' }, count);
    this.#base.log.error({ source, records: count, reason }, 'received records are lost');
    this.#intake.recordLoss({ receiver: this.#receiver, source, lost: count, reason }).catch((error: unknown) => {
      this.#base.log.error({ err: error }, 'a loss could not be recorded');
    });
  }
}
