import { type CountLine, putAside, type QuarantineLine, tellCounts } from './aside.ts';
import type { Item } from './items.ts';
import type { Piece } from './pieces.ts';
import { type EventBatch, type ImportReply, sendBatch, type SendOptions } from './send.ts';
import { addRejection, type ImportSummary } from './summary.ts';

/** Requests in flight: enough that the server always has one to write while the next is read. */
const IN_FLIGHT_MAX = 4;
/** Requests that wait for that, of at most 1 MiB: files are read on meanwhile. */
const WAITING_MAX = 20;
/** Requests that keep the server's group commit full without holding much in memory. */
const BATCH_ITEMS_MAX = 2000;
/** Counts of so many records are told at once: each telling is a write on the server's disk. */
const COUNTED_MAX = 100_000;

interface Batch extends EventBatch {
  readonly lines: readonly number[];
}

/** Sends pieces, several requests at a time. The first failure stops all; what was sent until then is in, and known when it is sent again. */
export class Delivery {
  readonly #options: SendOptions;
  readonly #summary: ImportSummary;
  readonly #stop = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #counts = new Map<string, CountLine & { events: number; noise: Record<string, number> }>();
  #counted = 0;
  #failure: Error | undefined;

  constructor(options: Omit<SendOptions, 'signal'>, summary: ImportSummary) {
    this.#options = { ...options, signal: this.#stop.signal };
    this.#summary = summary;
  }

  get options(): SendOptions {
    return this.#options;
  }

  /** Whether there is any use in going on. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Takes a piece; waits while many are on their way. What is no event goes first: the events' counters are what tells, the next time, that the piece
   * is in.
   */
  async piece(piece: Piece, file: string, source: string): Promise<void> {
    const events = piece.items.filter(({ result }) => result === 'event');
    const isIn = events.length > 0 && piece.known?.count === events.length;
    if (!isIn) await this.#aside(piece, source);
    for (const batch of batchesOf(piece.instance, events)) {
      if (this.failed) return;
      await this.send(async () => this.#count(file, batch, await sendBatch(batch, this.#options)));
    }
  }

  /** Waits for all; throws the first failure. */
  async end(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    await this.#tellCounts();
  }

  /** Takes a request; waits while too many wait. */
  async send(act: () => Promise<void>): Promise<void> {
    this.#waiting.push(act);
    this.#next();
    while (this.#waiting.length >= WAITING_MAX && !this.failed) await Promise.race(this.#inFlight);
  }

  #next(): void {
    while (this.#inFlight.size < IN_FLIGHT_MAX && !this.failed) {
      const act = this.#waiting.shift();
      if (act === undefined) return;
      const work: Promise<void> = act()
        .catch((error: unknown) => {
          this.#failure ??= error instanceof Error ? error : new Error('sending failed', { cause: error });
          this.#stop.abort();
        })
        .finally(() => {
          this.#inFlight.delete(work);
          this.#next();
        });
      this.#inFlight.add(work);
    }
  }

  #count(file: string, batch: Batch, reply: ImportReply): void {
    this.#summary.accepted += reply.accepted;
    this.#summary.folded += reply.folded;
    this.#summary.duplicates += reply.duplicates;
    for (const { item, ...reason } of reply.rejected) addRejection(this.#summary, { file, line: batch.lines[item] ?? 0, ...reason });
  }

  async #aside({ items, instance }: Piece, source: string): Promise<void> {
    const lines: QuarantineLine[] = [];
    for (const item of items)
      if (item.quarantine !== undefined) lines.push(item.quarantine);
      else this.#note(instance, source, item);
    if (lines.length > 0) {
      const { kept, dropped } = await putAside(lines, this.#options);
      this.#summary.quarantined += kept;
      this.#summary.notQuarantined += dropped;
    }
    if (this.#counted >= COUNTED_MAX) await this.#tellCounts();
  }

  #note(instance: string, source: string, { format, result, code }: Item): void {
    const key = `${source}\0${format}`;
    let line = this.#counts.get(key);
    if (line === undefined) {
      line = { source, format, id: instance.slice('import-'.length), events: 0, noise: {} };
      this.#counts.set(key, line);
    }
    if (result === 'event') line.events++;
    else line.noise[code] = (line.noise[code] ?? 0) + 1;
    this.#counted++;
  }

  async #tellCounts(): Promise<void> {
    const lines = [...this.#counts.values()];
    this.#counts = new Map();
    this.#counted = 0;
    if (lines.length > 0) await tellCounts(lines, this.#options);
  }
}

/** Events of a piece as requests: each holds events that follow one another, on one page. An event that is too large leaves its number free. */
function* batchesOf(instance: string, events: readonly Item[]): Generator<Batch> {
  for (let from = 0; from < events.length; ) {
    const first = events[from];
    let to = from + 1;
    for (; to - from < BATCH_ITEMS_MAX; to++) if (first?.page === undefined || events[to]?.page !== first.page) break;
    const last = events[to - 1];
    if (first?.page !== undefined && last !== undefined)
      yield {
        body: first.page.subarray(first.from, last.to),
        lines: events.slice(from, to).map(({ line }) => line),
        instance,
        firstSeq: from + 1,
      };
    from = to;
  }
}
