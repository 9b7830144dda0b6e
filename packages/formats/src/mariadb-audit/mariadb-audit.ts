import { addressOf } from '../addresses.ts';
import type { Context, Emit, Format, Head, MappingRow } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { loginOutcomeOf, outcomeOf } from '../mysql/outcome.ts';
import { actionOfTag, categoryOfTag, statementOf, targetUser, verbOf } from '../mysql/statement.ts';
import { event, quarantine, type Verdict } from '../result.ts';
import { isStructured, SyslogReader } from '../syslog/syslog.ts';
import { monthOf, type Stamp, stampOf, stampWithoutYear } from '../time/stamps.ts';
import { epochStamp, isoStamp } from '../web-access/times.ts';
import { type AuditRecord, recordOf } from './record.ts';

const TIME = /^(\d{4})(\d\d)(\d\d) ([ \d]\d):(\d\d):(\d\d),/;
const AURORA = /^(\d{16}),/;
/** With `server_audit_output_type=syslog`: what syslog writes, the ident (`server_audit_syslog_ident`), and the info that an operator may have set. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)|(\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d))) (\S{1,255}) [\w./-]{1,64}(?:\[\d{1,10}\])?: {1,2}/;

export const mariadbAudit: Format = {
  name: 'mariadb-audit',
  title: 'MariaDB server_audit, to its file or to syslog; also of Amazon RDS and Aurora',
  source: 'mariadb',
  framing: 'lines',
  keepsOriginal: true,
  recognise: share,
  open: (context) => {
    const syslog = new SyslogReader(context);
    return { parse: (record, emit) => judge(record, emit, { context, syslog }), end: () => undefined };
  },
  mapping: mapping(),
};

function share({ lines }: Head): number {
  const some = lines.slice(0, 200);
  const found = some.filter((line) => {
    const head = TIME.exec(line) ?? AURORA.exec(line) ?? SYSLOG.exec(line);
    return head !== null && recordOf(line.slice(head[0].length)) !== undefined;
  }).length;
  return (0.97 * found) / Math.max(1, some.length);
}

/** What times are read by. */
interface Input {
  readonly context: Context;
  readonly syslog: SyslogReader;
}

interface Headed {
  readonly stamp: Stamp | undefined;
  readonly rest: string;
}

function judge(record: TextRecord, emit: Emit, input: Input): void {
  const { text } = record;
  const headed = headOf(text, input);
  if (headed === undefined)
    return emit(masked(record, maskSql(text)), quarantine('not_mariadb_audit', 'this line does not begin as one of server_audit'));
  if (headed.stamp === undefined) return emit(masked(record, maskSql(text)), quarantine('bad_time', 'there is no such time'));
  const found = recordOf(headed.rest);
  if (found === undefined)
    return emit(masked(record, maskSql(text)), quarantine('not_mariadb_audit', 'the fields of server_audit are not in this line'));
  if (found.kind !== 'statement')
    return emit(record, found.kind === 'table' ? tableEvent(found, headed.stamp) : connectionEvent(found, headed.stamp));
  const raw = unescaped(found.object);
  const sql = maskSql(raw);
  const verdict = statementEvent(found, headed.stamp, sql);
  if (sql === raw) return emit(record, verdict);
  const before = text.length - headed.rest.length;
  emit(masked(record, text.slice(0, before + found.from) + escaped(sql) + text.slice(before + found.to)), verdict);
}

