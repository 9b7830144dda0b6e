import type { Context } from '../format.ts';
import { monthOf, type Stamp, stampOf } from '../time/stamps.ts';
import { isoStamp } from '../web-access/times.ts';

/** What the server writes before a message. */
export interface Prefix {
  readonly stamp: Stamp | undefined;
  readonly module: string | undefined;
  readonly level: string;
  readonly pid: string | undefined;
  readonly tid: string | undefined;
  readonly client: string | undefined;
  readonly port: string | undefined;
  /** `(13)Permission denied`. */
  readonly error: string | undefined;
  readonly message: string;
  /** More fields of an ErrorLogFormat of the operator's own. */
  readonly more: readonly string[];
}

/**
 * The default ErrorLogFormat of 2.4 (server/log.c, `default_error_log` and do_errorlog_default), with a thread when the server has threads:
 *
 *     [Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] (13)Permission denied: [client 203.0.113.9:59320] AH00132: message, referer: URL
 *
 * and of 2.2, without module, process and port:
 *
 *     [Wed Oct 11 14:32:52 2000] [error] [client 203.0.113.9] (13)Permission denied: message, referer: URL
 *
 * All fields before the message are the server's own, so they are read from the left, each once.
 */
export function prefixOf(text: string, context: Context): Prefix | undefined {
  const timeEnd = text.startsWith('[') ? text.indexOf('] ') : -1;
  if (timeEnd < TIME_CHARS_MIN || timeEnd > TIME_CHARS_MAX) return undefined;
  return fieldsOf(text, timeEnd + 2, stampIn(text.slice(1, timeEnd), context));
}

/** What goes to syslog has no time of its own (server/log.c, `use_rfc3164`). */
export function prefixWithout(text: string, stamp: Stamp | undefined): Prefix | undefined {
  return LEVEL.test(text) ? fieldsOf(text, 0, stamp) : undefined;
}

/** How such a line begins: with a module and a level, or a level. */
const LEVEL = /^\[(?:[\w.-]{0,64}:)?(?:emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] /;

export const beginsWithLevel = (text: string): boolean => LEVEL.test(text);

function fieldsOf(text: string, from: number, stamp: Stamp | undefined): Prefix | undefined {
  let module: string | undefined;
  let hasModule = false;
  let level: string | undefined;
  let pid: string | undefined;
  let tid: string | undefined;
  let client: string | undefined;
  let error: string | undefined;
  const more: string[] = [];
  let at = from;
  for (let isDone = false; !isDone; ) {
    FIELD.lastIndex = at;
    const match = FIELD.exec(text);
    if (match === null) break;
    // A message may begin with a bracket too: what comes behind the client, or twice, is the message's.
    if (match[2] !== undefined) {
      if (level !== undefined) break;
      [, module, level] = match;
      hasModule = module !== undefined;
      if (module === '') module = undefined;
    } else if (match[3] !== undefined) {
      if (pid !== undefined || client !== undefined) break;
      [, , , pid, tid] = match;
    } else if (match[5] !== undefined) {
      if (client !== undefined) break;
      client = match[5];
    } else if (match[6] !== undefined) {
      if (error !== undefined) break;
      error = match[6];
      isDone = client !== undefined;
    } else if (match[7] !== undefined) {
      if (client !== undefined) break;
      more.push(match[7]);
    } else if (client !== undefined) break;
    at = FIELD.lastIndex;
  }
  if (level === undefined) return undefined;
  const [address, port] = addressAndPort(client, hasModule || pid !== undefined);
  return {
    stamp,
    module,
    level,
    pid,
    tid,
    client: address,
    port,
    error,
    message: text.slice(at),
    more,
  };
}

const TIME_CHARS_MIN = 19;
const TIME_CHARS_MAX = 41;
/** Groups: module (empty when it was built for a server that had no names for them), level; process, thread; client; system error; a field that is none of these. A file and line are passed. */
const FIELD =
  /\[(?:([\w.-]{0,64}):)?(emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] |\[pid (\d{1,10})(?::tid (\d{1,20}))?\] |\[(?:client|remote) ([^\]\s]{1,300})\] |(\(-?\d{1,10}\)[^:[\]]{1,100}): |[\w./-]{1,80}\(\d{1,6}\): |\[([^\]]{0,200})\] /y;

/** 2.4 writes `address:port`, IPv6 without brackets; 2.2 the address alone. */
function addressAndPort(client: string | undefined, hasPort: boolean): readonly [string | undefined, string | undefined] {
  if (client === undefined || !hasPort) return [client, undefined];
  const colon = client.lastIndexOf(':');
  const port = client.slice(colon + 1);
  if (colon < 1 || !/^\d{1,5}$/.test(port)) return [client, undefined];
  return [client.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port];
}

const CTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) [ ]?(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})$/;

function stampIn(text: string, context: Context): Stamp | undefined {
  const match = CTIME.exec(text);
  if (match === null) return isoStamp(text, context);
  const [, name = '', day, hour, minute, second, fraction = '', year] = match;
  const month = monthOf(name);
  if (month === undefined) return undefined;
  return stampOf(
    { year: Number(year), month, day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second), fraction },
    context,
  );
}
