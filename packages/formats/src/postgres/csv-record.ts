import type { PgClock } from './clock.ts';
import { csvFields } from './csv-fields.ts';
import { known, type LogRecord } from './log-record.ts';
import { recordMayHoldSecrets } from './secret-names.ts';
import { severityOf } from './severity.ts';

/**
 * A record of csvlog (csvlog.c; before 15 in elog.c): 22 columns up to 8.4, 23 with application_name from 9.0, 24 with backend_type from 13, 26 with
 * leader_pid and query_id from 14. Later versions may append; what is appended is not read.
 *
 *     0 log_time         1 user_name      2 database_name   3 process_id     4 connection_from  5 session_id       6 session_line_num
 *     7 command_tag      8 session_start  9 vxid           10 txid          11 error_severity  12 sql_state_code  13 message
 *    14 detail          15 hint          16 internal_query 17 its position  18 context         19 query           20 query_pos
 *    21 location        22 application   23 backend_type   24 leader_pid    25 query_id
 */
const COLUMNS_MIN = 22;
const COLUMNS_MAX = 40;

/** undefined when the line is no record of csvlog. */
export function csvRecord(line: string, clock: PgClock): LogRecord | undefined {
  const f = csvFields(line, 0, COLUMNS_MAX);
  if (f === undefined || f.length < COLUMNS_MIN || f.length > COLUMNS_MAX) return undefined;
  const time = clock.read(f[0] ?? '');
  const word = f[11] ?? '';
  // A severity in a language that we don't know: the state tells what it is.
  const severity = severityOf(word) ?? severityOfState(f[12] ?? '');
  if (time === undefined || severity === undefined) return undefined;
  const from = f[4] ?? '';
  const colon = from.startsWith('[') ? -1 : from.lastIndexOf(':');
  return {
    time,
    user: known(f[1] ?? ''),
    database: known(f[2] ?? ''),
    pid: f[3] ?? '',
    remoteHost: colon < 0 ? from : from.slice(0, colon),
    remotePort: colon < 0 ? '' : from.slice(colon + 1),
    sessionId: f[5] ?? '',
    lineNumber: f[6] ?? '',
    commandTag: f[7] ?? '',
    sessionStart: f[8] ?? '',
    virtualTransaction: f[9] ?? '',
    transaction: f[10] === '0' ? '' : (f[10] ?? ''),
    severity,
    sqlState: f[12] ?? '',
    message: f[13] ?? '',
    detail: f[14] ?? '',
    hint: f[15] ?? '',
    internalQuery: f[16] ?? '',
    context: f[18] ?? '',
    statement: f[19] ?? '',
    location: f[21] ?? '',
    application: known(f[22] ?? ''),
    backendType: f[23] ?? '',
    leaderPid: f[24] ?? '',
    queryId: f[25] === '0' ? '' : (f[25] ?? ''),
    serverHost: '',
    ambiguous: [],
    suspect: recordMayHoldSecrets(line, f[13] ?? '', f[14] ?? '', f[16] ?? '', f[18] ?? '', f[19] ?? ''),
  };
}

/** States that no error has from which a session goes on: authorization, too many connections, shutdown, and timeouts that end it. */
const FATAL_STATES = /^(?:28...|53300|57P0[1-35]|25P0[34])$/;

/** Class 00 is success, 01 a warning, 02 no data; all others are errors (errcodes.txt). undefined when it is no state. */
export function severityOfState(state: string): string | undefined {
  if (!/^[\dA-Z]{5}$/.test(state)) return undefined;
  if (state.startsWith('00')) return 'LOG';
  if (FATAL_STATES.test(state)) return 'FATAL';
  return state.startsWith('01') || state.startsWith('02') ? 'WARNING' : 'ERROR';
}
