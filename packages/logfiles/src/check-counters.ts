import { isSystemError } from './byte-source.ts';
import type { Quarantine } from './check-small-files.ts';
import type { CounterFault, Counters } from './counters.ts';
import { type Finding, FindingList } from './findings.ts';
import { DirectoryLog } from './reader.ts';
import { SealedError } from './sealed-segment.ts';

export interface CounterCheckOptions {
  readonly counters: Counters;
  readonly quarantine: Quarantine;
  readonly ledgerDir: string;
  /** By log: receive time of its newest entry. */
  readonly lastRt: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

/** `daybook import` numbers its records; a rejected one leaves a hole of which the importer is told. */
const IMPORT = /\/import-[0-9a-f]{32}$/;
/**
 * Producers send over several connections, and try again for minutes: numbers before one that came as recently as this may still arrive. The same
 * gap is a finding of the next check.
 */
const ON_THEIR_WAY_MS = 5 * 60_000;

/** Gaps and doubles in producers' own counters. */
export function checkCounters(options: CounterCheckOptions): { readonly findings: readonly Finding[]; readonly notes: readonly string[] } {
  const { counters, quarantine } = options;
  if (counters.overflown)
    return { findings: [], notes: ["producers' counters were not checked: they are too scattered to be kept in memory"] };
  const findings = new FindingList();
  let importGaps = 0;
  let onTheirWay = 0;
  const recent = new RecentEntries(options);
  for (const fault of counters.faults(quarantine.explained)) {
    const { kind, src, first, last, log, firstIdx, lastIdx } = fault;
    const count = last - first + 1;
    if (kind === 'gap' && IMPORT.test(src)) importGaps += count;
    else if (kind === 'gap' && recent.has(fault)) onTheirWay += count;
    else {
      const numbers = count === 1 ? `${first}` : `${first}-${last}`;
      findings.add(kind === 'gap' ? 'counter_gap' : 'counter_double', `${src}: ${numbers}.`, { log, firstIdx, lastIdx });
    }
  }
  recent.close();
  const notes: string[] = [];
  if (importGaps > 0) notes.push(`imports left out ${importGaps} records that were rejected; the importer was told which`);
  if (onTheirWay > 0)
    notes.push(`${onTheirWay} numbers of producers' counters are missing, but may still be on their way; check again later`);
  return { findings: findings.all(), notes };
}

/** Which entries are so new that those before them may still come. */
class RecentEntries {
  readonly #options: CounterCheckOptions;
  readonly #logs = new Map<string, DirectoryLog>();

  constructor(options: CounterCheckOptions) {
    this.#options = options;
  }

  /** The entry behind the gap. */
  has({ log, firstIdx }: CounterFault): boolean {
    // Mostly the whole log is older, and no entry has to be read.
    if (!this.#isRecent(this.#options.lastRt.get(log) ?? '')) return false;
    const rt = RT.exec(this.#entry(log, firstIdx)?.toString('latin1') ?? '')?.[1];
    return rt !== undefined && this.#isRecent(rt);
  }

  #entry(log: string, idx: number): Buffer | undefined {
    try {
      const reader = this.#logs.get(log) ?? new DirectoryLog(this.#options.ledgerDir, log);
      this.#logs.set(log, reader);
      return reader.entry(idx);
    } catch (error) {
      // A damaged segment is a finding already; the gap is one, too.
      if (error instanceof SealedError || isSystemError(error)) return undefined;
      throw error;
    }
  }

  close(): void {
    for (const log of this.#logs.values()) log.close();
  }

  #isRecent(rt: string): boolean {
    return Date.parse(rt) > this.#options.nowMs - ON_THEIR_WAY_MS;
  }
}

/** Near the end of an entry, behind everything that a producer wrote: the last one counts. */
const RT = /.*,"rt":"([^"]{27})"/s;
