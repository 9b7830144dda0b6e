import { isRecord, parseRecord, recordOf } from '@daybook/protocol';
import type { Context, Emit, Format, Head, MappingRow } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { quarantine, type Verdict } from '../result.ts';
import { csvValues } from './csv-record.ts';
import { verdictOf } from './event.ts';
import { flatRecord, nestedRecord } from './json-record.ts';
import type { AuditRecord } from './record.ts';
import { xmlValues } from './xml-record.ts';

export const mysqlAudit: Format = {
  name: 'mysql-audit',
  title: 'MySQL Enterprise Audit and Percona audit_log, audit_log_filter: JSON, XML old and new, CSV',
  source: 'mysql',
  framing: 'told',
  keepsOriginal: false,
  recognise,
  open: (context) => ({ parse: (record, emit) => judge(record, emit, context), end: () => undefined }),
  mapping: mapping(),
};

/** With `audit_log_handler=SYSLOG` each record of Percona's is a line of syslog, under an ident that an operator may have set. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:?\d\d)) [\w.:-]{1,255} [\w./-]{1,64}(?:\[\d{1,10}\])?: ?(?=["<{])/;

function recognise({ text, lines }: Head): number {
  const carried = SYSLOG.exec(lines[0] ?? '');
  if (carried !== null) {
    const line = (lines[0] ?? '').slice(carried[0].length);
    return (line.startsWith('{') ? /^\{"audit_record"\s?:/.test(line) : readAny(line) !== undefined) ? 0.98 : 0;
  }
  const begin = text.trimStart();
  if (begin.startsWith('<')) return begin.includes('<AUDIT_RECORD') ? 0.98 : /^(?:<\?xml[^>]*>\s*)?<AUDIT>\s*$/.test(begin) ? 0.9 : 0;
  if (begin.startsWith('{"audit_record":{') || begin.startsWith('{"audit_record": {')) return 0.98;
  if (begin.startsWith('"')) return csvValues(lines[0] ?? '') !== undefined && /^"[^"]*","\d+_\d{4}-\d\d-\d\dT/.test(begin) ? 0.97 : 0;
  const keys = ['"timestamp"', '"class"', '"connection_id"', '"event"', '"account"', '"login"', '_data"', '"server_id"'].filter((key) =>
    text.includes(key),
  );
  return /^[[{]/.test(begin) &&
    /"class"\s*:\s*"(?:audit|connection|general|table_access|query|command|authentication|message|parse|stored_program|global_variable|server_startup)"/.test(
      text,
    )
    ? Math.min(0.97, 0.4 + keys.length * 0.12)
    : 0;
}

function judge(record: TextRecord, emit: Emit, context: Context): void {
  const { text } = record;
  const read = readAny(text);
  if (read === undefined)
    return emit(masked(record, maskSql(text)), quarantine('not_mysql_audit', 'this is no record of an audit log of MySQL'));
  if (read === 'ambiguous')
    return emit(
      masked(record, maskSql(text)),
      quarantine('ambiguous_record', 'a name in this record imitates other values of it: which are true can not be told'),
    );
  const verdict: Verdict = verdictOf(read, context);
  const sql = read.query === '' ? '' : maskSql(read.query);
  // Of a record with a secret the text is not kept as it stood, but as the masked statement says it.
  emit(sql === read.query ? record : masked(record, sql), verdict);
}

const masked = (record: TextRecord, text: string): TextRecord => (text === record.text ? record : { ...record, text });

function readAny(line: string): AuditRecord | 'ambiguous' | undefined {
  const text = line.slice(SYSLOG.exec(line)?.[0].length ?? 0);
  const first = text.charCodeAt(0);
  if (first === LESS) {
    const values = xmlValues(text);
    return values === undefined || values === 'ambiguous' ? values : flatRecord(values);
  }
  if (first === QUOTE) {
    const values = csvValues(text);
    return values === undefined ? undefined : flatRecord(values);
  }
  const record = parseRecord(text);
  if (record === undefined) return undefined;
  if (isRecord(record['audit_record'])) return flatRecord(recordOf(record['audit_record']));
  if (typeof record['class'] === 'string' && record['timestamp'] !== undefined) return nestedRecord(record);
  return typeof record['name'] === 'string' && record['timestamp'] !== undefined ? flatRecord(record) : undefined;
}

const QUOTE = 0x22;
const LESS = 0x3c;

function mapping(): readonly MappingRow[] {
  return [
    { record: '*', field: 'timestamp', from: 'timestamp, which is UTC' },
    {
      record: '*',
      field: 'source_event_id',
      from: 'JSON: timestamp, id and connection_id (the id begins anew every second); others: record or RECORD_ID',
    },
    { record: '*', field: 'user_id', from: 'login.user, USER' },
    { record: '*', field: 'effective_user_id', from: 'account.user, PRIV_USER, when it is another' },
    { record: '*', field: 'ip_address', from: 'login.ip, IP' },
    { record: '*', field: 'session_id', from: 'connection_id' },
    { record: '*', field: 'event_type', from: 'class.event; NAME' },
    { record: 'connection: connect, change_user; Connect, Change user', field: 'action', from: 'login' },
    { record: 'connection: disconnect; Quit', field: 'action', from: 'disconnect' },
    { record: 'table_access; TableRead, TableInsert, TableUpdate, TableDelete', field: 'action, resource', from: 'the event; db.table' },
    {
      record: 'general, query; Query, Execute, Prepare',
      field: 'action, method, resource, query_text',
      from: 'the statement (else sql_command), passwords masked',
    },
    { record: 'authentication', field: 'action, target_user_id', from: 'the event; user' },
    {
      record: '*',
      field: 'outcome',
      from: 'status: 0 success; errors of rights and accounts (1044, 1142, 1143, 1227, 1370 …) denied; others failure, of a login 1045 and 1698 (wrong password, unknown account) too; without a status unknown',
    },
    { record: 'general, query', field: 'duration_ms, bytes_out, row_count', from: 'query_statistics: query_time, bytes_sent, rows_sent' },
    {
      record: 'audit, command, parse, query_start, pre_authenticate, Ping and other commands',
      field: '(noise)',
      from: 'the log itself, the protocol, the beginning of what ends in another record',
    },
    { record: '*', field: 'attributes', from: 'everything else of the record' },
  ];
}
