import { parseJson } from '@daybook/protocol';
import { address, ask } from '../api.ts';
import type { ListOf, Subject } from './subjects.ts';

/** When it was there first and last, of all time that is kept. */
export interface Life {
  readonly events: number;
  readonly first: string;
  readonly last: string;
  readonly names: readonly string[];
  readonly emails: readonly string[];
}

export interface ListRow {
  readonly value: string;
  readonly count: number;
  /** Of all time that is kept; what is new in the range was never seen with this subject before. */
  readonly first: string;
  readonly isNew: boolean;
}

export interface Looked {
  readonly life: Life;
  readonly lists: readonly { readonly list: ListOf; readonly rows: readonly ListRow[]; readonly distinct: number }[];
}

const ROWS = 8;
const NAMES = 4;

interface Asked {
  readonly subject: Subject;
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

/** Everything that the page shows beside trend and events. Asked at /sql, where a scope holds like everywhere. */
export async function look(
  { subject, id, from, to }: Asked,
  options: { readonly signal: AbortSignal; readonly refresh: boolean },
): Promise<Looked> {
  const where = `kind = 'event' AND ${subject.column} = {id:String}`;
  const inRange =
    "timestamp >= parseDateTime64BestEffort({from:String}, 6, 'UTC') AND timestamp < parseDateTime64BestEffort({to:String}, 6, 'UTC')";
  const run = (sql: string) => rowsOf(sql, { id, from, to }, options);
  const life = `SELECT count() AS events, toString(min(timestamp)) AS first, toString(max(timestamp)) AS last,
groupUniqArrayIf(${NAMES})(user_name, user_name != '') AS names, groupUniqArrayIf(${NAMES})(user_email, user_email != '') AS emails FROM access_logs WHERE ${where}`;
  const listSql = ({ field }: ListOf) => {
    const column = field === 'ip_address' ? 'ip' : field;
    return `SELECT value, n, toString(since) AS first, since >= parseDateTime64BestEffort({from:String}, 6, 'UTC') AS fresh, count() OVER () AS distinct_values FROM
(SELECT toString(${column}) AS value, countIf(${inRange}) AS n, min(timestamp) AS since FROM access_logs WHERE ${where} AND ${column} != '' GROUP BY value HAVING n > 0)
ORDER BY n DESC, value LIMIT ${ROWS}`;
  };
  const [[found], ...lists] = await Promise.all([run(life), ...subject.lists.map((list) => run(listSql(list)))]);
  const whole = lifeOf(found);
  // Where everything began within the range, nothing of it is news.
  const young = whole.events === 0 || Date.parse(whole.first) >= Date.parse(from);
  return {
    life: whole,
    lists: subject.lists.map((list, i) => {
      const rows = lists[i] ?? [];
      return { list, distinct: Number(rows[0]?.['distinct_values'] ?? 0), rows: rows.map((row) => rowOf(row, young)) };
    }),
  };
}

type Row = Readonly<Record<string, unknown>>;

async function rowsOf(
  sql: string,
  params: Readonly<Record<string, string>>,
  { signal, refresh }: { signal: AbortSignal; refresh: boolean },
): Promise<readonly Row[]> {
  const named = Object.entries(params).map(([name, value]) => [`param_${name}`, escaped(value)]);
  const response = await ask(address('/sql', { default_format: 'JSON', ...Object.fromEntries(named) }), {
    method: 'POST',
    text: sql,
    signal,
    refresh,
  });
  return (parseJson(await response.text()) as { readonly data: readonly Row[] }).data; // oxlint-disable-line no-unsafe-type-assertion
}

/** Parameters of ClickHouse are read like a cell of tab-separated text. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\0', '\\0');
}

function lifeOf(row: Row | undefined): Life {
  const texts = (name: string) => (Array.isArray(row?.[name]) ? row[name].map(String) : []);
  return {
    events: Number(row?.['events'] ?? 0),
    first: isoOf(row?.['first']),
    last: isoOf(row?.['last']),
    names: texts('names'),
    emails: texts('emails'),
  };
}

function rowOf(row: Row, young: boolean): ListRow {
  return { value: String(row['value']), count: Number(row['n']), first: isoOf(row['first']), isNew: !young && Number(row['fresh']) === 1 };
}

/** `2026-01-31 12:00:00.000000` of the engine, which is in UTC. */
function isoOf(value: unknown): string {
  return `${String(value).replace(' ', 'T')}Z`;
}
