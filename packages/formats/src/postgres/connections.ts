import { noise, type Verdict } from '../result.ts';
import { access } from './access.ts';
import { known, type LogRecord } from './log-record.ts';
import { detached, type Session, type Sessions } from './sessions.ts';

/**
 * What `log_connections` and `log_disconnections` write (backend_startup.c, auth.c, postinit.c, postgres.c). Names of users, databases and
 * applications are the client's to choose, and stand in these texts as they are: where one could imitate the words between them, the name is not taken
 * from the text.
 */
export function connectionVerdict(record: LogRecord, sessions: Sessions): Verdict | undefined {
  const { message } = record;
  if (message.length > MESSAGE_CHARS_MAX) return undefined;
  if (message.startsWith('connection received: ')) return received(record, sessions);
  if (message.startsWith('connection authenticated: ')) return authenticated(record, sessions);
  if (message.startsWith('connection authorized: '))
    return authorized(record, sessions, message.slice('connection authorized: '.length), false);
  if (message.startsWith('replication connection authorized: '))
    return authorized(record, sessions, message.slice('replication connection authorized: '.length), true);
  if (message.startsWith('disconnection: session time: ')) return disconnected(record, sessions);
  if (HANDSHAKE.test(message)) return unsecured(record, sessions);
  // From 18: how long the stages of the same connection took.
  return message.startsWith('connection ready: ') ? noise('connection_ready') : undefined;
}

/** Names have 63 bytes, a certificate's subject some hundreds: what is longer is none of these messages, and is not looked at by their patterns. */
const MESSAGE_CHARS_MAX = 8192;

/** `connection received: host=%s port=%s`, or without a port for a Unix socket. */
function received(record: LogRecord, sessions: Sessions): Verdict {
  const match = /^connection received: host=(\S+)(?: port=(\d{1,5}))?$/.exec(record.message);
  if (match === null) return noise('other_message');
  const session = sessions.begin(record);
  session.host = detached(match[1] ?? '');
  session.port = detached(match[2] ?? '');
  return access(record, session, { event_type: 'connection received', action: 'connect', category: 'session', outcome: 'unknown' });
}

/** From 14: `identity="%s" method=%s (%s:%d)`; of trust from 18: `user="%s" method=%s (…)`. The words behind the name are the server's. */
function authenticated(record: LogRecord, sessions: Sessions): Verdict {
  const match = /^connection authenticated: (identity|user)="(.*)" method=([\w-]+)(?: \((.*)\))?$/s.exec(record.message);
  if (match === null) return noise('other_message');
  const [, kind, identity = '', method = '', rule = ''] = match;
  const session = sessions.kept(record);
  session.authMethod = detached(method);
  session.identity = detached(identity);
  const named = record.user === '' && session.user === '' && kind === 'user' ? { user_id: identity } : {};
  const fields = {
    event_type: 'connection authenticated',
    action: 'connect',
    category: 'authentication',
    auth_method: method,
    outcome: 'success',
  };
  // The identity is who the method says it is (a certificate's subject, an account of the system); the role may be another one.
  const who = record.user === '' && session.user === '' && kind === 'identity' ? { user_id: identity } : named;
  return access(record, session, { ...fields, ...who }, { identity: kind === 'identity' ? identity : '', hba_rule: rule });
}

const SSL = / SSL enabled \(protocol=([^\s,()]{1,40}), cipher=([^\s,()]{1,80}), bits=(\d{1,5})(?:, compression=(\w{1,8}))?\)$/;
const GSS =
  / GSS \(authenticated=(\w{1,8}), encrypted=(\w{1,8})(?:, delegated_credentials=(\w{1,8}))?(?:, (?:deleg_credentials=\w+, )?principal=([^)]{0,255}))?\)$/;

