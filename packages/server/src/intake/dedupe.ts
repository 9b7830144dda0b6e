import { HalfSip } from './half-sip.ts';
import { IdRing, type Place } from './id-ring.ts';
import { Sequences } from './sequences.ts';

/** What one item says about itself that others must not have said before. */
export interface Claim {
  readonly producer: string;
  readonly eventId: string | undefined;
  /** Hash of the content, when there is an id. */
  readonly content: number;
  readonly src: string;
  readonly sseq: number | undefined;
}

/** A first copy, as far as it is known: a record of the ring, or a counter. */
export type First = { readonly serial: number } | { readonly src: string; readonly sseq: number };
export type Verdict =
  | { readonly kind: 'fresh'; readonly serial: number; readonly conflict: boolean }
  | { readonly kind: 'double'; readonly first: First };
/** What became of a first copy: kept (place unknown for counters), or its append failed. */
export type FirstState = { readonly kept: true; readonly place: Place | undefined } | { readonly kept: false };

/**
 * Remembers what was kept, by (producer, event_id) and by (src, sseq), so that a repeated item is told to be one. What is remembered belongs to an
 * append until that is durable: a failed append takes all of its memory back.
 */
export class Dedupe {
  readonly ids = new IdRing();
  readonly sequences = new Sequences();
  readonly seed: number;
  readonly #sip: HalfSip;
  readonly #open = new Set<OpenAppend>();

  /** `key`: 16 random bytes of this installation. */
  constructor(key: Uint8Array) {
    this.#sip = new HalfSip(key);
    this.seed = new DataView(key.buffer, key.byteOffset, 16).getUint32(8, true);
  }

  /** An append that is about to be made; `durable` is the log's size now: its entries will stand at or behind it. */
  open(log: number, durable: number): OpenAppend {
    const append = new OpenAppend(log, durable);
    this.#open.add(append);
    return append;
  }

  /** Looks an item up and, when it is new, remembers it for the entry at `offset` of the append. */
  admit(claim: Claim, append: OpenAppend, offset: number): Verdict {
    const { src, sseq } = claim;
    if (sseq !== undefined && this.sequences.has(src, sseq)) return { kind: 'double', first: { src, sseq } };
    let conflict = false;
    let serial = -1;
    if (claim.eventId !== undefined) {
      this.#sip.hash(`${claim.producer}\0${claim.eventId}`);
      const { low, high } = this.#sip;
      const known = this.ids.find(low, high);
      if (known >= 0 && this.ids.content(known) === claim.content) return { kind: 'double', first: { serial: known } };
      conflict = known >= 0;
      if (!conflict) serial = this.ids.add(low, high, claim.content);
    }
    if (sseq !== undefined) this.sequences.add(src, sseq);
    if (serial >= 0) append.ids.push(serial, offset);
    if (sseq !== undefined) append.counters.push({ src, sseq });
    return { kind: 'fresh', serial, conflict };
  }

  settle(append: OpenAppend, firstIdx: number): void {
    this.#open.delete(append);
    for (let i = 0; i < append.ids.length; i += 2) {
      this.ids.settle(append.ids[i] ?? 0, { log: append.log, idx: firstIdx + (append.ids[i + 1] ?? 0) });
    }
  }

  fail(append: OpenAppend): void {
    this.#open.delete(append);
    for (let i = 0; i < append.ids.length; i += 2) this.ids.forget(append.ids[i] ?? 0);
    for (const { src, sseq } of append.counters) this.sequences.remove(src, sseq);
  }

  /** What became of a first copy, once no append is open that it may belong to. */
  stateOf(first: First): FirstState {
    if ('src' in first) return this.sequences.has(first.src, first.sseq) ? { kept: true, place: undefined } : { kept: false };
    if (first.serial < this.ids.first) return { kept: true, place: undefined };
    const place = this.ids.place(first.serial);
    return place === undefined ? { kept: false } : { kept: true, place };
  }

  /** Entries of a log below this idx are remembered and settled: from here on a snapshot must be completed out of the ledger. */
  settledSize(log: number, durable: number): number {
    let size = durable;
    for (const append of this.#open) if (append.log === log) size = Math.min(size, append.durable);
    return size;
  }

  /** The counters of what is settled. */
  settledSequences(): [string, readonly number[]][] {
    const open = [...this.#open].flatMap(({ counters }) => counters);
    for (const { src, sseq } of open) this.sequences.remove(src, sseq);
    const settled = [...this.sequences.entries()].map(([src, bounds]): [string, readonly number[]] => [src, [...bounds]]);
    this.sequences.holding(() => {
      for (const { src, sseq } of open) this.sequences.add(src, sseq);
    });
    return settled;
  }

  /** Remembers an entry that was read back from the ledger. */
  replay(claim: Claim, place: Place): void {
    if (claim.sseq !== undefined) this.sequences.add(claim.src, claim.sseq);
    if (claim.eventId === undefined) return;
    this.#sip.hash(`${claim.producer}\0${claim.eventId}`);
    const { low, high } = this.#sip;
    if (this.ids.find(low, high) < 0) this.ids.settle(this.ids.add(low, high, claim.content), place);
  }
}

/** What an append that is on its way has added to the memory. */
export class OpenAppend {
  readonly log: number;
  readonly durable: number;
  /** Pairs of serial number and offset in the batch. */
  readonly ids: number[] = [];
  readonly counters: { readonly src: string; readonly sseq: number }[] = [];

  constructor(log: number, durable: number) {
    this.log = log;
    this.durable = durable;
  }
}
