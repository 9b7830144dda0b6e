import { ACCESS_KINDS, type AccessKindName, microsToText, textToMicros } from '@daybook/protocol';
import type { ExpectedSource } from '../../base/source-settings.ts';
import type { Seen } from '../../query/index.ts';
import { agoText, spanText } from './words.ts';
import type { CanaryState, Cell, Coverage, LineCounts, OpenGap, Problem, QuarantineGroup, SourceCoverage } from '../types.ts';

/** Everything that coverage is made of. What the asker may not see is left out already. */
export interface CoverageFacts {
  readonly nowMicros: number;
  readonly fromMicros: number;
  readonly days: number;
  readonly indexLagMs: number;
  readonly register: readonly ExpectedSource[];
  readonly seen: readonly Seen[];
  /** Newest event of registered sources, whenever it was. */
  readonly last: ReadonlyMap<string, number>;
  /** When sources whose silence is too long were heard last, or were first expected. */
  readonly silentSince: ReadonlyMap<string, number>;
  readonly lines: ReadonlyMap<string, LineCounts>;
  readonly quarantine: readonly QuarantineGroup[];
  readonly gaps: readonly OpenGap[];
  readonly canaries: readonly CanaryState[];
}

/** Says of each source and kind of access whether it was seen or proven, and whether anything expected is missing. */
export function coverageOf(facts: CoverageFacts): Coverage {
  const { nowMicros, fromMicros, days, indexLagMs, register, canaries } = facts;
  const sources = namesOf(facts).map((name) => sourceOf(name, facts));
  const problems = [
    ...sources.flatMap((source) => problemsOf(source, facts)),
    ...canaries.flatMap((canary) => canaryProblem(canary, nowMicros)),
  ];
  const isExpecting = register.length > 0 || canaries.length > 0;
  return {
    at: microsToText(nowMicros),
    from: microsToText(fromMicros),
    days,
    answer: problems.length > 0 ? 'no' : isExpecting ? 'yes' : 'nothing_expected',
    index_lag_ms: Math.round(indexLagMs),
    kinds: ACCESS_KINDS.map((kind) => ({ ...kind })),
    problems,
    notes: sources.flatMap((source) => notesOf(source, register.length > 0)),
    sources,
    canaries,
  };
}

/** Registered ones first, in the order of the register; then whoever else was heard or is told of, by name. */
function namesOf({ register, seen, lines, quarantine, gaps, canaries }: CoverageFacts): string[] {
  const others = new Set([
    ...seen.map(({ source }) => source),
    ...[...lines.keys()].map(sourceOfKey),
    ...quarantine.filter(({ open }) => open > 0).map(({ source }) => source),
    ...gaps.map(({ producer }) => producer),
    ...canaries.map(({ source }) => source),
  ]);
  return [...new Set([...register.map(({ name }) => name), ...[...others].sort()])];
}

export function sourceOfKey(key: string): string {
  return key.split('\0', 1)[0] ?? '';
}

function sourceOf(name: string, facts: CoverageFacts): SourceCoverage {
  const expected = facts.register.find((source) => source.name === name);
  const seen = facts.seen.filter(({ source }) => source === name);
  const last = [...seen.map((one) => one.last), ...lastText(facts.last.get(name))].sort().at(-1) ?? null;
  const silentSince = facts.silentSince.get(name);
  return {
    name,
    registered: expected !== undefined,
    owner: expected?.owner ?? '',
    note: expected?.note ?? '',
    silence_s: expected?.silenceS ?? null,
    events: seen.reduce((sum, { count }) => sum + count, 0),
    last,
    silent_since: silentSince === undefined ? null : microsToText(silentSince),
    cells: ACCESS_KINDS.flatMap(({ name: kind }) => cellOf(kind, { name, expected, seen, facts })),
    lines: linesOf(name, facts.lines),
    quarantine: facts.quarantine.reduce((sum, { source, open }) => sum + (source === name ? open : 0), 0),
    gaps: facts.gaps.filter(({ producer }) => producer === name),
  };
}

function lastText(micros: number | undefined): string[] {
  return micros === undefined ? [] : [microsToText(micros)];
}

interface CellInput {
  readonly name: string;
  readonly expected: ExpectedSource | undefined;
  readonly seen: readonly Seen[];
  readonly facts: CoverageFacts;
}

