import { noise, type Verdict } from '../result.ts';
import { access, inDatabase } from './access.ts';
import type { LogRecord } from './log-record.ts';
import { mayBindSecrets, REDACTED, shown } from './redact.ts';
import type { Session, Sessions } from './sessions.ts';
import { actionOfTag, categoryOfTag, sqlOf, targetRole, verbOf } from './sql.ts';

/** `duration: %s ms`, and the statement behind two blanks where it was not logged before (postgres.c, check_log_duration). */
const DURATION = /^duration: (\d{1,12}(?:\.\d{1,6})?) ms/;
/** `execute <name>[/<portal>]: `, also `execute fetch from`; the name is the client's. */
const EXECUTE = /^execute (fetch from )?([^\n]{0,200}?): /;
/** Transactions and pings: nothing is accessed. */
const TRANSACTION =
  /^(?:BEGIN|START TRANSACTION|COMMIT|END|SAVEPOINT|RELEASE|DEALLOCATE|DISCARD)\b|^SELECT\s{1,8}(?:1|version\(\))\s{0,8};?\s{0,8}$/i;

/** What `log_statement`, `log_duration`, `log_min_duration_statement` and auto_explain write; undefined for other messages. */
export function statementVerdict(record: LogRecord, sessions: Sessions): Verdict | undefined {
  const { message } = record;
  const first = message.charCodeAt(0);
  // s(tatement), e(xecute), d(uration), f(astpath): most messages are told off by one look.
  if (first !== 0x73 && first !== 0x65 && first !== 0x64 && first !== 0x66) return undefined;
  const timed = DURATION.exec(message);
  if (timed === null) return ran(record, sessions.of(record), message, undefined);
  const ms = Number(timed[1]);
  const rest = message.slice(timed[0].length).trimStart();
  // The statement was logged when it began; this is its end, and names nothing.
  if (rest === '') return noise('duration');
  if (rest.startsWith('parse ') || rest.startsWith('bind ')) return noise('parse_bind');
  if (rest.startsWith('plan:')) return explained(record, sessions.of(record), rest, ms);
  return ran(record, sessions.of(record), rest, ms) ?? noise('duration');
}

function ran(record: LogRecord, session: Session, text: string, durationMs: number | undefined): Verdict | undefined {
  if (text.startsWith('statement: ')) return statement(record, session, text.slice('statement: '.length), { durationMs });
  if (text.startsWith('fastpath function call: ')) return fastpath(record, session, text, durationMs);
  const execute = EXECUTE.exec(text);
  if (execute === null) return undefined;
  const name = execute[2] ?? '';
  return statement(record, session, text.slice(execute[0].length), { durationMs, prepared: name === '<unnamed>' ? '' : name });
}

interface Run {
  /** Known when it has ended: then it went well. */
  readonly durationMs: number | undefined;
  readonly prepared?: string;
}

function statement(record: LogRecord, session: Session, written: string, { durationMs, prepared = '' }: Run): Verdict {
  if (TRANSACTION.test(written)) return noise('transaction');
  const text = shown(record, written);
  const sql = sqlOf(text);
  const category = categoryOfTag(sql.tag);
  const fields = {
    event_type: sql.tag === '' ? 'statement' : sql.tag,
    action: sql.tag === 'COPY' && COPY_IN.test(text) ? 'create' : actionOfTag(sql.tag),
    category,
    ...inDatabase(record, session, sql.object, sql.objectType),
    method: verbOf(sql.tag),
    query_text: text,
    duration_ms: durationMs,
    target_user_id: category === 'iam' ? targetRole(sql.tag, text) : undefined,
    // Logged when it begins: whether it went well is not known yet. A duration is logged of what ended without an error.
    outcome: durationMs === undefined ? 'unknown' : 'success',
  };
  const detail = record.detail !== '' && record.suspect && mayBindSecrets(written) ? REDACTED : shown(record, record.detail);
  return access(record, session, fields, { prepared_statement: prepared, detail });
}

/** Of a query in parentheses (`COPY (SELECT … FROM …) TO …`) the FROM is not COPY's. */
const COPY_IN = /^\s*COPY\s(?!\s{0,64}\()[^;]{1,4000}?\sFROM\s/i;

function fastpath(record: LogRecord, session: Session, text: string, durationMs: number | undefined): Verdict {
  const name = /^fastpath function call: "?([^"(]{1,200}?)"? \(OID \d+\)/.exec(text)?.[1] ?? '';
  return access(record, session, {
    event_type: 'fastpath function call',
    action: 'execute',
    category: 'data',
    ...inDatabase(record, session, name, 'function'),
    duration_ms: durationMs,
    outcome: durationMs === undefined ? 'unknown' : 'success',
  });
}

/** auto_explain: the text of the query, then its plan. */
function explained(record: LogRecord, session: Session, text: string, ms: number): Verdict {
  const query =
    /(?:^|\n)\s{0,64}Query Text: ([\s\S]*?)\n\s{0,64}(?:Query Parameters: |[A-Z][\w ]{2,40}(?: on [^\n]{0,200})? {2}\()/.exec(text)?.[1] ??
    '';
  return query === '' ? noise('plan') : statement(record, session, query, { durationMs: ms });
}
