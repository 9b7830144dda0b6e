import { type Context, UTC, zoneOf } from '@daybook/formats';
import type { Clock } from '../base/types.ts';

/** What formats are told of a stream: it is always written now, however long it has been open. */
export function liveContext(clock: Clock, options: Readonly<Record<string, string>>, zone: string): Context {
  return {
    get writtenMs() {
      return clock.nowMicros() / 1000;
    },
    zone: zoneOf(zone) ?? UTC,
    options,
  };
}
