import type { Client } from './client.ts';
import { isObject, type Members, membersOf } from './objects.ts';
import { type Database, type End, SqlAudit, type SqlAuditOptions } from './sql/sql-audit.ts';

export type { SqlAuditOptions } from './sql/sql-audit.ts';

export interface DrizzleAuditOptions extends SqlAuditOptions {
  /** The database's name. */
  readonly database?: string;
}

/**
 * `drizzleAudit(client, db)`: from now on every statement of this Drizzle database is recorded with who acts, rows and outcome, transactions included.
 * Texts are normalised, parameters never recorded. Over node-postgres `pgAudit` on the pool does the same; take one of them.
 */
export function drizzleAudit<T extends object>(client: Client, db: T, options: DrizzleAuditOptions = {}): T {
  const protocol = protocolOf(db);
  const watcher = new SessionWatcher(new SqlAudit(client, options), {
    protocol,
    dialect: { backslash: protocol === 'mysql' },
    name: options.database,
  });
  watcher.watch(membersOf(db)['session']);
  return db;
}

/** What prepared queries of the dialects run by. */
const RUNNERS = ['execute', 'run', 'all', 'get', 'values'];

class SessionWatcher {
  readonly #audit: SqlAudit;
  readonly #database: Database;
  readonly #seen = new WeakSet<object>();

  constructor(audit: SqlAudit, database: Database) {
    this.#audit = audit;
    this.#database = database;
  }

  watch(session: unknown): void {
    if (!isObject(session) || this.#seen.has(session)) return;
    this.#seen.add(session);
    for (const name of ['prepareQuery', 'prepareOneTimeQuery'])
      this.#wrap(session, name, (prepare, args) => this.#prepared(Reflect.apply(prepare, session, args), args[0]));
    this.#wrap(session, 'transaction', (transaction, args) => {
      const [work, ...rest] = args;
      if (typeof work !== 'function') return Reflect.apply(transaction, session, args);
      const watched = (tx: unknown, ...more: unknown[]): unknown => {
        this.watch(membersOf(tx)['session']);
        return Reflect.apply(work, undefined, [tx, ...more]);
      };
      return Reflect.apply(transaction, session, [watched, ...rest]);
    });
  }

  #prepared(prepared: unknown, query: unknown): unknown {
    const { sql } = membersOf(query);
    if (!isObject(prepared) || typeof sql !== 'string' || this.#seen.has(prepared)) return prepared;
    this.#seen.add(prepared);
    let depth = 0;
    for (const name of RUNNERS)
      this.#wrap(prepared, name, (runner, args) => {
        // One runner may call another: the outermost is the statement.
        const end = depth === 0 ? this.#audit.begin(sql, this.#database) : undefined;
        depth++;
        try {
          return ending(Reflect.apply(runner, prepared, args), end);
        } catch (error) {
          end?.({ error });
          throw error;
        } finally {
          depth--;
        }
      });
    return prepared;
  }

  #wrap(object: Members, name: string, call: (original: (...args: never[]) => unknown, args: unknown[]) => unknown): void {
    const original = object[name];
    if (!isFunction(original)) return;
    Object.defineProperty(object, name, { configurable: true, writable: true, value: (...args: unknown[]) => call(original, args) });
  }
}

function ending(result: unknown, end: ((end: End) => void) | undefined): unknown {
  if (end === undefined) return result;
  if (!isObject(result) || typeof result['then'] !== 'function') {
    end({ rows: rowsOf(result) });
    return result;
  }
  const listen = [(value: unknown) => end({ rows: rowsOf(value) }), (error: unknown) => end({ error: membersOf(error)['cause'] ?? error })];
  Reflect.apply(result['then'], result, listen);
  return result;
}

function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) return result.length;
  const known = membersOf(result);
  const count = known['rowCount'] ?? known['rowsAffected'] ?? known['changes'];
  return typeof count === 'number' ? count : undefined;
}

/** By the dialect's class: PgDialect, MySqlDialect, SQLiteAsyncDialect … */
function protocolOf(db: object): string {
  const { dialect } = membersOf(db);
  const name = isObject(dialect) ? dialect.constructor.name : '';
  if (/^pg/i.test(name)) return 'postgres';
  if (/^mysql|^singlestore/i.test(name)) return 'mysql';
  return /^sqlite/i.test(name) ? 'sqlite' : 'sql';
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
