import { randomBytes } from 'node:crypto';
import { type Audited, audited } from './audited.ts';
import { FLUSH_MS, FSYNC_INTERVAL_MS, LINE_BYTES_MAX } from './bounds.ts';
import { inContext } from './context.ts';
import { DeadLetters, type Refusal } from './dead-letters.ts';
import type { DaybookEvent } from './event.ts';
import { Gap, type GapReason } from './gap.ts';
import { headOf, lineOf } from './line.ts';
import { type DaybookOptions, mustSettings, type Settings } from './options.ts';
import { nowMs, timeText } from './outside.ts';
import { Reporter } from './report.ts';
import { Sender } from './send/sender.ts';
import { Spool } from './spool/spool.ts';

export interface Stats {
  /** Calls of `record`, and gap entries. */
  readonly recorded: number;
  /** Events of which the server said that it keeps them. */
  readonly sent: number;
  readonly duplicates: number;
  /** Events refused for good: in the dead letters. */
  readonly refused: number;
  /** Events that are nowhere. */
  readonly lost: number;
  readonly waitingBytes: number;
  readonly spoolBytes: number;
  readonly requests: number;
  readonly failures: number;
}

/**
 * Records accesses. `record` puts one line on disk by one write(2) and returns; a sender carries the lines to the server in batches, for as long as it
 * takes. Numbers (`src`, `sseq`) let the server drop what comes twice and see what is missing; an instance is new at each start, so that no number is
 * ever used twice.
 */
export class Client {
  readonly name: string;
  /** This producer instance. */
  readonly src: string;
  readonly #options: DaybookOptions;
  readonly #head: string;
  readonly #reporter: Reporter;
  readonly #spool: Spool;
  readonly #sender: Sender;
  readonly #letters: DeadLetters;
  readonly #gap = new Gap();
  readonly #enabled: boolean;
  #sseq = 0;
  #lost = 0;
  #closed = false;
  #house: NodeJS.Timeout | undefined;
  #housework: Promise<void> = Promise.resolve();
  #settled: (() => void)[] = [];

