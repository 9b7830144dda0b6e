import { AsyncResource } from 'node:async_hooks';
import type { Client } from './client.ts';
import { currentScope } from './context.ts';
import { type AnyFunction, ifNumber, ifText, isFunction, type Members, membersOf, apply } from './objects.ts';
import { type End, whenSettled } from './operation.ts';
import { type BeginStatement, type Database, sqlAudit, type SqlAuditOptions } from './sql/sql-audit.ts';

export type { SqlAuditOptions } from './sql/sql-audit.ts';

export interface PgAuditOptions extends SqlAuditOptions {
  /** Tells the database who acts, before each statement: `daybook.user` and `daybook.request` of the session. Not behind a pooler in transaction mode. */
  // For triggers to record. A round trip more for each; behind such a pooler another session may get to hear it.
  readonly session?: boolean;
}

const AUDITED = Symbol('daybook');

/** Records every statement of a node-postgres pool, or client, from now on; values and parameters never. Returns it. */
export function pgAudit<T extends object>(client: Client, pool: T, options: PgAuditOptions = {}): T {
  const watch = { begin: sqlAudit(client, options), session: options.session === true };
  if (isPool(pool)) watchPool(pool, watch);
  else watchClient(pool, watch);
  return pool;
}

interface Watch {
  readonly begin: BeginStatement;
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
  const connect = membersOf(pool)['connect'];
  if (!isFunction(connect)) return;
  // Who waits for a connection gets it in the turn of whoever gave it back: the callback must run as the one who asked.
  const bound = (callback?: (...args: unknown[]) => void): unknown =>
    apply(connect, pool, callback === undefined ? [] : [AsyncResource.bind(callback)]);
  Object.assign(pool, { connect: bound });
}

function watchClient(client: object, { begin, session }: Watch): void {
  const known = membersOf(client);
  const query = known['query'];
  if (!isFunction(query) || AUDITED in query) return;
  const audited = (...args: unknown[]): unknown => {
    const sql = textOf(args[0]);
    if (session && !(sql !== undefined && CONTROL.test(sql))) tell(query, client);
    const end = sql === undefined ? undefined : begin(sql, databaseOf(known));
    if (end === undefined) return apply(query, client, args);
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
function tell(query: AnyFunction, client: object): void {
  const scope = currentScope();
  const values = [scope?.actor()?.user_id, scope?.origin().request_id].map((name) =>
    // A NUL is refused by PostgreSQL, and would take the transaction with it.
    typeof name === 'string' ? name.replaceAll('\0', '').slice(0, NAME_CHARS_MAX) : '',
  );
  apply(query, client, ["SELECT set_config('daybook.user', $1, false), set_config('daybook.request', $2, false)", values, () => undefined]);
}

/** The three ways to ask: a callback, a promise, an object that tells its own end. */
function run(query: AnyFunction, client: object, { args, end }: { readonly args: unknown[]; readonly end: (end: End) => void }): unknown {
  const last = args.length - 1;
  const callback = args[last];
  if (isFunction(callback)) {
    args[last] = (error: unknown, result: unknown) => {
      end(error === null || error === undefined ? { rows: rowsOf(result) } : { error });
      return apply(callback, undefined, [error, result]);
    };
    return apply(query, client, args);
  }
  try {
    const result = apply(query, client, args);
    if (!whenSettled(result, rowsOf, end)) watchSubmitted(result, end);
    return result;
  } catch (error) {
    end({ error });
    throw error;
  }
}

/** A cursor or a stream: it ends with an event, or with the callback of its own. */
function watchSubmitted(submitted: unknown, end: (end: End) => void): void {
  const once = membersOf(submitted)['once'];
  if (!isFunction(once)) return end({});
  let ended = false;
  const finish = (how: End) => {
    if (!ended) end(how);
    ended = true;
  };
  const on = (event: string, listener: (value: unknown) => void): unknown => apply(once, submitted, [event, listener]);
  on('end', (result) => finish({ rows: rowsOf(result) }));
  on('close', () => finish({}));
  on('error', (error) => finish({ error }));
}

function textOf(query: unknown): string | undefined {
  return ifText(query) ?? ifText(membersOf(query)['text']);
}

/** Of one result, or of the results of several statements in one text. */
function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) {
    const counts = result.map(rowsOf).filter((count) => count !== undefined);
    return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
  }
  return ifNumber(membersOf(result)['rowCount']);
}

function databaseOf(client: Members): Database {
  return { protocol: 'postgres', name: ifText(client['database']), host: ifText(client['host']), user: ifText(client['user']) };
}
