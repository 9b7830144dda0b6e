import type { Part } from '../web-access/pattern.ts';
import { attributeSetter, type Meaning, SECRET_HEADER, SETTERS, secretSetter } from '../web-access/setters.ts';
import { CLF_CHARS } from '../web-access/times.ts';

/** nginx's variables (ngx_http_variables.c, ngx_http_log_module.c and the module index of its documentation) that have a meaning of ours. */
export const VARIABLES: Readonly<Record<string, Meaning>> = {
  remote_addr: 'client',
  remote_user: 'user',
  time_local: 'time',
  time_iso8601: 'time',
  msec: 'time',
  request: 'request',
  request_method: 'method',
  request_uri: 'target',
  uri: 'path',
  document_uri: 'path',
  args: 'query',
  query_string: 'query',
  server_protocol: 'version',
  status: 'status',
  body_bytes_sent: 'bytes',
  bytes_sent: 'bytes',
  http_referer: 'referer',
  http_user_agent: 'agent',
  http_x_forwarded_for: 'forwarded',
  host: 'site',
  http_host: 'site',
  server_name: 'site',
  hostname: 'machine',
  request_time: 'seconds',
  request_id: 'requestId',
  http_x_request_id: 'requestId',
  req_id: 'requestId',
};

/** What the server writes, and never with a blank. */
const WORDS = new Set(
  (
    'remote_addr remote_port server_addr server_port time_iso8601 msec status body_bytes_sent bytes_sent request_time request_length connection connection_requests ' +
    'connection_time pid pipe scheme https request_id req_id ssl_protocol ssl_cipher ssl_session_reused ssl_client_verify server_protocol server_name hostname gzip_ratio nginx_version'
  ).split(' '),
);

const VARIABLE = /\$(?:\{(\w+)\}|(\w+))/g;

/** The parts of a `log_format`: the format alone, or the whole directive with its name and its strings in quotes. */
export function partsOfLogFormat(format: string): readonly Part[] {
  const layout = layoutOf(format);
  const parts: Part[] = [];
  let done = 0;
  for (const match of layout.matchAll(VARIABLE)) {
    if (match.index > done) parts.push({ kind: 'text', text: layout.slice(done, match.index) });
    parts.push(valueOf(match[1] ?? match[2] ?? ''));
    done = match.index + match[0].length;
  }
  if (done < layout.length) parts.push({ kind: 'text', text: layout.slice(done) });
  return parts;
}

function valueOf(name: string): Part {
  const shape = name === 'time_local' ? CLF_CHARS : WORDS.has(name) ? 'word' : 'free';
  const meaning = VARIABLES[name];
  const header = /^(?:sent_)?http_(\w+)$/.exec(name)?.[1];
  const isSecret = name.startsWith('cookie_') || (header !== undefined && SECRET_HEADER.test(header));
  const set = isSecret ? secretSetter(name) : meaning === undefined ? attributeSetter(name) : SETTERS[meaning];
  return { kind: 'value', shape, name, set };
}

/** `log_format main escape=json '…' '…';` has its strings joined, as nginx does. */
function layoutOf(format: string): string {
  const strings = /^\s*log_format\s+\S+\s+(?:escape=\w+\s+)?(['"][^]*)$/.exec(format)?.[1];
  if (strings === undefined) return named(format);
  let layout = '';
  for (const [, single, double] of strings.matchAll(/'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)"/g))
    layout += unquoted(single ?? double ?? '');
  return layout;
}

const COMBINED = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';

const named = (format: string): string => (format.trim() === 'combined' ? COMBINED : format);

/** Of a string in nginx's configuration (ngx_conf_read_token). */
const unquoted = (text: string): string => text.replace(/\\([^])/g, (_, sign: string) => ({ t: '\t', n: '\n', r: '\r' })[sign] ?? sign);
