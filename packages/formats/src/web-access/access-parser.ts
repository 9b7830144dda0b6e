import type { Context, Emit, Parser } from '../format.ts';
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
  if (record.stream !== undefined && isStartLine(line)) return emit(record, noise('process'));
  const found = read(line);
  const isVerdict = 'result' in found;
  const kept = isVerdict ? text : withoutSecrets(text, found.hidden);
  if (!isVerdict) found.machine ??= machine;
  emit(kept === record.text ? record : { ...record, text: kept }, isVerdict ? found : accessEvent(found));
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
