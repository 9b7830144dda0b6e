import { type JsonObject, KEYS } from '@daybook/protocol';
import { claimedEvent } from '../claims/claims.ts';
import { knownEvent } from '../claims/known.ts';
import { CLAIMS_MAPPING, type Mapping, mapped, parseMapping } from '../claims/mapping.ts';
import type { Context, Emit, Format, Head, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { noise, quarantine } from '../result.ts';
import { delimiterIn, valuesOf } from './values.ts';

/**
 * Values in columns (RFC 4180). Options: `columns`, their names, when the file has no header; `delimiter`, one character or `tab`, else told by the first line; `quote`:
 * `none` when a quote is a sign like others; `mapping`.
 */
export const csv: Format = {
  name: 'csv',
  title: 'CSV of any program: columns by a header, or by their names given',
  source: 'csv',
  framing: 'csv',
  keepsOriginal: false,
  needsBeginning: true,
  recognise,
  open: (context) => new CsvParser(context),
  mapping: CLAIMS_MAPPING,
};

function recognise({ lines, name }: Head): number {
  const [header = '', ...rest] = lines.slice(0, 20);
  const delimiter = delimiterIn(header);
  const columns = valuesOf(header, delimiter, true) ?? [];
  if (columns.length < 2 || columns.some((column) => column === '' || column.length > 64)) return 0;
  const known = columns.filter((column) => KEYS.has(column.trim())).length;
  const even = rest.filter((line) => valuesOf(line, delimiter, true)?.length === columns.length).length;
  // A record over several lines has none of its own as many values as columns.
  if (rest.length === 0 || even === 0 || (known < 2 && even * 2 < rest.length)) return 0;
  return known >= 2 ? 0.3 : /\.(?:csv|tsv)(?:\.\w+)?$/i.test(name) ? 0.15 : 0.05;
}

class CsvParser implements Parser {
  readonly #context: Context;
  readonly #mapping: Mapping | undefined;
  readonly #isQuoted: boolean;
  #delimiter: string | undefined;
  #columns: readonly string[] | undefined;
  /** Names that were given, and not yet looked for in a first line. */
  #isFirst = true;

  constructor(context: Context) {
    const { mapping, delimiter, columns, quote } = context.options;
    this.#context = context;
    this.#mapping = mapping === undefined ? undefined : parseMapping(mapping);
    this.#isQuoted = quote !== 'none';
    this.#delimiter = delimiter === undefined ? undefined : delimiter === 'tab' || delimiter === '\\t' ? '\t' : delimiter;
    this.#columns = columns?.split(',').map((column) => column.trim());
  }

  parse(record: TextRecord, emit: Emit): void {
    this.#delimiter ??= delimiterIn(record.text);
    const values = valuesOf(record.text, this.#delimiter, this.#isQuoted);
    if (values === undefined) return emit(record, quarantine('csv_quotes', 'a quote stands where none may, or does not end'));
    if (this.#isHeader(values)) return emit(record, noise('header'));
    const columns = this.#columns ?? [];
    if (values.length !== columns.length)
      return emit(record, quarantine('csv_columns', `${values.length} values, where ${columns.length} columns are`));
    const object = objectOf(columns, values);
    emit(
      record,
      this.#mapping === undefined ? knownEvent(object, this.#context) : claimedEvent(mapped(this.#mapping, object), this.#context, false),
    );
  }

  end(): void {
    // Each record is judged as it comes.
  }

  /** The first line names the columns; when their names are given, it may name them all the same. */
  #isHeader(values: readonly string[]): boolean {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (!isFirst) return false;
    if (this.#columns !== undefined) return values.join('\n') === this.#columns.join('\n');
    this.#columns = distinct(values.map((value) => value.trim()));
    return true;
  }
}

/** Columns of one name are told apart: `status`, `status_2`. */
function distinct(columns: readonly string[]): string[] {
  const times = new Map<string, number>();
  return columns.map((column) => {
    const time = (times.get(column) ?? 0) + 1;
    times.set(column, time);
    return time === 1 ? column : `${column}_${time}`;
  });
}

function objectOf(columns: readonly string[], values: readonly string[]): JsonObject {
  const object: Record<string, string> = {};
  for (const [index, column] of columns.entries()) {
    const value = values[index];
    if (value !== undefined && value !== '') object[column] = value;
  }
  return object;
}
