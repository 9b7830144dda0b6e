import { DaybookError } from '@daybook/protocol';
import { paused } from '../../base/base.ts';
import type { Base, Principal } from '../../base/types.ts';
import type { Channel, Intake, QuarantineLine } from '../../intake/index.ts';

/** Events wait so long for others: a batch costs one write to disk, whatever its size. */
const GATHER_MS = 5;
const BATCH_EVENTS = 1000;
/** Intake reads bodies of 16 MiB; a batch of the usual events has half a MiB. */
const BATCH_CHARS = 1024 * 1024;
/** One is being written while the next is decided. */
const BATCHES_IN_FLIGHT = 2;
/** Of all sinks together: some 100,000 events. Beyond it receivers stop reading, or drop and count where they cannot. */
export const PENDING_CHARS_MAX = 32 * 1024 * 1024;
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
  #lines: string[] = [];
  #chars = 0;
  #aside: QuarantineLine[] = [];
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(parts: SinkParts) {
    this.#parts = parts;
  }

  /** One event as a line of JSON. */
  event(line: string): void {
    this.#lines.push(line);
    this.#chars += line.length;
    this.#parts.pending(line.length);
    if (this.#lines.length >= BATCH_EVENTS || this.#chars >= BATCH_CHARS) this.#flush();
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
    while (this.#lines.length > 0 || this.#aside.length > 0 || this.#inFlight > 0) {
      this.#flush();
      if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    clearTimeout(this.#timer);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#inFlight >= BATCHES_IN_FLIGHT) return;
    if (this.#aside.length > 0) {
      const lines = this.#aside;
      this.#aside = [];
      this.#track(
        this.#putAside(lines),
        lines.reduce((sum, { bytes }) => sum + bytes.length, 0),
      );
    }
    if (this.#lines.length === 0 || this.#inFlight >= BATCHES_IN_FLIGHT) return;
    const lines = this.#lines;
    const chars = this.#chars;
    this.#lines = [];
    this.#chars = 0;
    this.#track(this.#send(lines), chars);
  }

  #track(work: Promise<void>, size: number): void {
    this.#inFlight++;
    void work.finally(() => {
      this.#inFlight--;
      this.#parts.pending(-size);
      const waiting = this.#idle;
      this.#idle = [];
      for (const resolve of waiting) resolve();
      if (this.#lines.length > 0 || this.#aside.length > 0) this.#flush();
    });
  }

  async #send(lines: readonly string[]): Promise<void> {
    const { intake, principal, channel, base } = this.#parts;
    let left = lines;
    const once = async () => {
      const { rejected } = await intake.accept({
        principal,
        channel,
        // Formats leave what they do not map under its own name, which may be one of ours.
        envelope: { src: principal.name, sseqFirst: undefined },
        format: 'ndjson',
        body: Buffer.from(left.join('\n')),
        wait: 'durable',
        signal: base.stopping,
      });
      // What is refused for good lies in quarantine.
      left = rejected.filter(({ code }) => PASSING.has(code)).map(({ item }) => left[item] ?? '');
      return left.length === 0;
    };
    await this.#tried(once, () => left.length);
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
