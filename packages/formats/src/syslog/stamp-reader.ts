import type { Context } from '../format.ts';
import { monthOf, type Stamp, stampOf, stampWithoutYear } from '../time/stamps.ts';

/** A stamp, and where the text goes on behind it (and behind the blanks that follow it). */
export interface FoundStamp {
  readonly stamp: Stamp;
  readonly end: number;
}

const CLASSIC_CHARS = 15;
const SECONDS_CHARS = 19;
/** The 60th is there in leap seconds, and is the next minute's. */
const LOW_SECONDS = /:[0-5]\d$/;
const ISO = /^(\d{4})-(0[1-9]|1[0-2])-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)$/;
const CLASSIC = /([A-Z][a-z]{2}) ( ?\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ((?:19|20)\d\d)(?= ))?(?= |: |$)/y;
const WEEKDAY = /[A-Z][a-z]{2} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([A-Z]{2,5}|[+-]\d\d) /y;
const ZONE = /^(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
const UNIX = /(\d{10})\.(\d{6}) /y;
const UNIX_CHARS = 10;
const DOT = 0x2e;
const COMMA = 0x2c;
const BLANK = 0x20;

/**
 * Reads the stamps of syslog lines of one input. RFC 3164 section 4.1.2 (`Oct  1 22:14:15`; the day with one digit or two, some devices add the year before
 * or behind the time, and digits of the second), RFC 3339 as RFC 5424 section 6.2.3 has it, without zone and with a blank for the `T` as well.
 *
 * Lines that follow one another mostly share their minute: its stamp is read once.
 */
export class StampReader {
  readonly #context: Context;
  /** Up to the minute's colon, as it stands in the text and as it stands in the stamp. */
  #classicText = '';
  #classicPrefix = '';
  #classic: Stamp | undefined;
  #isoText = '';
  #isoZone = '';
  #iso: Stamp | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The stamp that begins at `at`; undefined when none does. */
  read(text: string, at: number): FoundStamp | undefined {
    const first = text.charCodeAt(at);
    if (first >= 0x30 && first <= 0x39) return this.#readIso(text, at);
    return first >= 0x41 && first <= 0x5a ? (this.#readClassic(text, at) ?? this.#readWeekday(text, at)) : undefined;
  }

  #readClassic(text: string, at: number): FoundStamp | undefined {
    const end = at + CLASSIC_CHARS;
    if (this.#classic !== undefined && text.charCodeAt(end) === BLANK && text.charCodeAt(end + 1) > 0x39) {
      if (
        text.startsWith(this.#classicText, at) &&
        text.charCodeAt(end - 2) < 0x36 &&
        isDigit(text.charCodeAt(end - 2)) &&
        isDigit(text.charCodeAt(end - 1))
      ) {
        return { stamp: { ...this.#classic, text: `${this.#classicPrefix}${text.slice(end - 2, end)}Z` }, end: pastBlanks(text, end) };
      }
    }
    CLASSIC.lastIndex = at;
    const found = CLASSIC.exec(text);
    if (found === null) return undefined;
    const [whole, monthName = '', day = '', yearBefore, hour, minute, second, fraction, yearBehind] = found;
    const month = monthOf(monthName);
    if (month === undefined) return undefined;
    const reading = { month, day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second), ...digits(fraction) };
    const year = yearBefore ?? yearBehind;
    const stamp =
      year === undefined ? stampWithoutYear(reading, this.#context) : stampOf({ ...reading, year: Number(year) }, this.#context);
    if (stamp === undefined) return undefined;
    if (whole.length === CLASSIC_CHARS && fraction === undefined) {
      this.#classicText = whole.slice(0, -2);
      this.#classicPrefix = stamp.text.slice(0, -3);
      this.#classic = stamp;
    }
    const past = at + whole.length;
    return { stamp, end: pastBlanks(text, text[past] === ':' ? past + 1 : past) };
  }

  /** `journalctl -o short-full`: `Mon 2024-01-01 10:00:00 UTC`. Of zones it says only the abbreviation, which names none but UTC and those that are numbers. */
  #readWeekday(text: string, at: number): FoundStamp | undefined {
    WEEKDAY.lastIndex = at;
    const found = WEEKDAY.exec(text);
    if (found === null) return undefined;
    const zone = found[2] ?? '';
    const stamp = this.#isoStamp(found[1] ?? '', zone === 'UTC' || zone === 'GMT' ? 'Z' : /^[+-]/.test(zone) ? `${zone}:00` : '');
    return stamp === undefined ? undefined : { stamp, end: pastBlanks(text, at + found[0].length) };
  }

  /** `journalctl -o short-unix`: seconds since 1970 with six digits behind the point. */
  #readUnix(text: string, at: number): FoundStamp | undefined {
    UNIX.lastIndex = at;
    const found = UNIX.exec(text);
    if (found === null) return undefined;
    const whole = new Date(Number(found[1]) * 1000).toISOString().slice(0, SECONDS_CHARS);
    return { stamp: { text: `${whole}.${found[2] ?? ''}Z` }, end: at + found[0].length };
  }

  #readIso(text: string, at: number): FoundStamp | undefined {
    if (text.charCodeAt(at + UNIX_CHARS) === DOT) return this.#readUnix(text, at);
    let past = at + SECONDS_CHARS;
    let fraction = '';
    const point = text.charCodeAt(past);
    if (point === DOT || point === COMMA) {
      const from = ++past;
      while (isDigit(text.charCodeAt(past))) past++;
      fraction = text.slice(from, past);
      if (fraction.length === 0 || fraction.length > 9) return undefined;
    }
    const blank = text.indexOf(' ', past);
    const zone = text.slice(past, blank < 0 ? text.length : blank);
    const stamp = this.#isoStamp(text.slice(at, at + SECONDS_CHARS), zone);
    if (stamp === undefined) return undefined;
    const whole = fraction === '' ? stamp : { ...stamp, text: `${stamp.text.slice(0, -1)}.${fraction}Z` };
    return { stamp: whole, end: pastBlanks(text, blank < 0 ? text.length : blank) };
  }

  #isoStamp(seconds: string, zone: string): Stamp | undefined {
    if (zone === this.#isoZone && this.#iso !== undefined && seconds.startsWith(this.#isoText) && LOW_SECONDS.test(seconds))
      return { ...this.#iso, text: `${this.#iso.text.slice(0, -3)}${seconds.slice(-2)}Z` };
    const found = ISO.exec(seconds);
    const offset = zone === '' ? null : ZONE.exec(zone);
    if (found === null || (offset === null && zone !== '')) return undefined;
    const [, year, month, day, hour, minute, second] = found;
    const reading = {
      year: Number(year),
      month: Number(month) - 1,
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    };
    const stamp = stampOf(reading, this.#context, offset === null ? undefined : minutesOf(offset));
    this.#isoText = seconds.slice(0, -2);
    this.#isoZone = zone;
    this.#iso = stamp;
    return stamp;
  }
}

function minutesOf([, sign, hours, minutes]: RegExpExecArray): number {
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function digits(fraction: string | undefined): { fraction?: string } {
  return fraction === undefined ? {} : { fraction };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function pastBlanks(text: string, at: number): number {
  let past = at;
  while (text.charCodeAt(past) === BLANK) past++;
  return past;
}
