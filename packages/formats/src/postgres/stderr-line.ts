import { readings, type PrefixValues } from './prefix-match.ts';
import { type Prefix, prefixOf } from './prefix-tokens.ts';
import { severityOf, type SubLabel, subLabelOf } from './severity.ts';
import { usualPrefixes } from './usual-prefixes.ts';

/** A line of the text log: `<log_line_prefix><severity>:  <message>`, or one of the lines that belong to a message. */
export interface StderrLine {
  readonly values: PrefixValues;
  readonly severity: string | undefined;
  readonly label: SubLabel | undefined;
  readonly message: string;
}

/** `several`: what a client may have chosen (a user's name, a statement) can be read as the log's own words, in more than one way. */
export type LineReading =
  | { readonly kind: 'one'; readonly line: StderrLine }
  | { readonly kind: 'several'; readonly lines: readonly StderrLine[] }
  | { readonly kind: 'none' };

/** The severity stands within so much of a line: four names of 63 characters and a host. */
const PREFIX_CHARS_MAX = 900;
/** More words that could be a severity are not looked at. */
const MARKS_MAX = 8;
const NONE: LineReading = { kind: 'none' };

interface Mark {
  readonly at: number;
  readonly severity: string | undefined;
  readonly label: SubLabel | undefined;
  readonly messageAt: number;
}

/** Reads lines by one prefix, or by whichever of the usual ones fits. */
export class StderrLines {
  readonly #given: Prefix | undefined;
  /** Of the usual ones that which fitted last. */
  #current: Prefix;

  constructor(prefix: string | undefined) {
    this.#given = prefix === undefined ? undefined : prefixOf(prefix);
    this.#current = this.#given ?? usualPrefixes()[0] ?? prefixOf('');
  }

  read(text: string): LineReading {
    const marks = marksIn(text);
    const [first] = marks;
    if (first === undefined) return NONE;
    const found = linesBy(this.#current, text, marks);
    if (this.#given !== undefined) return readingOf(found);
    // Where words could be read in two ways, so could the prefix.
    if (found.length === 1 && marks.length === 1) return readingOf(found);
    return this.#usual(text, marks);
  }

  #usual(text: string, marks: readonly Mark[]): LineReading {
    const found = linesBy(this.#current, text, marks);
    if (marks.length > 1) return readingOf(withOthers(found, text, marks));
    let odd: { readonly prefix: Prefix; readonly lines: readonly StderrLine[] } | undefined;
    for (const prefix of usualPrefixes()) {
      const lines = linesBy(prefix, text, marks);
      if (lines.length === 0 || lines.some(isAnother)) continue;
      if (!lines.every(({ values }) => isClean(values))) odd ??= { prefix, lines };
      else return this.#settled(prefix, lines);
    }
    if (odd !== undefined) return this.#settled(odd.prefix, odd.lines);
    const [mark] = marks;
    const loose = mark === undefined ? undefined : looseValues(text.slice(0, mark.at));
    return loose === undefined || mark === undefined ? NONE : { kind: 'one', line: lineOf(loose, text, mark) };
  }

  #settled(prefix: Prefix, lines: readonly StderrLine[]): LineReading {
    this.#current = prefix;
    return readingOf(lines);
  }
}

/** A prefix that was guessed is right when its names look like names: `[alice@shop]` is not a user `[alice`. */
function isClean({ user = '', database = '', remoteHost = '', remote = '' }: PrefixValues): boolean {
  return !UNCLEAN.test(user) && !UNCLEAN.test(database) && !/[\s,=@]/.test(remoteHost) && !/[\s,=@]/.test(remote);
}

/**
 * Parts of a prefix that we don't know, taken for names: for an application that stands alone (`alice@shop 10.0.0.9(5000)`), for a user with the number of
 * the line or a session before it, for a host that is a session.
 */
function isAnother({ values: { user, application = '', remoteHost = '' } }: StderrLine): boolean {
  return user === undefined ? ANOTHER.test(application) : NUMBERED.test(user) || SESSION.test(remoteHost);
}

const NUMBERED = /^(?:\[\d{1,19}(?:-\d{1,9})?\]|[\da-f]{8,12}\.[\da-f]{1,8} )/;
const SESSION = /^[\da-f]{8,12}\.[\da-f]{1,8}$/;
const ANOTHER = /^\[(?!unknown\]$)|@|=|\(\d{1,5}\)/;

const UNCLEAN = /[\s,=@/()]|^\[(?!unknown\]$)|[^n]\]$/;

