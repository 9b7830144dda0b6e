import { isRecord, type JsonRecord, parseRecord, textOf } from '@daybook/protocol';
import type { PgClock } from './clock.ts';
import { EMPTY_RECORD, known, type LogRecord } from './log-record.ts';
import { mayHoldSecrets, recordMayHoldSecrets } from './secret-names.ts';
import { severityOf } from './severity.ts';
import { severityOfState } from './csv-record.ts';

/**
 * A record of jsonlog (jsonlog.c, from version 15). Numbers are plain: a query_id may be greater than 2^53, so it is read from the text, where
 * its digits still stand.
 */
export function jsonRecord(text: string, clock: PgClock): LogRecord | undefined {
  const row = parseRecord(text);
  if (row === undefined) return undefined;
  const wrapped = wrappedRecord(row);
  if (wrapped !== undefined) return wrappedLog(wrapped, clock, text);
  const time = clock.read(textOf(row['timestamp']));
  const severity = severityOf(textOf(row['error_severity'])) ?? severityOfState(textOf(row['state_code']));
  if (time === undefined || severity === undefined || typeof row['message'] !== 'string') return undefined;
  const location = [textOf(row['func_name']), textOf(row['file_name'])].filter((part) => part !== '').join(', ');
  return {
    time,
    user: known(textOf(row['user'])),
    database: known(textOf(row['dbname'])),
    pid: textOf(row['pid']),
    remoteHost: textOf(row['remote_host']),
    remotePort: textOf(row['remote_port']),
    sessionId: textOf(row['session_id']),
    lineNumber: textOf(row['line_num']),
    commandTag: textOf(row['ps']),
    sessionStart: textOf(row['session_start']),
    virtualTransaction: textOf(row['vxid']),
    transaction: nonZero(textOf(row['txid'])),
    severity,
    sqlState: textOf(row['state_code']),
    message: row['message'],
    detail: textOf(row['detail']),
    hint: textOf(row['hint']),
    internalQuery: textOf(row['internal_query']),
    context: textOf(row['context']),
    statement: textOf(row['statement']),
    location: location === '' ? '' : `${location}:${textOf(row['file_line_num'])}`,
    application: known(textOf(row['application_name'])),
    backendType: textOf(row['backend_type']),
    leaderPid: textOf(row['leader_pid']),
    queryId: queryIdOf(text),
    serverHost: '',
    ambiguous: [],
    suspect: recordMayHoldSecrets(
      text,
      row['message'],
      textOf(row['detail']),
      textOf(row['internal_query']),
      textOf(row['context']),
      textOf(row['statement']),
    ),
  };
}

/** CloudNativePG's instance manager logs a csvlog record as an object: `{"logger":"postgres","msg":"record","record":{…}}`, pgaudit's fields taken apart. */
function wrappedRecord(row: JsonRecord): JsonRecord | undefined {
  const inner = row['record'];
  return row['msg'] === 'record' && isRecord(inner) ? inner : undefined;
}

/** What CloudNativePG's instance manager says of itself in the same output: `{"level":…,"ts":…,"logger":"…","msg":"…"}` without a record. */
export function isOperators(text: string): boolean {
  const row = parseRecord(text);
  if (row === undefined || row['record'] !== undefined || row['error_severity'] !== undefined) return false;
  return [row['level'], row['ts'], row['msg']].every((member) => typeof member === 'string');
}

function wrappedLog(row: JsonRecord, clock: PgClock, whole: string): LogRecord | undefined {
  const time = clock.read(textOf(row['log_time']));
  const severity = severityOf(textOf(row['error_severity'])) ?? severityOfState(textOf(row['sql_state_code']));
  if (time === undefined || severity === undefined) return undefined;
  const from = textOf(row['connection_from']);
  const colon = from.startsWith('[') ? -1 : from.lastIndexOf(':');
  return {
    ...EMPTY_RECORD,
    suspect: mayHoldSecrets(whole),
    time,
    user: known(textOf(row['user_name'])),
    database: known(textOf(row['database_name'])),
    pid: textOf(row['process_id']),
    remoteHost: colon < 0 ? from : from.slice(0, colon),
    remotePort: colon < 0 ? '' : from.slice(colon + 1),
    sessionId: textOf(row['session_id']),
    lineNumber: textOf(row['session_line_num']),
    commandTag: textOf(row['command_tag']),
    sessionStart: textOf(row['session_start_time']),
    virtualTransaction: textOf(row['virtual_transaction_id']),
    transaction: nonZero(textOf(row['transaction_id'])),
    severity,
    sqlState: textOf(row['sql_state_code']),
    message: auditMessage(row['audit']) ?? textOf(row['message']),
    detail: textOf(row['detail']),
    hint: textOf(row['hint']),
    internalQuery: textOf(row['internal_query']),
    context: textOf(row['context']),
    statement: textOf(row['query']),
    location: textOf(row['location']),
    application: known(textOf(row['application_name'])),
    backendType: textOf(row['backend_type']),
    leaderPid: textOf(row['leader_pid']),
    queryId: nonZero(textOf(row['query_id'])),
  };
}

const AUDIT_PARTS = [
  'audit_type',
  'statement_id',
  'substatement_id',
  'class',
  'command',
  'object_type',
  'object_name',
  'statement',
  'parameter',
];

/** pgaudit's record as it wrote it. */
function auditMessage(audit: unknown): string | undefined {
  if (!isRecord(audit)) return undefined;
  const parts = AUDIT_PARTS.map((name) => textOf(audit[name]));
  if (audit['rows'] !== undefined) parts.push(textOf(audit['rows']));
  return `AUDIT: ${parts.map((part) => (/[",\r\n]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join(',')}`;
}

/** The last member that jsonlog.c writes. */
function queryIdOf(text: string): string {
  return nonZero(/"query_id":(-?\d{1,20})\}\s*$/.exec(text.slice(-48))?.[1] ?? '');
}

function nonZero(number: string): string {
  return number === '0' ? '' : number;
}
