import type { Context, Emit, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { parseRecord } from '@daybook/protocol';
import { quarantine, type Verdict } from '../result.ts';
import { MASK } from '../secrets/mask.ts';
import { maskUrlSecrets } from '../secrets/url-secrets.ts';
import { type Access, accessEvent } from './access.ts';
import { readCombined } from './combined.ts';
import { readJsonLine } from './json-line.ts';
import { matchPattern, type Part, patternOf } from './pattern.ts';
import type { Meaning } from './setters.ts';

/** What one server's access log has of its own. */
export interface Dialect {
  readonly variables: Readonly<Record<string, Meaning>>;
  readonly partsOf: (logFormat: string) => readonly Part[];
}

/** A parser of access logs: by the operator's `log_format` when there is one, else by the layouts that are known. */
export function accessParser(dialect: Dialect, context: Context): Parser {
  const layout = context.options['log_format'];
  const pattern = layout === undefined ? undefined : patternOf(dialect.partsOf(layout));
  const read = (text: string): Access | Verdict => {
    const own =
      pattern === undefined
        ? undefined
        : (matchPattern(pattern, text, context) ?? withEmptyUser(text, (other) => matchPattern(pattern, other, context)));
    if (own !== undefined) return own.stamp === undefined && hasTime(pattern?.pieces ?? []) ? BAD_TIME : own;
    return text.startsWith('{') ? readJsonLine(text, dialect.variables, context) : readCombined(text, context);
  };
  return { parse: (record, emit) => judge(record, emit, read), end: () => undefined };
}

const BAD_TIME = quarantine('bad_time', 'the time of this line can not be read, or there is no such time');

function judge(record: TextRecord, emit: Emit, read: (text: string) => Access | Verdict): void {
  const text = maskUrlSecrets(record.text);
  const { line, machine } = unwrapped(text);
  const found = read(line);
  const isVerdict = 'result' in found;
  const kept = isVerdict ? text : found.hidden.reduce((whole, secret) => whole.replaceAll(secret, MASK), text);
  if (!isVerdict) found.machine ??= machine;
  emit(kept === record.text ? record : { ...record, text: kept }, isVerdict ? found : accessEvent(found));
}

/** Apache writes a user without a name as `""`, where `-` is none. */
function withEmptyUser(text: string, match: (text: string) => Access | undefined): Access | undefined {
  return text.includes(' "" ') ? match(text.replace(' "" ', ' - ')) : undefined;
}

function hasTime(pieces: readonly (readonly Part[])[]): boolean {
  return pieces.some((parts) => parts.some((part) => part.kind === 'value' && /^(?:time|msec)/.test(part.name)));
}

interface Unwrapped {
  readonly line: string;
  readonly machine: string | undefined;
}

/** `<190>Jan  2 03:04:05 web-1 nginx: …`, as both servers send to syslog, with or without its priority. */
const SYSLOG =
  /^(?:<\d{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d\d:?\d\d)) (\S{1,255}) [\w./-]{1,64}(?:\[\d{1,10}\])?: /;
/** What a container runtime puts before a line (Kubernetes' logging format). */
const CONTAINER = /^\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] /;

/** Without what carried it here. A line of the server begins with an address, a name or a brace, none of them in these forms. */
function unwrapped(text: string): Unwrapped {
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
