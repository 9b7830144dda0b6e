import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { accountActedOn } from '../kubernetes-audit/audit-event.ts';
import { hideSecrets } from '../kubernetes-audit/kubernetes-object.ts';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { objectIn } from '../json/json-text.ts';
import { address, bool, firstOf, str, time, uint } from '../json/values.ts';
import { quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { databaseAudit } from './database-audit.ts';
import { accessOfMethod } from './gcp-access.ts';
import { identityOf } from './gcp-identity.ts';
import { type Job, jobOf } from './job.ts';

/*
 * LogEntry (google/logging/v2/log_entry.proto) whose protoPayload is an AuditLog (google/cloud/audit/audit_log.proto); in tables that sinks write to
 * BigQuery the payload's name is protopayload_auditlog, and its structures are JSON texts: requestJson, responseJson, metadataJson.
 *
 *   logName projects/P/logs/cloudaudit.googleapis.com%2F{activity,data_access,system_event,policy}, insertId, timestamp, resource {type, labels},
 *   operation {id, first, last}, trace, labels; serviceName, methodName, resourceName, authenticationInfo, authorizationInfo [{permission, granted}],
 *   requestMetadata {callerIp, callerSuppliedUserAgent}, status {code, message}, request, response, metadata, serviceData.
 */
const AUDIT_LOG = 'type.googleapis.com/google.cloud.audit.AuditLog';
const MAPPED = new Set(['timestamp', 'insertId', 'trace', 'protoPayload', 'protopayload_auditlog', 'proto_payload', 'jsonPayload']);
const MAPPED_OF_PAYLOAD = new Set(['@type', 'methodName', 'resourceName']);
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;

export function isGcpEntry(object: JsonRecord): boolean {
  const payload = payloadOf(object);
  if (payload === undefined) return false;
  if (payload['@type'] === AUDIT_LOG) return true;
  return typeof payload['serviceName'] === 'string' && typeof payload['methodName'] === 'string' && typeof object['logName'] === 'string';
}

export function isGkeEntry(object: JsonRecord): boolean {
  return isGcpEntry(object) && payloadOf(object)?.['serviceName'] === 'k8s.io';
}

function payloadOf(object: JsonRecord): JsonRecord | undefined {
  const payload = object['protoPayload'] ?? object['protopayload_auditlog'] ?? object['proto_payload'];
  if (isRecord(payload)) return payload;
  // Entries of these logs Google alone writes, whatever their payload is said to be.
  const json = object['jsonPayload'];
  return isRecord(json) && json['@type'] === AUDIT_LOG && logOf(str(object['logName'])) !== '' ? json : undefined;
}

/** Structures that tables have as text, and the names that entries have them by. */
const OF_TABLE: readonly (readonly [column: string, member: string])[] = [
  ['requestJson', 'request'],
  ['responseJson', 'response'],
  ['metadataJson', 'metadata'],
  ['resourceOriginalStateJson', 'resourceOriginalState'],
];

function withStructures(payload: JsonRecord): JsonRecord {
  const read: Record<string, unknown> = { ...payload };
  for (const [column, member] of OF_TABLE) {
    const text = read[column];
    const object = typeof text === 'string' ? objectIn(text) : undefined;
    if (object === undefined) continue;
    read[member] = object;
    read[column] = object;
  }
  return read;
}

export function judgeGcpEntry(entry: JsonRecord): Verdict {
  const isRow = entry['protopayload_auditlog'] !== undefined;
  const payload = isRow ? withStructures(payloadOf(entry) ?? {}) : (payloadOf(entry) ?? {});
  const timestamp = time(entry['timestamp'] ?? entry['receiveTimestamp']);
  if (timestamp === undefined) return quarantine('no_time', 'this log entry has no time');
  const service = str(payload['serviceName']) ?? '';
  const method = str(payload['methodName']) ?? '';
  const log = logOf(str(entry['logName']));
  const request = recordOf(payload['requestMetadata']);
  const operation = recordOf(entry['operation']);
  const secrets = service === 'k8s.io' && /\.secrets(?:\.|$)/.test(method);
  hideSecrets(payload, 'request', secrets);
  hideSecrets(payload, 'response', secrets);
  const database = databaseAudit(payload);
  const job = jobOf(payload);
  const access = accessOfMethod({ service, method, log, removes: onlyRemoves(payload) });
  return eventOf(
    {
      timestamp,
      source_event_id: str(entry['insertId']),
      request_id: str(operation['id']),
      trace_id: str(entry['trace']),
    },
    identityOf(recordOf(payload['authenticationInfo']), service, log),
    {
      event_type: method === '' ? log : method,
      action: access.action === 'query' ? (job.action ?? access.action) : access.action,
      category: access.category,
    },
    what(entry, payload, service),
    {
      query_text: job.query === undefined ? undefined : maskText(job.query),
      ip_address: address(request['callerIp']),
      user_agent: str(request['callerSuppliedUserAgent']),
      protocol: service === 'k8s.io' ? 'kubernetes' : undefined,
      method: service === 'k8s.io' ? method.slice(method.lastIndexOf('.') + 1) : undefined,
    },
    outcome(entry, payload, { log, job }),
    database ?? NOTHING,
    {
      attributes: attributesOf(rest(entry, payload)),
    },
  );
}

const NOTHING = {};

/** `activity`, `data_access`, `system_event`, `policy`, or empty. */
export function logOf(logName: string | undefined): string {
  return /cloudaudit\.googleapis\.com(?:%2F|\/)(\w+)$/i.exec(logName ?? '')?.[1] ?? '';
}

function what(entry: JsonRecord, payload: JsonRecord, service: string): Record<string, unknown> {
  const resource = recordOf(entry['resource']);
  const labels = recordOf(resource['labels']);
  const name = str(payload['resourceName']);
  const type = str(resource['type']);
  const project = firstOf(labels['project_id'], /^(?:projects|organizations|folders)\/([^/]+)/.exec(str(entry['logName']) ?? '')?.[1]);
  const location = firstOf(labels['location'], labels['zone'], labels['region']);
  if (service === 'k8s.io' && name !== undefined) return { resource: name, ...kubernetesParts(name, payload), location };
  return {
    resource: maskText(name ?? str(payload['serviceName']) ?? type ?? service),
    resource_type: type,
    resource_id: name?.slice(name.lastIndexOf('/') + 1),
    resource_parent: project,
    target_user_id: memberOf(payload) ?? accountOf(payload, service, name),
    location,
  };
}

/** `core/v1/namespaces/NS/pods/NAME/exec`, `rbac.authorization.k8s.io/v1/clusterroles/NAME`. */
function kubernetesParts(name: string, payload: JsonRecord): Record<string, unknown> {
  const [, , ...parts] = name.split('/');
  const namespaced = parts[0] === 'namespaces' && parts.length > 2;
  const [type, id, ...sub] = namespaced ? parts.slice(2) : parts;
  const namespace = namespaced ? parts[1] : undefined;
  return {
    resource_type: type === undefined ? 'url' : [type, ...sub.slice(0, 1)].join('/'),
    resource_id: id,
    resource_parent: namespace,
    target_user_id: type === undefined ? undefined : accountActedOn({ resource: type, namespace, name: id, body: payload['request'] }),
  };
}

/** The service account of IAM's calls; the user whom an administrator of Workspace changed. */
function accountOf(payload: JsonRecord, service: string, name: string | undefined): string | undefined {
  if (service === 'iam.googleapis.com') return /\/serviceAccounts\/([^/]+)/.exec(name ?? '')?.[1];
  return service === 'admin.googleapis.com' ? parameterOf(payload, 'USER_EMAIL') : undefined;
}

/** Of a policy's change the account it is about, when it is about one. */
function memberOf(payload: JsonRecord): string | undefined {
  const deltas = deltasOf(payload);
  return deltas.length === 1 ? str(recordOf(deltas[0])['member'])?.replace(/^(?:user|serviceAccount|group|domain):/, '') : undefined;
}

function deltasOf(payload: JsonRecord): readonly unknown[] {
  const data = recordOf(payload['serviceData'] ?? payload['servicedata_v1_iam']);
  const deltas = recordOf(data['policyDelta'])['bindingDeltas'];
  return Array.isArray(deltas) ? deltas : [];
}

/** Whether a policy's change takes rights away, and gives none. */
function onlyRemoves(payload: JsonRecord): boolean {
  const deltas = deltasOf(payload);
  return deltas.length > 0 && deltas.every((delta) => recordOf(delta)['action'] === 'REMOVE');
}

interface Status {
  readonly code: number | undefined;
  readonly message: string | undefined;
}

/** google.rpc.Status; rows of a table have its code as text. A job of BigQuery that failed says so itself, whatever became of the call. */
function statusOf(payload: JsonRecord, job: Job): Status {
  const own = recordOf(payload['status']);
  const code = uint(own['code']);
  if (code !== undefined && code !== 0) return { code, message: str(own['message']) };
  const failed = uint(job.error['code']);
  return failed !== undefined && failed !== 0
    ? { code: failed, message: str(job.error['message']) }
    : { code: undefined, message: str(own['message']) };
}

function outcome(entry: JsonRecord, payload: JsonRecord, { log, job }: { log: string; job: Job }): Record<string, unknown> {
  const { code, message } = statusOf(payload, job);
  return {
    outcome: outcomeWord({ entry, payload, log, code }),
    status_code: code === undefined ? undefined : String(code),
    reason: message,
  };
}

interface Ending {
  readonly entry: JsonRecord;
  readonly payload: JsonRecord;
  readonly log: string;
  readonly code: number | undefined;
}

function outcomeWord({ entry, payload, log, code }: Ending): string {
  // A perimeter that is tried out stops nobody: what came of the call stands in another entry.
  if (log === 'policy' && bool(recordOf(payload['metadata'])['dryRun']) === true) return 'unknown';
  if (code === PERMISSION_DENIED || code === UNAUTHENTICATED || log === 'policy') return 'denied';
  if (recordOf(entry['labels'])['authorization.k8s.io/decision'] === 'forbid') return 'denied';
  if (code !== undefined) return 'failure';
  if (isRefused(payload['authorizationInfo'])) return 'denied';
  const login = loginOutcome(payload);
  if (login !== undefined) return login;
  const { first, last } = recordOf(entry['operation']);
  // A long operation that only began: its last entry says how it ended.
  return first === true && last !== true && payload['status'] === undefined ? 'unknown' : 'success';
}

/** Asked to find out whether to log, not whether to let in: it is refused to everybody who exchanges or gets a token. */
const ASKED_FOR_LOGGING = 'sts.identityProviders.checkLogging';

/**
 * Whether a permission was not granted. In the JSON of a protocol buffer a false is left out: an entry that names a permission and does not say `granted` was
 * refused, unless others beside it were granted, for not all that is asked is needed.
 */
function isRefused(list: unknown): boolean {
  const grants = (Array.isArray(list) ? list : []).map(recordOf).filter(({ permission }) => permission !== ASKED_FOR_LOGGING);
  if (grants.some(({ granted }) => granted === false)) return true;
  const asked = grants.filter(({ permission }) => str(permission) !== undefined);
  return asked.length > 0 && asked.every(({ granted }) => bool(granted) !== true);
}

/** Google's log-ins (login.googleapis.com): a failure is an event of its own, a challenge says in a parameter how it was met. */
function loginOutcome(payload: JsonRecord): string | undefined {
  const method = /\.([A-Za-z_]+)$/
    .exec(str(payload['methodName']) ?? '')?.[1]
    ?.replaceAll('_', '')
    .toLowerCase();
  if (method === 'loginfailure') return 'failure';
  if (method === 'riskysensitiveactionblocked') return 'denied';
  if (method !== 'loginverification' && method !== 'loginchallenge') return undefined;
  const status = parameterOf(payload, 'login_challenge_status') ?? '';
  return /pass/i.test(status) ? 'success' : /fail/i.test(status) ? 'failure' : 'unknown';
}

/** A parameter of an event of Workspace (ActivityProto). */
function parameterOf(payload: JsonRecord, name: string): string | undefined {
  const events = recordOf(payload['metadata'])['event'];
  for (const event of Array.isArray(events) ? events : []) {
    const parameters = recordOf(event)['parameter'];
    for (const parameter of Array.isArray(parameters) ? parameters : [])
      if (recordOf(parameter)['name'] === name) return str(recordOf(parameter)['value']);
  }
  return undefined;
}

function rest(entry: JsonRecord, payload: JsonRecord): Record<string, unknown> {
  const others = without(entry, MAPPED);
  const kept = without(payload, MAPPED_OF_PAYLOAD);
  if (entry['protopayload_auditlog'] !== undefined)
    for (const [column, member] of OF_TABLE) if (isRecord(kept[column])) Reflect.deleteProperty(kept, member);
  others['protoPayload'] = kept;
  return others;
}
