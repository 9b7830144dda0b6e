import type { EventFields, Verdict } from '../result.ts';
import { noise } from '../result.ts';
import { addressOf } from '../addresses.ts';
import { access, inDatabase } from './access.ts';
import type { LogRecord } from './log-record.ts';
import { mayBindSecrets, REDACTED, redactedReason, shown } from './redact.ts';
import type { Session, Sessions } from './sessions.ts';
import { MESSAGE_CHARS_MAX, stageOf } from './stage.ts';
import { TRANSLATED_DENIED } from './translations.ts';
import { actionOfTag, categoryOfTag, sqlOf, targetRole, verbOf } from './sql.ts';

/** An ERROR, FATAL or PANIC: what somebody tried and did not get. Of the server's own processes it is no access. */
export function failureVerdict(record: LogRecord, sessions: Sessions): Verdict {
  const session = sessions.of(record);
  if (isBackground(record, session)) return noise('background_error');
  if (record.severity === 'FATAL') return fatal(record, session);
  return statementFailed(record, session);
}

const CLIENT_BACKENDS: ReadonlySet<string> = new Set([
  '',
  'client backend',
  'walsender',
  'parallel worker',
  'not initialized',
  'dead-end client backend',
]);
const OF_THE_SERVER =
  /^(?:canceling autovacuum task|terminating autovacuum process|terminating (?:background worker|logical replication|walreceiver|walsender)|could not (?:receive data from WAL stream|connect to the primary)|the database system was|lock file|data directory|configuration file|could not (?:bind|create|access|load)|database files are|pre-existing shared memory)/;

function isBackground(record: LogRecord, session: Session): boolean {
  if (!CLIENT_BACKENDS.has(record.backendType)) return true;
  return record.user === '' && session.user === '' && (OF_THE_SERVER.test(record.message) || record.context.startsWith('automatic '));
}

function outcomeOf(record: LogRecord): 'denied' | 'failure' {
  const { sqlState, message } = record;
  return sqlState === '42501' || DENIED.test(message) || TRANSLATED_DENIED.test(message.slice(0, MESSAGE_CHARS_MAX)) ? 'denied' : 'failure';
}

/** Refused by a rule, in the words of aclchk.c, auth.c, postinit.c, rowsecurity; where the log has no state, they are all there is. */
const DENIED =
  /^(?:permission denied\b|must be (?:owner|superuser|a? ?member|able to|replication)|only (?:superusers?|roles)\b|new row violates row-level security|query would be affected by row-level security|(?:no )?pg_hba\.conf (?:entry|rejects)|role ".*" is not permitted to log in|must have |connection requires a valid client certificate|authentication failed for user ".*": host rejected|user "?.*"? is not allowed|function ".*" is not allowed)/s;

const NAMED_USER =
  /^(?:[\w "-]{0,40}?authentication failed for user|too many connections for role|role|OAuth bearer authentication failed for user) "(.*)"(?:: host rejected| does not exist| is not permitted to log in)?$/s;
/** `no pg_hba.conf entry for [replication connection from ]host "%s", user "%s"[, database "%s"], …`; the address stands before what the client chose. */
const HBA =
  /^(?:no pg_hba\.conf entry|pg_hba\.conf rejects)(?: (?:for )?(?:replication )?connection)?(?: for| from)? host "([^"]{1,255})", user "(.*?)"(?:, database "(.*)")?(?:, ([^"]{1,40}))?$/s;
const DATABASE =
  /^(?:database|permission denied for database|too many connections for database) "(.*?)"(?: does not exist| is not currently accepting connections)?$/s;

