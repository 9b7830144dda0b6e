import type { Result } from '@daybook/formats';

/** What became of an import. */
export interface ImportSummary {
  files: number;
  /** Records that were read. */
  read: number;
  accepted: number;
  /** Of the accepted: counted in other events. */
  folded: number;
  duplicates: number;
  rejected: number;
  /** Put into quarantine on the server, and not: it had no room, or does not have one. */
  quarantined: number;
  notQuarantined: number;
  /** By code: how many, and the first few places. */
  readonly reasons: Map<string, Reason>;
  /** By source and format. */
  readonly sources: Map<string, SourceSummary>;
  /** Inputs that could not be read, or not to their end. */
  readonly stops: {
    readonly file: string;
    readonly line: number;
    readonly code: string;
    readonly message: string;
    readonly partial: boolean;
  }[];
}

export interface SourceSummary {
  readonly source: string;
  readonly format: string;
  files: number;
  events: number;
  readonly noise: Map<string, number>;
  readonly quarantine: Map<string, Reason>;
}

export interface Reason {
  count: number;
  readonly examples: { readonly file: string; readonly line: number; readonly field: string; readonly message: string }[];
}

/** Enough to find the cause; the quarantine on the server has them all. */
const EXAMPLES_MAX = 5;
/** Of formats' own words: beyond them a format is wrong, and the summary no summary. */
const KINDS_MAX = 200;
/** Inputs that are named one by one; the others are counted. */
const STOPS_SHOWN_MAX = 20;

export function emptySummary(): ImportSummary {
  return {
    files: 0,
    read: 0,
    accepted: 0,
    folded: 0,
    duplicates: 0,
    rejected: 0,
    quarantined: 0,
    notQuarantined: 0,
    reasons: new Map(),
    sources: new Map(),
    stops: [],
  };
}

export interface Rejection {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

export function addRejection(summary: ImportSummary, { code, ...place }: Rejection): void {
  summary.rejected++;
  addReason(summary.reasons, code, place);
}

export function sourceSummary(summary: ImportSummary, source: string, format: string): SourceSummary {
  const key = `${source}\0${format}`;
  let one = summary.sources.get(key);
  if (one === undefined) {
    one = { source, format, files: 0, events: 0, noise: new Map(), quarantine: new Map() };
    summary.sources.set(key, one);
  }
  return one;
}

/** Counts what one record is. */
export function addResult(one: SourceSummary, file: string, { result, code = 'other', reason = '', line }: Result): void {
  if (result === 'event') one.events++;
  else if (result === 'noise') {
    const known = one.noise.has(code) || one.noise.size < KINDS_MAX ? code : 'other';
    one.noise.set(known, (one.noise.get(known) ?? 0) + 1);
  } else addReason(one.quarantine, code, { file, line, field: '', message: reason });
}

function addReason(reasons: Map<string, Reason>, code: string, place: Reason['examples'][number]): void {
  const known = reasons.has(code) || reasons.size < KINDS_MAX ? code : 'other';
  const reason = reasons.get(known) ?? { count: 0, examples: [] };
  reason.count++;
  if (reason.examples.length < EXAMPLES_MAX) reason.examples.push(place);
  reasons.set(known, reason);
}

/** Whether everything that was read is where it belongs. */
export function isWhole(summary: ImportSummary): boolean {
  return summary.rejected === 0 && summary.notQuarantined === 0 && summary.stops.length === 0;
}

export function summaryJson(summary: ImportSummary): Record<string, unknown> {
  const { reasons, sources, stops, ...counts } = summary;
  const list = (from: Map<string, Reason>) => [...from].map(([code, reason]) => ({ code, ...reason }));
  return {
    ...counts,
    reasons: list(reasons),
    sources: [...sources.values()].map(({ noise, quarantine, ...one }) => ({
      ...one,
      noise: Object.fromEntries(noise),
      quarantine: list(quarantine),
    })),
    stops,
  };
}

const count = (n: number) => n.toLocaleString('en-US');

export function summaryLines(summary: ImportSummary, dryRun: boolean): string[] {
  const lines = dryRun ? [] : [sentLine(summary)];
  if (dryRun && summary.sources.size === 0)
    lines.push(`${count(summary.accepted)} would be sent, ${count(summary.rejected)} can't be (nothing was sent)`);
  for (const one of summary.sources.values()) lines.push(...sourceLines(one));
  lines.push(...reasonLines(summary.reasons, '  '));
  if (summary.notQuarantined > 0)
    lines.push(
      `${count(summary.notQuarantined)} lines that were not understood are not in the server's quarantine, which had no room for them`,
    );
  for (const { file, line, code, message, partial } of summary.stops.slice(0, STOPS_SHOWN_MAX))
    lines.push(`${file}:${line} ${code}: ${message}${partial ? '; nothing behind it was read' : ''}`);
  const more = summary.stops.length - STOPS_SHOWN_MAX;
  if (more > 0) lines.push(`… and ${count(more)} more files that were not read to their end`);
  if (dryRun && summary.sources.size > 0) lines.push('nothing was sent');
  return lines;
}

function sentLine({ accepted, folded, duplicates, rejected }: ImportSummary): string {
  const counted = folded === 0 ? '' : ` (${count(folded)} of them counted in others)`;
  return `${count(accepted)} accepted${counted}, ${count(duplicates)} already there, ${count(rejected)} rejected`;
}

function sourceLines({ source, format, files, events, noise, quarantine }: SourceSummary): string[] {
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, one) => all + one, 0);
  const noises = [...noise].sort((a, b) => b[1] - a[1]);
  const broken = sum([...quarantine.values()].map((reason) => reason.count));
  const lines = [
    `${source} (${format}, ${count(files)} ${files === 1 ? 'file' : 'files'}): ${count(events)} events, ${count(sum(noise.values()))} noise, ${count(broken)} quarantine`,
  ];
  if (noises.length > 0) lines.push(`  noise: ${noises.map(([code, n]) => `${code} ${count(n)}`).join(', ')}`);
  return [...lines, ...reasonLines(quarantine, '  quarantine: ')];
}

function reasonLines(reasons: Map<string, Reason>, head: string): string[] {
  return [...reasons].flatMap(([code, reason]) => {
    const lines = [`${head}${code} ${count(reason.count)}`];
    for (const { file, line, field, message } of reason.examples)
      lines.push(`    ${file}:${line}${field === '' ? '' : ` ${field}`}: ${message}`);
    if (reason.count > reason.examples.length) lines.push(`    … and ${count(reason.count - reason.examples.length)} more`);
    return lines;
  });
}
