import { DaybookError } from '@daybook/protocol';
import { assert } from '../../base/assert.ts';
import type { Scope } from '../../base/policy.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { COLUMNS } from '../schema/columns.ts';
import { quoteString } from '../sql/lexer.ts';
import { hiddenFrom, parseRange, whereOfRange } from './range.ts';

export const FORMATS = {
  csv: { engine: 'CSVWithNames', type: 'text/csv; charset=utf-8; header=present' },
  ndjson: { engine: 'JSONEachRow', type: 'application/x-ndjson; charset=utf-8' },
  parquet: { engine: 'Parquet', type: 'application/vnd.apache.parquet' },
} as const;
export type Format = keyof typeof FORMATS;

/**
 * An export is a file that somebody waits for: minutes, not a request's seconds. Rows stream in the order of the table, so memory does not grow with them. Blocks and row groups
 * are small: every part that is read backwards holds a block, and 65,000 rows of all 60 columns are 80 MB.
 */
export const EXPORT_SETTINGS = {
  max_execution_time: 1800,
  max_threads: 2,
  max_memory_usage: '1500000000',
  optimize_read_in_order: 1,
  max_block_size: '8192',
  output_format_parquet_row_group_size: '65536',
  output_format_json_quote_64bit_integers: 0,
} as const;

/** Which events go into a file, and how they are written there. */
export interface Selection {
  readonly format: Format;
  readonly sql: string;
  /** How many there are. */
  readonly countSql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Reads `q`, `from`, `to`, `format` (which a schema has checked), and `column` or `columns`; `also` is a condition of our own. Throws `bad_request`. */
export function parseExport(query: Readonly<Record<string, unknown>>, scope: Scope | null, also = '1'): Selection {
  const range = parseRange(query, scope);
  const hidden = hiddenFrom(scope);
  const format = query['format'];
  assert(isFormat(format), 'the schema has checked the format');
  const field = query['columns'] === undefined ? 'column' : 'columns';
  const given = [query[field] ?? []].flat().map(String);
  const names = (given.length === 0 ? COLUMNS.map(({ name }) => name) : [...new Set(given)]).filter((name) => !hidden.has(name));
  const columns = names.map((name) => {
    const column = COLUMNS.find((one) => one.name === name);
    if (column === undefined) throw new DaybookError('bad_request', `There is no column ${name.slice(0, 64)}.`, { field });
    return format === 'csv' ? harmless(column) : column.name === 'ip_address' ? 'ip AS ip_address' : column.name;
  });
  if (columns.length === 0) throw new DaybookError('bad_request', 'None of these columns is shown to you.', { field });
  const where = whereOfRange(range);
  // The aliases above must not be taken for the columns in the conditions: those stand in a query of their own.
  const conditions = also === '1' ? where.sql : `${where.sql} AND ${also}`;
  const inner = `SELECT *, ip FROM ${EVENTS_TABLE} WHERE ${conditions} ORDER BY timestamp DESC, log DESC, idx DESC`;
  return {
    format,
    sql: `SELECT ${columns.join(', ')} FROM (${inner})`,
    countSql: `SELECT count() AS total FROM ${EVENTS_TABLE} WHERE ${conditions}`,
    parameters: where.parameters,
  };
}

function isFormat(value: unknown): value is Format {
  return typeof value === 'string' && Object.hasOwn(FORMATS, value);
}

/**
 * What a spreadsheet may take for a formula: a sign of one, wide ones too, also behind blanks that some programs take away; and what makes others begin a new cell. The
 * console's own files (sql/run-sql.ts) say the same.
 */
const FORMULA = String.raw`^(?:[\s\x00\x{200b}\x{feff}\p{Z}]*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]|[\t\r\n])`;

/** Spreadsheets run what begins like a formula. Numbers and times of ours are none. */
function harmless({ name, kind }: (typeof COLUMNS)[number]): string {
  if (name === 'ip_address') return 'ip AS ip_address';
  if (kind !== 'string' && kind !== 'json' && kind !== 'event-id' && kind !== 'strings' && kind !== 'map') return name;
  const text = kind === 'strings' ? `arrayStringConcat(${name}, ' ')` : kind === 'map' ? `toString(${name})` : `toString(${name})`;
  return `if(match(${text}, ${quoteString(FORMULA)}), concat('\\'', ${text}), ${text}) AS ${name}`;
}
