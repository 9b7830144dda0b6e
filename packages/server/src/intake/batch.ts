import type { EventBatch } from '../ledger/types.ts';

/** What is known of one decided item beside its text, when doubles are to be looked for. */
export interface ItemClaim {
  readonly eventId: string | undefined;
  readonly content: number;
}

/** The decided items of a request that go to one log, as parallel arrays: what the ledger takes. */
export class LogBatch implements EventBatch {
  readonly events: string[] = [];
  readonly src: string[] = [];
  readonly sseq: (number | undefined)[] = [];
  /** Number of each in the request. */
  readonly items: number[] = [];
  /** Of items with an event_id, by their place in the batch. */
  readonly claims = new Map<number, ItemClaim>();
  /** Places of events that are longer than an entry. */
  readonly long: number[] = [];
  /** Places that are not kept: doubles, and what cannot be made to fit. */
  readonly skip = new Set<number>();
  hasSseq = false;
  lo = 0;
  hi = 0;

  get fields(): { readonly lo: number; readonly hi: number } {
    return { lo: this.lo >>> 0, hi: this.hi >>> 0 };
  }

  get size(): number {
    return this.events.length;
  }

  /** Whether any of its items can be the double of another. */
  get hasClaims(): boolean {
    return this.hasSseq || this.claims.size > 0;
  }

  /** What of `[from, to)` is not skipped. */
  kept(from: number, to: number): LogBatch {
    if (this.skip.size === 0 && from === 0 && to === this.size) return this;
    const rest = new LogBatch();
    rest.lo = this.lo;
    rest.hi = this.hi;
    for (let i = from; i < to; i++) {
      if (this.skip.has(i)) continue;
      rest.events.push(this.events[i] ?? '');
      rest.src.push(this.src[i] ?? '');
      rest.sseq.push(this.sseq[i]);
      rest.items.push(this.items[i] ?? 0);
    }
    return rest;
  }
}
