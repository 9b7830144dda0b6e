import type { EventFields, Verdict } from '../result.ts';

/**
 * An event of several objects' members, the later winning, without those that say nothing. The same as `event({ ...a, ...b })`, but each member is copied
 * once: spreading costs as much as parsing did.
 */
export function eventOf(...parts: readonly EventFields[]): Verdict {
  const kept: Record<string, unknown> = {};
  for (const part of parts) {
    for (const name in part) {
      const value = part[name];
      if (value === undefined || value === '' || value === null) continue;
      if (typeof value === 'object' && isEmpty(value)) continue;
      kept[name] = value;
    }
  }
  return { result: 'event', event: kept };
}

function isEmpty(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}
