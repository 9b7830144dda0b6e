import { DaybookError, OUTCOMES } from '@daybook/protocol';
import type { Scope } from '../../base/policy.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { DAY_FIELDS } from '../rollup/chunks.ts';
import type { Covered } from '../rollup/roll-ups.ts';
import { COLUMNS } from '../schema/columns.ts';
import { hiddenFrom, type Range } from './range.ts';
import { byDay, byHour, type Source } from './source.ts';

export interface Asking {
  readonly connection: EngineConnection;
  /** What of the events that connection has rolled up. */
  readonly covered: Covered;
  readonly queryId: string;
  readonly signal: AbortSignal;
  readonly scope: Scope | null;
}

/** Seconds since 1970, and how many events of each outcome began in the bucket: success, failure, denied, unknown. */
export type Bucket = readonly [at: number, success: number, failure: number, denied: number, unknown: number];

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

const SETTINGS = { max_execution_time: 20, max_threads: 2, max_memory_usage: '1000000000' } as const;
/** Widths of buckets that people read easily: seconds to a week. */
const WIDTHS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000];
const TEXT_KINDS: ReadonlySet<string> = new Set(['string', 'enum', 'uint8', 'nullable-bool', 'ip']);
/** Fields whose values can be counted; of the others (times, numbers, lists) nobody wants to know the most frequent ones. */
export const COUNTED: ReadonlySet<string> = new Set(
  COLUMNS.filter(({ kind, name }) => TEXT_KINDS.has(kind) && name !== 'query_text').map(({ name }) => name),
);

/** The width in seconds that makes at most `most` buckets of a range. */
export function bucketWidth({ fromMicros, toMicros }: Range, most: number): number {
  const seconds = (toMicros - fromMicros) / 1_000_000;
  return WIDTHS_S.find((width) => seconds / width <= most) ?? Math.ceil(seconds / most);
}

/** Empty buckets are left out. */
export async function countOverTime(asking: Asking, range: Range, widthS: number): Promise<Bucket[]> {
  const { rows: from, parameters, second, countIf } = byHour({ range, covered: asking.covered }, { fields: ['outcome'], widthS });
  const shown = hiddenFrom(range.scope).has('outcome') ? `'unknown'` : 'outcome';
  const counts = OUTCOMES.map((outcome) => `${countIf(`${shown} = '${outcome}'`)} AS n_${outcome}`).join(', ');
  const rows = await asking.connection.rows<Record<string, number>>(
    `SELECT intDiv(${second}, ${widthS}) * ${widthS} AS at, ${counts} ${from} GROUP BY at ORDER BY at`,
    { ...optionsOf(asking, 'time'), parameters },
  );
  const of = (row: Record<string, number>, name: string) => row[name] ?? 0;
  return rows.map((row) => [of(row, 'at'), of(row, 'n_success'), of(row, 'n_failure'), of(row, 'n_denied'), of(row, 'n_unknown')]);
}

export interface CountOptions {
  readonly field: string;
  readonly limit: number;
  /** Another condition, of our own words. */
  readonly also?: string;
  /** Whether conditions on the field itself hold: not for facets, in which a person may choose another value. */
  readonly ownConditions?: boolean;
}

/** The most frequent values of a field, empty ones left out. */
export async function countValues(
  asking: Asking,
  range: Range,
  { field, limit, also = '1', ownConditions = false }: CountOptions,
): Promise<ValueCount[]> {
  if (!COUNTED.has(field))
    throw new DaybookError('bad_request', `The values of ${field.slice(0, 64)} are not counted.`, { field: 'field' });
  if (hiddenFrom(range.scope).has(field)) return [];
  const counted = { range, covered: asking.covered, except: ownConditions ? undefined : field };
  const source = DAY_FIELDS[field] === undefined ? byHour(counted, { fields: [field] }) : byDay(counted, field);
  const column = source.value === '' ? field : source.value;
  const kind = COLUMNS.find(({ name }) => name === field)?.kind;
  // Grouped by the stored value: the text is made for the few that are shown.
  const address = column === 'ip_address';
  const shown = address ? "replaceRegexpOne(IPv6NumToString(grouped), '^::ffff:', '')" : "ifNull(toString(grouped), '')";
  const there = address ? "ip_address != toIPv6('::')" : kind === 'string' || kind === 'ip' ? `${column} != ''` : '1';
  return asking.connection.rows<ValueCount>(
    `SELECT ${shown} AS value, n AS count FROM (SELECT ${column} AS grouped, ${source.count} AS n ${source.rows} AND ${there} AND ${also} GROUP BY grouped ORDER BY n DESC, grouped LIMIT ${limit}) WHERE value != '' ORDER BY count DESC, value`,
    { ...optionsOf(asking, field), parameters: source.parameters },
  );
}

