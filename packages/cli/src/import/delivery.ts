import type { Format, Result } from '@daybook/formats';
import { type CountLine, putAside, type QuarantineLine, tellCounts } from './aside.ts';
import type { Content } from './content.ts';
import { eventLine, lineOptions } from './event-line.ts';
import type { Piece } from './pieces.ts';
import { type EventBatch, type ImportReply, sendBatch, type SendOptions } from './send.ts';
import { addRejection, type ImportSummary } from './summary.ts';

/** Requests in flight: enough that the server always has one to write while the next is read. */
const IN_FLIGHT_MAX = 4;
/** Requests that keep the server's group commit full without holding much in memory. */
const BATCH_ITEMS_MAX = 2000;
const BATCH_CHARS_MAX = 2 * 1024 * 1024;
/** Counts of so many records are told at once: each telling is a write on the server's disk. */
const COUNTED_MAX = 100_000;
/** Of a line in quarantine the server keeps 40 KiB. */
const QUARANTINE_BYTES_MAX = 48 * 1024;

/** Whose records are delivered. */
export interface Origin {
  readonly file: string;
  readonly format: Format;
  readonly source: string;
  readonly content: Content;
}

interface Batch extends EventBatch {
  readonly lines: readonly number[];
}

/** Sends pieces, several requests at a time. The first failure stops all; what was sent until then is in, and known when it is sent again. */
export class Delivery {
  readonly #options: SendOptions;
  readonly #summary: ImportSummary;
  readonly #stop = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  #counts = new Map<string, CountLine & { noise: Record<string, number> }>();
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
  async piece(piece: Piece, origin: Origin): Promise<void> {
    const options = lineOptions(origin.format, origin.source);
    const events = piece.results.filter(({ result }) => result === 'event');
    // Once: what is written of an event is taken from it.
    const lines = events.map((event) => eventLine(event, options));
    const isIn = events.length > 0 && piece.known?.count === events.length;
    if (!isIn)
      await this.#aside(
        piece,
        origin,
        events.filter((_, i) => lines[i] === undefined),
      );
    for (const batch of batchesOf(piece.instance, events, lines)) {
      if (this.failed) return;
      await this.#send(batch, origin);
    }
  }

  /** Waits for all; throws the first failure. */
  async end(): Promise<void> {
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
    await this.#tellCounts();
  }

  /** A request of another kind, one of those in flight. */
  async send(act: () => Promise<void>): Promise<void> {
    const work: Promise<void> = act()
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error('sending failed', { cause: error });
        this.#stop.abort();
      })
      .finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
    if (this.#inFlight.size >= IN_FLIGHT_MAX) await Promise.race(this.#inFlight);
  }

  async #send(batch: Batch, origin: Origin): Promise<void> {
    await this.send(async () => this.#count(origin, batch, await sendBatch(batch, this.#options)));
  }

  #count({ file }: Origin, batch: Batch, reply: ImportReply): void {
    this.#summary.accepted += reply.accepted;
    this.#summary.folded += reply.folded;
    this.#summary.duplicates += reply.duplicates;
    for (const { item, ...reason } of reply.rejected) addRejection(this.#summary, { file, line: batch.lines[item] ?? 0, ...reason });
  }

  async #aside(piece: Piece, origin: Origin, tooLarge: readonly Result[]): Promise<void> {
    const lines = tooLarge.map((one) =>
      quarantineLine({ ...one, code: 'too_large', reason: 'this event is too large to be sent' }, origin),
    );
    for (const result of piece.results)
      if (result.result === 'quarantine') lines.push(quarantineLine(result, origin));
      else this.#note(piece, origin, result);
    if (lines.length > 0) {
      const { kept, dropped } = await putAside(lines, this.#options);
      this.#summary.quarantined += kept;
      this.#summary.notQuarantined += dropped;
    }
    if (this.#counted >= COUNTED_MAX) await this.#tellCounts();
  }

  #note({ instance }: Piece, { source }: Origin, { format, result, code = 'other' }: Result): void {
    const key = `${source}\0${format}`;
    let line = this.#counts.get(key);
    if (line === undefined) {
      line = { source, format, id: instance.slice('import-'.length), events: 0, noise: {} };
      this.#counts.set(key, line);
    }
    if (result === 'event') this.#counts.set(key, { ...line, events: line.events + 1 });
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

function quarantineLine(result: Result, { file, source, content }: Origin): QuarantineLine {
  const { format, code = 'other', reason = 'not understood', line, text } = result;
  const head = { source, format, code, reason, line, file: file.slice(0, FILE_CHARS_MAX) };
  // The bytes as they stand, where decoding them lost some.
  if (text.includes('\uFFFD') && result.offset >= content.from)
    return { ...head, base64: content.bytes(result.offset, result.end, QUARANTINE_BYTES_MAX).toString('base64') };
  return { ...head, text: text.slice(0, QUARANTINE_BYTES_MAX) };
}

const FILE_CHARS_MAX = 500;

/** Events of a piece as requests: each holds events that follow one another, so that their counters do, too. Lines that are absent leave a number free. */
function* batchesOf(instance: string, events: readonly Result[], lines: readonly (string | undefined)[]): Generator<Batch> {
  let from = 0;
  let chars = 0;
  const batch = (to: number): Batch => ({
    body: Buffer.from(lines.slice(from, to).join('\n')),
    lines: events.slice(from, to).map(({ line }) => line),
    instance,
    firstSeq: from + 1,
  });
  for (let i = 0; i <= lines.length; i++) {
    const line = lines[i];
    chars += line?.length ?? 0;
    const full = i - from >= BATCH_ITEMS_MAX || chars >= BATCH_CHARS_MAX;
    if (line !== undefined && !full) continue;
    if (i > from) yield batch(i);
    from = line === undefined ? i + 1 : i;
    chars = line?.length ?? 0;
  }
}
