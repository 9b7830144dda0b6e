import { GAP_FIRST_MS, GAP_LAST_MS } from './bounds.ts';
import type { DaybookEvent } from './event.ts';
import { monotonicMs, timeText } from './outside.ts';

export type GapReason = 'spool_full' | 'disk_failed' | 'unserialisable' | 'dead_letters_failed' | 'closed';

/**
 * What could not be kept, until that is told: as an event of its own, with the count, the numbers and the times. The numbers of lost events stay
 * unused, so that the server sees the hole as well.
 */
export class Gap {
  #count = 0;
  #first = 0;
  #last = 0;
  #fromMs = 0;
  #toMs = 0;
  readonly #reasons = new Set<GapReason>();
  #dueMs = 0;
  #waitMs = GAP_FIRST_MS;

  get count(): number {
    return this.#count;
  }

  note(sseq: number, reason: GapReason, atMs: number): void {
    if (this.#count === 0) {
      this.#first = sseq;
      this.#fromMs = atMs;
      this.#last = sseq;
      const now = monotonicMs();
      // A new gap soon after another is the same trouble going on: told less and less often, for telling takes room too.
      this.#waitMs = now > this.#dueMs + GAP_LAST_MS ? GAP_FIRST_MS : Math.min(2 * this.#waitMs, GAP_LAST_MS);
      this.#dueMs = now + this.#waitMs;
    }
    this.#count++;
    this.#first = Math.min(this.#first, sseq);
    this.#last = Math.max(this.#last, sseq);
    this.#toMs = atMs;
    this.#reasons.add(reason);
  }

  get isDue(): boolean {
    return this.#count > 0 && monotonicMs() >= this.#dueMs;
  }

  event(src: string): DaybookEvent {
    const count = this.#count;
    return {
      event_type: 'sdk.gap',
      action: 'other',
      category: 'config',
      actor_type: 'system',
      resource: src,
      resource_type: 'producer',
      outcome: 'failure',
      severity: 4,
      reason: [...this.#reasons].join(','),
      row_count: count,
      attributes: {
        gap: { count, first_sseq: this.#first, last_sseq: this.#last, from: timeText(this.#fromMs), to: timeText(this.#toMs) },
      },
    };
  }

  /** It is told. */
  clear(): void {
    this.#count = 0;
    this.#reasons.clear();
  }
}
