import type { Client } from './client.ts';
import { type AnyFunction, ifNumber, ifText, isFunction, isObject, type Members, membersOf, apply } from './objects.ts';
import { type End, whenSettled } from './operation.ts';
import { type BeginStatement, type Database, sqlAudit, type SqlAuditOptions } from './sql/sql-audit.ts';

export type { SqlAuditOptions } from './sql/sql-audit.ts';

export interface DrizzleAuditOptions extends SqlAuditOptions {
  /** Its name. */
  readonly database?: string;
}

/** Records every statement of a Drizzle database from now on; parameters never. Over node-postgres `pgAudit` does the same: take one. */
export function drizzleAudit<T extends object>(client: Client, db: T, options: DrizzleAuditOptions = {}): T {
  const protocol = protocolOf(db);
  const database = { protocol, dialect: { backslash: protocol === 'mysql' }, name: options.database };
  watchSession(membersOf(db)['session'], { begin: sqlAudit(client, options), database, seen: new WeakSet() });
  return db;
}

interface Watch {
  readonly begin: BeginStatement;
  readonly database: Database;
  /** Sessions and queries that are watched already. */
  readonly seen: WeakSet<object>;
}

function watchSession(session: unknown, watch: Watch): void {
  if (!isUnseen(session, watch)) return;
  for (const name of ['prepareQuery', 'prepareOneTimeQuery'])
    wrap(session, name, (prepare, args) => watchedQuery(apply(prepare, session, args), args[0], watch));
  wrap(session, 'transaction', (transaction, [work, ...rest]) => {
    if (!isFunction(work)) return apply(transaction, session, [work, ...rest]);
    const watched = (tx: unknown, ...more: unknown[]): unknown => {
      watchSession(membersOf(tx)['session'], watch);
      return apply(work, undefined, [tx, ...more]);
    };
    return apply(transaction, session, [watched, ...rest]);
  });
}

/** What prepared queries of the dialects run by. */
const RUNNERS = ['execute', 'run', 'all', 'get', 'values'];

function watchedQuery(prepared: unknown, query: unknown, watch: Watch): unknown {
  const sql = ifText(membersOf(query)['sql']);
  if (sql === undefined || !isUnseen(prepared, watch)) return prepared;
  let depth = 0;
  for (const name of RUNNERS)
    wrap(prepared, name, (runner, args) => {
      // One runner may call another: the outermost is the statement.
      const end = depth === 0 ? watch.begin(sql, watch.database) : undefined;
      depth++;
      try {
        return ending(apply(runner, prepared, args), end);
      } catch (error) {
        end?.({ error });
        throw error;
      } finally {
        depth--;
      }
    });
  return prepared;
}

function isUnseen(object: unknown, { seen }: Watch): object is Members {
  if (!isObject(object) || seen.has(object)) return false;
  seen.add(object);
  return true;
}

function wrap(object: Members, name: string, call: (original: AnyFunction, args: unknown[]) => unknown): void {
  const original = object[name];
  if (isFunction(original)) Object.assign(object, { [name]: (...args: unknown[]) => call(original, args) });
}

function ending(result: unknown, end: ((end: End) => void) | undefined): unknown {
  // What Drizzle throws is its own, with the database's error as its cause.
  const told = ({ error, rows }: End) => end?.({ error: membersOf(error)['cause'] ?? error, rows });
  if (end !== undefined && !whenSettled(result, rowsOf, told)) end({ rows: rowsOf(result) });
  return result;
}

function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length;
  const known = membersOf(result);
  return ifNumber(known['rowCount'] ?? known['rowsAffected'] ?? known['changes']);
}

/** By the dialect's class: PgDialect, MySqlDialect, SQLiteAsyncDialect … */
function protocolOf(db: object): string {
  const { dialect } = membersOf(db);
  const name = isObject(dialect) ? dialect.constructor.name : '';
  if (/^pg/i.test(name)) return 'postgres';
  if (/^mysql|^singlestore/i.test(name)) return 'mysql';
  return /^sqlite/i.test(name) ? 'sqlite' : 'sql';
}
