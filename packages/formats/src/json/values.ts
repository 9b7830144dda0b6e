import { parseTime } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';

/** What a member holds as text: a string, a number's or a boolean's text; undefined for nothing, an empty string and everything else. */
export function str(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The first that is there. */
export function firstOf(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const text = str(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Strings of a list; a single string is a list of one. */
export function strings(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : [];
}

export function bool(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  return word === 'true' || word === 'yes' ? true : word === 'false' || word === 'no' ? false : undefined;
}

/** A count as `row_count` and `bytes_out` take it. */
export function uint(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** An address that may have a port: `10.0.0.1:443`, `[::1]:443`, `::1`. */
export function address(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const whole = addressOf(value);
  if (whole !== undefined) return whole;
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(value);
  return parts === null ? undefined : addressOf(parts[1] ?? parts[2]);
}

const RFC3339 = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** A time as the event takes it: RFC 3339 as it stands, anything else that is one (epoch by magnitude, other zones) in UTC. */
export function time(value: unknown): string | undefined {
  if (typeof value === 'string' && RFC3339.test(value) && value >= '19') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  return parseTime(value)?.text;
}

/** Milliseconds between two times; undefined when one is none, or they run backwards. */
export function msBetweenTimes(from: unknown, to: unknown): number | undefined {
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  // Most pairs share all but the time of day: its digits are cheaper to read than two dates.
  if (from.length === to.length && from.length >= 20 && from.slice(0, 11) === to.slice(0, 11) && from.endsWith('Z') && to.endsWith('Z'))
    return elapsed(dayMs(to) - dayMs(from));
  return elapsed(Date.parse(to) - Date.parse(from));
}

function elapsed(ms: number): number | undefined {
  return ms >= 0 ? Math.round(ms * 1000) / 1000 : undefined;
}

function dayMs(text: string): number {
  const minutes = Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
  return minutes * 60_000 + Number(text.slice(17, -1)) * 1000;
}
