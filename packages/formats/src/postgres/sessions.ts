import type { LogRecord } from './log-record.ts';
import { Recent } from '../recent.ts';

/** What earlier lines said of a session: where the prefix has its pid alone, nobody else says who it is. */
export interface Session {
  user: string;
  database: string;
  host: string;
  port: string;
  application: string;
  authMethod: string;
  identity: string;
  /** The server said that it lets the session in; only its database may still refuse it. */
  authorized: boolean;
  /** Of pgaudit's last record with a text: `statement/substatement`. */
  auditKey: string;
  auditText: string;
}

/** Backends of a cluster are hundreds; sessions beyond are forgotten, the oldest first. */
const SESSIONS_MAX = 4096;
/** Longer texts are not kept for `<previously logged>`: with SESSIONS_MAX this bounds the memory to 32 MiB, mostly much less. */
const AUDIT_TEXT_CHARS_MAX = 8192;

export class Sessions {
  readonly #byKey = new Recent<string, Session>(SESSIONS_MAX);

  /** The session of a record; one without id and pid has none to remember, and gets an empty one. */
  of(record: LogRecord): Session {
    return this.#byKey.get(keyOf(record)) ?? emptySession();
  }

  /** A backend was started: what its pid was before is over. */
  begin(record: LogRecord): Session {
    const session = emptySession();
    const key = keyOf(record);
    if (key === '') return session;
    this.#byKey.set(key, session);
    return session;
  }

  /** The session, remembered from now on. */
  kept(record: LogRecord): Session {
    return this.#byKey.get(keyOf(record)) ?? this.begin(record);
  }

  end(record: LogRecord): void {
    this.#byKey.delete(keyOf(record));
  }
}

/** The text of a pgaudit record for the ones of the same statement that say `<previously logged>`. */
export function rememberAudit(session: Session, key: string, text: string): void {
  session.auditKey = key;
  session.auditText = text.length > AUDIT_TEXT_CHARS_MAX ? '' : detached(text);
}

/** A copy: a slice would hold the whole piece of the file that it was cut from. */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}

function keyOf(record: LogRecord): string {
  return record.sessionId === '' ? record.pid : record.sessionId;
}

function emptySession(): Session {
  return {
    user: '',
    database: '',
    host: '',
    port: '',
    application: '',
    authMethod: '',
    identity: '',
    authorized: false,
    auditKey: '',
    auditText: '',
  };
}
