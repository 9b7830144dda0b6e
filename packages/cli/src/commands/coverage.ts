import { listOf, recordOf, textOf } from '@daybook/protocol';
import { EXIT_FAILED } from '../cli-error.ts';
import { type ClientOptions, openClient } from '../client.ts';
import { colorsFor } from '../colors.ts';
import { type Io, writeLine } from '../io.ts';
import { textTable } from '../table.ts';
import { safe } from '../terminal.ts';

type Row = ReturnType<typeof recordOf>;

export interface CoverageOptions extends ClientOptions {
  readonly days?: number;
  readonly json?: boolean;
}

/** `daybook coverage`: is everything that is expected captured? Fails when something is missing. */
export async function coverage(io: Io, options: CoverageOptions): Promise<number> {
  const client = await openClient(io, options);
  const found = recordOf(await client.json('GET', `/v1/coverage${options.days === undefined ? '' : `?days=${options.days}`}`));
  if (options.json === true) await writeLine(io.stdout, JSON.stringify(found));
  else await print(io, found);
  return found['answer'] === 'no' ? EXIT_FAILED : 0;
}

async function print(io: Io, found: Row): Promise<void> {
  const problems = listOf(found['problems']).map(recordOf);
  await writeLine(io.stdout, headline(io, found, problems.length));
  for (const problem of problems) await writeLine(io.stdout, `  ${safe(textOf(problem['message']))}`);
  const sources = listOf(found['sources']).map(recordOf);
  if (sources.length > 0) {
    await writeLine(io.stdout);
    for (const line of matrix(found, sources)) await writeLine(io.stdout, line);
    await writeLine(io.stdout, LEGEND);
  }
  const canaries = listOf(found['canaries']).map(recordOf);
  if (canaries.length > 0) await writeLine(io.stdout);
  for (const canary of canaries) await writeLine(io.stdout, `canary ${canaryLine(canary)}`);
  const notes = listOf(found['notes']).map(recordOf);
  if (notes.length > 0) await writeLine(io.stdout);
  for (const note of notes) await writeLine(io.stdout, `note: ${safe(textOf(note['message']))}`);
}

const LEGEND = '(events of each kind; * proven by a canary; MISSING: expected, neither seen nor proven)';

function headline(io: Io, { answer, days }: Row, problems: number): string {
  const color = colorsFor(io);
  if (answer === 'yes') return `${color.green('YES')}: all expected accesses are captured (${String(days)} days).`;
  if (answer === 'no')
    return `${color.red('NO')}: ${problems} expected ${problems === 1 ? 'thing is' : 'things are'} missing (${String(days)} days).`;
  return 'Nothing is expected: name your sources in daybook.yaml under `sources:`, and Daybook tells you when one falls silent.';
}

/** Kinds that nobody expects and nobody shows take no column. */
function matrix({ kinds }: Row, sources: readonly Row[]): string[] {
  const cellsOf = (source: Row) => listOf(source['cells']).map(recordOf);
  const used = new Set(sources.flatMap((source) => cellsOf(source).map(({ kind }) => kind)));
  const columns = listOf(kinds)
    .map(recordOf)
    .filter(({ name }) => used.has(name));
  const rows = sources.map((source) => {
    const cells = cellsOf(source);
    const texts = columns.map(({ name }) => cellText(cells.find(({ kind }) => kind === name)));
    const lines = recordOf(source['lines']);
    return [
      textOf(source['name']),
      source['registered'] === true ? textOf(source['owner']) : '(unregistered)',
      lastText(source),
      ...texts,
      linesText(lines),
    ];
  });
  const withLines = rows.some((row) => row.at(-1) !== '');
  const names = [
    'source',
    'owner',
    'last event (UTC)',
    ...columns.map(({ label }) => textOf(label).toLowerCase()),
    'lines: event/folded/noise/quarantine',
  ];
  const cut = <T>(row: readonly T[]) => (withLines ? row : row.slice(0, -1));
  return textTable(cut(names), rows.map(cut));
}

function cellText(cell: Row | undefined): string {
  if (cell === undefined) return '';
  if (cell['state'] === 'missing') return cell['expected'] === true ? 'MISSING' : '–';
  const count = Number(cell['count']).toLocaleString('en-US');
  return cell['state'] === 'proven' ? `${count}*` : count;
}

function lastText({ last, silent_since }: Row): string {
  const text = last === null ? 'never' : textOf(last).slice(0, 16).replace('T', ' ');
  return silent_since === null ? text : `${text} SILENT`;
}

function linesText({ events, noise, folded, quarantine }: Row): string {
  const sum = (kinds: unknown) => Object.values(recordOf(kinds)).reduce((all: number, count) => all + Number(count), 0);
  if (events === undefined || Number(events) + sum(noise) + sum(folded) === 0) return '';
  return [Number(events), sum(folded), sum(noise), sum(quarantine)].map((count) => count.toLocaleString('en-US')).join(' / ');
}

function canaryLine({ name, source, proves, last }: Row): string {
  const { result, at, visible_ms, reason } = recordOf(last);
  const what = `${safe(textOf(name))} (${safe(textOf(source))}, ${textOf(proves)})`;
  if (last === null) return `${what}: has not run yet`;
  if (result !== 'seen') return `${what}: FAILED at ${textOf(at)}: ${safe(textOf(reason))}`;
  return `${what}: proven at ${textOf(at)}, visible after ${Math.round(Number(visible_ms))} ms`;
}
