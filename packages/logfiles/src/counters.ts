/**
 * Producers' own counters (`src`, `sseq`) as ranges: what a producer counted one by one becomes one range, however many events that are. Events of
 * one producer lie in several logs and arrive by several connections, so ranges come in any order and are put together at the end.
 */
export interface CounterRange {
  readonly first: number;
  readonly last: number;
  /** Entries from which it was read. */
  readonly firstIdx: number;
  readonly lastIdx: number;
}

/** Ranges of one source, flat: first, last, firstIdx, lastIdx; repeated. */
export interface SourceRanges {
  readonly src: string;
  readonly ranges: Float64Array;
}

const FIELDS_PER_RANGE = 4;
/**
 * Ranges of a source still growing at the same time: one per connection of a producer. More of them make more, shorter ranges, which are put
 * together later.
 */
const GROWING_MAX = 16;

interface CounterNote {
  readonly start: number;
  readonly end: number;
  readonly sseq: number;
  readonly to?: number;
  readonly idx: number;
}

/** Gathers the ranges of one segment. */
export class CounterNotes {
  readonly #sources = new Map<string, SourceNotes>();
  #bytes: Buffer = Buffer.alloc(0);
  #last: SourceNotes | undefined;
  #lastStart = 0;
  #lastEnd = 0;

  /**
   * `bytes[start, end)`: the source as it stands in the entry, escapes and all; equal sources have equal bytes. `to`: the last of a range that begins with
   * `sseq`, of items that are counted in the entry.
   */
  add(bytes: Buffer, { start, end, sseq, to, idx }: CounterNote): void {
    if (this.#last === undefined || !this.#isLast(bytes, start, end)) {
      const src = bytes.toString('utf8', start, end);
      let notes = this.#sources.get(src);
      if (notes === undefined) this.#sources.set(src, (notes = new SourceNotes()));
      this.#last = notes;
      this.#bytes = bytes;
      this.#lastStart = start;
      this.#lastEnd = end;
    }
    if (to !== undefined) this.#last.scattered = true;
    this.#last.add(sseq, to ?? sseq, idx);
  }

  all(): SourceRanges[] {
    return [...this.#sources].map(([src, notes]) => ({
      src,
      ranges: Float64Array.from(notes.scattered ? joined(notes.ranges) : notes.ranges),
    }));
  }

  #isLast(bytes: Buffer, start: number, end: number): boolean {
    if (end - start !== this.#lastEnd - this.#lastStart) return false;
    for (let i = start, j = this.#lastStart; i < end; i++, j++) if (bytes[i] !== this.#bytes[j]) return false;
    return true;
  }
}

class SourceNotes {
  readonly ranges: number[] = [];
  /** Items were counted in others: the numbers of one stretch lie in several entries, a few in each. */
  scattered = false;
  #newest = 0;

