import { addressOf } from '../addresses.ts';
import type { Context } from '../format.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { loginOutcomeOf, outcomeOf } from '../mysql/outcome.ts';
import { actionOfTag, categoryOfTag, type Statement, statementOf, targetUser, verbOf } from '../mysql/statement.ts';
import { event, noise, quarantine, type Verdict } from '../result.ts';
import { isoStamp } from '../web-access/times.ts';
import type { AuditRecord } from './record.ts';

/** Records of the server, the log and the protocol, by class, by class and event, or by name. */
const NOISE: Readonly<Record<string, string>> = {
  audit: 'audit_log',
  noaudit: 'audit_log',
  server_startup: 'server',
  server_shutdown: 'server',
  command: 'command',
  parse: 'parse',
  'query.query_start': 'statement_begins',
  'query.query_nested_start': 'statement_begins',
  'connection.pre_authenticate': 'pre_authenticate',
  command_start: 'command',
  command_end: 'command',
  query_start: 'statement_begins',
  query_nested_start: 'statement_begins',
  preparse: 'parse',
  postparse: 'parse',
  pre_authenticate: 'pre_authenticate',
};
/** Commands of the protocol that touch no data (my_command.h). */
const COMMAND_NOISE = new Set([
  'ping',
  'statistics',
  'close_stmt',
  'reset_stmt',
  'reset_connection',
  'set_option',
  'sleep',
  'daemon',
  'time',
  'long_data',
  'fetch',
  'debug',
  'error',
  '',
]);
const LOGINS = new Set(['connect', 'change_user', 'changeuser']);
const ENDS = new Set(['disconnect', 'quit']);
const TABLE_ACTIONS: Readonly<Record<string, string>> = {
  read: 'read', insert: 'create', update: 'update', delete: 'delete', tableread: 'read', tableinsert: 'create', tableupdate: 'update', tabledelete: 'delete',
}; // biome-ignore format: a word list
const COMMAND_ACTIONS: Readonly<Record<string, readonly [string, string]>> = {
  init_db: ['access', 'session'],
  create_db: ['create', 'config'],
  drop_db: ['delete', 'config'],
  field_list: ['read', 'data'],
  refresh: ['configure', 'config'],
  shutdown: ['configure', 'config'],
  processlist: ['read', 'config'],
  kill: ['configure', 'config'],
  binlog_dump: ['export', 'data'],
  'binlog_dump_gtid': ['export', 'data'],
  table_dump: ['export', 'data'],
  register_slave: ['connect', 'session'],
  register_replica: ['connect', 'session'],
}; // biome-ignore format: a table

/** What becomes of a record. */
export function verdictOf(record: AuditRecord, context: Context): Verdict {
  const found = NOISE[record.group] ?? NOISE[record.group === '' ? record.name : `${record.group}.${record.name}`];
  if (found !== undefined) return noise(found);
  const stamp = isoStamp(record.time, context);
  if (stamp === undefined) return quarantine('bad_time', 'the time of this record can not be read, or there is no such time');
  // All these products write UTC, with or without saying so.
  const timestamp = stamp.guessed === undefined ? stamp.text : (isoStamp(`${record.time}Z`, context)?.text ?? stamp.text);
  const what = whatOf(record);
  return typeof what === 'string' ? noise(what) : event(whoOf(record, timestamp), what);
}

/** The records do not name their server. */
const SERVER = 'mysql';

type What = Readonly<Record<string, unknown>>;

function whatOf(record: AuditRecord): What | string {
  const { group, name } = record;
  if (group === 'connection' || (group === '' && (LOGINS.has(name) || ENDS.has(name)))) return connectionOf(record);
  if (group === 'table_access' || TABLE_ACTIONS[name] !== undefined) return tableOf(record);
  if (group === 'authentication') return accountOf(record);
  if (group === 'global_variable')
    return { action: name === 'variable_get' ? 'read' : 'configure', category: 'config', resource: SERVER, outcome: 'unknown' };
  if (group === 'message') return { action: 'other', category: 'session', resource: SERVER, resource_type: 'server', outcome: 'unknown' };
  const command = record.command.toLowerCase().replaceAll(' ', '_');
  if (record.query === '' && (group === 'general' || group === '')) return commandOf(record, command);
  return statementFields(record);
}

function connectionOf({ name, database, status }: AuditRecord): What {
  const isEnd = ENDS.has(name);
  return {
    action: isEnd ? 'disconnect' : 'login',
    category: isEnd ? 'session' : 'authentication',
    resource: database || SERVER,
    resource_type: database === '' ? 'server' : 'database',
    resource_id: database,
    outcome: isEnd ? outcomeOf(statusOf(status)) : loginOutcomeOf(statusOf(status)),
    status_code: status,
  };
}

