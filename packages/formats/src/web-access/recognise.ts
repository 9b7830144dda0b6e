import type { Head } from '../format.ts';
import { unwrapped } from './carried.ts';

/** Enough lines to tell a format by. */
const LINES_MAX = 200;
const COMBINED =
  /^\S+ \S+ .{0,300}\[(?:\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]{0,10}[Z\d +:-]{0,7})\] (?:[\w.:/+-]{1,255} ){0,8}"(?:[^"\\]|\\.){0,8000}" (?:\d{3}|-)(?: |$)/;
/** mod_ssl's log of requests in Red Hat's configuration. */
const SSL_REQUEST = /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \S{1,255} (?:(?:TLS|SSL)v[\d.]{1,4}|-) \S{1,64} "/;
const JSON_KEYS = [
  'remote_addr',
  'request',
  'status',
  'request_uri',
  'request_method',
  'body_bytes_sent',
  'http_user_agent',
  'clientip',
  'remoteIP',
  'time_local',
  'http_referer',
];

/** The share of lines that are of an access log, and the share that JSON makes of these. */
export function accessShare({ lines }: Head): number {
  const some = lines.slice(0, LINES_MAX);
  const found = some.filter((text) => {
    const { line } = unwrapped(text);
    return isCombined(line) || isJsonAccess(line);
  }).length;
  return some.length === 0 ? 0 : found / some.length;
}

/** Whether the line is of a layout that both servers bring along, or nearly. */
function isCombined(line: string): boolean {
  return COMBINED.test(line) || SSL_REQUEST.test(line);
}

function isJsonAccess(line: string): boolean {
  if (!line.startsWith('{')) return false;
  const keys = JSON_KEYS.filter((key) => line.includes(`"${key}"`));
  return keys.length >= 3 && /"(?:status|response)"/.test(line);
}

/** Apache's errors, which a container prints among its accesses. */
const ERRORS = /^(?:AH\d{5}: |\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:.]{8,18} \d{4}\] \[)/;

/** Which server wrote it, where a line shows it: how it escapes, what it writes for nothing. */
export function looksApache({ lines, name }: Head): boolean {
  if (/apache|httpd|other_vhosts/i.test(name)) return true;
  if (/nginx|ingress/i.test(name)) return false;
  let signs = 0;
  for (const text of lines.slice(0, LINES_MAX)) {
    const { line } = unwrapped(text);
    if (ERRORS.test(line)) return true;
    if (SSL_REQUEST.test(line) || /\\"|"-" 408 |" \d{3} -(?: |$)|^[\w.-]+:\d{1,5} |\(internal dummy connection\)/.test(line)) signs++;
    if (/\\x22|\\x5C|"" (?:400|408) 0 | 499 | 444 |nginx|^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[/.test(line)) signs--;
    if (line.startsWith('{') && /"(?:remote_addr|body_bytes_sent|time_iso8601|time_local|http_user_agent)"/.test(line)) signs--;
    if (line.startsWith('{') && /"(?:remoteIP|clientip)"/.test(line)) signs++;
  }
  return signs > 0;
}
