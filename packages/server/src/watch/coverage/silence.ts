import { DaybookError, microsToText } from '@daybook/protocol';
import { Gauge } from 'prom-client';
import { paused } from '../../base/base.ts';
import type { ExpectedSource } from '../../base/source-settings.ts';
import type { Base } from '../../base/types.ts';
import type { Ledger } from '../../ledger/types.ts';
import type { Query } from '../../query/index.ts';
import { agoText, spanText } from './words.ts';

/** How late a silence may be told. Coverage looks itself, and is never late. */
const LOOK_MS = 10_000;
/** Newer events are found by the order of the table; older ones are asked for before a source is called silent. */
const RECENT_MICROS = 3_600_000_000;
/** An index that is further behind could itself be the silence. */
const LAG_MS_MAX = 30_000;
const HIGH = 4;

type Expecting = ExpectedSource & { readonly silenceS: number };

/**
 * Finds sources that are silent for longer than is normal, and says so once in the ledger, and once when they are back. What is on record is what it goes on
 * from after a restart.
 */
export class SilenceWatch {
  readonly #base: Pick<Base, 'clock' | 'log'>;
  readonly #ledger: Ledger;
  readonly #query: Query;
  readonly #sources: readonly Expecting[];
  readonly #startMicros: number;
  readonly #last = new Map<string, number>();
  /** Sources that are on record as silent. */
  readonly #silent = new Set<string>();
  readonly #gauge: Gauge<'source'>;
  #isReady = false;

  constructor(base: Pick<Base, 'clock' | 'log' | 'metrics' | 'config'>, ledger: Ledger, query: Query) {
    this.#base = base;
    this.#ledger = ledger;
    this.#query = query;
    this.#sources = base.config.sources.filter((source): source is Expecting => source.silenceS !== undefined);
    this.#startMicros = base.clock.nowMicros();
    this.#gauge = new Gauge({
      name: 'daybook_source_silent',
      help: 'Whether a registered source is silent for longer than is normal.',
      labelNames: ['source'],
      registers: [base.metrics],
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#sources.length === 0) return;
    do {
      try {
        await this.look(signal);
      } catch (error) {
        // The engine starts, or is down: silence is not to be told from that, and the next look may.
        if (!signal.aborted && !(error instanceof DaybookError)) this.#base.log.warn({ err: error }, 'sources could not be looked at');
      }
    } while (await paused(LOOK_MS, signal));
  }

  /** Sources whose silence is too long now, and since when: their last event, or the start of this server. `last`: what the asker has just found. */
  now(last: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    for (const [source, micros] of last) this.#note(source, micros);
    return new Map(this.#sources.filter((source) => this.#isLate(source)).map((source) => [source.name, this.#heard(source)]));
  }

  /** One look: what came, who is late, who is back. */
  async look(signal: AbortSignal): Promise<void> {
    if (this.#query.index().lagMs > LAG_MS_MAX) return;
    if (!this.#isReady) await this.#recall(signal);
    for (const [source, last] of await this.#query.lastSince(this.#base.clock.nowMicros() - RECENT_MICROS, signal))
      this.#note(source, last);
    const late = this.#sources.filter((source) => this.#isLate(source) && !this.#silent.has(source.name));
    // What came late, with times of hours ago, is no recent event and yet no silence.
    for (const [source, last] of await this.#query.lastOf(
      late.map(({ name }) => name),
      signal,
    ))
      this.#note(source, last);
    for (const source of this.#sources) await this.#tell(source);
  }

  async #recall(signal: AbortSignal): Promise<void> {
    for (const [source, last] of await this.#query.lastOf(
      this.#sources.map(({ name }) => name),
      signal,
    ))
      this.#note(source, last);
    for (const { resourceId, eventType } of await this.#query.newestOwn('daybook.source', signal))
      if (eventType === 'daybook.source_silent') this.#silent.add(resourceId);
    this.#isReady = true;
  }

  #note(source: string, last: number): void {
    this.#last.set(source, Math.max(last, this.#last.get(source) ?? 0));
  }

  /** A source that was never heard is late from the start of this server on. */
  #heard({ name }: Expecting): number {
    return this.#last.get(name) ?? this.#startMicros;
  }

  #isLate(source: Expecting): boolean {
    return this.#base.clock.nowMicros() - this.#heard(source) > source.silenceS * 1_000_000;
  }

  async #tell(source: Expecting): Promise<void> {
    const isLate = this.#isLate(source);
    this.#gauge.set({ source: source.name }, isLate ? 1 : 0);
    if (isLate === this.#silent.has(source.name)) return;
    const last = this.#last.get(source.name);
    await this.#ledger.record('daybook.source', {
      attributes: { ...(last === undefined ? {} : { last: microsToText(last) }), owner: source.owner, silence_s: source.silenceS },
      event_type: isLate ? 'daybook.source_silent' : 'daybook.source_back',
      outcome: isLate ? 'failure' : 'success',
      reason: isLate ? this.#why(source, last) : `${source.name} is heard again.`,
      resource: `source/${source.name}`,
      resource_id: source.name,
      resource_type: 'source',
      severity: isLate ? HIGH : 1,
    });
    if (isLate) this.#silent.add(source.name);
    else this.#silent.delete(source.name);
  }

  #why({ name, silenceS }: Expecting, last: number | undefined): string {
    const heard = last === undefined ? 'was never heard' : `was heard last ${agoText(this.#base.clock.nowMicros() - last)} ago`;
    return `${name} ${heard}; normal is at most ${spanText(silenceS)}.`;
  }
}
