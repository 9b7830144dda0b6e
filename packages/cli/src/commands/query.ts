import { listOf, parseJson, textOf } from '@daybook/protocol';
import { text as readAll } from 'node:stream/consumers';
import { usageError } from '../cli-error.ts';
import { type ClientOptions, type DaybookClient, linesOf, openClient } from '../client.ts';
import { type Io, write, writeLine } from '../io.ts';
import { type Column, record, table } from '../table.ts';
import { safeText } from '../terminal.ts';

export interface QueryOptions extends ClientOptions {
  readonly format?: string;
}

/** Short names for ClickHouse's; any name of its own is taken as it is. */
const FORMATS: Readonly<Record<string, string>> = {
  tsv: 'TabSeparatedWithNames',
  csv: 'CSVWithNames',
  json: 'JSON',
  ndjson: 'JSONEachRow',
};
/** What `table` and `vertical` are drawn from. */
const ROWS_FORMAT = 'JSONCompactEachRowWithNamesAndTypes';
/** Widths are taken from this many rows at a time, so that a long result flows. */
const ROWS_PER_TABLE = 500;
const COLUMNS_DEFAULT = 100;

/** `daybook query`: SQL in, rows out. */
export async function query(io: Io, sqlArgument: string | undefined, options: QueryOptions): Promise<number> {
  const sql = sqlArgument === undefined || sqlArgument === '-' ? await sqlFromStdin(io) : sqlArgument;
  const wanted = options.format ?? (io.stdout.isTTY === true ? 'table' : 'tsv');
  const drawn = wanted === 'table' || wanted === 'vertical';
  const format = drawn ? ROWS_FORMAT : (FORMATS[wanted] ?? wanted);
  const client = await openClient(io, options);
  const response = await ask(client, sql, format);
  if (response.body === null) return 0;
  // A FORMAT clause in the text wins over ours: then it is printed as it comes.
  const answered = response.headers.get('x-clickhouse-format') ?? format;
  if (drawn && answered === ROWS_FORMAT) await draw(io, linesOf(response.body), wanted);
  else if (io.stdout.isTTY === true) for await (const line of linesOf(response.body)) await writeLine(io.stdout, safeText(line));
  else for await (const bytes of response.body) await write(io.stdout, bytes);
  return 0;
}

async function ask(client: DaybookClient, sql: string, format: string): Promise<Response> {
  const parameters = new URLSearchParams({ default_format: format });
  return client.open('POST', `/sql?${parameters.toString()}`, { body: sql, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

async function sqlFromStdin(io: Io): Promise<string> {
  if (io.stdin.isTTY === true)
    throw usageError('No SQL was given.', 'Write it as one argument, as in: daybook query "SELECT count() FROM access_logs"');
  return readAll(io.stdin);
}

async function draw(io: Io, lines: AsyncIterable<string>, shape: 'table' | 'vertical'): Promise<void> {
  let names: string[] | undefined;
  let columns: Column[] | undefined;
  let rows: (readonly unknown[])[] = [];
  let shown = 0;
  const flush = async () => {
    await show(io, columns ?? [], rows, shape, shown);
    shown += rows.length;
    rows = [];
  };
  for await (const line of lines) {
    if (line === '') continue;
    const values = listOf(parseJson(line));
    if (names === undefined) names = values.map(textOf);
    else if (columns === undefined) columns = names.map((name, i) => ({ name, type: textOf(values[i]) }));
    else if (rows.push(values) >= ROWS_PER_TABLE) await flush();
  }
  if (rows.length > 0) await flush();
  await writeLine(io.stdout, `${shown.toLocaleString('en-US')} row${shown === 1 ? '' : 's'}`);
}

async function show(
  io: Io,
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
  shape: string,
  before: number,
): Promise<void> {
  const drawn = shape === 'table' ? table(columns, rows, io.stdout.columns ?? COLUMNS_DEFAULT) : undefined;
  // Too wide for the window: one row below the other.
  for (const line of drawn ?? rows.flatMap((row, i) => record(columns, row, before + i + 1))) await writeLine(io.stdout, line);
}
