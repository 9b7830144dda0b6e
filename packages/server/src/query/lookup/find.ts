import { microsToText } from '@daybook/protocol';
import { COLUMNS } from '../schema/columns.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import type { Cursor } from './cursor.ts';
import type { Lookup } from './filter.ts';

/** A place in the table's order. */
export type Hit = Cursor;

/** Fields with a projection of (field, timestamp). */
const PROJECTED: ReadonlySet<string> = new Set(['user_id', 'resource', 'ip_address']);
const SETTINGS = { max_execution_time: 20, max_threads: 2, max_memory_usage: '400000000' } as const;
const KIND = new Map(COLUMNS.map((column) => [column.name, column.kind]));

interface FindOptions {
  readonly connection: EngineConnection;
  readonly lookup: Lookup;
  readonly queryId: string;
  readonly signal: AbortSignal;
}

/**
 * The newest hits, at most `limit` + 1, so that one more tells of a next page. By a field that has a projection in two steps: the newest times of that value from the
 * projection, which lies in the order of the value and so is read at one place; then the rows of exactly these times by the table's own order.
 */
export async function findHits(options: FindOptions): Promise<Hit[]> {
  const { lookup } = options;
  const conditions = new Conditions(lookup);
  const [only] = lookup.equals.size === 1 ? [...lookup.equals.keys()] : [];
  if (only !== undefined && PROJECTED.has(only) && lookup.equals.get(only)?.length === 1) {
    const times = await newestTimes(options, conditions);
    if (times.length === 0) return [];
    conditions.addTimes(times);
  }
  return newest(options, conditions);
}

/** Times of the newest limit + 1 rows behind the cursor's time, and that time itself: rows of one time go on over pages. */
async function newestTimes({ connection, lookup, queryId, signal }: FindOptions, conditions: Conditions): Promise<readonly number[]> {
  const rows = await connection.rows<{ micros: number }>(
    `SELECT toUnixTimestamp64Micro(timestamp) AS micros FROM ${EVENTS_TABLE} WHERE ${conditions.sql('<')} ORDER BY timestamp DESC LIMIT ${lookup.limit + 1}`,
    { parameters: conditions.parameters, queryId: `${queryId}-times`, signal, settings: SETTINGS },
  );
  const times = new Set(rows.map((row) => row.micros));
  if (lookup.cursor !== undefined) times.add(lookup.cursor.micros);
  return [...times];
}

async function newest({ connection, lookup, queryId, signal }: FindOptions, conditions: Conditions): Promise<Hit[]> {
  return connection.rows<Hit>(
    `SELECT toUnixTimestamp64Micro(timestamp) AS micros, log, idx FROM ${EVENTS_TABLE} WHERE ${conditions.sql('tuple')} ORDER BY timestamp DESC, log DESC, idx DESC LIMIT ${lookup.limit + 1}`,
    { parameters: conditions.parameters, queryId, signal, settings: SETTINGS },
  );
}

/** The WHERE clause; values only ever as parameters. */
class Conditions {
  readonly parameters: Record<string, unknown> = {};
  private readonly lookup: Lookup;
  private times: readonly number[] | undefined;

  constructor(lookup: Lookup) {
    this.lookup = lookup;
  }

  addTimes(times: readonly number[]): void {
    this.times = times;
  }

  /** `<`: whatever is earlier than the cursor's time. `tuple`: whatever comes behind the cursor. */
  sql(behind: '<' | 'tuple'): string {
    const { equals, fromMicros, toMicros, cursor } = this.lookup;
    const all: string[] = [];
    for (const [name, values] of equals) all.push(this.equality(name, values));
    if (fromMicros !== undefined) all.push(`timestamp >= ${moment(fromMicros)}`);
    if (toMicros !== undefined) all.push(`timestamp < ${moment(toMicros)}`);
    if (cursor !== undefined) {
      const time = moment(cursor.micros);
      if (behind === '<') all.push(`timestamp < ${time}`);
      else {
        this.parameters['cursor_log'] = cursor.log;
        all.push(`timestamp <= ${time} AND (timestamp, log, idx) < (toDateTime64(${time}, 6, 'UTC'), {cursor_log:String}, ${cursor.idx})`);
      }
    }
    if (this.times !== undefined) {
      const oldest = Math.min(...this.times);
      all.push(`timestamp >= ${moment(oldest)} AND timestamp IN (${this.times.map(moment).join(', ')})`);
    }
    return all.length === 0 ? '1' : all.join(' AND ');
  }

  private equality(name: string, values: readonly string[]): string {
    const parameter = (type: string): string => {
      const key = `f_${name}`;
      this.parameters[key] = values;
      return `{${key}:Array(${type})}`;
    };
    const kind = KIND.get(name);
    switch (kind) {
      case 'time':
        return `${name} IN (${values.map((value) => moment(Number(value))).join(', ')})`;
      case 'ip':
        return `${name} IN (${values.map((_, i) => this.address(name, values, i)).join(', ')})`;
      case 'strings':
        return `hasAny(${name}, ${parameter('String')})`;
      case 'uint8':
      case 'uint64':
      case 'nullable-uint64':
        return `${name} IN (${values.map((value) => BigInt(value)).join(', ')})`;
      case 'nullable-float64':
        return `${name} IN (${values.map(Number).join(', ')})`;
      case 'nullable-bool':
        return `${name} IN (${values.join(', ')})`;
      case 'string':
      case 'event-id':
      case 'enum':
      case 'map':
      case 'json':
      case undefined:
        return values.length === 1 ? `${name} = ${this.text(name, values[0] ?? '')}` : `${name} IN ${parameter('String')}`;
      default:
        return kind satisfies never;
    }
  }

  private text(name: string, value: string): string {
    this.parameters[`f_${name}`] = value;
    return `{f_${name}:String}`;
  }

  private address(name: string, values: readonly string[], i: number): string {
    this.parameters[`f_${name}_${i}`] = values[i];
    return `toIPv6({f_${name}_${i}:String})`;
  }
}

/** A literal: a hundred calls of a function in an IN list cost the engine 10 ms before it reads anything. */
function moment(micros: number): string {
  return `'${microsToText(micros).slice(0, -1).replace('T', ' ')}'`;
}
