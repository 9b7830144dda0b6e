import { AUTH_LOG } from './auth-log/auth-log.ts';
import { apacheAccess } from './apache-access/apache-access.ts';
import type { Format } from './format.ts';
import { nginxAccess } from './nginx-access/nginx-access.ts';
import { nginxError } from './nginx-error/nginx-error.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [
  AUTH_LOG,
  nginxAccess,
  apacheAccess,
  nginxError,
]; // biome-ignore format: a list, one a line

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
