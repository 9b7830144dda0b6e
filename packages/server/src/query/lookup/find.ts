import { COLUMNS } from '../schema/columns.ts';
import { PROJECTED, timeLiteral } from '../schema/literals.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { scopeCondition } from '../scope/scope-view.ts';
import type { Cursor } from './cursor.ts';
import type { Lookup } from './filter.ts';

/** A place in the table's order. */
export type Hit = Cursor;

/** The columns of a page are few and narrow: to read some of them later takes longer than to read them at once. */
const SETTINGS = {
  max_execution_time: 20,
  max_threads: 2,
  max_memory_usage: '400000000',
  query_plan_optimize_lazy_materialization: 0,
} as const;
const KIND = new Map(COLUMNS.map((column) => [column.name, column.kind]));

interface FindOptions {
  readonly connection: EngineConnection;
  readonly lookup: Lookup;
  readonly queryId: string;
  readonly signal: AbortSignal;
}

/**
 * The newest hits, at most `limit` + 1, so that one more tells of a next page. By one value of user_id, resource or ip_address the engine reads them backwards from
 * that field's projection, in which the rows of a value lie side by side in the order of the page, and stops when it is full: a user with a million events
 * takes it no longer than one with a hundred.
 */
export async function findHits({ connection, lookup, queryId, signal }: FindOptions): Promise<Hit[]> {
  const conditions = new Conditions(lookup);
  const projected = projectedBy(lookup);
  // The engine sees that a projection is in the order asked for only when its first column is named, though that is the same in all rows.
  const order = `${projected === undefined ? '' : `${projected} DESC, `}timestamp DESC, log DESC, idx DESC`;
  return connection.rows<Hit>(
    `SELECT toUnixTimestamp64Micro(timestamp) AS micros, log, idx FROM ${EVENTS_TABLE} WHERE ${conditions.sql()} ORDER BY ${order} LIMIT ${lookup.limit + 1}`,
    { parameters: conditions.parameters, queryId, signal, settings: projected === undefined ? SETTINGS : settingsFor(projected) },
  );
}

/** The field whose projection holds the hits side by side; undefined when there is none such. */
function projectedBy({ equals }: Lookup): string | undefined {
  const [only] = equals;
  return equals.size === 1 && only !== undefined && PROJECTED.has(only[0]) && only[1].length === 1 ? only[0] : undefined;
}

/** Told which projection it will choose, the engine does not weigh the others up: an eighth of the time of a look-up. */
function settingsFor(projected: string) {
  return { ...SETTINGS, preferred_optimize_projection_name: `by_${projected}` };
}

/** The WHERE clause; values only ever as parameters. */
class Conditions {
  readonly parameters: Record<string, unknown> = {};
  private readonly lookup: Lookup;

  constructor(lookup: Lookup) {
    this.lookup = lookup;
  }

  sql(): string {
    const { equals, where, fromMicros, toMicros, cursor, scope } = this.lookup;
    // Nothing of a request is SQL here, only values, and no hidden field can be named: the condition is enough.
    const all: string[] = scope === null ? [] : [scopeCondition(scope)];
    if (where.sql !== '1') all.push(where.sql);
    Object.assign(this.parameters, where.parameters);
    for (const [name, values] of equals) all.push(this.equality(name, values));
    if (fromMicros !== undefined) all.push(`timestamp >= ${timeLiteral(fromMicros)}`);
    if (toMicros !== undefined) all.push(`timestamp < ${timeLiteral(toMicros)}`);
    if (cursor !== undefined) {
      const time = timeLiteral(cursor.micros);
      this.parameters['cursor_log'] = cursor.log;
      all.push(`timestamp <= ${time} AND (timestamp, log, idx) < (toDateTime64(${time}, 6, 'UTC'), {cursor_log:String}, ${cursor.idx})`);
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
        return `${name} IN (${values.map((value) => timeLiteral(Number(value))).join(', ')})`;
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
