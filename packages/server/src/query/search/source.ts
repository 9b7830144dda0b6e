import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { DAY_FIELDS, DAY_MICROS, DAYS_TABLE, HOUR_MICROS, HOURS_TABLE } from '../rollup/chunks.ts';
import type { Covered } from '../rollup/roll-ups.ts';
import { timeLiteral } from '../schema/literals.ts';
import { quoteString } from '../sql/lexer.ts';
import { type Range, whereOfRange } from './range.ts';
import { conditionsOf, whereOf } from './where.ts';

/** What events are counted from: the table of events, or roll-ups and the rest of the table. */
export interface Source {
  /** `FROM … WHERE …`; the caller may add AND. */
  readonly rows: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Second since 1970 at which an event, or its hour or day, began. */
  readonly second: string;
  /** Where the values of the field of a `byDay` stand; empty for `byHour`. */
  readonly value: string;
  readonly count: string;
  readonly countIf: (condition: string) => string;
  /** Whether most of it comes from roll-ups: to look twice costs little then. */
  readonly rolledUp: boolean;
}

interface Grain {
  readonly table: string;
  readonly micros: number;
  /** Column with the number of the hour or day. */
  readonly at: string;
  /** Fields that a filter may name. */
  readonly filtered: ReadonlySet<string>;
  /** Columns of the roll-up, and what stands for them in the table of events. */
  readonly columns: Readonly<Record<string, string>>;
  /** Which rows of the roll-up. */
  readonly also: string;
}

const HOUR_FIELDS = ['kind', 'outcome', 'action', 'source', 'resource_type', 'resource_sensitivity', 'country_code'];
const HOURS: Grain = {
  table: HOURS_TABLE,
  micros: HOUR_MICROS,
  at: 'hour',
  filtered: new Set(HOUR_FIELDS),
  columns: Object.fromEntries(HOUR_FIELDS.map((name) => [name, name])),
  also: '1',
};
/** Signed: an event may claim a time before 1970. */
const SECOND = 'intDiv(toUnixTimestamp64Micro(timestamp), 1000000)';
/** With fewer whole hours or days in a range, its events are counted as fast. */
const WHOLE_MIN = 2;

interface Counted {
  readonly range: Range;
  readonly covered: Covered;
  /** A field whose own conditions are left out. */
  readonly except?: string | undefined;
}

/** By time and fields of few values; `widthS` is the width of the buckets that are made of it. */
export function byHour(
  counted: Counted,
  { fields, widthS = 3600 }: { readonly fields: readonly string[]; readonly widthS?: number },
): Source {
  const fits = widthS % 3600 === 0 && fields.every((field) => HOURS.filtered.has(field));
  return (fits ? rolled(counted, HOURS) : undefined) ?? plain(counted, '');
}

/** By user, resource or address, with outcome, sensitivity, and of actions whether it is a login. */
export function byDay(counted: Counted, field: string): Source {
  const text = DAY_FIELDS[field];
  const days = text === undefined ? undefined : rolled(counted, daysOf(field, text));
  return days ?? plain(counted, field);
}

function daysOf(field: string, text: string): Grain {
  return {
    table: DAYS_TABLE,
    micros: DAY_MICROS,
    at: 'day',
    filtered: new Set(['kind', 'outcome', 'resource_sensitivity']),
    columns: { value: text, outcome: 'outcome', action: 'action', resource_sensitivity: 'resource_sensitivity' },
    also: `field = ${quoteString(field)}`,
  };
}

function plain({ range, except }: Counted, value: string): Source {
  const { sql, parameters } = whereOfRange(range, except);
  return {
    rows: `FROM ${EVENTS_TABLE} WHERE ${sql}`,
    parameters,
    second: SECOND,
    value,
    count: 'count()',
    countIf: (condition) => `countIf(${condition})`,
    rolledUp: false,
  };
}

/**
 * Whole hours or days from the roll-up, and from the events what it has not: both ends of the range, and entries that came after it was made. Undefined where a roll-up
 * does not tell. Who has a scope never gets here: roll-ups know no scopes.
 */
function rolled({ range, covered, except }: Counted, grain: Grain): Source | undefined {
  const { micros, table, at, columns, also } = grain;
  // Before 1970 the engine's division rounds the other way.
  const first = Math.max(1, Math.ceil(range.fromMicros / micros));
  const end = Math.floor(range.toMicros / micros);
  if (range.scope !== null || covered.logs.size === 0 || end - first < WHOLE_MIN) return undefined;
  const named = conditionsOf(range.filter).filter(({ field, not }) => not || except === undefined || field !== except);
  if (!named.every(({ field }) => field !== undefined && grain.filtered.has(field))) return undefined;
  const { sql, parameters } = whereOf(range.filter, { except });
  const chunks = chunksOf(covered);
  const ofRollUp = `SELECT ${at} * ${micros / 1_000_000} AS second, ${Object.keys(columns).join(', ')}, n FROM ${table} WHERE ${also} AND ${at} >= ${first} AND ${at} < ${end} AND (${chunks}) AND ${sql}`;
  const texts = Object.entries(columns).map(([name, column]) => (name === column ? name : `${column} AS ${name}`));
  const ofEvents = rests({ range, covered, fromMicros: first * micros, toMicros: end * micros }).map(
    (rest) => `SELECT ${SECOND} AS second, ${texts.join(', ')}, toUInt64(1) AS n FROM ${EVENTS_TABLE} WHERE ${rest} AND ${sql}`,
  );
  return {
    rows: `FROM (${[ofRollUp, ...ofEvents].join(' UNION ALL ')}) WHERE 1`,
    parameters,
    second: 'second',
    value: 'value' in columns ? 'value' : '',
    count: 'sum(n)',
    countIf: (condition) => `sumIf(n, ${condition})`,
    rolledUp: true,
  };
}

function chunksOf({ sizes, logs }: Covered): string {
  const conditions = [...logs].flatMap(([log, { large, small }]) => [
    `(log = ${quoteString(log)} AND entries = ${sizes.large} AND first < ${large})`,
    `(log = ${quoteString(log)} AND entries = ${sizes.small} AND first >= ${large} AND first < ${small})`,
  ]);
  return conditions.join(' OR ');
}

/** What is not rolled up, as conditions of which no two hold for one event, each in a form that the engine's indexes understand: time, or log and idx. */
function rests({
  range,
  covered,
  fromMicros,
  toMicros,
}: {
  readonly range: Range;
  readonly covered: Covered;
  readonly fromMicros: number;
  readonly toMicros: number;
}): string[] {
  const between = (from: number, to: number): string => `timestamp >= ${timeLiteral(from)} AND timestamp < ${timeLiteral(to)}`;
  const within = between(fromMicros, toMicros);
  return [
    between(range.fromMicros, fromMicros),
    between(toMicros, range.toMicros),
    `${within} AND log NOT IN (${[...covered.logs.keys()].map((log) => quoteString(log)).join(', ')})`,
    ...[...covered.logs].map(([log, { small }]) => `${within} AND log = ${quoteString(log)} AND idx >= ${small}`),
  ];
}
