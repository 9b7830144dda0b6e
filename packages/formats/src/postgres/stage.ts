import type { LogRecord } from './log-record.ts';
import type { Session } from './sessions.ts';
import { TRANSLATED_AUTHENTICATION, TRANSLATED_ENDED } from './translations.ts';

/** Where in its session a FATAL stood: it kept one from beginning, or ended one. `unknown` when nothing in the log tells. */
export type Stage = 'beginning' | 'begun' | 'unknown';

/** Names have 63 bytes: longer messages have no more to tell by, in any language. */
export const MESSAGE_CHARS_MAX = 2048;

export function stageOf(record: LogRecord, session: Session): Stage {
  const { commandTag, sqlState } = record;
  const message = record.message.slice(0, MESSAGE_CHARS_MAX);
  if (ENDED.test(message) || TRANSLATED_ENDED.test(message) || (commandTag !== '' && !BEGINNING.has(commandTag))) return 'begun';
  if (commandTag !== '' || REFUSED.test(message)) return 'beginning';
  if (ENDED_STATES.test(sqlState)) return 'begun';
  if (REFUSED_STATES.test(sqlState)) return 'beginning';
  // An id of a process is used again: only what is no refusal may be told by what the session did before.
  if (session.authorized || session.auditKey !== '') return TRANSLATED_AUTHENTICATION.test(message) ? 'beginning' : 'begun';
  return TRANSLATED_AUTHENTICATION.test(message) ? 'beginning' : 'unknown';
}

/** Ends of sessions that were begun, whatever else is known of them (postgres.c, pqcomm.c, tcop). */
const ENDED =
  /^(?:terminating |connection to client lost|canceling statement|invalid frontend message type|protocol synchronization was lost|unexpected EOF)/;

/** What refuses a session (backend_startup.c, auth.c, postinit.c, procarray.c): what the client sent, who it is, its database, and the bounds of connections. */
const REFUSED =
  /^(?:no pg_hba\.conf entry|pg_hba\.conf rejects|[\w "-]{0,40}?authentication failed for user|canceling authentication|client authentication timeout|(?:unsupported|unrecognized) frontend protocol|no PostgreSQL user name|invalid startup packet|invalid length of startup packet|expected (?:password|SASL|GSS|SSPI|OAUTHBEARER) response|SCRAM authentication requires|connection requires a valid client certificate|database "|database locale|permission denied for database|cannot connect to|too many connections|sorry, too many clients|number of requested standby connections|remaining connection slots|role "|role with OID|must be superuser (?:to connect|or replication role)|permission denied to (?:start WAL sender|set)|the database system is|unrecognized configuration parameter|invalid value for parameter|parameter "|invalid command-line argument)/;

/** What the process says of itself while a session begins (`ps` display: csvlog's command_tag, jsonlog's ps). */
const BEGINNING: ReadonlySet<string> = new Set(['authentication', 'startup', 'initializing']);

/** States are the same in every language (errcodes.txt): shutdown, crash, dropped database, idle and transaction timeouts, a lost connection. */
const ENDED_STATES = /^(?:57P01|57P02|57P04|57P05|25P03|25P04|08003|08006)$/;
/** Authorization, no such database, too many connections, can't connect now, and no privilege: without one no statement runs. */
const REFUSED_STATES = /^(?:28...|3D000|53300|57P03|42501)$/;