/** Several words could be the severity: what any of the usual prefixes makes of each counts. */
function withOthers(found: readonly StderrLine[], text: string, marks: readonly Mark[]): readonly StderrLine[] {
  const all = [...found];
  const seen = new Set(found.map(keyOf));
  for (const prefix of usualPrefixes())
    for (const line of linesBy(prefix, text, marks)) {
      if (seen.has(keyOf(line))) continue;
      seen.add(keyOf(line));
      all.push(line);
    }
  return all;
}

/** Lines with one key have the same message, from the same place on. */
function keyOf({ severity, label, message }: StderrLine): string {
  return `${severity ?? label}:${message.length}`;
}

function readingOf(lines: readonly StderrLine[]): LineReading {
  const [line] = lines;
  if (line === undefined) return NONE;
  return lines.length === 1 ? { kind: 'one', line } : { kind: 'several', lines };
}

function linesBy(prefix: Prefix, text: string, marks: readonly Mark[]): StderrLine[] {
  const lines: StderrLine[] = [];
  for (const mark of marks) for (const values of readings(prefix, text.slice(0, mark.at))) lines.push(lineOf(values, text, mark));
  return lines;
}

function lineOf(values: PrefixValues, text: string, mark: Mark): StderrLine {
  return { values, severity: mark.severity, label: mark.label, message: text.slice(mark.messageAt) };
}

/** Where a severity or label stands, followed by a colon and two blanks. */
function marksIn(text: string): readonly Mark[] {
  const marks: Mark[] = [];
  for (
    let colon = text.indexOf(':  ');
    colon >= 0 && colon < PREFIX_CHARS_MAX && marks.length < MARKS_MAX;
    colon = text.indexOf(':  ', colon + 3)
  ) {
    const end = isBlank(text.charCodeAt(colon - 1)) ? colon - 1 : colon;
    let at = end;
    while (at > 0 && isLetter(text.charCodeAt(at - 1))) at--;
    if (text.startsWith(LED, at) && text.slice(0, at).endsWith(LEADING)) at -= LEADING.length;
    const word = text.slice(at, end);
    const severity = severityOf(word);
    const label = severity === undefined ? subLabelOf(word) : undefined;
    if (severity !== undefined || label !== undefined) marks.push({ at, severity, label, messageAt: colon + 3 });
  }
  return marks;
}

/** The one label of two words: STATEMENT in Korean. */
const LEADING = '명령 ';
const LED = '구문';

/** French has one before its colon, which may not break. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0xa0 || code === 0x202f;
}

/** Capitals, digits (DEBUG1), and everything beyond ASCII: severities are translated. */
function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code >= 0x80;
}

const TIME = /^[^\w]{0,4}(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? (?:[A-Za-z]{1,10}|[+-]\d\d(?::?\d\d)?))/;

/** A prefix that we don't know: what its parts say by their own words, each only where it stands once. */
function looseValues(prefix: string): PrefixValues | undefined {
  const time = TIME.exec(prefix)?.[1];
  if (time === undefined) return undefined;
  const values: Record<string, string> = { time };
  const rest = prefix.replace(time, '');
  const once = (name: string, pattern: RegExp) => {
    const found = [...rest.matchAll(pattern)];
    const value = found.length === 1 ? found[0]?.[1] : undefined;
    if (value !== undefined && value !== '') values[name] = value;
  };
  once('pid', /[[(](?:pid=)?(\d{1,10})(?:-\d{1,19})?[\])]/g);
  once('sessionId', /\b([\da-f]{8,12}\.[\da-f]{1,8})\b/g);
  once('user', /\buser(?:name)?=([^,\s\]|]{0,63})/g);
  once('database', /\b(?:db|database|dbname)=([^,\s\]|]{0,63})/g);
  once('application', /\bapp(?:lication(?:_name)?)?=([^,\s\]|]{0,63})/g);
  once('remoteHost', /\b(?:client|host|remote|ip|addr)=([^,\s\]|()]{0,255})/g);
  return values;
}
