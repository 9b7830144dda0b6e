import type { Verdict } from '../result.ts';
import { type Context, type Format, formatNamed, type Result } from '../index.ts';
import { CONTEXT, read } from '../test-formats.ts';

export function formatOf(name: string): Format {
  const format = formatNamed(name);
  if (format === undefined) throw new Error(`there is no format ${name}`);
  return format;
}

/** Results of a log of one of the three formats. */
export function readLog(name: string, input: string, options: Record<string, string> = {}, more: Partial<Context> = {}): Result[] {
  return read(formatOf(name), input, { context: { ...CONTEXT, ...more, options } });
}

/** What a text log with the default prefix says of one message. */
export function judged(
  message: string,
  { who = 'alice@shop', severity = 'LOG' }: { readonly who?: string; readonly severity?: string } = {},
): Verdict {
  const [result] = readLog('pgaudit-stderr', `2024-01-02 10:00:00.123 UTC [77] ${who} ${severity}:  ${message}\n`, {
    log_line_prefix: '%m [%p] %q%u@%d ',
  });
  if (result === undefined) throw new Error('no result');
  return result;
}

/** A record of csvlog with 26 columns. */
export function csvLine(message: string, columns: Readonly<Record<number, string>> = {}): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const f = [
    '2024-01-02 10:00:00.123 UTC', '"alice"', '"shop"', '77', '"10.0.0.7:5000"', '6593e0a0.4d', '3', '"SELECT"', '2024-01-02 09:59:00 UTC', '3/7', '0', 'LOG', '00000',
    quote(message), '', '', '', '', '', '', '', '', '"psql"', '"client backend"', '', '0',
  ]; // biome-ignore format: columns
  for (const [index, value] of Object.entries(columns)) f[Number(index)] = value;
  return `${f.join(',')}\n`;
}
