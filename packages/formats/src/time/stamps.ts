import type { Context } from '../format.ts';

/** A time as the event carries it, and which parts of it the source did not say. */
export interface Stamp {
  /** RFC 3339 in UTC. */
  readonly text: string;
  /** For `attributes.time_guessed`: `year`, `zone`. */
  readonly guessed?: readonly string[];
}

const MONTHS: ReadonlyMap<string, number> = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, index) => [name, index]),
);
const MINUTE_MS = 60_000;
/** A file's clock may be a little behind its lines'. */
const AHEAD_MS_MAX = 86_400_000;
/** 29 February is there once in four years, or once in eight around a century that has none. */
const YEARS_BACK_MAX = 8;

export function monthOf(name: string): number | undefined {
  return MONTHS.get(name);
}

/** A time read off a clock of the input's zone: `month` from 0. undefined when there is no such time. */
export interface Reading {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Digits behind the second's point. */
  readonly fraction?: string;
}

/** The stamp of a reading; `offsetMinutes` east of UTC when the source says it, else the zone of the context, and marked. */
export function stampOf(reading: Reading, context: Context, offsetMinutes?: number): Stamp | undefined {
  const localMs = msOf(reading);
  if (localMs === undefined) return undefined;
  const offset = offsetMinutes ?? context.zone.offsetMinutes(localMs);
  const text = textOf(localMs - offset * MINUTE_MS, reading.fraction);
  return offsetMinutes === undefined ? { text, guessed: ['zone'] } : { text };
}

/** A reading without a year: the latest that does not put it after the time at which the input was written. */
export function stampWithoutYear(reading: Omit<Reading, 'year'>, context: Context): Stamp | undefined {
  const latest = context.writtenMs + AHEAD_MS_MAX;
  const last = new Date(latest).getUTCFullYear() + 1;
  for (let year = last; year >= last - YEARS_BACK_MAX - 1; year--) {
    const localMs = msOf({ ...reading, year });
    if (localMs === undefined) continue;
    const ms = localMs - context.zone.offsetMinutes(localMs) * MINUTE_MS;
    if (ms <= latest) return { text: textOf(ms, reading.fraction), guessed: ['year', 'zone'] };
  }
  return undefined;
}

function msOf({ year, month, day, hour, minute, second }: Reading): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const ms = Date.UTC(year, month, day, hour, minute, second);
  // 31 April would be 1 May.
  return day > 0 && new Date(Date.UTC(year, month, day)).getUTCDate() === day ? ms : undefined;
}

let cachedSecond = Number.NaN;
let cachedText = '';

/** Lines that follow one another mostly share their second. */
function textOf(ms: number, fraction = ''): string {
  if (ms !== cachedSecond) {
    cachedText = new Date(ms).toISOString().slice(0, 19);
    cachedSecond = ms;
  }
  return fraction === '' ? `${cachedText}Z` : `${cachedText}.${fraction}Z`;
}