  constructor(options: DaybookOptions) {
    this.#enabled = options.enabled !== false;
    const settings: Settings = this.#enabled ? mustSettings(options) : DISABLED;
    const instance = randomBytes(8).toString('hex');
    this.#options = options;
    this.name = settings.name;
    this.src = `${settings.name}/${instance}`;
    this.#head = headOf(this.src);
    this.#reporter = new Reporter(options.onProblem);
    this.#letters = new DeadLetters(settings.directory, settings.name);
    this.#spool = new Spool({
      directory: settings.directory,
      name: settings.name,
      instance,
      bytesMax: settings.spoolBytesMax,
      reporter: this.#reporter,
      onTorn: (rest) =>
        this.#refuse(rest, { code: 'torn', field: '', message: 'The process or the machine ended in the middle of this line.' }),
      onSettled: () => {
        for (const tell of this.#settled) tell();
      },
    });
    this.#sender = new Sender({
      transport: { url: settings.url, token: settings.token, gzip: options.gzip, ca: options.ca },
      source: this.#spool,
      reporter: this.#reporter,
      refuse: (line, refusal) => this.#refuse(line, refusal),
    });
    if (this.#enabled) this.#start();
  }

  #start(): void {
    this.#spool.open();
    this.#sender.wake(this.#spool.waitingBytes);
    this.#house = setInterval(() => this.#keepHouse(), FSYNC_INTERVAL_MS);
    this.#house.unref();
    process.once('beforeExit', this.#onExit);
  }

  /**
   * Records an event. Inside of a request it gets who and where from it, unless it says so itself. Never throws, never waits: true when the event is on
   * disk (or, while the disk takes nothing, in memory), false when it is lost, which `onProblem` and later a gap entry tell.
   */
  record(event: DaybookEvent): boolean {
    try {
      return this.emit(inContext(event));
    } catch (error) {
      this.#reporter.report('internal', 'an event could not be recorded', { cause: error });
      return false;
    }
  }

  /** As `record`, with the event as it is. */
  emit(event: DaybookEvent): boolean {
    if (!this.#enabled) return true;
    const sseq = ++this.#sseq;
    if (this.#closed) return this.#lose(sseq, 'closed');
    const time = timeText(nowMs());
    const line = lineOf(this.#options.defaults === undefined ? event : { ...this.#options.defaults, ...event }, {
      head: this.#head,
      sseq,
      time,
    });
    if (line === undefined) return this.#lose(sseq, 'unserialisable');
    // A character is at most three bytes.
    if (line.length * 3 > LINE_BYTES_MAX && Buffer.byteLength(line) > LINE_BYTES_MAX) return this.#refuse(line, TOO_LARGE);
    const kept = this.#spool.append(line);
    if (kept === 'full') return this.#lose(sseq, 'spool_full');
    if (kept === 'disk_failed') return this.#lose(sseq, 'disk_failed');
    this.#sender.wake(this.#spool.waitingBytes);
    return true;
  }

  /** A fault of what the application handed in: told, and swallowed. */
  fault(message: string, cause: unknown): void {
    this.#reporter.report('internal', message, { cause });
  }

  /** Records what `fn` does: see `audited`. */
  audited: Audited = (eventType, members, fn) => audited(this, { eventType, members, fn });

  /** A login, or with `outcome: 'denied'` an attempt: `login({ user_id, auth_method: 'password', mfa: true })`. Inside of a request it knows where from. */
  login(event: DaybookEvent): boolean {
    return this.record({ event_type: 'login', action: 'login', category: 'authentication', outcome: 'success', ...event });
  }

  logout(event: DaybookEvent = {}): boolean {
    return this.record({ event_type: 'logout', action: 'logout', category: 'authentication', outcome: 'success', ...event });
  }

  stats(): Stats {
    const { sent, duplicates, refused, requests, failures } = this.#sender.counts;
    const { waitingBytes, bytes: spoolBytes } = this.#spool;
    return { recorded: this.#sseq, sent, duplicates, refused, lost: this.#lost, waitingBytes, spoolBytes, requests, failures };
  }

  /** Waits until what was recorded has arrived, or been refused; false when that takes longer than `timeoutMs`. */
  async flush({ timeoutMs = FLUSH_MS }: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    this.#tellGap(true);
    const waiting = this.#spool.sealed();
    const isDone = () => waiting.every(({ size, settled }) => settled >= size) && this.#spool.memory.settled >= this.#spool.memory.size;
    if (isDone()) return true;
    this.#sender.hurry();
    return new Promise((resolve) => {
      const end = (done: boolean) => {
        clearTimeout(timer);
        this.#settled = this.#settled.filter((other) => other !== look);
        if (this.#settled.length === 0) this.#sender.calm();
        resolve(done);
      };
      const look = () => {
        if (isDone()) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMs);
      this.#settled.push(look);
    });
  }

  /** Flushes and ends. What has not arrived by then stays in the spool, for the next process. Later records are lost, and reported. */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<boolean> {
    if (this.#closed || !this.#enabled) return true;
    clearInterval(this.#house);
    process.removeListener('beforeExit', this.#onExit);
    const done = await this.flush(options);
    this.#tellGap(true);
    this.#closed = true;
    await this.#sender.stop();
    await this.#housework;
    this.#spool.close();
    return done;
  }

  /** A process that comes to its end by itself gives what it recorded a chance to arrive. */
  readonly #onExit = (): void => void this.flush();

  // ---- trouble

  #lose(sseq: number, reason: GapReason): false {
    this.#lost++;
    this.#gap.note(sseq, reason, nowMs());
    this.#reporter.report('lost', `events are lost: ${LOST_BECAUSE[reason]}`);
    return false;
  }

  /** Whether the line is in the dead letters. */
  #refuse(line: Buffer | string, refusal: Refusal): boolean {
    try {
      this.#letters.put(line, refusal);
      this.#reporter.report('refused', `the server refused events for good (${refusal.code}): see ${this.#letters.file}`);
      return true;
    } catch (error) {
      this.#reporter.report('lost', 'events were refused, and the dead letters take no more', { cause: error });
      const sseq = Number(/^\{"src":"[^"]*","sseq":(\d+)/.exec(line.toString())?.[1] ?? 0);
      return this.#lose(sseq, 'dead_letters_failed');
    }
  }

  /** The gap as an event of its own, when its time has come and there is room. */
  #tellGap(now = false): void {
    if (this.#gap.count === 0 || !(now || this.#gap.isDue)) return;
    const line = lineOf(this.#gap.event(this.src), { head: this.#head, sseq: this.#sseq + 1, time: timeText(nowMs()) });
    if (line === undefined) return;
    const kept = this.#spool.append(line, { reserve: true });
    if (kept !== 'disk' && kept !== 'memory') return;
    this.#sseq++;
    this.#gap.clear();
    this.#sender.wake(this.#spool.waitingBytes);
  }

  #keepHouse(): void {
    this.#tellGap();
    this.#housework = this.#housework
      .then(() => this.#spool.keepHouse())
      .catch((error: unknown) => this.#reporter.report('internal', 'the spool could not be synced to the disk', { cause: error }));
    this.#sender.wake(this.#spool.waitingBytes);
  }
}

const DISABLED: Settings = { name: 'disabled', url: 'http://127.0.0.1/', token: 'disabled', directory: '.', spoolBytesMax: 0 };
const TOO_LARGE: Refusal = { code: 'item_too_large', field: '', message: `A record may have ${LINE_BYTES_MAX} bytes.` };
const LOST_BECAUSE: Readonly<Record<GapReason, string>> = {
  spool_full: 'the spool is full, and Daybook does not take what is in it',
  disk_failed: 'the disk takes nothing, and memory is full',
  unserialisable: 'they are no objects that JSON can say',
  dead_letters_failed: 'they were refused, and the dead letters take no more',
  closed: 'they came after close()',
};

/** Opens the client. Keep one per process; throws TypeError when a setting is missing or wrong. */
export function daybook(options: DaybookOptions = {}): Client {
  return new Client(options);
}
