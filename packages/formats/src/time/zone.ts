/** The zone of stamps that name none. */
export interface Zone {
  readonly name: string;
  /** Minutes east of UTC that its clocks showed when they read `localMs` (ms since 1970 as if that reading were UTC). */
  offsetMinutes(localMs: number): number;
}

export const UTC: Zone = { name: 'UTC', offsetMinutes: () => 0 };

const MINUTE_MS = 60_000;
/** An hour's stamps share their offset: asking Intl costs microseconds. */
const CACHE_MS = 15 * MINUTE_MS;

/** `UTC`, `+02:00` or a name of the IANA database (`Europe/Berlin`); undefined when it is none. */
export function zoneOf(name: string): Zone | undefined {
  if (name === 'UTC' || name === 'Z') return UTC;
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(name);
  if (fixed !== null) {
    const minutes = (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3]));
    return { name, offsetMinutes: () => minutes };
  }
  const clock = clockOf(name);
  return clock === undefined ? undefined : { name, offsetMinutes: cached((localMs) => offsetFrom(clock, localMs)) };
}

function clockOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
}

/** In the hour that is there twice in autumn the first is meant; in the hour that is skipped in spring, the clock before the change. */
function offsetFrom(clock: Intl.DateTimeFormat, localMs: number): number {
  const before = offsetAt(clock, localMs - 86_400_000);
  const first = offsetAt(clock, localMs - before * MINUTE_MS);
  if (first === before) return before;
  return offsetAt(clock, localMs - first * MINUTE_MS) === first ? first : before;
}

function offsetAt(clock: Intl.DateTimeFormat, ms: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of clock.formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000) / MINUTE_MS);
}

function cached(f: (localMs: number) => number): (localMs: number) => number {
  let slot = Number.NaN;
  let value = 0;
  return (localMs) => {
    const asked = Math.floor(localMs / CACHE_MS);
    if (asked !== slot) {
      value = f(asked * CACHE_MS);
      slot = asked;
    }
    return value;
  };
}
