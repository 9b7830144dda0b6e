import { randomBytes } from 'node:crypto';
import { type Audited, audited } from './audited.ts';
import { FLUSH_MS, FSYNC_INTERVAL_MS, LINE_BYTES_MAX } from './bounds.ts';
import { inContext } from './context.ts';
import { DeadLetters, type Refusal } from './dead-letters.ts';
import type { DaybookEvent } from './event.ts';
import { type GapReason, openGap } from './gap.ts';
import { headOf, lineOf } from './line.ts';
import { type DaybookOptions, mustSettings, type Settings } from './options.ts';
import { nowMs, timeText } from './outside.ts';
import { type Report, reporter } from './report.ts';
import { Sender } from './send/sender.ts';
import { Spool } from './spool/spool.ts';

export interface Stats {
  /** Calls of `record`, and gap entries. */
  readonly recorded: number;
  /** The server said that it keeps them. */
  readonly sent: number;
  readonly duplicates: number;
  /** For good: they are in the dead letters. */
  readonly refused: number;
  /** They are nowhere any more. */
  readonly lost: number;
  readonly waitingBytes: number;
  readonly spoolBytes: number;
  readonly requests: number;
  readonly failures: number;
}

// `record` puts one line on disk by one write(2) and returns; a sender carries the lines to the server in batches, for as long as it takes. Numbers
// (`src`, `sseq`) let the server drop what comes twice and see what is missing; an instance is new at each start, so that no number is ever used twice.
export class Client {
  readonly name: string;
  /** This producer instance, new at each start. */
  readonly src: string;
  readonly #options: DaybookOptions;
  readonly #head: string;
  readonly #report: Report;
  readonly #spool: Spool;
  readonly #sender: Sender;
  readonly #letters: DeadLetters;
  readonly #gap = openGap();
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
    this.#report = reporter(options.onProblem);
    this.#letters = new DeadLetters(settings.directory, settings.name);
    this.#spool = new Spool({
      directory: settings.directory,
      name: settings.name,
      instance,
      bytesMax: settings.spoolBytesMax,
      report: this.#report,
      onTorn: (rest) =>
        this.#refuse(rest, { code: 'torn', field: '', message: 'The process or the machine ended in the middle of this line.' }),
      onSettled: () => {
        for (const tell of this.#settled) tell();
      },
    });
    this.#sender = new Sender({
      transport: { url: settings.url, token: settings.token, gzip: options.gzip, ca: options.ca },
      source: this.#spool,
      report: this.#report,
      refuse: (line, refusal) => this.#refuse(line, refusal),
    });
    if (this.#enabled) this.#start();
  }

  #start(): void {
    this.#spool.open();
    this.#sender.wake();
    this.#house = setInterval(() => this.#keepHouse(), FSYNC_INTERVAL_MS);
    this.#house.unref();
    process.once('beforeExit', this.#onExit);
  }

  /** Records an event; inside of a request it gets who and where. Never throws, never waits; false: it is lost, which `onProblem` is told. */
  // True when it is on disk or, while the disk takes nothing, in memory. What is lost a gap entry tells, later.
  record(event: DaybookEvent): boolean {
    try {
      return this.emit(inContext(event));
    } catch (error) {
      this.#report('internal', 'an event could not be recorded', error);
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
    const refused = this.#spool.append(line);
    if (refused !== undefined) return this.#lose(sseq, refused);
    this.#sender.wake();
    return true;
  }

  /** Tells `onProblem` of a fault. */
  fault(message: string, cause: unknown): void {
    this.#report('internal', message, cause);
  }

  /** Runs `fn` and records its end: outcome, reason, duration. `members` may be a function of its result. */
  audited: Audited = (eventType, members, fn) => audited(this, { eventType, members, fn });

  /** A login, or with `outcome: 'denied'` an attempt: `login({ user_id, auth_method: 'password', mfa: true })`. */
  login(event: DaybookEvent): boolean {
    return this.record({ ...authentication('login'), ...event });
  }

  logout(event: DaybookEvent = {}): boolean {
    return this.record({ ...authentication('logout'), ...event });
  }

  stats(): Stats {
    const { sent, duplicates, refused, requests, failures } = this.#sender.counts;
    const { waitingBytes, bytes: spoolBytes } = this.#spool;
    return { recorded: this.#sseq, sent, duplicates, refused, lost: this.#lost, waitingBytes, spoolBytes, requests, failures };
  }

  /** Waits until what was recorded has arrived, or been refused; false: it takes longer. */
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

  /** Flushes and ends; what has not arrived stays in the spool, for the next process. */
  // Later records are lost, and reported.
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
    this.#report('lost', `events are lost: ${LOST_BECAUSE[reason]}`);
    return false;
  }

  /** Whether the line is in the dead letters. */
  #refuse(line: Buffer | string, refusal: Refusal): boolean {
    try {
      this.#letters.put(line, refusal);
      this.#report('refused', `the server refused events for good (${refusal.code}): see ${this.#letters.file}`);
      return true;
    } catch (error) {
      this.#report('lost', 'events were refused, and the dead letters take no more', error);
      const sseq = Number(/^\{"src":"[^"]*","sseq":(\d+)/.exec(line.toString())?.[1] ?? 0);
      return this.#lose(sseq, 'dead_letters_failed');
    }
  }

  /** The gap as an event of its own, when its time has come and there is room. */
  #tellGap(now = false): void {
    if (this.#gap.count === 0 || !(now || this.#gap.isDue)) return;
    const line = lineOf(this.#gap.event(this.src), { head: this.#head, sseq: this.#sseq + 1, time: timeText(nowMs()) });
    if (line === undefined) return;
    if (this.#spool.append(line, { reserve: true }) !== undefined) return;
    this.#sseq++;
    this.#gap.clear();
    this.#sender.wake();
  }

  #keepHouse(): void {
    this.#tellGap();
    this.#housework = this.#housework
      .then(() => this.#spool.keepHouse())
      .catch((error: unknown) => this.#report('internal', 'the spool could not be synced to the disk', error));
    this.#sender.wake();
  }
}

const authentication = (action: 'login' | 'logout'): DaybookEvent => ({
  event_type: action,
  action,
  category: 'authentication',
  outcome: 'success',
});
const DISABLED: Settings = { name: 'disabled', url: 'http://127.0.0.1/', token: 'disabled', directory: '.', spoolBytesMax: 0 };
const TOO_LARGE: Refusal = { code: 'item_too_large', field: '', message: `A record may have ${LINE_BYTES_MAX} bytes.` };
const LOST_BECAUSE: Readonly<Record<GapReason, string>> = {
  spool_full: 'the spool is full, and Daybook does not take what is in it',
  disk_failed: 'the disk takes nothing, and memory is full',
  unserialisable: 'they are no objects that JSON can say',
  dead_letters_failed: 'they were refused, and the dead letters take no more',
  closed: 'they came after close()',
};

/** Opens a client: one per process. Throws TypeError when a setting is missing or wrong. */
export function daybook(options: DaybookOptions = {}): Client {
  return new Client(options);
}
