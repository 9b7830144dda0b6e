import { parseJson } from '@daybook/protocol';
import { address, ask } from '../api.ts';

export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly ms: number;
  readonly scanned: number;
  /** There were more rows than are shown. */
  readonly cut: boolean;
}

/** Rows that a page can use; the rest is an export. */
export const ROWS_MAX = 10_000;

interface JsonCompact {
  readonly meta: Answer['columns'];
  readonly data: Answer['rows'];
  readonly statistics: { readonly elapsed: number; readonly rows_read: number };
}

export async function runSql(sql: string, signal: AbortSignal): Promise<Answer> {
  const response = await ask(address('/sql', { default_format: 'JSONCompact', max_result_rows: ROWS_MAX, result_overflow_mode: 'break' }), {
    method: 'POST',
    text: sql,
    signal,
  });
  const { meta, data, statistics } = parseJson(await response.text()) as JsonCompact; // oxlint-disable-line no-unsafe-type-assertion
  return {
    columns: meta,
    rows: data.slice(0, ROWS_MAX),
    ms: statistics.elapsed * 1000,
    scanned: statistics.rows_read,
    cut: data.length >= ROWS_MAX,
  };
}

export function isNumeric(type: string): boolean {
  return /^(Nullable\()?(U?Int|Float|Decimal)/.test(type);
}

/** As in the server's export: a sign of a formula, wide ones too, also behind blanks; and what makes some programs begin a new cell. */
const FORMULA = /^(?:[\s\0\p{Z}\u200B\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n])/u;

/** CSV by RFC 4180, what spreadsheets would run made harmless. */
export function csvOf({ columns, rows }: Answer): string {
  const line = (values: readonly string[]) =>
    values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',');
  const text = (value: unknown, type: string): string => {
    const plain = typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
    return !isNumeric(type) && FORMULA.test(plain) ? `'${plain}` : plain;
  };
  return [
    line(columns.map(({ name }) => text(name, ''))),
    ...rows.map((row) => line(row.map((value, i) => text(value, columns[i]?.type ?? '')))),
  ].join('\r\n');
}
