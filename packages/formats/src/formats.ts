import { AUDITD } from './auditd/auditd.ts';
import { AUTH_LOG } from './auth-log/auth-log.ts';
import type { Format } from './format.ts';
import { JOURNALD } from './journald/journald.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [AUTH_LOG, JOURNALD, AUDITD];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
