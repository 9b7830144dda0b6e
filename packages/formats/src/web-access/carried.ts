import { parseRecord } from '@daybook/protocol';

/** A line of a web server, and the machine that its carrier names. */
export interface Unwrapped {
  readonly line: string;
  readonly machine: string | undefined;
}

/** `<190>Jan  2 03:04:05 web-1 nginx: …`, as both servers send to syslog, with or without its priority. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d)) (\S{1,255}) [\w./-]{1,64}(?:\[\d{1,10}\])?: /;
/** What a container runtime puts before a line (Kubernetes' logging format). */
const CONTAINER = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] /;

/** Without what carried it here. A line of the server begins with an address, a name or a brace, none of them in these forms. */
export function unwrapped(text: string): Unwrapped {
  const c = text.charCodeAt(0);
  if (c === LESS || (c >= A && c <= Z) || text.charCodeAt(4) === HYPHEN) {
    const prefix = SYSLOG.exec(text) ?? CONTAINER.exec(text);
    if (prefix !== null) return { line: text.slice(prefix[0].length), machine: prefix[1] };
  }
  if (text.startsWith('{"log":"')) {
    const log = parseRecord(text)?.['log'];
    if (typeof log === 'string') return { line: log.replace(/\n$/, ''), machine: undefined };
  }
  return { line: text, machine: undefined };
}

const HYPHEN = 0x2d;
const LESS = 0x3c;
const A = 0x41;
const Z = 0x5a;
