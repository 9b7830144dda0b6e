import { AUTH_LOG } from './auth-log/auth-log.ts';
import type { Format } from './format.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [AUTH_LOG];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
