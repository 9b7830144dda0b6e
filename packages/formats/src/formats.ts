import { apacheAccess } from './apache-access/apache-access.ts';
import { apacheError } from './apache-error/apache-error.ts';
import { AUTH_LOG } from './auth-log/auth-log.ts';
import { csv } from './csv/csv.ts';
import type { Format } from './format.ts';
import { json } from './json/json.ts';
import { logfmt } from './logfmt/logfmt.ts';
import { mariadbAudit } from './mariadb-audit/mariadb-audit.ts';
import { mysqlAudit } from './mysql-audit/mysql-audit.ts';
import { nginxAccess } from './nginx-access/nginx-access.ts';
import { nginxError } from './nginx-error/nginx-error.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [
  AUTH_LOG,
  nginxAccess,
  apacheAccess,
  nginxError,
  apacheError,
  mariadbAudit,
  mysqlAudit,
  // What any program may write comes last.
  json,
  csv,
  logfmt,
]; // biome-ignore format: a list, one a line

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