/** `user=%s[ database=%s][ application_name=%s][ SSL enabled (…)][ GSS (…)]` */
function authorized(record: LogRecord, sessions: Sessions, whole: string, replication: boolean): Verdict {
  const gss = GSS.exec(whole);
  const withoutGss = gss === null ? whole : whole.slice(0, gss.index);
  const ssl = SSL.exec(withoutGss);
  const names = namesOf(ssl === null ? withoutGss : withoutGss.slice(0, ssl.index), record.user);
  const session = sessions.kept(record);
  session.authorized = true;
  session.user = record.user === '' ? detached(names.user) : record.user;
  session.database = record.database === '' ? detached(names.database) : record.database;
  session.application = detached(record.application === '' ? names.application : record.application);
  const ambiguous = names.ambiguous && record.user === '' ? ['user'] : [];
  return access(
    { ...record, ambiguous: [...record.ambiguous, ...ambiguous] },
    session,
    {
      event_type: replication ? 'replication connection authorized' : 'connection authorized',
      action: 'login',
      category: 'authentication',
      auth_method: session.authMethod,
      outcome: 'success',
    },
    {
      identity: session.identity === session.user ? '' : session.identity,
      replication: replication ? true : '',
      ssl: ssl === null ? '' : { protocol: ssl[1], cipher: ssl[2], bits: Number(ssl[3]) },
      gss: gss === null ? '' : { authenticated: gss[1], encrypted: gss[2], ...(gss[4] === undefined ? {} : { principal: gss[4] }) },
    },
  );
}

interface Names {
  readonly user: string;
  readonly database: string;
  readonly application: string;
  /** A name holds the words that stand between names: who it is can't be told from the text. */
  readonly ambiguous: boolean;
}

function namesOf(text: string, knownUser: string): Names {
  const rest = text.startsWith('user=') ? text.slice('user='.length) : '';
  // The prefix or a column told the user: then the rest begins behind it.
  const from = knownUser !== '' && rest.startsWith(knownUser) ? knownUser.length : 0;
  const database = rest.indexOf(' database=', from);
  const application = rest.indexOf(' application_name=', database < 0 ? from : database);
  const userEnd = database >= 0 ? database : application >= 0 ? application : rest.length;
  const twice = (word: string, at: number) => at >= 0 && rest.indexOf(word, at + 1) >= 0;
  const ambiguous = from === 0 && (twice(' database=', database) || twice(' application_name=', application));
  if (ambiguous) return { user: '', database: '', application: '', ambiguous };
  return {
    user: known(rest.slice(0, userEnd)),
    database: database < 0 ? '' : rest.slice(database + ' database='.length, application < 0 ? undefined : application),
    application: application < 0 ? '' : rest.slice(application + ' application_name='.length),
    ambiguous,
  };
}

/** be-secure-openssl.c, be-secure-gssapi.c: the client broke it off or was refused, a certificate perhaps; nobody said yet who it is. */
const HANDSHAKE = /^could not accept (SSL|GSSAPI) (?:connection|security context)\b/;

function unsecured(record: LogRecord, sessions: Sessions): Verdict {
  const fields = {
    event_type: HANDSHAKE.exec(record.message)?.[0] ?? '',
    action: 'connect',
    category: 'session',
    outcome: 'failure',
    reason: record.message,
  };
  return access(record, sessions.of(record), fields, { detail: record.detail, hint: record.hint });
}

/** `session time: %d:%02d:%02d.%03d user=%s database=%s host=%s[ port=%s]`; host and port are the server's words, at the end. */
const DISCONNECTION = /^disconnection: session time: (\d{1,9}):(\d\d):(\d\d)\.(\d\d\d) user=(.*) host=(\S+?)(?: port=(\d{1,5}))?$/s;

function disconnected(record: LogRecord, sessions: Sessions): Verdict {
  const match = DISCONNECTION.exec(record.message);
  if (match === null) return noise('other_message');
  const session = filled(sessions.of(record), match, record.user);
  sessions.end(record);
  const [, hours, minutes, seconds, millis] = match;
  const duration = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(millis);
  const fields = { event_type: 'disconnection', action: 'disconnect', category: 'session', duration_ms: duration, outcome: 'success' };
  return access(record, session, fields);
}

function filled(session: Session, match: RegExpExecArray, user: string): Session {
  const names = namesOf(`user=${match[5] ?? ''}`, user);
  return {
    ...session,
    user: session.user === '' ? names.user : session.user,
    database: session.database === '' ? names.database : session.database,
    host: session.host === '' ? (match[6] ?? '') : session.host,
    port: session.port === '' ? (match[7] ?? '') : session.port,
  };
}
