import type { Finding } from '@daybook/evidence';
import { type Io, writeLine } from './io.ts';
import { safe } from './terminal.ts';

export type { Finding };

export interface VerifyReport {
  /** The directory, URL or file that was checked. */
  readonly subject: string;
  readonly findings: readonly Finding[];
  /** Plain sentences: what was not checked, that the signer is unpinned … */
  readonly notes: readonly string[];
  /** What was looked at: entries, checkpoints … */
  readonly checked: Readonly<Record<string, number>>;
}

/** More findings than this say nothing new; the count is still told. */
const FINDINGS_SHOWN_MAX = 1000;

export async function printReport(io: Io, report: VerifyReport, json: boolean): Promise<void> {
  if (json) return writeLine(io.stdout, JSON.stringify({ ...report, ok: report.findings.length === 0 }));
  for (const finding of report.findings.slice(0, FINDINGS_SHOWN_MAX)) await writeLine(io.stdout, findingLine(finding));
  const more = report.findings.length - FINDINGS_SHOWN_MAX;
  if (more > 0) await writeLine(io.stdout, `… and ${more.toLocaleString('en-US')} more findings (--json shows all)`);
  const checked = Object.entries(report.checked).map(([what, count]) => `${count.toLocaleString('en-US')} ${what.replaceAll('_', ' ')}`);
  await writeLine(io.stdout, `${safe(report.subject)}: checked ${checked.length === 0 ? 'nothing' : checked.join(', ')}`);
  for (const note of report.notes) await writeLine(io.stdout, `note: ${safe(note)}`);
  const count = report.findings.length;
  await writeLine(io.stdout, count === 0 ? 'OK: nothing is wrong' : `NOT OK: ${count} finding${count === 1 ? '' : 's'}`);
}

/** `code  log 12-15  what it means` */
function findingLine(finding: Finding): string {
  const { firstIdx, lastIdx } = finding;
  const range = firstIdx === undefined ? '' : lastIdx === undefined || lastIdx === firstIdx ? ` ${firstIdx}` : ` ${firstIdx}-${lastIdx}`;
  const place = finding.log === undefined && range === '' ? '' : `  ${safe(finding.log ?? '')}${range}`;
  return `${safe(finding.code)}${place}  ${safe(finding.message)}`;
}
