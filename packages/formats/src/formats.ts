import { apacheAccess } from './apache-access/apache-access.ts';
import { apacheError } from './apache-error/apache-error.ts';
import { AUDITD } from './auditd/auditd.ts';
import { AUTH_LOG } from './auth-log/auth-log.ts';
import { azureActivity } from './azure-activity/azure-activity.ts';
import { cloudtrail } from './cloudtrail/cloudtrail.ts';
import { csv } from './csv/csv.ts';
import type { Format } from './format.ts';
import { gcpAudit } from './gcp-audit/gcp-audit.ts';
import { githubAudit } from './github-audit/github-audit.ts';
import { JOURNALD } from './journald/journald.ts';
import { json } from './json/json.ts';
import { kubernetesAudit } from './kubernetes-audit/kubernetes-audit.ts';
import { logfmt } from './logfmt/logfmt.ts';
import { mariadbAudit } from './mariadb-audit/mariadb-audit.ts';
import { mysqlAudit } from './mysql-audit/mysql-audit.ts';
import { nginxAccess } from './nginx-access/nginx-access.ts';
import { nginxError } from './nginx-error/nginx-error.ts';
import { okta } from './okta/okta.ts';
import { pgauditCsv, pgauditJson, pgauditStderr } from './postgres/index.ts';
import { teleport } from './teleport/teleport.ts';
import { vault } from './vault/vault.ts';

/** Every format that Daybook brings along, in the order in which equals are recognised. */
export const FORMATS: readonly Format[] = [
  AUTH_LOG,
  JOURNALD,
  AUDITD,
  pgauditCsv,
  pgauditJson,
  pgauditStderr,
  kubernetesAudit,
  cloudtrail,
  githubAudit,
  okta,
  vault,
  gcpAudit,
  azureActivity,
  teleport,
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
