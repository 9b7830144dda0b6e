import { randomInt } from 'node:crypto';
import { BACKOFF_FIRST_MS, BACKOFF_LAST_MS, BACKOFF_REFUSED_MS, BATCH_BYTES, LANES, LINGER_MS, RETRY_AFTER_MAX_MS } from '../bounds.ts';
import type { Refusal } from '../dead-letters.ts';
import type { Report } from '../report.ts';
import type { Batch } from '../spool/segment.ts';
import { openTransport, type Transport, type TransportOptions } from './transport.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface SenderOptions {
  readonly transport: TransportOptions;
  readonly source: { readonly hasMore: boolean; readonly waitingBytes: number; take(): Promise<Batch | undefined> };
  readonly report: Report;
  /** Keeps a line that the server refused for good. */
  readonly refuse: (line: Buffer, refusal: Refusal) => void;
}

/**
 * Takes batches from the spool and sends them until each line has found its end: kept by the server, or refused for good. It holds at most `LANES`
 * batches; after a failure everything waits, longer each time, and one request goes ahead to see.
 */
export class Sender {
  readonly counts = { sent: 0, duplicates: 0, refused: 0, requests: 0, failures: 0 };
  readonly #options: SenderOptions;
  readonly #transport: Transport;
  /** Batches that came back, or what is left of them: before new ones. */
  readonly #again: Batch[] = [];
  #lanes = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  /** A failure is being waited out. */
  #isWaiting = false;
  /** The timer is about to fire: it is not set again. */
  #isSoon = false;
  #stopped = false;
  /** Somebody waits for all of it. */
  #hurried = false;
  #idle: (() => void)[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#transport = openTransport(options.transport);
  }

  /** Something was recorded. Costs nothing when a request is due or on its way. */
  wake(): void {
    if (this.#isWaiting || this.#lanes >= LANES || this.#stopped) return;
    if (this.#options.source.waitingBytes >= BATCH_BYTES) {
      if (!this.#isSoon) this.#schedule(0);
      this.#isSoon = true;
    } else if (this.#timer === undefined && this.#lanes === 0) this.#schedule(LINGER_MS);
  }

  /** Tries now, whatever the wait, and goes on until `calm`. */
  hurry(): void {
    this.#hurried = true;
    if (this.#stopped || this.#lanes > 0) return;
    clearTimeout(this.#timer);
    this.#go();
  }

  calm(): void {
    this.#hurried = false;
  }

  /** Ends requests on their way: what they carried stays in the spool. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#transport.close();
    if (this.#lanes > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#go(), ms);
    this.#timer.unref();
  }

  #go(): void {
    this.#timer = undefined;
    this.#isSoon = false;
    this.#isWaiting = false;
    this.#pump();
  }

  /** After a failure one lane goes ahead; the others follow its success. */
  #pump(): void {
    const lanes = this.#failures > 0 ? 1 : LANES;
    while (this.#lanes < lanes && !this.#isWaiting && !this.#stopped) {
      this.#lanes++;
      void this.#lane();
      if (!this.#options.source.hasMore) break;
    }
  }

  async #lane(): Promise<void> {
    try {
      while (!this.#stopped && !this.#isWaiting) {
        const load = this.#again.shift() ?? (await this.#options.source.take());
        if (load === undefined) break;
        if (!(await this.#send(load))) continue;
        // Little more is there: it waits for others, for a request costs as much as some fifty records.
        if (this.#again.length === 0 && !this.#hurried && this.#options.source.waitingBytes < BATCH_BYTES) break;
        this.#pump();
      }
    } catch (error) {
      this.#options.report('internal', 'the spool could not be read', error);
      this.#backOff(BACKOFF_REFUSED_MS);
    } finally {
      this.#lanes--;
      // What was recorded while the last lane ended woke nobody.
      if (this.#lanes === 0 && !this.#isWaiting && !this.#stopped && this.#timer === undefined && this.#options.source.hasMore)
        this.#schedule(LINGER_MS);
      if (this.#lanes === 0) for (const tell of this.#idle.splice(0)) tell();
    }
  }

  /** Whether the server is there and takes things. */
  async #send(load: Batch): Promise<boolean> {
    this.counts.requests++;
    try {
      const answer = await this.#transport.post(load.bytes);
      const verdict = verdictOf(answer, load.lines);
      switch (verdict.kind) {
        case 'taken':
          return this.#taken(load, verdict);
        case 'split':
          return this.#split(load, verdict.refusal);
        case 'unreachable':
        case 'held':
          return this.#failed(load, verdict.kind, verdict.why, { retryAfterMs: answer.retryAfterMs });
        default:
          return verdict satisfies never;
      }
    } catch (error) {
      return this.#failed(load, 'unreachable', "Daybook can't be reached", { cause: error });
    }
  }

  #taken(load: Batch, { duplicates, refused, again }: Extract<Verdict, { kind: 'taken' }>): boolean {
    this.counts.sent += load.lines - refused.size - again.size;
    this.counts.duplicates += duplicates;
    if (refused.size > 0 || again.size > 0) {
      const lines = linesOf(load.bytes);
      for (const [index, refusal] of refused) this.#refuse(lines[index] ?? Buffer.alloc(0), refusal);
      const rest = lines.filter((_, index) => again.has(index));
      if (rest.length > 0)
        return this.#failed({ ...load, bytes: Buffer.concat(rest), lines: rest.length }, 'unreachable', "Daybook can't keep events now");
    }
    load.settle();
    this.#failures = 0;
    return true;
  }

  #split(load: Batch, refusal: Refusal): boolean {
    const lines = linesOf(load.bytes);
    if (lines.length <= 1) {
      this.#refuse(load.bytes, refusal);
      load.settle();
      return true;
    }
    let left = 2;
    const settle = () => {
      if (--left === 0) load.settle();
    };
    const half = lines.length >> 1;
    for (const part of [lines.slice(0, half), lines.slice(half)])
      this.#again.push({ bytes: Buffer.concat(part), lines: part.length, settle });
    return true;
  }

  #refuse(line: Buffer, refusal: Refusal): void {
    this.counts.refused++;
    this.#options.refuse(line, refusal);
  }

  #failed(
    load: Batch,
    kind: 'unreachable' | 'held',
    message: string,
    { retryAfterMs = 0, cause }: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ): false {
    this.#again.unshift(load);
    if (this.#stopped) return false;
    this.counts.failures++;
    this.#failures++;
    if (kind === 'held' || this.#failures > 1) this.#options.report(kind, message, cause);
    this.#backOff(Math.max(kind === 'held' ? BACKOFF_REFUSED_MS : 0, Math.min(retryAfterMs, RETRY_AFTER_MAX_MS)));
    return false;
  }

  /** At least so long, and a chance of more. */
  #backOff(leastMs: number): void {
    const wait = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.#failures, 16));
    this.#isWaiting = true;
    this.#schedule(Math.max(leastMs, wait / 2) + randomInt(Math.ceil(wait / 2)));
  }
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const at = bytes.indexOf(0x0a, from);
    const end = at < 0 ? bytes.length : at + 1;
    lines.push(bytes.subarray(from, end));
    from = end;
  }
  return lines;
}
