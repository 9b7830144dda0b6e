import type { Json } from '@daybook/protocol';
import { microsToText } from '@daybook/protocol';
import type { LogBatch } from './batch.ts';
import type { FoldKey } from './fold-rules.ts';
import { EVENT_BYTES_MAX, FOLDED_BYTES_MAX } from './limits.ts';
import { FOLDED_MARK, withMark } from './shrink.ts';

/** Items that are counted in one entry. */
export interface FoldGroup {
  readonly key: FoldKey;
  /** Of the first item, which is the entry: its place in the batch, and in the append. */
  readonly place: number;
  readonly offset: number;
  count: number;
  firstMicros: number;
  lastMicros: number;
  /** Counters of the others: first and last of each range. */
  readonly sseq: number[];
  /** Ids of the others, and the hashes of their contents. */
  readonly ids: [string, number][];
  /** What counters and ids take in the entry, at the most. */
  bytes: number;
}

/**
 * The items of one append that are counted in others of the same append. Nothing outlives the append: what it counts becomes durable together with what
 * it is counted in, so that an acknowledged repetition is as safe as an event, and one that failed takes its count along.
 *
 * The entry says in `attributes.daybook.folded`: how many items it stands for (`count`, itself included), the times of the earliest and the latest of them, the
 * rule; and the counters and ids of the others, by which they are known when they come again, and by which `verify` finds no gap.
 */
export class Folding {
  readonly #batch: LogBatch;
  readonly #groups = new Map<string, FoldGroup>();
  readonly #closed: FoldGroup[] = [];

  constructor(batch: LogBatch) {
    this.#batch = batch;
  }

  /** The group that the item at `place` can be counted in. */
  groupFor(place: number): FoldGroup | undefined {
    const key = this.#batch.folds.get(place);
    const group = key === undefined ? undefined : this.#groups.get(key.text);
    if (key === undefined || group === undefined) return undefined;
    const first = Math.min(group.firstMicros, key.micros);
    const last = Math.max(group.lastMicros, key.micros);
    const bytes = group.bytes + this.#bytesOf(place);
    const fits = bytes <= FOLDED_BYTES_MAX && this.#batch.lengthAt(group.place) + bytes <= EVENT_BYTES_MAX;
    return fits && last - first <= key.windowMicros ? group : undefined;
  }

  /** The item at `place` is kept: the next like it can be counted in it. */
  begin(place: number, offset: number): void {
    const key = this.#batch.folds.get(place);
    if (key === undefined) return;
    const before = this.#groups.get(key.text);
    if (before !== undefined && before.count > 1) this.#closed.push(before);
    const times = { firstMicros: key.micros, lastMicros: key.micros };
    this.#groups.set(key.text, { key, place, offset, count: 1, ...times, sseq: [], ids: [], bytes: MARK_BYTES });
  }

  /** Counts the item at `place` in a group that `groupFor` gave. */
  add(group: FoldGroup, place: number): void {
    const { micros } = this.#batch.folds.get(place) ?? group.key;
    group.count++;
    group.firstMicros = Math.min(group.firstMicros, micros);
    group.lastMicros = Math.max(group.lastMicros, micros);
    group.bytes += this.#bytesOf(place);
    const sseq = this.#batch.sseq[place];
    if (sseq !== undefined) addNumber(group.sseq, sseq);
    const claim = this.#batch.claims.get(place);
    if (claim?.eventId !== undefined) group.ids.push([claim.eventId, claim.content]);
    this.#batch.skip.add(place);
  }

  /** Writes into the entries what they stand for. Returns the groups of more than one. */
  end(): FoldGroup[] {
    const groups = [...this.#closed, ...[...this.#groups.values()].filter(({ count }) => count > 1)];
    for (const group of groups) this.#batch.replace(group.place, withMark(this.#batch.event(group.place), FOLDED_MARK, markOf(group)));
    return groups;
  }

  #bytesOf(place: number): number {
    const id = this.#batch.claims.get(place)?.eventId;
    const counter = this.#batch.sseq[place] === undefined ? 0 : COUNTER_BYTES;
    return counter + (id === undefined ? 0 : Buffer.byteLength(JSON.stringify(id)) + ID_BYTES);
  }
}

function markOf({ key, count, firstMicros, lastMicros, sseq, ids }: FoldGroup): Json {
  return {
    count,
    first: microsToText(firstMicros),
    last: microsToText(lastMicros),
    rule: key.rule,
    ...(sseq.length > 0 ? { sseq } : {}),
    ...(ids.length > 0 ? { event_id: ids } : {}),
  };
}

/** Counters mostly ascend; where they do not, a range more is written, and the sum is the same. */
function addNumber(bounds: number[], n: number): void {
  if (bounds.length > 0 && bounds.at(-1) === n - 1) bounds[bounds.length - 1] = n;
  else bounds.push(n, n);
}

/** A range of two numbers of 16 digits; the hash of an id, with brackets and commas; and all that stands in a mark besides. */
const COUNTER_BYTES = 34;
const ID_BYTES = 14;
const MARK_BYTES = 300;
