import type { Context } from '../format.ts';
import { stampOf } from '../time/stamps.ts';

/** One line of an audit log. */
export interface AuditRecord {
  readonly node: string;
  /** `SYSCALL`; for a type that the writer had no name for, its number. */
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly seconds: number;
  /** `1364481363.243:24287`: records with the same are one event. */
  readonly id: string;
  /** What follows the id, up to the enriched part. */
  readonly body: string;
  /** Behind 0x1D: the names that auditd looked up (log_format = ENRICHED). */
  readonly enriched: string;
  readonly guessed: readonly string[] | undefined;
}

type When = Pick<AuditRecord, 'time' | 'seconds' | 'id' | 'guessed'>;

/** What separates the names that were looked up from what the kernel wrote (audit-userspace lib/libaudit.h AUDIT_INTERP_SEPARATOR). */
const ENRICHED = '\u001D';
/**
 * The same as rsyslog writes it. Unlike a control character anybody can write this, so it counts only where nothing but names follows: in what others control a quote or a
 * field of the kernel's comes behind it.
 */
const ESCAPED = '#035';
const NAMES = /^(?:[A-Z][A-Z-]{0,30}=(?:"[^"]{0,300}"|[^\s"']{1,300})(?: |$))+$/;
const TYPE = /type=(?:UNKNOWN\[(\d+)\]|(\w+)) (?:msg=)?audit\(/y;
/** `ausearch -i` writes the date as the locale has it (strftime's %x): `03/28/2013`, `28/03/13`, `28.03.2013`, `2013-03-28`. */
const INTERPRETED = /^(\d{2,4})([/.-])(\d\d)\2(\d{2,4}) (\d\d):(\d\d):(\d\d)\.(\d{3}):(\d+)$/;
const EPOCH = /^(\d{1,12})\.(\d{1,9}):(\d{1,20})$/;
const NODE_CHARS_MAX = 256;
const BLANK = 0x20;
const EQUALS = 0x3d;

/**
 * Reads `[node=N ]type=T msg=audit(SECONDS.MILLIS:SERIAL): FIELDS[0x1D NAMES]` (audit-userspace README, kernel/audit.c audit_log_start()). `ausearch -i` writes
 * the time as `01/31/2024 10:00:00.123`, the zone being its own. undefined: no audit record.
 */
export class RecordReader {
  readonly #context: Context;
  #stamp = '';
  #when: When | undefined;
  #seconds = Number.NaN;
  #prefix = '';

  constructor(context: Context) {
    this.#context = context;
  }

  read(text: string, from = 0): AuditRecord | undefined {
    let at = from;
    let node = '';
    if (text.startsWith('node=', at)) {
      const blank = text.indexOf(' ', at);
      if (blank < 0 || blank - at > NODE_CHARS_MAX) return undefined;
      node = text.slice(at + 5, blank);
      at = blank + 1;
    }
    TYPE.lastIndex = at;
    const head = TYPE.exec(text);
    if (head === null) return undefined;
    const open = TYPE.lastIndex;
    const close = text.indexOf(')', open);
    if (close < 0 || close - open > 64) return undefined;
    const stamp = text.slice(open, close);
    // Records of one event follow one another.
    if (stamp !== this.#stamp) {
      this.#when = this.#timeOf(stamp);
      this.#stamp = stamp;
    }
    const when = this.#when;
    if (when === undefined) return undefined;
    const colon = text.startsWith(' :', close + 1) ? close + 3 : text.startsWith(':', close + 1) ? close + 2 : close + 1;
    const body = text.startsWith(' ', colon) ? colon + 1 : colon;
    const split = splitOf(text, body);
    return {
      node,
      type: head[2] ?? head[1] ?? '',
      time: when.time,
      seconds: when.seconds,
      id: when.id,
      body: text.slice(body, split.from),
      enriched: text.slice(split.to),
      guessed: when.guessed,
    };
  }

  #timeOf(text: string): When | undefined {
    const epoch = EPOCH.exec(text);
    if (epoch !== null) {
      const seconds = Number(epoch[1]);
      if (seconds !== this.#seconds) {
        const date = new Date(seconds * 1000);
        if (Number.isNaN(date.getTime())) return undefined;
        this.#prefix = date.toISOString().slice(0, 19);
        this.#seconds = seconds;
      }
      return { time: `${this.#prefix}.${epoch[2] ?? ''}Z`, seconds, id: text, guessed: undefined };
    }
    const local = INTERPRETED.exec(text);
    return local === null ? undefined : this.#localTime(text, local);
  }

  #localTime(
    id: string,
    [, first = '', sign, second = '', third = '', hour, minute, seconds, fraction]: RegExpExecArray,
  ): When | undefined {
    const { year, month, day } = dateOf(first, second, third, sign === '.');
    const reading = {
      year: Number(year.length === 2 ? `20${year}` : year),
      month: Number(month) - 1,
      day: Number(day),
      hour: Number(hour),
    };
    if (reading.month > 11 || reading.month < 0) return undefined;
    const stamp = stampOf({ ...reading, minute: Number(minute), second: Number(seconds), fraction: fraction ?? '' }, this.#context);
    if (stamp === undefined) return undefined;
    return { time: stamp.text, seconds: Date.parse(stamp.text) / 1000, id, guessed: stamp.guessed };
  }
}

/** The month is first but where the year is, a point stands between, or there is no such month. */
function dateOf(first: string, second: string, third: string, points: boolean): { year: string; month: string; day: string } {
  if (first.length === 4) return { year: first, month: second, day: third };
  return points || Number(first) > 12 ? { year: third, month: second, day: first } : { year: third, month: first, day: second };
}

/**
 * The value of a field: the first that stands at the beginning or behind a blank, for the kernel and libaudit write what others control in hexadecimal as
 * soon as it holds a blank or a quote. In quotes it is itself; undefined when it is absent, `?` or `(null)`.
 */
export function field(body: string, name: string): string | undefined {
  const at = placeOf(body, name);
  return at < 0 ? undefined : valueAt(body, at);
}

/**
 * The value of one of the fields that libaudit writes last: what a client named stands before them, and `ausearch -i` shows that bare, blanks and all.
 */
export function lastField(body: string, name: string): string | undefined {
  for (let at = body.lastIndexOf(name); at >= 0; at = at === 0 ? -1 : body.lastIndexOf(name, at - 1))
    if (isField(body, name, at)) return valueAt(body, at + name.length + 1);
  return undefined;
}

function placeOf(body: string, name: string): number {
  for (let at = body.indexOf(name); at >= 0; at = body.indexOf(name, at + 1)) if (isField(body, name, at)) return at + name.length + 1;
  return -1;
}

/** The old forms put fields in parentheses: (hostname=a, addr=b, terminal=c res=success). */
function isField(body: string, name: string, at: number): boolean {
  if (body.charCodeAt(at + name.length) !== EQUALS) return false;
  const before = at === 0 ? BLANK : body.charCodeAt(at - 1);
  return before === BLANK || before === 0x28 || before === 0x27;
}

function valueAt(body: string, at: number): string | undefined {
  if (body[at] === '"') {
    const end = body.indexOf('"', at + 1);
    return end < 0 ? body.slice(at + 1) : body.slice(at + 1, end);
  }
  let end = at;
  for (; end < body.length; end++) {
    const code = body.charCodeAt(end);
    if (code === 0x20 || code === 0x27 || code === 0x2c || code === 0x1d) break;
  }
  const value = body.slice(at, end);
  if (value === '' || value === '?' || value === '(null)' || value === '(none)') return undefined;
  return value.endsWith(')') && !value.includes('(') ? value.slice(0, -1) : value;
}

const HEX = /^(?:[\dA-F]{2})+$/;
const decoder = new TextDecoder('utf-8');

/** A field that others control: hexadecimal when it stands without quotes. */
export function untrusted(body: string, name: string): string | undefined {
  const at = placeOf(body, name);
  if (at < 0) return undefined;
  const value = valueAt(body, at);
  return value === undefined || body[at] === '"' ? value : decoded(value);
}

/** What stands between the fields and the names. */
function splitOf(text: string, body: number): { readonly from: number; readonly to: number } {
  const at = text.indexOf(ENRICHED, body);
  if (at >= 0) return { from: at, to: at + 1 };
  const escaped = text.lastIndexOf(ESCAPED);
  const to = escaped + ESCAPED.length;
  return escaped >= body && NAMES.test(text.slice(to)) ? { from: escaped, to } : { from: text.length, to: text.length };
}

/** Text of hexadecimal digits; anything else is itself. */
export function decoded(value: string): string {
  return HEX.test(value) ? decoder.decode(bytesOf(value)) : value;
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** The part that a program in user space wrote, `msg='…'`; empty when there is none. It ends with the last quote. */
export function innerOf(body: string): string {
  const at = body.indexOf("msg='");
  if (at < 0) return '';
  const end = body.lastIndexOf("'");
  return body.slice(at + 5, end > at + 4 ? end : body.length);
}

/** The part before `msg='…'`, which the kernel wrote. */
export function outerOf(body: string): string {
  const at = body.indexOf(" msg='");
  return at < 0 ? body : body.slice(0, at);
}
