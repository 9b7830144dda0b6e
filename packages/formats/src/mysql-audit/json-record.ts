import { isRecord, type JsonRecord, recordOf, textOf } from '@daybook/protocol';
import { type AuditRecord, splitUser } from './record.ts';

/**
 * MySQL Enterprise Audit (manual, "Audit Log File Formats", JSON) and Percona's audit_log_filter, which writes the same: `class`, `event`, `account`, `login`, and an object
 * of the class: `connection_data`, `general_data`, `table_access_data`, `query_data` …
 */
export function nestedRecord(record: JsonRecord): AuditRecord {
  const account = recordOf(record['account']);
  const login = recordOf(record['login']);
  const [dataName, data] = dataOf(record);
  const said = splitUser(textOf(login['user'])) ?? splitUser(textOf(account['user']));
  const group = textOf(record['class']);
  return {
    group,
    name: textOf(record['event']),
    type: textOf(record['event']) === '' ? group : `${group}.${textOf(record['event'])}`,
    time: textOf(record['timestamp']),
    id: textOf(record['id']),
    connection: textOf(record['connection_id']),
    user: said?.user ?? (textOf(login['user']) || textOf(account['user'])),
    account: said?.account ?? textOf(account['user']),
    proxy: textOf(login['proxy']),
    osUser: textOf(login['os']),
    host: textOf(account['host']) || (said?.host ?? ''),
    ip: textOf(login['ip']) || (said?.ip ?? ''),
    database: textOf(data['db']) || textOf(data['database']),
    table: textOf(data['table']),
    query: textOf(data['query']),
    sqlCommand: textOf(data['sql_command']),
    command: textOf(data['command']),
    status: textOf(data['status']),
    more: rest(record, dataName, data),
  };
}

function dataOf(record: JsonRecord): readonly [string, JsonRecord] {
  for (const [name, value] of Object.entries(record)) if (name.endsWith('_data') && isRecord(value)) return [name, value];
  return ['', {}];
}

const TAKEN = new Set(['timestamp', 'id', 'class', 'event', 'connection_id', 'account', 'login']);
const DATA_TAKEN = new Set(['db', 'database', 'table', 'query', 'sql_command', 'command', 'status']);

/** What has no field of its own, by its own names. */
function rest(record: JsonRecord, dataName: string, data: JsonRecord): Record<string, unknown> {
  const more: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) if (!TAKEN.has(name) && name !== dataName) more[name] = value;
  for (const [name, value] of Object.entries(data)) if (!DATA_TAKEN.has(name)) more[name] = value;
  return more;
}

/** Percona's audit_log in JSON: `{"audit_record":{"name":"Query","record":"2_2014-…","timestamp":…}}`. The names are those of XML, in lower case. */
export function flatRecord(values: JsonRecord): AuditRecord {
  const text = (name: string, other?: string): string => textOf(values[name]) || (other === undefined ? '' : textOf(values[other]));
  const said = splitUser(text('user'));
  const name = text('name');
  const isConnection = values['priv_user'] !== undefined;
  const more: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) if (!FLAT_TAKEN.has(key) && value !== '') more[key] = value;
  return {
    group: '',
    name: name.toLowerCase().replaceAll(' ', '_'),
    type: name,
    time: text('timestamp'),
    id: text('record', 'record_id'),
    connection: text('connection_id'),
    user: said?.user ?? text('user'),
    account: said?.account ?? (isConnection ? text('priv_user') : ''),
    proxy: text('proxy_user'),
    osUser: text('os_login', 'os_user'),
    host: text('host') || (said?.host ?? ''),
    ip: text('ip') || (said?.ip ?? ''),
    database: text('db'),
    table: text('table'),
    query: text('sqltext'),
    sqlCommand: text('command_class'),
    command: name,
    status: text('status', 'status_code'),
    more,
  };
}

const FLAT_TAKEN = new Set(
  'name record record_id timestamp connection_id user priv_user proxy_user os_login os_user host ip db table sqltext command_class status status_code'.split(
    ' ',
  ),
);
