import type { Place } from '../people/places.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Days since 1970-01-01, UTC. */
export const dayOf = (at: number): number => Math.floor(at / DAY);
/** 1970-01-01 was a Thursday; Sunday is 0. */
export const weekdayOf = (day: number): number => (day + 4) % 7;
export const isWeekend = (day: number): boolean => weekdayOf(day) === 0 || weekdayOf(day) === 6;
export const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

export function isWorkday(place: Place, day: number): boolean {
  return !isWeekend(day) && !place.holidays.includes(dateOf(day).slice(5));
}

/** The moment at which clocks there show so many minutes after midnight. */
export function localTime(place: Place, day: number, minutes: number): number {
  return day * DAY - place.utcOffset * HOUR + Math.round(minutes * MINUTE);
}

/** Before this, nothing of a day happens: the clocks of the easternmost place are an hour ahead. */
export const dayBegins = (day: number): number => day * DAY - 2 * HOUR;
