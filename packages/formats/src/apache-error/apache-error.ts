import { addressOf } from '../addresses.ts';
import type { Context, Format, Head, MappingRow } from '../format.ts';
import { event, noise, quarantine, type Verdict } from '../result.ts';
import { maskUrlSecrets } from '../secrets/url-secrets.ts';
import { SyslogReader } from '../syslog/syslog.ts';
import { unwrapped } from '../web-access/carried.ts';
import { unescaped } from '../web-access/escapes.ts';
import { judgeMessage } from './messages.ts';
import { beginsWithLevel, type Prefix, prefixOf, prefixWithout } from './prefix.ts';

const HEAD =
  /^\[(?:[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4}|\d{4}-\d\d-\d\d[ T][\d:.]{8,18})\] (?:\[[^\]]{1,100}\] ){1,3}/;

export const apacheError: Format = {
  name: 'apache-error',
  title: 'Apache HTTP Server error log (2.2 and 2.4): denied and failed requests, failed logins, failed TLS handshakes',
  source: 'apache',
  framing: 'lines',
  otherStream: { stream: 'stdout', format: 'apache-access' },
  keepsOriginal: true,
  recognise: share,
  open: (context) => {
    const syslog = new SyslogReader(context);
    return {
      parse: (record, emit) => {
        const text = maskUrlSecrets(record.text);
        emit(text === record.text ? record : { ...record, text }, judge(text, context, syslog));
      },
      end: () => undefined,
    };
  },
  mapping: mapping(),
};

function share({ lines }: Head): number {
  const some = lines.slice(0, 200);
  const found = some.filter((text) => {
    const { line, stampAt } = unwrapped(text);
    return HEAD.test(line) || (stampAt !== undefined && beginsWithLevel(line));
  }).length;
  return (0.95 * found) / Math.max(1, some.length);
}

function judge(text: string, context: Context, syslog: SyslogReader): Verdict {
  const { line, machine } = unwrapped(text);
  const prefix = prefixOf(line, context);
  const carrier = prefix === undefined ? syslog.read(text) : undefined;
  if (carrier?.stamp === undefined) return judgeFound(line, prefix, machine);
  return judgeFound(carrier.message, prefixWithout(carrier.message, carrier.stamp), carrier.host === '' ? undefined : carrier.host);
}

function judgeFound(line: string, prefix: Prefix | undefined, machine: string | undefined): Verdict {
  if (prefix === undefined)
    return BARE.test(line) ? noise('process') : quarantine('not_apache_error', 'this line does not begin as one of the Apache HTTP Server');
  if (prefix.stamp === undefined) return quarantine('bad_time', 'the time of this line can not be read, or there is no such time');
  return judgePrefixed(prefix, machine);
}

/** What is said before the log is open, or by PHP as a program of its own, has no time. */
const BARE = /^(?:AH\d{5}: |PHP (?:Warning|Notice|Deprecated|Fatal error|Parse error):  )/;

/** The number of a message since 2.4. */
const CODE = /^(AH\d{5}): /;
/** mod_cgi: a line that a script wrote to its standard error, and nothing else. */
const CGI_STDERR = 'AH01215';
/** What the server appends. The value is the client's: a blank in it would be encoded, so the last one is the server's. */
const REFERER = ', referer: ';

/** ModSecurity names the client once more, behind the server's own field, which is the one that is taken. */
const MODSECURITY_CLIENT = /^\[client [^\]\s]{1,300}\] (?=ModSecurity: )/;

