import type { CountReport, Intake } from '../../intake/index.ts';
import type { Base } from '../../base/types.ts';

interface Sum {
  events: number;
  readonly noise: Map<string, number>;
  readonly folded: Map<string, number>;
}

/** How often sums are written: a crash loses the counts (not the events) of so long. */
const WRITE_MS = 1000;
/** Kinds of noise of a source and format; beyond it they are counted as `other`: senders choose the names of programs. */
const KINDS_MAX = 50;
const KIND = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Sums up what became of records, for the coverage page. */
export class LineCounts {
  readonly #base: Pick<Base, 'log'>;
  readonly #intake: Intake;
  /** By source, NUL, format. */
  #sums = new Map<string, Sum>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(base: Pick<Base, 'log'>, intake: Intake) {
    this.#base = base;
    this.#intake = intake;
  }

  event(source: string, format: string, count = 1): void {
    this.#sum(source, format).events += count;
  }

  noise(source: string, format: string, code: string): void {
    add(this.#sum(source, format).noise, code, 1);
  }

  folded(source: string, format: string, kind: string, count: number): void {
    add(this.#sum(source, format).folded, kind, count);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#write();
    await this.#writing;
  }

  #sum(source: string, format: string): Sum {
    const key = `${source}\0${format}`;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { events: 0, noise: new Map(), folded: new Map() };
      this.#sums.set(key, sum);
      this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
    }
    return sum;
  }

  #write(): void {
    this.#timer = undefined;
    const reports: CountReport[] = [...this.#sums].map(([key, { events, noise, folded }]) => {
      const [source = '', format = ''] = key.split('\0');
      return { source, format, events, noise: Object.fromEntries(noise), folded: Object.fromEntries(folded), quarantine: {} };
    });
    this.#sums = new Map();
    if (reports.length === 0) return;
    this.#writing = Promise.all([this.#writing, this.#intake.countLines(reports)]).then(
      () => undefined,
      (error: unknown) => this.#base.log.warn({ err: error }, 'counts of what was received were not written'),
    );
  }
}

function add(kinds: Map<string, number>, kind: string, count: number): void {
  const known = KIND.test(kind) && (kinds.has(kind) || kinds.size < KINDS_MAX) ? kind : 'other';
  kinds.set(known, (kinds.get(known) ?? 0) + count);
}
