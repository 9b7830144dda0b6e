import { isPrefix } from '../framing/json-prefix.ts';

/** What a carrier put before the pairs. */
export interface Prefix {
  /** Where the pairs begin. */
  readonly end: number;
  readonly text: string;
  /** The carrier's time, when it is one with a zone. */
  readonly time: string | undefined;
}

const PREFIX_CHARS_MAX = 256;
/** `2024-01-02T03:04:05.000000+00:00 heroku[router]: ` and `<158>1 2024-01-02T03:04:05+00:00 host heroku router - `, as Heroku's drains write them. */
const HEROKU =
  /^(?:\d{1,7} )?(?:<\d{1,3}>1 )?\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:[\w.-]{1,64}\[[\w.-]{1,64}\]: |\S{1,128} [\w.-]{1,64} [\w.-]{1,64} - )$/;
const PRIORITY = /^<\d{1,3}>$/;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)/;

/** What stands before the first pair, when it is what carriers put before a line: a time, a syslog header; undefined when there is nothing, or something else. */
export function prefixOf(line: string): Prefix | undefined {
  const c = line.charCodeAt(0);
  // A digit, `<`, or the capital letter of a month.
  if (!((c >= 0x30 && c <= 0x3c) || (c >= 0x41 && c <= 0x5a))) return undefined;
  const equals = line.indexOf('=');
  if (equals < 0 || equals > PREFIX_CHARS_MAX) return undefined;
  const before = line.slice(0, equals);
  const end = Math.max(before.lastIndexOf(' '), before.lastIndexOf('>')) + 1;
  const text = line.slice(0, end);
  if (!HEROKU.test(text) && !isPrefix(text) && !PRIORITY.test(text)) return undefined;
  return { end, text: text.trimEnd(), time: TIME.exec(text)?.[0] };
}