function fatal(record: LogRecord, session: Session): Verdict {
  const { message } = record;
  const stage = stageOf(record, session);
  if (stage === 'begun') {
    const fields = { event_type: 'disconnection', action: 'disconnect', category: 'session', outcome: 'failure', reason: message };
    return access(record, session, fields, detailsOf(record, record.statement));
  }
  const short = message.slice(0, MESSAGE_CHARS_MAX);
  const hba = HBA.exec(short);
  const userNamed = NAMED_USER.exec(short)?.[1];
  const claimed = hba === null ? { user: userNamed } : { user: unambiguous(hba[2]), host: hba[1], database: unambiguous(hba[3]) };
  const seen: Session = {
    ...session,
    user: session.user === '' ? (claimed.user ?? '') : session.user,
    // Where names of hosts are logged (`log_hostname`), this message has the address all the same.
    host: session.host === '' || (hba !== null && addressOf(session.host) === undefined) ? (hba?.[1] ?? '') : session.host,
    database: session.database === '' ? (unambiguous(hba?.[3]) ?? DATABASE.exec(message)?.[1] ?? '') : session.database,
  };
  const fields = {
    event_type: typeOfFatal(short),
    ...(stage === 'unknown'
      ? { action: 'other', category: 'session' }
      : { action: record.user === '' && seen.user === '' ? 'connect' : 'login', category: 'authentication' }),
    auth_method: /^(\w+) authentication failed/.exec(message)?.[1]?.toLowerCase() ?? session.authMethod,
    outcome: outcomeOf(record),
    reason: message,
  };
  const address = hba === null || addressOf(record.remoteHost) !== undefined ? undefined : addressOf(hba[1] ?? '');
  const named = address === undefined || record.remoteHost === '' ? {} : { ip_address: address };
  return access(record, seen, { ...fields, ...named }, { ...detailsOf(record, ''), encryption: hba?.[4] ?? '' });
}

/** A name with the words that stand between names is two readings: none is taken. */
function unambiguous(name: string | undefined): string | undefined {
  return name === undefined || /", (?:user|database) "/.test(name) ? undefined : name;
}

/** The message without the names in it. */
function typeOfFatal(message: string): string {
  const rule = /^(?:no pg_hba\.conf entry|pg_hba\.conf rejects(?: replication)? connection)/.exec(message)?.[0];
  if (rule !== undefined) return rule;
  const words = message.replace(/ ?".*"/s, '').replace(/ for (?:user|role|database)$/, '');
  return words.slice(0, TYPE_CHARS_MAX) || 'FATAL';
}

const TYPE_CHARS_MAX = 80;

const OBJECT = /^(?:permission denied for|must be owner of|no privileges were granted for) ([a-z][a-z -]{1,30}?) "?([^"]{1,200}?)"?$/;

function statementFailed(record: LogRecord, session: Session): Verdict {
  const text = shown(record, record.statement === '' ? queryIn(record) : record.statement);
  const sql = sqlOf(text);
  const denied = OBJECT.exec(record.message);
  const object: EventFields =
    denied === null
      ? inDatabase(record, session, sql.object, sql.objectType)
      : inDatabase(record, session, denied[2] ?? '', denied[1] ?? '');
  const category = categoryOfTag(sql.tag);
  const fields = {
    event_type: sql.tag === '' ? record.severity : sql.tag,
    action: actionOfTag(sql.tag),
    category,
    ...object,
    method: verbOf(sql.tag),
    query_text: text,
    target_user_id: category === 'iam' ? targetRole(sql.tag, text) : undefined,
    outcome: outcomeOf(record),
    reason: record.suspect ? redactedReason(record.message, record.statement) : record.message,
  };
  return access(record, session, fields, detailsOf(record, text));
}

/** Where the statement itself is not logged (`log_min_error_statement`), the one inside a function may be. */
function queryIn(record: LogRecord): string {
  return record.internalQuery;
}

/** Lines beside the message. Values in them are hidden where the statement has secrets. */
function detailsOf(record: LogRecord, text: string): Readonly<Record<string, unknown>> {
  const kept = (part: string) => (record.suspect && VALUES.test(part) && bindsSecrets(record) ? REDACTED : shown(record, part));
  return {
    severity: record.severity,
    detail: kept(record.detail),
    hint: record.hint,
    context: kept(record.context),
    internal_query: record.internalQuery === text ? '' : shown(record, record.internalQuery),
  };
}

const bindsSecrets = ({ message, statement, internalQuery, detail }: LogRecord): boolean =>
  mayBindSecrets(`${message}\n${statement}\n${internalQuery}\n${detail}`);

/** `Key (a, b)=(1, 2)`, `Failing row contains (…)`, `parameters: $1 = '…'`. */
const VALUES = /\$\d|\)=\(|row contains \(/;
