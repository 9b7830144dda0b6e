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
