import { setTimeout as pause } from 'node:timers/promises';
import { DaybookError } from '@daybook/protocol';
import type { Base, Principal } from '../base/types.ts';
import type { Ledger } from '../ledger/types.ts';
import type { CaptureCounts, CountReport } from './capture-counts.ts';
import { countReport } from './count-report.ts';
import { readLines, type Rejected } from './foreign-lines.ts';
import type { FoldGroup } from './folding.ts';
import type { IntakeMetrics } from './intake-metrics.ts';
import type { Kept, Quarantine } from './quarantine.ts';
import { quarantineLine } from './quarantine-lines.ts';
import type { QuarantineLine, Refused } from './quarantine-record.ts';
import type { Redaction } from './redact.ts';
import type { AsideReply } from './types.ts';

/** Counts of refused items need not be on disk at once: the items are, or were only told of. */
const FLUSH_MS = 1000;
/** What does not fit the quarantine is told in the ledger, so often at the most. */
const TELL_DROPPED_MS = 60_000;

export interface AsideParts {
  readonly base: Pick<Base, 'log' | 'clock' | 'background'>;
  readonly ledger: Ledger;
  readonly quarantine: Quarantine;
  readonly counts: CaptureCounts;
  readonly redaction: Redaction;
  readonly metrics: IntakeMetrics;
}

/** What comes and becomes no event: put into quarantine, counted. */
export class Aside {
  readonly #parts: AsideParts;
  #later: CountReport[] = [];
  #dropped = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(parts: AsideParts) {
    this.#parts = parts;
    parts.base.background('capture counts', async (signal) => {
      while (!signal.aborted) {
        await pause(FLUSH_MS, undefined, { signal, ref: false }).catch(() => undefined);
        await this.#flush(false);
      }
    });
  }

  /** Refused items of POST /v1/events. Whatever becomes of them here, the request goes on. */
  async refused(producer: string, refused: readonly Refused[], unparseable: number): Promise<void> {
    const { quarantine, redaction, metrics, base, ledger } = this.#parts;
    if (unparseable > 0) metrics.quarantined.inc({ result: 'unparseable' }, unparseable);
    if (refused.length > 0 || unparseable > 0) this.#later.push(reportOf(producer, refused, unparseable));
    if (refused.length === 0) return;
    try {
      // On a full disk the reserve is for what must be recorded.
      const none = { kept: 0, dropped: refused.length };
      this.#told(ledger.health().ok ? await quarantine.keep(refused, redaction) : none);
    } catch (error) {
      base.log.warn({ err: error, items: refused.length }, 'refused items were not kept in quarantine');
    }
  }

  /** Lines that a receiver of this server, or an importer elsewhere, could not read. Durable when it resolves; on failure nothing is promised. */
  async lines(producer: string, lines: readonly QuarantineLine[]): Promise<Kept> {
    if (lines.length === 0) return { kept: 0, dropped: 0 };
    const { quarantine, redaction, counts } = this.#parts;
    this.#mustHaveRoom();
    const kept = await quarantine.keepLines(producer, lines, redaction);
    this.#told(kept);
    await counts.add(lines.map((line) => ({ ...NOTHING, source: line.source, format: line.format, quarantine: { [line.code]: 1 } })));
    return kept;
  }

  /**
   * Counts what became durable as part of other events. `isLines`: whoever read the lines counts them as events, so these are taken off there; for others
   * what they were counted in is counted here.
   */
  folded(groups: readonly FoldGroup[], isLines: boolean): void {
    const sums = new Map<string, { events: number; readonly folded: Record<string, number> }>();
    for (const { key, count } of groups) {
      const sum = sums.get(key.source) ?? { events: 0, folded: {} };
      sums.set(key.source, sum);
      sum.events += isLines ? 1 - count : 1;
      sum.folded[key.rule] = (sum.folded[key.rule] ?? 0) + count - 1;
    }
    for (const [source, sum] of sums) this.#later.push({ ...NOTHING, ...sum, source, format: FOLDED_FORMAT });
  }

  count(reports: readonly CountReport[]): Promise<void> {
    return this.#parts.counts.add(reports);
  }

  async linesFrom(principal: Principal, body: Buffer): Promise<AsideReply> {
    const told = await readLines(body, (fields) => quarantineLine(fields, principal));
    const kept = await this.lines(principal.name, told.items);
    return { ...kept, rejected: this.#masked(told.rejected) };
  }

  async countsFrom(principal: Principal, body: Buffer): Promise<AsideReply> {
    const told = await readLines(body, (fields) => countReport(fields, principal));
    this.#mustHaveRoom();
    await this.count(told.items);
    return { kept: told.items.length, dropped: 0, rejected: this.#masked(told.rejected) };
  }

  async close(): Promise<void> {
    await this.#flush(true);
  }

  /** Messages repeat names that the sender chose, which may be as secret as values. */
  #masked(rejected: readonly Rejected[]): Rejected[] {
    const { redaction } = this.#parts;
    return rejected.map((one) => ({ ...one, field: redaction.rawText(one.field), message: redaction.rawText(one.message) }));
  }

  /** The sender comes again: nothing is lost meanwhile. */
  #mustHaveRoom(): void {
    const health = this.#parts.ledger.health();
    if (!health.ok) throw new DaybookError(health.code ?? 'ledger_unavailable', undefined, { retryAfterS: RETRY_S });
  }

  #told({ kept, dropped }: Kept): void {
    this.#parts.metrics.quarantined.inc({ result: 'kept' }, kept);
    this.#parts.metrics.quarantined.inc({ result: 'dropped' }, dropped);
    this.#dropped += dropped;
  }

  async #flush(last: boolean): Promise<void> {
    const { base, counts, ledger } = this.#parts;
    const later = this.#later;
    this.#later = [];
    try {
      await counts.add(later);
      const due = last || base.clock.monotonicMs() - this.#toldMs >= TELL_DROPPED_MS;
      if (this.#dropped === 0 || !due) return;
      const dropped = this.#dropped;
      this.#toldMs = base.clock.monotonicMs();
      this.#dropped = 0;
      await ledger.record('daybook.gap', { attributes: { dropped }, event_type: 'quarantine.full', outcome: 'failure', reason: FULL });
    } catch (error) {
      base.log.warn({ err: error }, 'counts of what was captured were not written');
    }
  }
}

function reportOf(source: string, refused: readonly Refused[], unparseable: number): CountReport {
  const quarantine: Record<string, number> = {};
  for (const { code } of refused) quarantine[code] = (quarantine[code] ?? 0) + 1;
  return { ...NOTHING, source, format: 'json', quarantine: unparseable === 0 ? quarantine : { ...quarantine, unparseable } };
}

const NOTHING = { events: 0, noise: {}, folded: {}, quarantine: {} };
/** In place of a format: rules look at events of any. */
const FOLDED_FORMAT = 'fold-rules';
const RETRY_S = 10;
const FULL = 'the quarantine had no room for what could not be read: its bounds are in the documentation';
