import type { Context } from '../format.ts';
import { monthOf, type Stamp, stampOf } from '../time/stamps.ts';

/** `10/Oct/2000:13:55:36 -0700`, the length of nginx's `$time_local` and of Apache's `%t` without its brackets. */
export const CLF_CHARS = 26;

let cachedText = '';
let cachedStamp: Stamp | undefined;

/** A time of the common log format; undefined when there is no such time. Lines that follow one another mostly share it. */
export function clfStamp(text: string, context: Context): Stamp | undefined {
  if (text === cachedText) return cachedStamp;
  const stamp = readClf(text, context);
  // What was guessed belongs to its context.
  if (stamp?.guessed !== undefined) return stamp;
  cachedText = text;
  cachedStamp = stamp;
  return stamp;
}

const CLF = /^(\d{1,2})\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ([+-])(\d\d):?(\d\d))?$/;

function readClf(text: string, context: Context): Stamp | undefined {
  const match = CLF.exec(text);
  if (match === null) return undefined;
  const [, day = '', monthName = '', year = '', hour = '', minute = '', second = '', fraction = '', sign = '', hours = '', minutes = ''] =
    match;
  const month = monthOf(monthName);
  if (month === undefined) return undefined;
  const reading = {
    year: Number(year),
    month,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
  };
  return stampOf(reading, context, sign === '' ? undefined : offsetOf(sign, hours, minutes));
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|UTC|([+-])(\d\d):?(\d\d))?$/;

/** A time of RFC 3339, also with a blank, without a colon in its zone, or without a zone. */
export function isoStamp(text: string, context: Context): Stamp | undefined {
  const match = ISO.exec(text);
  if (match === null || Number(match[2]) > 12 || match[2] === '00') return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour = '',
    minute = '',
    second = '0',
    fraction = '',
    zone = '',
    sign = '',
    hours = '',
    minutes = '',
  ] = match;
  const reading = {
    year: Number(year),
    month: Number(month) - 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
  };
  return stampOf(reading, context, zone === '' ? undefined : sign === '' ? 0 : offsetOf(sign, hours, minutes));
}

function offsetOf(sign: string, hours: string, minutes: string): number {
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const SECONDS = /^(\d{9,11})(?:\.(\d{1,9}))?$/;

/** Seconds since 1970 with a fraction (nginx's `$msec`), or milliseconds or microseconds by their number of digits. */
export function epochStamp(text: string): Stamp | undefined {
  const digits = /^\d{12,17}$/.test(text) ? (text.length <= 14 ? 3 : 6) : 0;
  const seconds = SECONDS.exec(digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`);
  if (seconds === null) return undefined;
  const date = new Date(Number(seconds[1]) * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const whole = date.toISOString().slice(0, 19);
  return { text: seconds[2] === undefined ? `${whole}Z` : `${whole}.${seconds[2]}Z` };
}

/** Whatever of these forms it is. */
export function anyStamp(text: string, context: Context): Stamp | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  return clfStamp(bare, context) ?? isoStamp(bare, context) ?? epochStamp(bare);
}