function judgePrefixed(prefix: Prefix, machine: string | undefined): Verdict {
  const code = CODE.exec(prefix.message)?.[1];
  if (code === CGI_STDERR) return noise('script_output');
  const whole = code === undefined ? prefix.message : prefix.message.slice(code.length + 2);
  const end = whole.lastIndexOf(REFERER);
  const referer = end < 0 || /\s/.test(whole.slice(end + REFERER.length)) ? undefined : whole.slice(end + REFERER.length);
  const message = (referer === undefined ? whole : whole.slice(0, end)).replace(MODSECURITY_CLIENT, '');
  const said = judgeMessage(message.slice(0, MESSAGE_CHARS_MAX), prefix.level, prefix.client !== undefined);
  if (typeof said === 'string') return noise(said);
  const address = addressOf(said.address ?? prefix.client);
  const uri = lastTag(message, 'uri');
  // mod_auth_form alone writes a name in quotes; in another's message they are the client's.
  const named = prefix.module === 'auth_form' ? said.user?.replace(/^'([^]*)'$/, '$1') : said.user;
  const user = named === undefined ? undefined : unescaped(named);
  const resource = uri ?? said.resource;
  return event({
    timestamp: prefix.stamp?.text,
    user_id: user,
    actor_type: user === undefined || user === '' ? 'anonymous' : 'user',
    event_type: said.type,
    action: said.action,
    category: said.action === 'login' ? 'authentication' : said.action === 'connect' ? 'session' : 'http',
    resource: resource === undefined || resource === '' ? '-' : unescaped(resource),
    resource_parent: lastTag(message, 'hostname'),
    ip_address: address,
    host: machine,
    protocol: said.action === 'connect' ? 'tcp' : 'http',
    outcome: said.outcome === 'unknown' && prefix.error?.startsWith('(13)') === true ? 'denied' : said.outcome,
    status_code: code ?? /^\((-?\d+)\)/.exec(prefix.error ?? '')?.[1],
    reason: `${prefix.error === undefined ? '' : `${prefix.error}: `}${message}`.slice(0, REASON_CHARS_MAX),
    request_id: lastTag(message, 'unique_id'),
    attributes: attributesOf(prefix, referer, address === undefined ? prefix.client : undefined),
  });
}

/** Apache cuts its messages at MAX_STRING_LEN, 8192. A longer text would cost the patterns the square of its length. */
const MESSAGE_CHARS_MAX = 8192;
/** The whole text is kept beside the event. */
const REASON_CHARS_MAX = 1000;

/** `[uri "/x"]` of ModSecurity, which writes these last; what it shows of the request before is escaped. */
function lastTag(message: string, name: string): string | undefined {
  if (!message.startsWith('ModSecurity')) return undefined;
  const at = message.lastIndexOf(` [${name} "`);
  const end = message.indexOf('"]', at);
  return at < 0 || end < 0 ? undefined : message.slice(at + name.length + 4, end);
}

function attributesOf(
  { module, level, pid, tid, port, more, stamp }: Prefix,
  referer: string | undefined,
  clientHost: string | undefined,
): Record<string, unknown> {
  const attributes: Record<string, unknown> = { level };
  if (module !== undefined) attributes['module'] = module;
  if (pid !== undefined) attributes['pid'] = pid;
  if (tid !== undefined) attributes['tid'] = tid;
  if (port !== undefined) attributes['client_port'] = port;
  if (more.length > 0) attributes['fields'] = more;
  if (stamp?.guessed !== undefined) attributes['time_guessed'] = stamp.guessed;
  if (referer !== undefined) attributes['referer'] = referer;
  if (clientHost !== undefined) attributes['client_host'] = clientHost;
  return attributes;
}

function mapping(): readonly MappingRow[] {
  return [
    { record: '*', field: 'timestamp', from: 'the stamp, or that of the syslog line; its zone is that of the input' },
    { record: '*', field: 'ip_address', from: '[client …], which stands before everything that a client writes' },
    { record: '*', field: 'status_code', from: 'the AH code, else the number of the system error' },
    { record: '*', field: 'reason', from: 'the system error and the message' },
    {
      record:
        'client denied by server configuration (AH01797, AH01630), authorization failure (AH01631, AH01666), directory index forbidden (AH01276), mod_qos',
      field: 'outcome',
      from: 'denied',
    },
    {
      record: 'authentication failure (AH01617), user not found (AH01618), of digest and LDAP too',
      field: 'action',
      from: 'login, with user_id from the message; outcome failure',
    },
    { record: 'file does not exist, invalid request, too large body', field: 'outcome', from: 'failure' },
    { record: 'SSL handshake (AH01996, AH02008), client certificate (AH02039)', field: 'action', from: 'connect' },
    { record: 'ModSecurity: Access denied', field: 'resource', from: '[uri], with [hostname] and [unique_id]' },
    { record: '*', field: 'resource', from: 'the path or file that the message names' },
    { record: 'others of level error and above with a client', field: 'outcome', from: 'denied for (13)Permission denied, else unknown' },
    { record: '*', field: 'attributes', from: 'module, level, pid, tid, client_port, referer' },
  ];
}
