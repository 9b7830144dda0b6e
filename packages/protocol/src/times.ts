/**
 * Times as the ledger writes them: RFC 3339 in UTC with six digits, `2023-11-04T12:34:56.000000Z`; and as microseconds since 1970 (a safe integer
 * from 1900 to 2254). Text of this form sorts as time does.
 */
export const TIME_TEXT_CHARS = 27;
/** ClickHouse's DateTime64(6) begins in 1900. */
export const YEAR_MIN = 1900;
/** Microseconds of later years are beyond 2^53. ClickHouse would go on until 2299. */
export const YEAR_MAX = 2254;

export interface ParsedTime {
  /** Canonical text. */
  readonly text: string;
  /** false: no zone was given, UTC is assumed. */
  readonly zoned: boolean;
}

/**
 * Reads a time from outside: RFC 3339 (also with a blank for `T`, a comma for the point, `+0100`, without zone, or a date alone), or epoch seconds,
 * milliseconds, microseconds or nanoseconds by magnitude, as a number or its literal. Digits beyond microseconds are cut. undefined: not a time, or
 * outside of 1900 … 2254.
 */
export function parseTime(claim: string | number): ParsedTime | undefined {
  const text = typeof claim === 'number' ? String(claim) : claim.trim();
  const micros = EPOCH.test(text) ? epochMicros(text) : undefined;
  if (micros !== undefined) return inRange(micros) ? { text: microsToText(micros), zoned: true } : undefined;
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = ''] = match;
  const days = daysOf(Number(year), Number(month), Number(day));
  const seconds = secondsOf(Number(hour), Number(minute), Number(second));
  const offset = offsetSeconds(zone);
  if (days === undefined || seconds === undefined || offset === undefined) return undefined;
  const whole = (days * 86_400 + seconds - offset) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
  return inRange(whole) ? { text: microsToText(whole), zoned: zone !== '' } : undefined;
}

/** Canonical text of a time within 1900 … 2254. */
export function microsToText(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  return `${cachedPrefix}${String(micros - second * 1_000_000 + 1_000_000).slice(1)}Z`;
}

/** Microseconds of a canonical text; NaN when it is none. */
export function textToMicros(text: string): number {
  if (text.length !== TIME_TEXT_CHARS || !CANONICAL.test(text)) return Number.NaN;
  const days = daysOf(Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10)));
  const hour = Number(text.slice(11, 13));
  const minute = Number(text.slice(14, 16));
  const second = Number(text.slice(17, 19));
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  return (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000 + Number(text.slice(20, 26));
}

// Consecutive times mostly share their second: one Date per second instead of one per event.
let cachedSecond = 0;
let cachedPrefix = '1970-01-01T00:00:00.';

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const EPOCH = /^-?\d{1,20}(?:\.\d{1,20})?$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,20}))?)?(?: ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01 in the Gregorian calendar, or undefined when there is no such day. */
function daysOf(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && leap ? 1 : 0);
  if (day < 1 || day > last) return undefined;
  // Years that begin in March put the leap day last, so that a month's first day is a linear formula.
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** A leap second (60) is the first of the next minute, as POSIX counts. */
function secondsOf(hour: number, minute: number, second: number): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  return hour * 3600 + minute * 60 + second;
}

function offsetSeconds(zone: string): number | undefined {
  if (zone === '' || !/^[+-]/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** Below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds: unambiguous from 1973 on. */
function epochMicros(literal: string): number {
  const negative = literal.startsWith('-');
  const [whole = '', fraction = ''] = literal.replace('-', '').split('.');
  const digits = whole.replace(/^0+/, '');
  // The unit's microseconds as a power of ten: 6 for seconds, 3, 0, -3. Digits are shifted as text, so that none is lost in a double.
  const shift = digits.length <= 11 ? 6 : digits.length <= 14 ? 3 : digits.length <= 17 ? 0 : -3;
  const shifted = shift >= 0 ? digits + fraction.slice(0, shift).padEnd(shift, '0') : digits.slice(0, shift);
  return Number(shifted) * (negative ? -1 : 1);
}

const MICROS_MIN = (daysOf(YEAR_MIN, 1, 1) ?? 0) * 86_400e6;
const MICROS_END = (daysOf(YEAR_MAX + 1, 1, 1) ?? 0) * 86_400e6;

function inRange(micros: number): boolean {
  return micros >= MICROS_MIN && micros < MICROS_END;
}
