import { AsyncResource } from 'node:async_hooks';
import type { Client } from './client.ts';
import { isObject, type Members, membersOf } from './objects.ts';
import { type Database, type End, SqlAudit, type SqlAuditOptions } from './sql/sql-audit.ts';

export type { SqlAuditOptions } from './sql/sql-audit.ts';

const AUDITED = Symbol('daybook');

/**
 * `pgAudit(client, pool)`: from now on every statement of this node-postgres pool (or client) is recorded with who acts, rows and outcome. Texts are
 * normalised, values and parameters never recorded. Returns the pool.
 */
export function pgAudit<T extends object>(client: Client, pool: T, options: SqlAuditOptions = {}): T {
  const audit = new SqlAudit(client, options);
  if (isPool(pool)) watchPool(pool, audit);
  else watchClient(pool, audit);
  return pool;
}

interface PoolLike {
  on(event: 'connect', listener: (client: object) => void): unknown;
  connect(callback?: (...args: unknown[]) => void): unknown;
  readonly _clients?: readonly object[];
}

function isPool(value: object): value is PoolLike {
  return 'totalCount' in value && 'connect' in value && 'on' in value;
}

function watchPool(pool: PoolLike, audit: SqlAudit): void {
  pool.on('connect', (client) => watchClient(client, audit));
  for (const client of pool._clients ?? []) watchClient(client, audit);
  const connect: unknown = Reflect.get(pool, 'connect');
  if (typeof connect !== 'function') return;
  // Who waits for a connection gets it in the turn of whoever gave it back: the callback must run as the one who asked.
  const bound = (callback?: (...args: unknown[]) => void): unknown =>
    Reflect.apply(connect, pool, callback === undefined ? [] : [AsyncResource.bind(callback)]);
  Object.assign(pool, { connect: bound });
}

function watchClient(client: object, audit: SqlAudit): void {
  const known = membersOf(client);
  const query = known['query'];
  if (!isFunction(query) || AUDITED in query) return;
  const audited = (...args: unknown[]): unknown => {
    const sql = textOf(args[0]);
    const end = sql === undefined ? undefined : audit.begin(sql, databaseOf(known));
    if (end === undefined) return Reflect.apply(query, client, args);
    return run(query, client, { args, end });
  };
  Object.assign(client, { query: Object.assign(audited, { [AUDITED]: true }) });
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