/** The plugin's esc_map; older versions make a blank of white space. */
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' };
const UNESCAPES: Readonly<Record<string, string>> = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r' };
const unescaped = (text: string): string =>
  text.includes('\\') ? text.replace(/\\(['\\btnfr])/g, (_, char: string) => ESCAPES[char] ?? char) : text;
// oxlint-disable-next-line no-control-regex
const escaped = (text: string): string => text.replace(/['\\\b\t\n\f\r]/g, (char) => `\\${UNESCAPES[char] ?? char}`);

const masked = (record: TextRecord, text: string): TextRecord => (text === record.text ? record : { ...record, text });

let cachedText = '';
let cachedZone: Context['zone'] | undefined;
let cachedStamp: Stamp | undefined;

function headOf(text: string, input: Input): Headed | undefined {
  const { context } = input;
  const time = text.slice(0, TIME_CHARS);
  // Lines that follow one another mostly share their second.
  if (time === cachedText && context.zone === cachedZone) return { stamp: cachedStamp, rest: text.slice(TIME_CHARS) };
  const match = TIME.exec(text);
  if (match === null) return otherHead(text, input);
  const [, year, month, day, hour, minute, second] = match;
  const reading = {
    year: Number(year),
    month: Number(month) - 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
  cachedStamp = Number(month) > 12 ? undefined : stampOf(reading, context);
  cachedText = time;
  cachedZone = context.zone;
  return { stamp: cachedStamp, rest: text.slice(TIME_CHARS) };
}

/** `20240102 03:04:05,`. */
const TIME_CHARS = 18;

/** `server_audit_syslog_info` stands before the record, where an operator has set one. */
const SYSLOG_INFO = /^[^,]{0,200} (?=[^ ,]{1,255},)/;

function otherHead(text: string, { context, syslog: reader }: Input): Headed | undefined {
  if (isStructured(text)) {
    const said = reader.read(text);
    return said === undefined ? undefined : { stamp: said.stamp, rest: said.message.replace(SYSLOG_INFO, '') };
  }
  const aurora = AURORA.exec(text);
  if (aurora !== null) return { stamp: epochStamp(aurora[1] ?? ''), rest: text.slice(aurora[0].length) };
  const syslog = SYSLOG.exec(text);
  if (syslog === null) return undefined;
  const [head, monthName, day, hour, minute, second, iso] = syslog;
  const rest = text.slice(head.length).replace(SYSLOG_INFO, '');
  if (iso !== undefined) return { stamp: isoStamp(iso, context), rest };
  const month = monthOf(monthName ?? '');
  const reading = { day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second) };
  return { stamp: month === undefined ? undefined : stampWithoutYear({ month, ...reading }, context), rest };
}

function connectionEvent(record: AuditRecord, stamp: Stamp): Verdict {
  const { operation, status, database, ambiguous, account } = record;
  const isEnd = operation === 'DISCONNECT';
  // The log-in has a record of its own; this one tells as whom the connection goes on.
  const isProxy = operation === 'PROXY_CONNECT';
  return event(base(record, stamp, { claimed: ambiguous }), {
    action: isEnd ? 'disconnect' : isProxy ? 'connect' : 'login',
    category: isEnd || isProxy ? 'session' : 'authentication',
    effective_user_id: account === record.user || account === '' ? undefined : account,
    resource: database === '' ? record.server : database,
    resource_type: database === '' ? 'server' : 'database',
    resource_id: database,
    // A name that imitates a record must not make a login of the end of a connection that failed.
    outcome: ambiguous !== undefined && status === '0' ? 'unknown' : isEnd ? 'success' : loginOutcomeOf(Number(status)),
    status_code: status,
  });
}

function tableEvent(record: AuditRecord, stamp: Stamp): Verdict {
  const { operation, database, object } = record;
  const [table = '', renamed] = operation === 'RENAME' ? object.split('|', 2) : [object];
  return event(base(record, stamp, { renamed_to: renamed }), {
    action: TABLE_ACTIONS[operation],
    category: operation === 'READ' || operation === 'WRITE' ? 'data' : 'config',
    resource: `${database}.${table}`,
    resource_type: 'table',
    resource_id: table,
    resource_parent: database,
    // Written when the table is opened: what becomes of the statement stands in the record of the statement.
    outcome: 'unknown',
  });
}

const TABLE_ACTIONS: Readonly<Record<string, string>> = {
  READ: 'read',
  WRITE: 'update',
  CREATE: 'create',
  ALTER: 'update',
  RENAME: 'update',
  DROP: 'delete',
};

function statementEvent(record: AuditRecord, stamp: Stamp, sql: string): Verdict {
  const { tag, object, objectType } = statementOf(sql);
  const { database, status } = record;
  const isTable = objectType === 'table' && object !== '' && !object.includes('.') && database !== '';
  return event(base(record, stamp, {}), {
    action: actionOfTag(tag),
    category: categoryOfTag(tag),
    resource: object === '' ? (database === '' ? record.server : database) : isTable ? `${database}.${object}` : object,
    resource_type: object === '' ? (database === '' ? 'server' : 'database') : objectType,
    resource_id: object,
    resource_parent: object === '' ? undefined : database,
    target_user_id: targetUser(tag, sql),
    query_text: sql,
    method: verbOf(tag),
    outcome: outcomeOf(Number(status)),
    status_code: status,
  });
}

function base(record: AuditRecord, stamp: Stamp, more: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const { server, user, host, connection, query, operation, tls, connectionType } = record;
  const [address, port] = withoutPort(host ?? '');
  const ip = addressOf(address);
  const attributes: Record<string, unknown> = {};
  if (stamp.guessed !== undefined) attributes['time_guessed'] = stamp.guessed;
  if (query !== undefined && query !== '0') attributes['query_id'] = query;
  if (port !== undefined) attributes['client_port'] = port;
  if (ip === undefined && address !== '') attributes['client_host'] = address;
  if (tls !== undefined) attributes['tls_version'] = tls;
  if (connectionType !== undefined) attributes['connection_type'] = connectionType;
  for (const name in more) if (more[name] !== undefined) attributes[name] = more[name];
  return {
    timestamp: stamp.text,
    user_id: user,
    // The server's own threads have neither name nor host.
    actor_type: user === undefined ? 'unknown' : user !== '' ? 'user' : host === '' ? 'system' : 'anonymous',
    event_type: operation,
    ip_address: ip,
    host: server,
    protocol: 'mysql',
    session_id: connection,
    attributes,
  };
}

/** `host:port` since MariaDB 12.0. A whole IPv6 address is one: clients' ports have five digits, which no group of an address has. */
function withoutPort(host: string): readonly [string, string | undefined] {
  if (addressOf(host) !== undefined) return [host, undefined];
  const match = /^(.*):(\d{1,5})$/.exec(host);
  return match === null ? [host, undefined] : [(match[1] ?? '').replace(/^\[(.*)\]$/, '$1'), match[2]];
}

function mapping(): readonly MappingRow[] {
  return [
    { record: '*', field: 'timestamp', from: 'the stamp; its zone is that of the input' },
    { record: '*', field: 'user_id', from: 'username' },
    { record: '*', field: 'ip_address', from: 'host, when it is an address (a host name: attributes.client_host)' },
    { record: '*', field: 'host', from: 'serverhost' },
    { record: '*', field: 'session_id', from: 'connectionid' },
    { record: '*', field: 'event_type', from: 'operation' },
    { record: 'CONNECT, FAILED_CONNECT, CHANGEUSER', field: 'action', from: 'login' },
    { record: 'PROXY_CONNECT', field: 'action', from: 'connect: the log-in has a record of its own' },
    { record: 'PROXY_CONNECT', field: 'effective_user_id', from: 'the account whose rights the user has' },
    { record: 'DISCONNECT', field: 'action', from: 'disconnect' },
    { record: 'QUERY', field: 'query_text', from: 'object, passwords masked' },
    { record: 'QUERY', field: 'action, method, resource', from: 'the statement: its verb and its first object' },
    {
      record: 'READ, WRITE, CREATE, ALTER, RENAME, DROP',
      field: 'resource',
      from: 'database.object; action by the operation, outcome unknown',
    },
    {
      record: 'CONNECT, FAILED_CONNECT, QUERY',
      field: 'outcome',
      from: 'retcode: 0 success; errors of rights and accounts (1044, 1142, 1143, 1227, 1370 …) denied; others failure, of a login 1045 and 1698 (wrong password, unknown account) too',
    },
    { record: '*', field: 'status_code', from: 'retcode' },
    {
      record: '*',
      field: 'attributes',
      from: 'query_id, client_port, client_host, tls_version, connection_type; claimed when a name or database with commas hides which is which',
    },
  ];
}
