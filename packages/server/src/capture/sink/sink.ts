import { DaybookError } from '@daybook/protocol';
import { paused } from '../../base/base.ts';
import type { Base, Principal } from '../../base/types.ts';
import type { Channel, Intake, QuarantineLine } from '../../intake/index.ts';
import { EventLines } from './event-lines.ts';

/** Events wait so long for others: a batch costs one write to disk, whatever its size. */
const GATHER_MS = 5;
/** So many are worth a batch at once. */
const BATCH_EVENTS = 1000;
const BATCH_BYTES = 1024 * 1024;
/** While a batch is on its way the next one grows: intake takes 10,000 items and 16 MiB at a time. */
const BATCH_EVENTS_MAX = 8000;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
/** Of all sinks together: some 100,000 events. Beyond it receivers stop reading, or drop and count where they cannot. */
export const PENDING_BYTES_MAX = 32 * 1024 * 1024;
const RETRY_MS = 250;
const RETRY_MS_MAX = 5000;
/** The ledger, or the room in memory, comes back: these are tried until it does. */
const PASSING = new Set(['too_busy', 'disk_full', 'ledger_unavailable', 'shutting_down']);

export interface SinkParts {
  readonly base: Pick<Base, 'log' | 'stopping'>;
  readonly intake: Intake;
  readonly principal: Principal;
  readonly channel: Channel;
  /** Bytes that came or went, of all sinks. */
  pending(change: number): void;
  /** Records that could not be kept though everything was tried. */
  lost(count: number, reason: string): void;
}

/**
 * The way of one source's records from receivers that answer nobody (syslog) into intake: gathered for a few milliseconds, handed over in order, tried
 * again while the ledger has no room. What is in here is acknowledged to nobody: a kill loses it, and the protocol has no word for that.
 */
export class Sink {
  readonly #parts: SinkParts;
  /** What grows, and before it what is as large as a batch may be. */
  #lines = new EventLines();
  readonly #full: EventLines[] = [];
  #aside: QuarantineLine[] = [];
  /** One batch at a time, so that what came first is kept first, also when it has to be tried again. */
  #sending: Promise<void> | undefined;
  #putting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: SinkParts) {
    this.#parts = parts;
  }

  /** One event as a line of JSON. */
  event(line: string): void {
    const before = this.#lines.byteLength;
    this.#lines.add(line);
    this.#parts.pending(this.#lines.byteLength - before);
    const { count, byteLength } = this.#lines;
    if (count >= BATCH_EVENTS_MAX || byteLength >= BATCH_BYTES_MAX) {
      this.#full.push(this.#lines);
      this.#lines = new EventLines();
    }
    if (count >= BATCH_EVENTS || byteLength >= BATCH_BYTES) this.#flush();
    else this.#soon();
  }

  quarantine(line: QuarantineLine): void {
    this.#aside.push(line);
    this.#parts.pending(line.bytes.length);
    if (this.#aside.length >= BATCH_EVENTS) this.#flush();
    else this.#soon();
  }

  /** Resolves when all that was given is kept, or given up. */
  async close(): Promise<void> {
    this.#flush();
    while (this.#sending !== undefined || this.#putting !== undefined) {
      await Promise.all([this.#sending, this.#putting]);
      this.#flush();
    }
    clearTimeout(this.#timer);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#sending === undefined ? this.#take() : undefined;
    if (lines !== undefined) {
      const { byteLength } = lines;
      this.#sending = this.#send(lines).finally(() => {
        this.#sending = undefined;
        lines.release();
        this.#done(byteLength);
      });
    }
    if (this.#aside.length > 0 && this.#putting === undefined) {
      const lines = this.#aside;
      this.#aside = [];
      this.#putting = this.#putAside(lines).finally(() => {
        this.#putting = undefined;
        this.#done(lines.reduce((sum, { bytes }) => sum + bytes.length, 0));
      });
    }
  }

  #take(): EventLines | undefined {
    const full = this.#full.shift();
    if (full !== undefined || this.#lines.count === 0) return full;
    const lines = this.#lines;
    this.#lines = new EventLines();
    return lines;
  }

  #done(size: number): void {
    this.#parts.pending(-size);
    if (this.#full.length > 0 || this.#lines.count > 0 || this.#aside.length > 0) this.#flush();
  }

  async #send(lines: EventLines): Promise<void> {
    const { intake, principal, channel, base } = this.#parts;
    const once = async () => {
      const { rejected } = await intake.accept({
        principal,
        channel,
        // Formats leave what they do not map under its own name, which may be one of ours.
        envelope: { src: principal.name, sseqFirst: undefined },
        format: 'ndjson',
        body: lines.body,
        wait: 'durable',
        signal: base.stopping,
      });
      // What is refused for good lies in quarantine.
      lines.keep(rejected.filter(({ code }) => PASSING.has(code)).map(({ item }) => item));
      return lines.count === 0;
    };
    await this.#tried(once, () => lines.count);
  }

  async #putAside(lines: readonly QuarantineLine[]): Promise<void> {
    const { intake, principal } = this.#parts;
    // What goes over the bounds of the quarantine is counted and told by it.
    const once = async () => (await intake.quarantine(principal.name, lines), true);
    await this.#tried(once, () => lines.length);
  }

  /** Until it went well, the server stops, or it can never go well. */
  async #tried(once: () => Promise<boolean>, left: () => number): Promise<void> {
    const { base } = this.#parts;
    const lost = (reason: string) => this.#parts.lost(left(), reason);
    for (let waitMs = RETRY_MS; ; waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      try {
        if (await once()) return;
      } catch (error) {
        if (!(error instanceof DaybookError) || !PASSING.has(error.code)) {
          base.log.error({ err: error, records: left() }, 'received records could not be kept');
          return lost('intake refused them as a whole');
        }
      }
      if (!(await paused(waitMs, base.stopping))) return lost('the server stopped while the ledger took nothing');
    }
  }
}
