import type { Context, Parser } from '../format.ts';
import type { TextRecord } from '../framing/framer.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { MASK } from '../secrets/mask.ts';
import { maskUrlSecrets } from '../secrets/url-secrets.ts';
import { type Access, accessEvent } from './access.ts';
import { isStartLine, unwrapped } from './carried.ts';
import { readCombined } from './combined.ts';
import { readJsonLine } from './json-line.ts';
import { matchPattern, type Part, patternOf } from './pattern.ts';
import type { Meaning } from './setters.ts';

/** What one server's access log has of its own. */
export interface Dialect {
  readonly variables: Readonly<Record<string, Meaning>>;
  readonly partsOf: (logFormat: string) => readonly Part[];
}

/** What a line of an access log says, and the record without its secrets. */
export type AccessReader = (record: TextRecord) => { readonly record: TextRecord; readonly verdict: Verdict };

/** A reader of access logs: by the operator's `log_format` when there is one, else by the layouts that are known. */
export function accessReader(dialect: Dialect, context: Context): AccessReader {
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
  return (record) => judge(record, read);
}

/** Reads what is no access: the server's errors, where a container prints both. */
export interface Beside {
  /** Whether a line of theirs begins so. */
  begins(line: string): boolean;
  /** Whether one of theirs may go on. */
  holds(): boolean;
  readonly parser: Parser;
}

/** A parser of access logs, with the lines of the server's errors among them. */
export function accessParser(read: AccessReader, beside: Beside): Parser {
  return {
    parse: (record, emit) => {
      const { text } = record;
      if (mayBeOther(text) && beside.begins(unwrapped(text).line)) return beside.parser.parse(record, emit);
      const access = read(record);
      if (access.verdict.result !== 'quarantine') {
        if (beside.holds()) beside.parser.end(emit);
        emit(access.record, access.verdict);
      } else if (beside.holds()) beside.parser.parse(record, emit);
      else emit(access.record, isStartLine(text) ? noise('process') : access.verdict);
    },
    end: (emit) => beside.parser.end(emit),
  };
}

/** An access begins with an address or a name: neither a bracket nor a date, and nothing that a carrier wrote. */
function mayBeOther(text: string): boolean {
  const first = text.charCodeAt(0);
  const fifth = text.charCodeAt(4);
  return first === OPEN || first === BRACE || first === LESS || fifth === SLASH || fifth === HYPHEN || text.charCodeAt(3) === BLANK;
}

const OPEN = 0x5b;
const BRACE = 0x7b;
const LESS = 0x3c;
const SLASH = 0x2f;
const HYPHEN = 0x2d;
const BLANK = 0x20;

const BAD_TIME = quarantine('bad_time', 'the time of this line can not be read, or there is no such time');

function judge(record: TextRecord, read: (text: string) => Access | Verdict): ReturnType<AccessReader> {
  const text = maskUrlSecrets(record.text);
  const { line, machine } = unwrapped(text);
  const found = read(line);
  const isVerdict = 'result' in found;
  const kept = isVerdict ? text : withoutSecrets(text, found.hidden);
  if (!isVerdict) found.machine ??= machine;
  return { record: kept === record.text ? record : { ...record, text: kept }, verdict: isVerdict ? found : accessEvent(found) };
}

/** The text without these values; nothing of it when one stands in it in another form than it was read. The longest first, for one may be a part of another. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let kept = text;
  for (const secret of new Set(secrets.toSorted((a, b) => b.length - a.length))) {
    if (!kept.includes(secret)) return MASK;
    kept = kept.replaceAll(secret, MASK);
  }
  return kept;
}

/** Apache writes a user without a name as `""`, where `-` is none. */
function withEmptyUser(text: string, match: (text: string) => Access | undefined): Access | undefined {
  return text.includes(' "" ') ? match(text.replace(' "" ', ' - ')) : undefined;
}

function hasTime(pieces: readonly (readonly Part[])[]): boolean {
  return pieces.some((parts) => parts.some((part) => part.kind === 'value' && /^(?:time|msec)/.test(part.name)));
}
