import type { Json } from '@daybook/protocol';
import { claimedEvent } from '../claims/claims.ts';
import { knownEvent } from '../claims/known.ts';
import { nameOf } from '../claims/names.ts';
import { type Mapping, mapped, parseMapping } from '../claims/mapping.ts';
import type { Context, Emit, Format, Head, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { boundedly } from '../json/json-format.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { type RowJudge, rowJudgeOf } from './product-exports.ts';
import { delimiterIn, separatorIn, VALUES_MAX, valuesOf } from './values.ts';

/**
 * Values in columns (RFC 4180), with what spreadsheets and exports make of it: a first line `sep=;`, a delimiter behind the last value, rows that end before their last columns
 * (marked in attributes.columns_missing), and the W3C's extended log files (`#Fields: date time c-ip`). Options: `columns`, their names, when the file has no header; `delimiter`, one character or `tab`, else told by the first line; `quote`:
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
  mapping: [
    { record: '*', field: 'every field', from: 'as `json` does: [its table](#json)' },
    {
      record: 'downloads of CloudTrail’s, GitHub’s and Okta’s consoles',
      field: 'every field',
      from: 'as of their records: columns are members, with points between the steps of inner ones',
    },
  ],
};

function recognise({ lines, name }: Head): number {
  if (/^#(?:Version|Software|Fields|Date|Remark): ?/.test(lines[0] ?? ''))
    return lines.slice(0, 20).some((line) => fieldsIn(line) !== undefined) ? 0.4 : 0;
  const separator = separatorIn(lines[0] ?? '');
  const [header = '', ...rest] = lines.slice(separator === undefined ? 0 : 1, 20);
  const delimiter = separator ?? delimiterIn(header);
  const columns = named(valuesOf(header, delimiter, true) ?? []);
  const unnamed = columns.filter((column) => column.startsWith(UNNAMED)).length;
  if (columns.length < 2 || unnamed > 1 || columns.some((column) => column.length > 64)) return 0;
  const known = columns.filter((column) => nameOf(column).meanings.length > 0).length;
  const even = rest.filter((line) => fits(valuesOf(line, delimiter, true), columns.length)).length;
  // A record over several lines has none of its own as many values as columns.
  if (separator === undefined && (rest.length === 0 || even === 0 || (known < 2 && even * 2 < rest.length))) return 0;
  return known >= 2 || separator !== undefined ? 0.3 : /\.(?:csv|tsv)(?:\.\w+)?$/i.test(name) ? 0.15 : 0.05;
}

function fits(values: readonly string[] | undefined, columns: number): boolean {
  return values !== undefined && (values.length === columns || (values.length === columns + 1 && values.at(-1) === ''));
}

/** The columns that the W3C's extended log file format names, and those of CloudFront and IIS. */
function fieldsIn(line: string): string[] | undefined {
  return line.startsWith('#Fields:')
    ? line
        .slice('#Fields:'.length)
        .trim()
        .split(/[ \t]+/)
    : undefined;
}

class CsvParser implements Parser {
  readonly #context: Context;
  readonly #mapping: Mapping | undefined;
  readonly #isQuoted: boolean;
  #delimiter: string | undefined;
  #columns: readonly string[] | undefined;
  /** Of a product's download. */
  #judgeRow: RowJudge | undefined;
  /** A W3C extended log file, whose delimiter is told by its first row. */
  #isExtended = false;
  #isByBlanks = false;
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
    const { text } = record;
    if (this.#isFirst || this.#isExtended) {
      const code = this.#directive(text);
      if (code !== undefined) return emit(record, noise(code));
    }
    this.#delimiter ??= delimiterIn(text);
    const values = valuesOf(text, this.#delimiter, this.#isQuoted);
    if (values === undefined) return emit(record, quarantine('csv_quotes', 'a quote stands where none may, or does not end'));
    if (values.length > VALUES_MAX) return emit(record, quarantine('csv_columns', `more than ${VALUES_MAX} values`));
    if (this.#isHeader(values)) return emit(record, noise('header'));
    emit(record, this.#judge(values));
  }

  #judge(values: readonly string[]): Verdict {
    const columns = this.#columns ?? [];
    const missing = columns.length - values.length;
    // A line without a delimiter is no row of several columns; what stands beyond the columns is nothing, or something that no name is known of.
    if ((missing > 0 && values.length < 2) || (missing < 0 && values.slice(columns.length).some((value) => value !== '')))
      return quarantine('csv_columns', `${values.length} values, where ${columns.length} columns are`);
    const object = objectOf(columns, values);
    if (missing > 0 && !columns.at(-1)?.startsWith(UNNAMED)) object['columns_missing'] = missing;
    if (this.#mapping !== undefined) return claimedEvent(mapped(this.#mapping, object), this.#context, false);
    return boundedly(() => this.#judgeRow?.(object)) ?? knownEvent(object, this.#context);
  }

  /** What a line says of the file, before its columns or between its rows. */
  #directive(text: string): string | undefined {
    const fields = fieldsIn(text);
    if (fields !== undefined) {
      this.#isExtended = true;
      this.#isFirst = false;
      this.#columns = distinct(fields);
      this.#isByBlanks = this.#delimiter === undefined;
      return 'header';
    }
    if (text.startsWith('#') && (this.#isExtended || DIRECTIVE.test(text))) return 'directive';
    const separator = separatorIn(text);
    if (separator !== undefined && this.#isFirst) this.#delimiter ??= separator;
    else if (this.#isByBlanks) {
      // CloudFront puts tabs between values, IIS blanks.
      this.#delimiter = text.includes('\t') ? '\t' : ' ';
      this.#isByBlanks = false;
    }
    return separator === undefined ? undefined : 'directive';
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
    this.#columns = distinct(named(values));
    this.#judgeRow = rowJudgeOf(this.#columns);
    return true;
  }
}

/** What a column without a name is called, with its number behind. */
const UNNAMED = 'column_';
const DIRECTIVE = /^#(?:Version|Software|Date|Start-Date|End-Date|Remark):/;

function named(columns: readonly string[]): string[] {
  return columns.map((column, i) => column.trim() || `${UNNAMED}${i + 1}`);
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

function objectOf(columns: readonly string[], values: readonly string[]): Record<string, Json> {
  const object: Record<string, Json> = {};
  for (let i = 0; i < columns.length; i++) {
    const value = values[i];
    if (value !== undefined && value !== '') object[columns[i] ?? ''] = value;
  }
  return object;
}
