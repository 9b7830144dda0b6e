import { isRecord, type JsonRecord, parseJson } from '@daybook/protocol';
import type { Context } from '../format.ts';
import { quarantine, type Verdict } from '../result.ts';
import { type Access, newAccess, present } from './access.ts';
import { attributeSetter, type Meaning, SECRET_HEADER, SETTERS, secretSetter } from './setters.ts';

/**
 * Lines that an operator made into JSON (nginx: `log_format … escape=json '{…}'`; Apache: a LogFormat in braces). The keys are the operator's: most take the names
 * of nginx's variables, others the words below.
 */
const KEYS: Readonly<Record<string, Meaning>> = {
  client: 'client', client_ip: 'client', clientip: 'client', remote_ip: 'client', remoteip: 'client', remote_host: 'client', ip: 'client', ip_address: 'client',
  'remote-addr': 'client', source_ip: 'client', user: 'user', auth: 'user', username: 'user', 'remote-user': 'user',
  time: 'time', timestamp: 'time', '@timestamp': 'time', ts: 'time', date: 'time', datetime: 'time', 'time-local': 'time', 'time-iso8601': 'time',
  method: 'method', verb: 'method', http_method: 'method', path: 'path', url: 'target', request_url: 'target', 'request-uri': 'target', query: 'query', querystring: 'query',
  protocol: 'version', http_version: 'version', status_code: 'status', http_status: 'status', response: 'status', response_code: 'status', bytes: 'bytes', body_bytes: 'bytes', size: 'bytes',
  bytes_out: 'bytes', response_size: 'bytes', referer: 'referer', referrer: 'referer', http_referrer: 'referer', user_agent: 'agent', useragent: 'agent', agent: 'agent',
  'user-agent': 'agent', x_forwarded_for: 'forwarded', 'x-forwarded-for': 'forwarded', xff: 'forwarded', forwarded_for: 'forwarded', proxy_ip: 'forwarded', vhost: 'site', server: 'site',
  domain: 'site', virtual_host: 'site', 'request-id': 'requestId', x_request_id: 'requestId', reqid: 'requestId', request_time_ms: 'millis', duration_ms: 'millis',
  responsetime: 'seconds',
}; // biome-ignore format: a word list
/** Objects within the line that hold more such keys. */
const NESTED = new Set(['nginx', 'apache', 'httpd', 'access', 'http', 'request', 'req', 'response', 'log']);

/** The access of a line of JSON; `variables` are the server's own names. */
export function readJsonLine(text: string, variables: Readonly<Record<string, Meaning>>, context: Context): Access | Verdict {
  const record = parsed(text);
  if (record === undefined) return quarantine('json_syntax', 'this line begins as JSON and is none');
  const access = newAccess();
  addMembers(record, { access, variables, context, depth: 0 });
  if (access.request === undefined && access.target === undefined && access.status === undefined)
    return quarantine('not_access_log', 'this line of JSON names neither a request nor a status');
  if (access.stamp === undefined) return quarantine('bad_time', 'the time of this line can not be read, or there is no such time');
  return access;
}

/** Apache escapes what can't be printed as `\xhh`, which JSON does not know; nginx, too, unless told `escape=json`. */
function parsed(text: string): JsonRecord | undefined {
  for (const form of text.includes('\\x') ? [text, text.replace(BYTES, jsonOfBytes)] : [text]) {
    try {
      const value: unknown = parseJson(form);
      if (isRecord(value)) return value;
    } catch {
      // The second form, or none.
    }
  }
  return undefined;
}

/** Bytes as `\xhh`; other escapes are passed, so that the second backslash of a pair begins none. */
const BYTES = /((?:\\x[\da-fA-F]{2})+)|\\[^]/g;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that the bytes are; as they stand when they are none. */
function jsonOfBytes(whole: string, bytes: string | undefined): string {
  if (bytes === undefined) return whole;
  try {
    return JSON.stringify(utf8.decode(Buffer.from(bytes.replaceAll('\\x', ''), 'hex'))).slice(1, -1);
  } catch {
    return bytes.replaceAll('\\', '\\\\');
  }
}

/** Signs that a value of JSON is not written with as they are. */
// oxlint-disable-next-line no-control-regex -- control characters are what must not come back
const SPECIAL = /[\\"\u0000-\u001f\u007f]/;

/** Values of this kind of line have been read out of JSON; whoever takes them reads escapes, so they are handed on with these. */
function escapedAgain(value: string): string {
  return SPECIAL.test(value) ? JSON.stringify(value).slice(1, -1).replaceAll('\u007f', '\\u007f') : value;
}

interface Target {
  readonly access: Access;
  readonly variables: Readonly<Record<string, Meaning>>;
  readonly context: Context;
  readonly depth: number;
}

function addMembers(record: JsonRecord, target: Target): void {
  const { access, variables, context, depth } = target;
  for (const [key, value] of Object.entries(record)) {
    if (isRecord(value) && depth === 0 && NESTED.has(key)) {
      addMembers(value, { ...target, depth: 1 });
      continue;
    }
    if (typeof value !== 'string' && typeof value !== 'number') {
      if (value !== null) access.more[key] = value;
      continue;
    }
    const said = present(escapedAgain(String(value).trim()));
    if (said === undefined) continue;
    const folded = key.toLowerCase();
    const meaning = variables[folded] ?? KEYS[folded];
    const setter =
      SECRET_HEADER.test(folded.replace(/^http_/, '')) || folded.startsWith('cookie_')
        ? secretSetter(key)
        : meaning === undefined
          ? undefined
          : SETTERS[meaning];
    if (setter !== undefined) setter(access, said, context);
    else if (typeof value === 'number') access.more[key] = value;
    else attributeSetter(key)(access, said, context);
  }
}
