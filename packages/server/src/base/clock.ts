import type { Clock } from './types.ts';

/**
 * Wall time with microseconds. `Date.now()` alone has milliseconds: events of one millisecond would tie. `performance.now()` alone drifts
 * from the wall clock when that is stepped; so the offset between the two is measured anew whenever they have come apart.
 */
export function systemClock(): Clock {
  let offsetMs = Date.now() - performance.now();
  return {
    nowMicros() {
      const wallMs = Date.now();
      const fineMs = performance.now() + offsetMs;
      // More than 2 ms apart: the wall clock was stepped or slewed; follow it.
      if (Math.abs(fineMs - wallMs) > 2) {
        offsetMs = wallMs - performance.now();
        return wallMs * 1000;
      }
      return Math.floor(fineMs * 1000);
    },
    monotonicMs: () => performance.now(),
  };
}

/** RFC 3339 UTC with six digits, the one form in which Daybook writes times. */
export function rfc3339(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = micros - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, 23)}${rest.toString().padStart(3, '0')}Z`;
}
