import { type EventFields, quarantine, type Verdict } from '../result.ts';
import { access, inDatabase } from './access.ts';
import { csvFields } from './csv-fields.ts';
import type { LogRecord } from './log-record.ts';
import { mayBindSecrets, REDACTED, redactSql, shown } from './redact.ts';
import { rememberAudit, type Session, type Sessions } from './sessions.ts';
import { actionOfTag, categoryOfTag, sqlOf, targetRole, verbOf } from './sql.ts';

export const AUDIT = 'AUDIT: ';

/**
 * A record of pgaudit (log_audit_event in pgaudit.c, versions 1.0 … 18): comma separated, a field that holds a comma, quote or line end in quotes.
 *
 *     AUDIT: 0 SESSION|OBJECT, 1 statement_id, 2 substatement_id, 3 class, 4 command, 5 object_type, 6 object_name, 7 statement, 8 parameter[, 9 rows]
 */
const FIELDS_MIN = 9;
const FIELDS_MAX = 10;
const CLASSES: ReadonlySet<string> = new Set(['READ', 'WRITE', 'FUNCTION', 'ROLE', 'DDL', 'MISC', 'MISC_SET', '<none>']);
const NOT_LOGGED = '<not logged>';
const BEFORE = '<previously logged>';

/** A pgaudit record in a message of the log. */
export function auditVerdict(record: LogRecord, sessions: Sessions): Verdict {
  const f = csvFields(record.message, AUDIT.length, FIELDS_MAX);
  if (f === undefined || f.length < FIELDS_MIN || f.length > FIELDS_MAX || !isAudit(f))
    return quarantine('bad_audit', 'this looks like a pgaudit record, and is cut off or has other fields than pgaudit writes');
  // pgaudit hides the context of its records (errhidecontext); a message that a function raises has one.
  if (record.context !== '' || record.statement !== '')
    return quarantine('imitated_audit', 'a function or statement raised this message: it imitates a pgaudit record, and is none');
  const session = sessions.kept(record);
  const { text, stands } = statementOf(record, f, session);
  return auditEvent(record, session, f, { text, stands });
}

function isAudit(f: readonly string[]): boolean {
  return (
    (f[0] === 'SESSION' || f[0] === 'OBJECT') &&
    isNumber(f[1]) &&
    isNumber(f[2]) &&
    CLASSES.has(f[3] ?? '') &&
    (f.length < 10 || isNumber(f[9]))
  );
}

interface Text {
  /** Redacted; '' when it is not known. */
  readonly text: string;
  /** What stood in its place, when it was not logged. */
  readonly stands: string;
}

/** The statement, or the one of the record before it of the same statement. */
function statementOf(record: LogRecord, f: readonly string[], session: Session): Text {
  const written = f[7] ?? '';
  const key = `${f[1]}/${f[2]}`;
  if (written === NOT_LOGGED) return { text: '', stands: written };
  if (written === BEFORE) return { text: session.auditKey === key ? session.auditText : '', stands: written };
  const text = shown(record, written);
  rememberAudit(session, key, text);
  return { text, stands: '' };
}

function auditEvent(record: LogRecord, session: Session, f: readonly string[], { text, stands }: Text): Verdict {
  const klass = f[3] ?? '';
  const command = f[4] ?? '';
  const parameter = f[8] ?? '';
  const rows = f[9];
  const isCounted = COUNTED.has(command);
  const category = klass === 'ROLE' ? 'iam' : klass === 'DDL' ? 'config' : categoryOfTag(command);
  return access(
    record,
    session,
    {
      event_type: command === '' ? klass : command,
      action: command === 'COPY' && klass === 'WRITE' ? 'create' : actionOfTag(command),
      category,
      ...objectOf(record, session, f, text),
      method: verbOf(command),
      query_text: text,
      row_count: rows === undefined || !isCounted ? undefined : Number(rows),
      target_user_id: category === 'iam' ? targetRole(command, text) : undefined,
      outcome: isDone(klass, command, rows !== undefined) ? 'success' : 'unknown',
    },
    {
      audit_type: f[0],
      statement_id: Number(f[1]),
      substatement_id: Number(f[2]),
      class: klass,
      object_type: f[6] === '' ? f[5] : '',
      statement: stands,
      parameter: parameter === '<none>' || (parameter === stands && stands !== '') ? '' : shownParameter(record, parameter, text),
      // Of commands that are no queries the column is always 0.
      rows: rows === undefined || isCounted ? '' : Number(rows),
    },
  );
}

/** pgaudit names the objects of queries, and of DDL where its event triggers are installed; of others the statement does. */
function objectOf(record: LogRecord, session: Session, f: readonly string[], text: string): EventFields {
  const command = f[4] ?? '';
  const name = f[6] ?? '';
  if (name !== '') return inDatabase(record, session, name, (f[5] ?? '').toLowerCase());
  if (COUNTED.has(command) || categoryOfTag(command) === 'session') return {};
  const sql = sqlOf(text);
  // A text may hold several statements: the first is not this one then.
  return sql.tag === command ? inDatabase(record, session, sql.object, sql.objectType) : {};
}

/** Values are the statement's own: where it names a password they may be it. */
function shownParameter(record: LogRecord, parameter: string, text: string): string {
  if (!record.suspect || parameter === NOT_LOGGED) return parameter;
  // Where the text is not known, it is not known either that they are none.
  return text === '' || mayBindSecrets(text) ? REDACTED : redactSql(parameter);
}

/** Commands that run as a plan: of these alone pgaudit counts rows (pgaudit_ExecutorRun_hook). */
const COUNTED: ReadonlySet<string> = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE']);
/** Written before the command runs (pgaudit_ProcessUtility_hook; of functions pgaudit_object_access_hook). */
const EARLY: ReadonlySet<string> = new Set(['DO', 'CREATE EXTENSION', 'ALTER EXTENSION', 'CLOSE CURSOR', 'CLOSE CURSOR ALL']);

/**
 * Whether the record proves that the statement was carried out. pgaudit writes of utility commands when they have run. Of queries it writes when
 * permissions were found to suffice, before anything ran; but with `pgaudit.log_rows`, when they ended well (pgaudit_ExecutorEnd_hook, which an error
 * skips). What it wrote too early stays `unknown`: the ERROR that may follow is an event of its own. A transaction may still be rolled back.
 */
function isDone(klass: string, command: string, hasRows: boolean): boolean {
  if (COUNTED.has(command)) return hasRows;
  // COPY of a table is written like a query without log_rows, like a utility command with it.
  if (command === 'COPY') return hasRows;
  return klass !== 'FUNCTION' && klass !== '<none>' && !EARLY.has(command);
}

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,19}$/.test(text);
}
