import { AsyncResource } from 'node:async_hooks';
import type { Client } from './client.ts';
import { currentScope } from './context.ts';
import { isObject, type Members, membersOf } from './objects.ts';
import { type Database, type End, SqlAudit, type SqlAuditOptions } from './sql/sql-audit.ts';

export type { SqlAuditOptions } from './sql/sql-audit.ts';

export interface PgAuditOptions extends SqlAuditOptions {
  /**
   * Tells the database who acts, before each statement: `daybook.user` and `daybook.request` of the session, for triggers to record. A round trip more for
   * each. Needs a connection of its own: behind a pooler in transaction mode another session may get to hear it.
   */
  readonly session?: boolean;
}

const AUDITED = Symbol('daybook');

/**
 * `pgAudit(client, pool)`: from now on every statement of this node-postgres pool (or client) is recorded with who acts, rows and outcome. Texts are
 * normalised, values and parameters never recorded. Returns the pool.
 */
export function pgAudit<T extends object>(client: Client, pool: T, options: PgAuditOptions = {}): T {
  const watch = { audit: new SqlAudit(client, options), session: options.session === true };
  if (isPool(pool)) watchPool(pool, watch);
  else watchClient(pool, watch);
  return pool;
}

interface Watch {
  readonly audit: SqlAudit;
  readonly session: boolean;
}

interface PoolLike {
  on(event: 'connect', listener: (client: object) => void): unknown;
  connect(callback?: (...args: unknown[]) => void): unknown;
  readonly _clients?: readonly object[];
}

function isPool(value: object): value is PoolLike {
  return 'totalCount' in value && 'connect' in value && 'on' in value;
}

function watchPool(pool: PoolLike, watch: Watch): void {
  pool.on('connect', (client) => watchClient(client, watch));
  for (const client of pool._clients ?? []) watchClient(client, watch);
  const connect: unknown = Reflect.get(pool, 'connect');
  if (typeof connect !== 'function') return;
  // Who waits for a connection gets it in the turn of whoever gave it back: the callback must run as the one who asked.
  const bound = (callback?: (...args: unknown[]) => void): unknown =>
    Reflect.apply(connect, pool, callback === undefined ? [] : [AsyncResource.bind(callback)]);
  Object.assign(pool, { connect: bound });
}

function watchClient(client: object, { audit, session }: Watch): void {
  const known = membersOf(client);
  const query = known['query'];
  if (!isFunction(query) || AUDITED in query) return;
  const audited = (...args: unknown[]): unknown => {
    const sql = textOf(args[0]);
    if (session && !(sql !== undefined && CONTROL.test(sql))) tell(query, client);
    const end = sql === undefined ? undefined : audit.begin(sql, databaseOf(known));
    if (end === undefined) return Reflect.apply(query, client, args);
    return run(query, client, { args, end });
  };
  Object.assign(client, { query: Object.assign(audited, { [AUDITED]: true }) });
}

/** Of a transaction alone; with anything behind it, it is a statement like others. */
const CONTROL = /^\s{0,64}(?:begin|commit|rollback)\s{0,64};?\s{0,64}$/i;
/** A setting is no place for a text. */
const NAME_CHARS_MAX = 256;

/**
 * Queued right before the statement, on the same connection. Each time: what a connection was told is gone with a transaction that is rolled back, and
 * what the one before said must never stand for who comes next. Where it fails (an aborted transaction) the statement does, too.
 */
function tell(query: (...args: never[]) => unknown, client: object): void {
  const scope = currentScope();
  const values = [scope?.actor()?.user_id, scope?.origin().request_id].map((name) =>
    // A NUL is refused by PostgreSQL, and would take the transaction with it.
    typeof name === 'string' ? name.replaceAll('\0', '').slice(0, NAME_CHARS_MAX) : '',
  );
  Reflect.apply(query, client, [
    "SELECT set_config('daybook.user', $1, false), set_config('daybook.request', $2, false)",
    values,
    () => undefined,
  ]);
}

/** The three ways to ask: a callback, a promise, an object that tells its own end. */
function run(
  query: (...args: never[]) => unknown,
  client: object,
  { args, end }: { readonly args: unknown[]; readonly end: (end: End) => void },
): unknown {
  const last = args.length - 1;
  const callback = args[last];
  if (typeof callback === 'function') {
    args[last] = (error: unknown, result: unknown) => {
      end(error === null || error === undefined ? { rows: rowsOf(result) } : { error });
      return Reflect.apply(callback, undefined, [error, result]);
    };
    return Reflect.apply(query, client, args);
  }
  try {
    const result = Reflect.apply(query, client, args);
    if (isThenable(result))
      result.then(
        (value) => end({ rows: rowsOf(value) }),
        (error: unknown) => end({ error }),
      );
    else watchSubmitted(result, end);
    return result;
  } catch (error) {
    end({ error });
    throw error;
  }
}

/** A cursor or a stream: it ends with an event, or with the callback of its own. */
function watchSubmitted(submitted: unknown, end: (end: End) => void): void {
  const once = membersOf(submitted)['once'];
  if (typeof once !== 'function') return end({});
  let ended = false;
  const finish = (how: End) => {
    if (!ended) end(how);
    ended = true;
  };
  Reflect.apply(once, submitted, ['end', (result: unknown) => finish({ rows: rowsOf(result) })]);
  Reflect.apply(once, submitted, ['close', () => finish({})]);
  Reflect.apply(once, submitted, ['error', (error: unknown) => finish({ error })]);
}

function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query;
  const text = membersOf(query)['text'];
  return typeof text === 'string' ? text : undefined;
}

/** Of one result, or of the results of several statements in one text. */
function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) {
    const counts = result.map(rowsOf).filter((count) => count !== undefined);
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
  }
  const count = membersOf(result)['rowCount'];
  return typeof count === 'number' ? count : undefined;
}

function databaseOf(client: Members): Database {
  const text = (key: string) => (typeof client[key] === 'string' ? client[key] : undefined);
  return { protocol: 'postgres', name: text('database'), host: text('host'), user: text('user') };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value['then'] === 'function';
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function';
}
