/** What became of an import. */
export interface ImportSummary {
  files: number;
  read: number;
  accepted: number;
  duplicates: number;
  rejected: number;
  /** By code: how many, and the first few places. */
  readonly reasons: Map<string, Reason>;
}

export interface Reason {
  count: number;
  readonly examples: { readonly file: string; readonly line: number; readonly field: string; readonly message: string }[];
}

/** Enough to find the cause; the quarantine on the server has them all. */
const EXAMPLES_MAX = 5;

export function emptySummary(): ImportSummary {
  return { files: 0, read: 0, accepted: 0, duplicates: 0, rejected: 0, reasons: new Map() };
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
  const reason = summary.reasons.get(code) ?? { count: 0, examples: [] };
  reason.count++;
  if (reason.examples.length < EXAMPLES_MAX) reason.examples.push(place);
  summary.reasons.set(code, reason);
}

export function summaryJson(summary: ImportSummary): Record<string, unknown> {
  const { reasons, ...counts } = summary;
  return { ...counts, reasons: [...reasons].map(([code, reason]) => ({ code, ...reason })) };
}

const count = (n: number) => n.toLocaleString('en-US');

export function summaryLines(summary: ImportSummary, dryRun: boolean): string[] {
  const lines = dryRun
    ? [`${count(summary.accepted)} would be sent, ${count(summary.rejected)} can't be (nothing was sent)`]
    : [`${count(summary.accepted)} accepted, ${count(summary.duplicates)} already there, ${count(summary.rejected)} rejected`];
  for (const [code, reason] of summary.reasons) {
    lines.push(`  ${code}: ${count(reason.count)}`);
    for (const { file, line, field, message } of reason.examples)
      lines.push(`    ${file}:${line}${field === '' ? '' : ` ${field}`}: ${message}`);
    if (reason.count > reason.examples.length) lines.push(`    … and ${count(reason.count - reason.examples.length)} more`);
  }
  return lines;
}
