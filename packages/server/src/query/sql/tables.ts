import { standIns } from './stand-ins.ts';

/** What a table name of a user's statement stands for. */
export interface ResolvedTable {
  readonly kind: 'table' | 'stand-in' | 'cte';
  /** As users know it: `access_logs`, `system.tables`. */
  readonly name: string;
  /** The alias that it gets when the statement gives none, so that `access_logs.user_id` and `tables.name` mean it. */
  readonly alias: string;
  /** What is written in its place: a quoted name, or a subquery in parentheses. */
  readonly sql: string;
}

/** The only way from a name in a statement to an object of the engine. */
export interface TableNames {
  /** Undefined = the user may not read such a table, or there is none: the same answer for both. */
  resolve(database: string | undefined, name: string): ResolvedTable | undefined;
  /** Names of the tables of a database, sorted; none when there is no such database. */
  names(database: string): readonly string[];
  /** Whether these are the names of someone who sees a part only: then nothing may tell of the table behind. */
  readonly scoped: boolean;
}

/** The one table of events, for users. */
export const EVENTS_TABLE = 'access_logs';
/** The database that users see. */
export const USER_DATABASE = 'default';

const ALL_EVENTS = '`default`.`access_logs`';

/**
 * Who has no scope sees every event: `access_logs` is the table itself. A scope (row filter, field masks) is another `eventsSql`: the quoted name of the
 * scope's view. Nothing else in the guard or the stand-ins names an object that holds events.
 */
export function tableNames(eventsSql: string = ALL_EVENTS): TableNames {
  const scoped = eventsSql !== ALL_EVENTS;
  const byName = new Map<string, ResolvedTable>();
  byName.set(`${USER_DATABASE}.${EVENTS_TABLE}`, { kind: 'table', name: EVENTS_TABLE, alias: EVENTS_TABLE, sql: eventsSql });
  for (const [name, select] of standIns(eventsSql, scoped)) {
    byName.set(name, { kind: 'stand-in', name, alias: name.slice(name.indexOf('.') + 1), sql: `(${select})` });
  }
  return {
    scoped,
    resolve: (database, name) =>
      byName.get(`${spelledAlike(database ?? USER_DATABASE)}.${database === 'INFORMATION_SCHEMA' ? name.toLowerCase() : name}`),
    names: (database) => {
      const prefix = `${spelledAlike(database)}.`;
      return [...byName.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)).sort(); // biome-ignore format: one line
    },
  };
}

/** ClickHouse has the schema of the SQL standard twice: in small and in capital letters. */
function spelledAlike(database: string): string {
  return database === 'INFORMATION_SCHEMA' ? 'information_schema' : database;
}