export function optionsOf({ queryId, signal }: Asking, part: string) {
  return { queryId: `${queryId}-${part}`, signal, lane: 'long', settings: SETTINGS } as const;
}

/** Groups of a cube; beyond it the fields are counted one by one. */
export const CUBE_GROUPS_MAX = 200_000;
/** The engine stops at the first group too many: a cube that will not be used costs little. */
const CUBE_SETTINGS = { ...SETTINGS, max_rows_to_group_by: String(CUBE_GROUPS_MAX), group_by_overflow_mode: 'break' } as const;

export type CubeRow = Readonly<Record<string, string | number>> & { readonly events: number };

/**
 * Counts by several expressions at once: one look at the rows answers many questions. Undefined when there are too many groups.
 */
export async function countCube(
  asking: Asking,
  { rows: from, parameters, count }: Source,
  expressions: Readonly<Record<string, string>>,
): Promise<CubeRow[] | undefined> {
  const names = Object.entries(expressions);
  const rows = await asking.connection.rows<CubeRow>(
    `SELECT ${names.map(([name, expression]) => `${expression} AS c_${name}`).join(', ')}, ${count} AS events ${from} GROUP BY ${names.map(([name]) => `c_${name}`).join(', ')} LIMIT ${CUBE_GROUPS_MAX + 1}`,
    { ...optionsOf(asking, 'cube'), settings: CUBE_SETTINGS, parameters },
  );
  return rows.length > CUBE_GROUPS_MAX ? undefined : rows;
}

/** The most frequent values of one side of a cube. */
export function topOf(rows: readonly CubeRow[], name: string, limit: number): ValueCount[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = String(row[`c_${name}`] ?? '');
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + row.events);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, limit);
}

/** The buckets of a cube with the sides `at` and `outcome`. */
export function bucketsOf(cube: readonly CubeRow[]): Bucket[] {
  const buckets = new Map<number, [number, number, number, number, number]>();
  for (const row of cube) {
    const at = Number(row['c_at']);
    const bucket = buckets.get(at) ?? [at, 0, 0, 0, 0];
    buckets.set(at, bucket);
    const i = OUTCOMES.findIndex((outcome) => outcome === row['c_outcome']) + 1;
    bucket[i] = (bucket[i] ?? 0) + row.events;
  }
  return [...buckets.values()].sort(([a], [b]) => a - b);
}

/** The most frequent values of a field under each of several conditions, by one look at the rows. */
export async function countTops(
  asking: Asking,
  range: Range,
  field: string,
  conditions: Readonly<Record<string, string>>,
  limit: number,
): Promise<Record<string, ValueCount[]>> {
  const { rows, parameters, value, countIf } = byDay({ range, covered: asking.covered }, field);
  const names = Object.entries(conditions);
  const counts = names.map(([name, condition]) => `${countIf(condition)} AS n_${name}`).join(', ');
  const tops = names.map(([name]) => `groupArraySortedIf(${limit})((-toInt64(n_${name}), shown), n_${name} > 0) AS top_${name}`).join(', ');
  const [row] = await asking.connection.rows<Record<string, [number, string][]>>(
    `SELECT ${tops} FROM (SELECT ${value} AS shown, ${counts} ${rows} AND ${value} != '' GROUP BY shown)`,
    { ...optionsOf(asking, `tops-${field}`), parameters },
  );
  return Object.fromEntries(
    names.map(([name]) => [name, (row?.[`top_${name}`] ?? []).map(([count, value]) => ({ value, count: -count }))]),
  );
}