  add(sseq: number, to: number, idx: number): void {
    const { ranges } = this;
    if (this.#grow(this.#newest, sseq, to, idx)) return;
    const from = Math.max(0, ranges.length - GROWING_MAX * FIELDS_PER_RANGE);
    for (let at = ranges.length - FIELDS_PER_RANGE; at >= from; at -= FIELDS_PER_RANGE) if (this.#grow(at, sseq, to, idx)) return;
    this.#newest = ranges.length;
    ranges.push(sseq, to, idx, idx);
  }

  #grow(at: number, sseq: number, to: number, idx: number): boolean {
    if (this.ranges[at + 1] !== sseq - 1) return false;
    this.ranges[at + 1] = to;
    this.ranges[at + 3] = idx;
    this.#newest = at;
    return true;
  }
}

/** Ranges that touch one another, as one: of two million that are checked at once, each is to hold many numbers. What overlaps stays apart: it is a fault. */
function joined(ranges: readonly number[]): number[] {
  const list = Array.from({ length: ranges.length / FIELDS_PER_RANGE }, (_, i) =>
    ranges.slice(i * FIELDS_PER_RANGE, (i + 1) * FIELDS_PER_RANGE),
  );
  list.sort(([a = 0], [b = 0]) => a - b);
  const made: number[] = [];
  for (const [first = 0, last = 0, firstIdx = 0, lastIdx = 0] of list) {
    const at = made.length - FIELDS_PER_RANGE;
    if (made[at + 1] === first - 1)
      made.splice(at + 1, 3, last, Math.min(made[at + 2] ?? 0, firstIdx), Math.max(made[at + 3] ?? 0, lastIdx));
    else made.push(first, last, firstIdx, lastIdx);
  }
  return made;
}

export interface CounterFault {
  readonly kind: 'gap' | 'double';
  readonly src: string;
  readonly first: number;
  readonly last: number;
  /** A double: the entries of its second range. A gap: the entries on either side of it. */
  readonly log: string;
  readonly firstIdx: number;
  readonly lastIdx: number;
}

interface LoggedRange extends CounterRange {
  readonly log: string;
}

/** Ranges held at once: 2 M × ~100 bytes. A producer that counts at random would fill memory; what is beyond is told, not checked. */
const RANGES_MAX = 2_000_000;

/** Puts the ranges of all segments of all logs together. */
export class Counters {
  readonly #sources = new Map<string, LoggedRange[]>();
  #count = 0;
  /** Counters are too scattered to be checked within bounded memory. */
  overflown = false;

  add(log: string, sources: readonly SourceRanges[]): void {
    for (const { src, ranges } of sources) {
      const list = this.#sources.get(src) ?? [];
      this.#sources.set(src, list);
      for (let at = 0; at < ranges.length; at += FIELDS_PER_RANGE) {
        if (++this.#count > RANGES_MAX) {
          this.overflown = true;
          return;
        }
        const [first = 0, last = 0, firstIdx = 0, lastIdx = 0] = ranges.subarray(at, at + FIELDS_PER_RANGE);
        list.push({ first, last, firstIdx, lastIdx, log });
      }
    }
  }

  get sources(): number {
    return this.#sources.size;
  }

  /** `explained(src, n)`: the number is accounted for otherwise, as an item in the quarantine. */
  *faults(explained: (src: string, number: number) => boolean): Generator<CounterFault, void> {
    if (this.overflown) return;
    for (const [src, ranges] of this.#sources) {
      ranges.sort((a, b) => a.first - b.first || a.last - b.last);
      let before: LoggedRange | undefined;
      for (const range of ranges) {
        if (before !== undefined && range.first <= before.last)
          yield { kind: 'double', src, first: range.first, last: Math.min(range.last, before.last), ...place(range) };
        if (before !== undefined && range.first > before.last + 1) yield* gaps(src, { before, after: range, explained });
        if (before === undefined || range.last > before.last) before = range;
      }
    }
  }
}

function place({ log, firstIdx, lastIdx }: LoggedRange): { readonly log: string; readonly firstIdx: number; readonly lastIdx: number } {
  return { log, firstIdx, lastIdx };
}

/** A gap is looked through number by number only up to this width: quarantined items are few. */
const GAP_LOOKED_THROUGH_MAX = 100_000;

function* gaps(
  src: string,
  {
    before,
    after,
    explained,
  }: { readonly before: LoggedRange; readonly after: LoggedRange; readonly explained: (src: string, number: number) => boolean },
): Generator<CounterFault, void> {
  const missing = { kind: 'gap', src, log: after.log, firstIdx: after.firstIdx, lastIdx: after.firstIdx } as const;
  const from = before.last + 1;
  const to = after.first - 1;
  if (to - from >= GAP_LOOKED_THROUGH_MAX) {
    yield { ...missing, first: from, last: to };
    return;
  }
  let start = -1;
  for (let number = from; number <= to + 1; number++) {
    const isGap = number <= to && !explained(src, number);
    if (isGap && start < 0) start = number;
    if (isGap || start < 0) continue;
    yield { ...missing, first: start, last: number - 1 };
    start = -1;
  }
}
