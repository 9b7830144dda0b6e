import type { JsonRecord } from '@daybook/protocol';
import { address, firstOf, str, uint } from '../json/values.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { loginOutcomeOf, outcomeOf } from '../mysql/outcome.ts';
import { actionOfTag, categoryOfTag, statementOf } from '../mysql/statement.ts';
import type { EventFields } from '../result.ts';
import type { AzureRecord } from './azure-record.ts';

/** event_subclass of table_access_log. */
const OF_TABLE: Readonly<Record<string, string>> = { READ: 'read', INSERT: 'create', UPDATE: 'update', DELETE: 'delete' };

/**
 * `MySqlAuditLogs` of Azure Database for MySQL (learn.microsoft.com, "Audit logs" of both kinds of server, and the table of that name): connection_log, general_log, table_access_log.
 * Members are `event_class` in the stream and `EventClass` in the table.
 */
export function mysqlFields(p: JsonRecord, record: AzureRecord): EventFields {
  const of = (name: string): unknown => p[name] ?? p[pascal(name)] ?? p[camel(name)];
  const text = (name: string): string | undefined => str(of(name));
  const kind = text('event_class')?.replace(/_log$/, '') ?? '';
  const subclass = text('event_subclass')?.toUpperCase() ?? '';
  // `app[app] @ host [address]` in a statement's record, `app` in a connection's.
  const user = text('user')?.replace(/\[.*$/s, '').trim();
  const database = text('db');
  const around = {
    user_id: user,
    actor_type: user === undefined || user === '' ? 'unknown' : 'user',
    event_type: [kind, subclass].filter((word) => word !== '').join('.') || record.operation,
    session_id: idOf(of('connection_id') ?? of('thread_id')),
    resource_parent: database,
    ip_address: address(of('ip')),
    protocol: 'mysql',
  };
  const code = uint(of('error_code') ?? of('status'));
  if (kind === 'connection') return { ...around, ...connection(subclass, code, database ?? record.resourceId), ...codeOf(code) };
  const sql = maskSql(text('sql_text') ?? '');
  const { tag, object, objectType } = statementOf(sql);
  const table = kind === 'table_access' ? text('table') : undefined;
  const named = firstOf(table, object);
  return {
    ...around,
    action: (table === undefined ? undefined : OF_TABLE[subclass]) ?? actionOfTag(tag),
    category: table === undefined ? categoryOfTag(tag) : 'data',
    method: tag === '' ? undefined : tag.split(' ', 1)[0],
    resource:
      named === undefined || database === undefined || named.includes('.')
        ? (named ?? database ?? record.resourceId)
        : `${database}.${named}`,
    resource_type: table !== undefined ? 'table' : named === undefined ? 'database' : objectType,
    resource_id: named,
    query_text: sql,
    // A table is opened before anything becomes of the statement.
    outcome: table === undefined ? outcomeOf(code) : 'unknown',
    ...codeOf(code),
  };
}

function connection(subclass: string, code: number | undefined, resource: string | undefined): EventFields {
  const isEnd = subclass === 'DISCONNECT';
  return {
    action: isEnd ? 'disconnect' : 'login',
    category: isEnd ? 'session' : 'authentication',
    resource: resource ?? 'Azure Database for MySQL',
    resource_type: 'database',
    outcome: isEnd ? 'success' : loginOutcomeOf(code),
  };
}

const codeOf = (code: number | undefined): EventFields => ({ status_code: code === undefined ? undefined : String(code) });

const idOf = (value: unknown): string | undefined => (typeof value === 'number' ? String(value) : str(value));

function pascal(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