function tableOf(record: AuditRecord): What {
  const { name, database, table, query, sqlCommand, status } = record;
  return {
    action: TABLE_ACTIONS[name] ?? 'access',
    category: 'data',
    resource: database === '' ? table : `${database}.${table}`,
    resource_type: 'table',
    resource_id: table,
    resource_parent: database,
    query_text: maskSql(query),
    method: sqlCommand === '' ? undefined : verbOf(tagOf(sqlCommand)),
    // Written when the table is opened: how the statement ends stands in the record of the statement.
    outcome: outcomeOf(statusOf(status)),
    status_code: status,
  };
}

/** Percona's class `authentication`: accounts are made, changed and dropped. */
function accountOf({ name, more, status, query }: AuditRecord): What {
  const action = name.includes('create') ? 'create' : name.includes('drop') ? 'delete' : name.includes('flush') ? 'configure' : 'update';
  const target = more['user'];
  return {
    action,
    category: 'iam',
    resource: typeof target === 'string' && target !== '' ? target : SERVER,
    resource_type: 'user',
    target_user_id: typeof target === 'string' ? target : undefined,
    query_text: maskSql(query),
    outcome: outcomeOf(statusOf(status)),
    status_code: status,
  };
}

function commandOf(record: AuditRecord, command: string): What | string {
  const { sqlCommand, database, status } = record;
  if (sqlCommand !== '' && sqlCommand !== 'error' && (command === 'query' || command === 'execute' || command === 'prepare'))
    return statementFields(record);
  const known = COMMAND_ACTIONS[command];
  if (known === undefined)
    return LOGINS.has(command) || ENDS.has(command)
      ? connectionOf({ ...record, name: command })
      : COMMAND_NOISE.has(command)
        ? 'command'
        : statementFields(record);
  return {
    action: known[0],
    category: known[1],
    resource: database || SERVER,
    resource_type: database === '' ? 'server' : 'database',
    outcome: outcomeOf(statusOf(status)),
    status_code: status,
  };
}

function statementFields(record: AuditRecord): What {
  const { query, database, status, sqlCommand } = record;
  const sql = maskSql(query);
  const statement: Statement = query === '' ? { tag: tagOf(sqlCommand), object: '', objectType: '' } : statementOf(sql);
  const { tag, object, objectType } = statement;
  const isBare = objectType === 'table' && object !== '' && !object.includes('.') && database !== '';
  return {
    action: actionOfTag(tag),
    category: categoryOfTag(tag),
    resource: object === '' ? database || SERVER : isBare ? `${database}.${object}` : object,
    resource_type: object === '' ? (database === '' ? 'server' : 'database') : objectType,
    resource_id: object,
    resource_parent: object === '' ? undefined : database,
    target_user_id: targetUser(tag, sql),
    query_text: sql,
    method: verbOf(tag),
    outcome: outcomeOf(statusOf(status)),
    status_code: status,
  };
}

/** `create_table` → `CREATE TABLE`; `show_databases`, `set_option` by their verbs. */
const tagOf = (sqlCommand: string): string =>
  sqlCommand
    .toUpperCase()
    .replaceAll('_', ' ')
    .replace(/^SET OPTION$/, 'SET');

const statusOf = (status: string): number | undefined => (/^-?\d{1,10}$/.test(status) ? Number(status) : undefined);

function whoOf(record: AuditRecord, timestamp: string): What {
  const { user, account, ip, host, proxy, osUser, connection, id } = record;
  const address = addressOf(ip) ?? addressOf(host);
  const { more } = record;
  if (host !== '' && address !== host) more['client_host'] = host;
  if (proxy !== '') more['proxy_user'] = proxy;
  if (osUser !== '') more['os_user'] = osUser;
  if (record.sqlCommand !== '') more['sql_command'] = record.sqlCommand;
  return {
    timestamp,
    user_id: user,
    actor_type: user === '' ? 'anonymous' : 'user',
    effective_user_id: account === user ? undefined : account,
    event_type: record.type,
    ip_address: address,
    protocol: 'mysql',
    session_id: connection,
    source_event_id: eventIdOf({ record, id, timestamp, connection }),
    attributes: more,
  };
}

/** The number of JSON records begins anew every second; that of the others is `number_time of the server's start`. */
function eventIdOf({
  record,
  id,
  timestamp,
  connection,
}: {
  record: AuditRecord;
  id: string;
  timestamp: string;
  connection: string;
}): string | undefined {
  if (id === '') return undefined;
  return record.group === '' ? id : `${timestamp}/${id}/${connection}`;
}
