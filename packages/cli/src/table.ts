import { clip, padTo, safe, shownAddress, widthOf } from './terminal.ts';

export interface Column {
  readonly name: string;
  /** ClickHouse type. */
  readonly type: string;
}

/** A value is shown up to here in a table; the whole of it is in every other format. */
const CELL_WIDTH_MAX = 60;
const NUMBER = /^(Nullable\()?(U?Int|Float|Decimal)/;
const ADDRESS = /^(Nullable\()?IPv6/;

/** One cell as text: strings safe for a terminal, v4-mapped addresses as v4, empty for NULL. */
export function cell(value: unknown, column: Column): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return ADDRESS.test(column.type) ? shownAddress(safe(value)).replace(/^::$/, '') : safe(value);
  return safe(JSON.stringify(value) ?? '');
}

/** Rows under headings, as wide as their content; undefined when that is wider than `widthMax`. */
export function table(columns: readonly Column[], rows: readonly (readonly unknown[])[], widthMax: number): string[] | undefined {
  const cells = rows.map((row) => columns.map((column, i) => clip(cell(row[i], column), CELL_WIDTH_MAX)));
  const widths = columns.map((column, i) => Math.max(widthOf(safe(column.name)), ...cells.map((row) => widthOf(row[i] ?? ''))));
  if (widths.reduce((sum, width) => sum + width + 2, -2) > widthMax) return undefined;
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) => padTo(text, widths[i] ?? 0, NUMBER.test(columns[i]?.type ?? '') ? 'right' : 'left'))
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => safe(column.name))), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)];
}

/** One row as `name  value` lines, without the empty ones: a whole event has some sixty columns, most of them sparse. */
export function record(columns: readonly Column[], row: readonly unknown[], number: number): string[] {
  const pairs = columns.map((column, i) => [safe(column.name), cell(row[i], column)] as const).filter(([, text]) => !EMPTY.has(text));
  const width = Math.max(0, ...pairs.map(([name]) => widthOf(name)));
  return [`── ${number} ${'─'.repeat(Math.max(0, width - 2))}`, ...pairs.map(([name, text]) => `${padTo(name, width)}  ${text}`)];
}

const EMPTY = new Set(['', '[]', '{}']);

/** A list for people: as wide as it is. */
export function textTable(names: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const columns = names.map((name) => ({ name, type: 'String' }));
  return table(columns, rows, Infinity) ?? [];
}
