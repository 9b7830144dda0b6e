import type { Config } from '../base/config.ts';
import type { Base } from '../base/types.ts';
import type { Ledger } from '../ledger/types.ts';
import { Aside } from './aside.ts';
import { CaptureCounts } from './capture-counts.ts';
import { Decider } from './decide.ts';
import { FoldRules } from './fold-rules.ts';
import { openGeo } from './geo.ts';
import { ImportanceRules } from './importance.ts';
import { unexplained } from './gaps.ts';
import { EventIntake } from './intake.ts';
import { intakeMetrics } from './intake-metrics.ts';
import { Memory } from './memory.ts';
import { maskText } from './patterns.ts';
import { Quarantine } from './quarantine.ts';
import { QuarantineView } from './quarantine-view.ts';
import { BodyReader } from './reading.ts';
import { type LineReader, reimport } from './reimport.ts';
import { Redaction } from './redact.ts';
import type { Intake } from './types.ts';
import { UserAgents } from './user-agent.ts';

export type * from './types.ts';
export { BODY_BYTES_MAX, IN_FLIGHT_BYTES_MAX } from './limits.ts';
export { srcOf } from './decide.ts';

/** Masks secrets in texts that do not come through intake: queries that are recorded, for one. */
export function redactText(config: Pick<Config, 'redact'>): (text: string) => string {
  const patterns = new Set(config.redact.patterns);
  return (text) => maskText(text, patterns).text;
}

export type IntakeBase = Pick<Base, 'config' | 'files' | 'random' | 'log' | 'clock' | 'metrics' | 'background'>;

export interface IntakeOptions {
  /** Formats by which lines of the quarantine are read again, beside JSON. */
  readonly readLine?: LineReader;
}

/** Stage 2 decides: who, where, what of it may be kept, which log; and whether it was here before. Reads its memory of doubles first. */
export async function openIntake(base: IntakeBase, ledger: Ledger, { readLine = () => undefined }: IntakeOptions = {}): Promise<Intake> {
  const { config } = base;
  const memory = await Memory.open(base, ledger);
  const redaction = new Redaction(config.redact);
  const decider = new Decider({
    redaction,
    geo: await openGeo(base),
    agents: new UserAgents(),
    importance: new ImportanceRules({ importance: config.importance, logs: ledger.logs }),
    logs: ledger.logs,
  });
  const folding = FoldRules.of(config);
  // Contents of what is counted in others are known by hashes of this key: it is to outlive a kill.
  if (folding !== undefined) await memory.keepKey();
  const reader = new BodyReader({ decider, redaction, folding, clock: base.clock, logCount: ledger.logs.length, seed: memory.dedupe.seed });
  const metrics = intakeMetrics(base.metrics, () => memory.dedupe.ids.size);
  const quarantine = new Quarantine(base);
  const counts = new CaptureCounts(base);
  const aside = new Aside({ base, ledger, quarantine, counts, redaction, metrics });
  const view = new QuarantineView(base, quarantine.dir);
  const events = new EventIntake({ base, ledger, reader, memory, aside, metrics });
  return {
    view,
    accept: (request) => events.accept(request),
    quarantine: (producer, lines) => aside.lines(producer, lines),
    countLines: (reports) => aside.count(reports),
    quarantineBody: (principal, body) => aside.linesFrom(principal, body),
    countsBody: (principal, body) => aside.countsFrom(principal, body),
    reimport: (ids, by, signal) =>
      reimport({ view, readLine, accept: (request) => events.accept(request), count: (reports) => aside.count(reports) }, ids, {
        by,
        signal,
      }),
    lineCounts: (days) => counts.sums(days),
    gaps: async (max) => unexplained(memory.dedupe.sequences.holes(), await view.explained(), max),
    recordLoss: (loss) => events.recordLoss(loss),
    counters: (producer, instance) => events.counters(producer, instance),
    close: () => events.close(),
  };
}
