import { type EventFields, noise, type Verdict } from '../result.ts';
import { access } from './access.ts';
import { AUDIT, auditVerdict } from './audit.ts';
import { connectionVerdict } from './connections.ts';
import { failureVerdict } from './failures.ts';
import type { LogRecord } from './log-record.ts';
import { serverNoise } from './noise.ts';
import type { Sessions } from './sessions.ts';
import { actionOfTag } from './sql.ts';
import { statementVerdict } from './statements.ts';

/** What a message is, whichever of the logs it stood in. */
export function judge(record: LogRecord, sessions: Sessions): Verdict {
  // `pgaudit.log_level` may be any severity.
  if (record.message.startsWith(AUDIT)) return auditVerdict(record, sessions);
  switch (record.severity) {
    case 'LOG':
      return (
        connectionVerdict(record, sessions) ??
        statementVerdict(record, sessions) ??
        administration(record, sessions) ??
        serverNoise(record.message)
      );
    case 'ERROR':
    case 'FATAL':
    case 'PANIC':
      return failureVerdict(record, sessions);
    default:
      return OTHERS[record.severity] ?? DEBUG;
  }
}

const DEBUG = noise('debug');
const OTHERS: Readonly<Record<string, Verdict>> = { WARNING: noise('warning'), NOTICE: noise('notice'), INFO: noise('info') };

const PARAMETER =
  /^parameter "([\w.]{1,80})" (?:changed to "(.*)"|removed from configuration file, reset to default|cannot be changed without restarting the server)$/s;

/** What changes what is audited, or copies the whole database: an access, though no statement. */
function administration(record: LogRecord, sessions: Sessions): Verdict | undefined {
  const { message } = record;
  if (message.startsWith('received replication command: ')) {
    const text = message.slice('received replication command: '.length);
    const fields = {
      event_type: /^\w+/.exec(text)?.[0] ?? 'replication command',
      ...replicated(text),
      query_text: text,
      outcome: 'unknown',
    };
    return access(record, sessions.of(record), fields, { replication: true });
  }
  const parameter = message.startsWith('parameter "') ? PARAMETER.exec(message) : null;
  if (parameter === null) return undefined;
  const outcome = message.endsWith('without restarting the server') ? 'failure' : 'success';
  const fields = {
    event_type: 'parameter changed',
    action: 'configure',
    category: 'config',
    resource: parameter[1],
    resource_type: 'parameter',
    actor_type: 'system',
    outcome,
  };
  return access(record, sessions.of(record), fields, {
    value: SECRET.test(parameter[1] ?? '') ? '' : (parameter[2] ?? ''),
    message: parameter[2] === undefined ? message : '',
  });
}

/** Commands of the replication protocol (repl_gram.y): what is asked of the server, what is done to slots; all others hand its data out. */
function replicated(text: string): EventFields {
  if (/^(?:IDENTIFY_SYSTEM|SHOW|TIMELINE_HISTORY|READ_REPLICATION_SLOT)\b/.test(text)) return { action: 'read', category: 'config' };
  const slot = /^(CREATE|ALTER|DROP)_REPLICATION_SLOT\s{1,8}"?([^\s"]{1,64})/.exec(text);
  if (slot === null) return { action: 'export', category: 'data' };
  return { action: actionOfTag(slot[1] ?? ''), category: 'config', resource: slot[2], resource_type: 'replication slot' };
}

/** Parameters whose values hold passwords or commands with them. */
const SECRET = /conninfo|command|passphrase|password/;
