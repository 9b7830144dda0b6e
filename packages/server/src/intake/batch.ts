import type { EventBatch } from '../ledger/types.ts';
import { giveBuffer, withRoom } from '../base/lent-buffers.ts';
import type { FoldKey } from './fold-rules.ts';

/** What is known of one decided item beside its text, when doubles are to be looked for. */
export interface ItemClaim {
  readonly eventId: string | undefined;
  readonly content: number;
}

/**
 * The decided items of a request that go to one log, as parallel arrays: what the ledger takes. Their canonical bytes lie one behind the other in a buffer that is lent
 * to the batch until `release`.
 */
export class LogBatch implements EventBatch {
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly src: string[] = [];
  readonly sseq: (number | undefined)[] = [];
  /** Number of each in the request. */
  readonly items: number[] = [];
  /** Of items with an event_id, by their place in the batch. */
  readonly claims = new Map<number, ItemClaim>();
  /** Of items that may be counted in another one, by their place; empty without rules. */
  readonly folds = new Map<number, FoldKey>();
  /** Places of events that are longer than an entry. */
  readonly long: number[] = [];
  /** Places that are not kept: doubles, what is counted in another, and what cannot be made to fit. */
  readonly skip = new Set<number>();
  hasSseq = false;
  lo = 0;
  hi = 0;
  #bytes: Buffer = NO_BYTES;
  #used = 0;
  readonly #expectedBytes: number;

  /** `expectedBytes`: of all its events, as far as that is known: to grow there step by step would copy them again and again, and the last of it at once. */
  constructor(expectedBytes = 0) {
    this.#expectedBytes = expectedBytes;
  }

  get fields(): { readonly lo: number; readonly hi: number } {
    return { lo: this.lo >>> 0, hi: this.hi >>> 0 };
  }

  get size(): number {
    return this.starts.length;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Where the next event begins. */
  get used(): number {
    return this.#used;
  }

  /** Makes sure that an event of so many bytes fits, and returns the buffer that it is to be written to, at `used`. */
  room(bytes: number): Buffer {
    this.#bytes = withRoom(this.#bytes, this.#used, Math.max(this.#used + bytes, this.#expectedBytes));
    return this.#bytes;
  }

  /** The event that was written from `used` to `end` is the batch's next. */
  add(end: number): void {
    this.starts.push(this.#used);
    this.ends.push(end);
    this.#used = end;
  }

  /** The canonical bytes of an event, where they lie: valid until the batch is written to or released. */
  event(place: number): Buffer {
    return this.#bytes.subarray(this.starts[place], this.ends[place]);
  }

  /** Of an event, in bytes. */
  lengthAt(place: number): number {
    return (this.ends[place] ?? 0) - (this.starts[place] ?? 0);
  }

  replace(place: number, event: Buffer): void {
    event.copy(this.room(event.length), this.#used);
    this.starts[place] = this.#used;
    this.#used += event.length;
    this.ends[place] = this.#used;
  }

  /** Gives the buffer back; nothing may read the events afterwards. */
  release(): void {
    giveBuffer(this.#bytes);
    this.#bytes = NO_BYTES;
  }

  /** Whether any of its items can be the double of another. */
  get hasClaims(): boolean {
    return this.hasSseq || this.claims.size > 0;
  }

  /** What of `[from, to)` is not skipped. It reads the buffer of this batch, which stays lent to this one. */
  kept(from: number, to: number): LogBatch {
    if (this.skip.size === 0 && from === 0 && to === this.size) return this;
    const rest = new LogBatch();
    rest.lo = this.lo;
    rest.hi = this.hi;
    rest.#bytes = this.#bytes;
    rest.#used = this.#used;
    for (let i = from; i < to; i++) {
      if (this.skip.has(i)) continue;
      rest.starts.push(this.starts[i] ?? 0);
      rest.ends.push(this.ends[i] ?? 0);
      rest.src.push(this.src[i] ?? '');
      rest.sseq.push(this.sseq[i]);
      rest.items.push(this.items[i] ?? 0);
    }
    return rest;
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);
