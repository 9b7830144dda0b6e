import { containerLine } from '../framing/container-line.ts';

/** A line of a web server, and the machine that its carrier names. */
export interface Unwrapped {
  readonly line: string;
  readonly machine: string | undefined;
  /** Where the time of the carrier begins, when it is syslog's: some lines have none of their own. */
  readonly stampAt: number | undefined;
}

/** `<190>Jan  2 03:04:05 web-1 nginx: …`, as both servers send to syslog, with or without its priority; or as RFC 5424 has it, where rsyslog keeps a blank. */
const SYSLOG =
  /^((?:<\d{1,3}>)?(?:1 )?)(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d)) (\S{1,255}) (?:[\w./-]{1,64}(?:\[\d{1,10}\])?: |[\w./-]{1,48} [\w-]{1,64} [\w-]{1,32} (?:-|(?:\[(?:[^"\]]|"(?:[^"\\]|\\.)*"){1,500}\])+) \uFEFF? ?)/;

/** Without what carried it here. A line of the server begins with an address, a name or a brace, none of them in these forms. */
export function unwrapped(text: string): Unwrapped {
  const c = text.charCodeAt(0);
  if (c === LESS || (c >= A && c <= Z) || c === BRACE || text.charCodeAt(4) === HYPHEN) {
    const carried = containerLine(text);
    if (carried !== undefined) return { line: carried.line, machine: undefined, stampAt: undefined };
    const prefix = SYSLOG.exec(text);
    if (prefix !== null) return { line: text.slice(prefix[0].length), machine: prefix[2], stampAt: prefix[1]?.length };
  }
  return { line: text, machine: undefined, stampAt: undefined };
}

/**
 * What is printed while a server starts in its image: by scripts (`/docker-entrypoint.sh: …`, `10-listen-on-ipv6-by-default.sh: info: …`), by Apache before its
 * log is open (`AH00558: apache2: …`).
 */
export const isStartLine = (line: string): boolean =>
  /^(?:AH\d{5}: (?:apache2|httpd): |(?:\/docker-entrypoint\.sh|\d\d-[\w.-]{1,64}\.(?:env)?sh): )/.test(line);

const HYPHEN = 0x2d;
const LESS = 0x3c;
const A = 0x41;
const Z = 0x5a;
const BRACE = 0x7b;
