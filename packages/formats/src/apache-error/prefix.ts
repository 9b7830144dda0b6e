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
  const time = /^\[([^\]]{19,40})\] /.exec(text);
  if (time?.[1] === undefined) return undefined;
  const found: Record<string, string | undefined> = {};
  const more: string[] = [];
  let at = time[0].length;
  for (
    let match = FIELD.exec(text.slice(at, at + FIELD_CHARS_MAX));
    match !== null;
    match = FIELD.exec(text.slice(at, at + FIELD_CHARS_MAX))
  ) {
    const { level, module, pid, tid, client, error, other } = match.groups ?? {};
    // A message may begin with a bracket too: what comes behind the client, or twice, is the message's.
    if ((other !== undefined && found['client'] !== undefined) || (level !== undefined && found['level'] !== undefined)) break;
    if (client !== undefined && found['client'] !== undefined) break;
    for (const [name, value] of Object.entries({ level, module, pid, tid, client, error })) found[name] ??= value;
    if (other !== undefined) more.push(other);
    at += match[0].length;
    if (error !== undefined && found['client'] !== undefined) break;
  }
  const { level } = found;
  if (level === undefined) return undefined;
  const [client, port] = addressAndPort(found['client'], found['module'] !== undefined || found['pid'] !== undefined);
  return {
    stamp: stampIn(time[1], context),
    module: found['module'],
    level,
    pid: found['pid'],
    tid: found['tid'],
    client,
    port,
    error: found['error'],
    message: text.slice(at),
    more,
  };
}

const FIELD_CHARS_MAX = 400;
const FIELD =
  /^(?:\[(?:(?<module>[\w.-]{1,64}):)?(?<level>emerg|alert|crit|error|warn|notice|info|debug|trace[1-8])\] |\[pid (?<pid>\d{1,10})(?::tid (?<tid>\d{1,20}))?\] |\[(?:client|remote) (?<client>[^\]\s]{1,300})\] |(?<error>\(-?\d{1,8}\)[^:[\]]{1,100}): |[\w./-]{1,80}\(\d{1,6}\): |\[(?<other>[^\]]{0,200})\] )/;

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
