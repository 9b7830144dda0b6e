import type { JsonRecord } from '@daybook/protocol';
import type { Format, MappingRow } from '../format.ts';
import { jsonFormat } from '../json/json-format.ts';
import { isTransparencyEntry, judgeTransparencyEntry } from './access-transparency.ts';
import { isGcpEntry, judgeGcpEntry } from './log-entry.ts';

const mapping: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '`timestamp`' },
  { record: '*', field: 'source_event_id', from: '`insertId`' },
  { record: '*', field: 'request_id, trace_id', from: '`operation.id`, `trace`' },
  { record: '*', field: 'user_id', from: '`authenticationInfo.principalEmail`, else `principalSubject`' },
  { record: '*', field: 'actor_type', from: '`…gserviceaccount.com` and principals of workload identity pools service, `system@google.com` and system events system, absent unknown, else user' },
  { record: '*', field: 'effective_user_id', from: '`authenticationInfo.authoritySelector`: of GKE the impersonated user' },
  { record: '*', field: 'on_behalf_of', from: 'the first of `authenticationInfo.serviceAccountDelegationInfo`' },
  { record: '*', field: 'agent_id', from: '`authenticationInfo.oauthInfo.oauthClientId`' },
  { record: '*', field: 'credential_id', from: '`authenticationInfo.serviceAccountKeyName`' },
  { record: '*', field: 'event_type', from: '`methodName`' },
  { record: '*', field: 'action', from: "the method's last word; SetIamPolicy → grant, revoke when its delta only removes" },
  { record: '*', field: 'category', from: 'IAM methods iam, log-ins and token services authentication, changes of sinks, organisation policies, perimeters and firewalls config, the data access log data, else api' },
  { record: '*', field: 'resource, resource_id', from: '`resourceName` and its last part' },
  { record: '*', field: 'resource_type', from: '`resource.type`' },
  { record: '*', field: 'resource_parent', from: '`resource.labels.project_id`, else from `logName`' },
  { record: '*', field: 'target_user_id', from: 'the member of a policy change of one binding; the service account of IAM’s calls; `USER_EMAIL` of the admin log' },
  { record: 'BigQuery jobs, Spanner', field: 'query_text, action', from: 'the query of the job, `request.sql`; a job that exports, loads or copies, a statement that changes something; else query' },
  { record: '*', field: 'ip_address', from: '`requestMetadata.callerIp`; `private` and `gce-internal-ip` stay in `attributes`' },
  { record: '*', field: 'user_agent', from: '`requestMetadata.callerSuppliedUserAgent`' },
  { record: '*', field: 'location', from: '`resource.labels`: location, zone or region' },
  { record: '*', field: 'outcome', from: '`status.code` (google.rpc.Code): 7, 16, a permission not granted, the policy log → denied, its dry runs unknown; the error of a BigQuery job; other codes → failure; none → success; a long operation that only began → unknown' },
  { record: '*', field: 'status_code, reason', from: '`status.code`, `status.message`' },
  { record: 'databases of Cloud SQL (`PgAuditEntry`, `MysqlAuditEntry`)', field: 'user_id, session_id, query_text, action, resource, outcome', from: 'the request: the account of the database and its statement, passwords masked; a READ or WRITE of pgaudit unknown' },
  { record: 'k8s.io (GKE)', field: 'action, category, resource_…', from: 'as kubernetes-audit, from `methodName` and `resourceName`' },
  { record: 'Access Transparency', field: 'event_type, resource, location, purpose', from: '`accesses`, `location`, `reason`; nobody is named: actor_type unknown' },
  { record: 'other entries of Cloud Logging', field: '(noise)', from: '`other_log`' },
]; // biome-ignore format: a table, one row a line

export const gcpAudit: Format = jsonFormat({
  name: 'gcp-audit',
  title: 'Google Cloud audit logs',
  source: 'gcp',
  mapping,
  owns: (object) => isGcpEntry(object) || isTransparencyEntry(object),
  judge: (object) => (isTransparencyEntry(object) ? judgeTransparencyEntry(object) : judgeGcpEntry(object)),
  noise: noiseOf,
});

/** Entries of other logs come when a sink or a query is wider than the audit logs. */
function noiseOf(object: JsonRecord): string | undefined {
  if (typeof object['logName'] !== 'string') return undefined;
  return 'textPayload' in object || 'jsonPayload' in object || 'httpRequest' in object || 'protoPayload' in object
    ? 'other_log'
    : undefined;
}