function cellOf(kind: AccessKindName, { name, expected, seen, facts }: CellInput): Cell[] {
  const found = seen.find((one) => one.kind === kind);
  const canary = facts.canaries.find((one) => one.source === name && one.proves === kind && one.last !== null);
  const isExpected = expected?.expect.includes(kind) === true;
  const count = found?.count ?? 0;
  const proven = canary !== undefined && proves(canary, facts.nowMicros);
  if (!isExpected && count === 0 && canary === undefined) return [];
  const run = canary?.last;
  return [
    {
      kind,
      expected: isExpected,
      state: proven ? 'proven' : count > 0 ? 'seen' : 'missing',
      count,
      last: found?.last ?? null,
      canary:
        canary === undefined || run === null || run === undefined
          ? null
          : { name: canary.name, result: run.result, at: run.at, visible_ms: run.visible_ms },
    },
  ];
}

/** A proof holds until the run after the next is overdue: a single late one is no loss. */
export function proves(canary: CanaryState, nowMicros: number): boolean {
  const { last, every_s, within_s } = canary;
  if (last?.result !== 'seen') return false;
  return nowMicros - textToMicros(last.at) <= (2 * every_s + within_s) * 1_000_000;
}

function linesOf(name: string, lines: ReadonlyMap<string, LineCounts>): LineCounts | null {
  const own = [...lines].filter(([key]) => sourceOfKey(key) === name).map(([, counts]) => counts);
  if (own.length === 0) return null;
  const sum = (part: 'noise' | 'folded' | 'quarantine') => {
    const kinds: Record<string, number> = {};
    for (const counts of own) for (const [kind, count] of Object.entries(counts[part])) kinds[kind] = (kinds[kind] ?? 0) + count;
    return kinds;
  };
  return {
    // What is folded is taken off at once; whoever read the lines tells of them later.
    events: Math.max(
      0,
      own.reduce((all, { events }) => all + events, 0),
    ),
    noise: sum('noise'),
    folded: sum('folded'),
    quarantine: sum('quarantine'),
  };
}

// ---- what is wrong

const LABELS = new Map<string, string>(ACCESS_KINDS.map(({ name, label }) => [name, label.toLowerCase()]));

function problemsOf(source: SourceCoverage, { nowMicros, days }: CoverageFacts): Problem[] {
  const { name, last, silence_s, silent_since, cells, gaps } = source;
  const problems: Problem[] = [];
  if (silent_since !== null && silence_s !== null) {
    const heard = last === null ? 'has never said anything' : `was heard last ${agoText(nowMicros - textToMicros(last))} ago`;
    problems.push({ code: 'silent', source: name, kind: null, message: `${name} ${heard}; normal is at most ${spanText(silence_s)}.` });
  }
  for (const { kind, expected, state } of cells) {
    if (!expected || state !== 'missing') continue;
    problems.push({
      code: 'never_seen',
      source: name,
      kind,
      message: `${name} has shown no ${LABELS.get(kind)} in ${days} days, and no canary proves one.`,
    });
  }
  for (const { src, first, last: end } of gaps) {
    const numbers = first === end ? `number ${first}` : `numbers ${first} to ${end} (${(end - first + 1).toLocaleString('en-US')})`;
    problems.push({ code: 'gap', source: name, kind: null, message: `${src} used ${numbers}, and nothing of that came.` });
  }
  return problems;
}

function canaryProblem(canary: CanaryState, nowMicros: number): Problem[] {
  const { name, source, proves: kind, last } = canary;
  if (last === null || proves(canary, nowMicros)) return [];
  const message =
    last.result === 'seen' ? `The canary ${name} has not run since ${last.at.slice(0, 16)}Z.` : `The canary ${name} failed: ${last.reason}`;
  return [{ code: 'canary_failed', source, kind, message }];
}

function notesOf({ name, registered, quarantine, events }: SourceCoverage, hasRegister: boolean): Problem[] {
  const notes: Problem[] = [];
  if (!registered && hasRegister && events > 0)
    notes.push({
      code: 'unregistered',
      source: name,
      kind: null,
      message: `${name} sends, and nobody registered it: who owns it, and what should it show?`,
    });
  if (quarantine > 0)
    notes.push({
      code: 'quarantine',
      source: name,
      kind: null,
      message: `${quarantine.toLocaleString('en-US')} ${quarantine === 1 ? 'record' : 'records'} of ${name} ${quarantine === 1 ? 'lies' : 'lie'} in quarantine.`,
    });
  return notes;
}
