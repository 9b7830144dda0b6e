import type { JsonRecord } from '@daybook/protocol';
import type { Format, Head, MappingRow } from '../format.ts';
import { isGkeEntry, judgeGcpEntry } from '../gcp-audit/log-entry.ts';
import { type JsonKind, jsonFormat, judgeParsed, lineSureness } from '../json/json-format.ts';
import { isAuditEvent, judgeAuditEvent } from './audit-event.ts';
import { eventOfAks, isAksRecord } from './aks.ts';
import { event, type Verdict } from '../result.ts';
import { KubernetesPairs } from './kubernetes-pairs.ts';
import { isKlogObject, SERVER_LOG } from './klog.ts';
import { isLegacyLine } from './legacy-line.ts';
import { eventOfRancher, isRancherRecord, rancherFields } from './rancher.ts';

const mapping: readonly MappingRow[] = [
  { record: 'Event', field: 'timestamp', from: '`requestReceivedTimestamp` (v1alpha1: `timestamp`), else `stageTimestamp`' },
  { record: 'Event', field: 'source_event_id', from: '`auditID`:`stage`' },
  { record: 'Event', field: 'request_id', from: '`auditID`' },
  { record: 'Event', field: 'duration_ms', from: '`stageTimestamp` − `requestReceivedTimestamp`, of ResponseComplete' },
  { record: 'Event', field: 'user_id', from: '`user.username`' },
  { record: 'Event', field: 'actor_type', from: '`user.username`: `system:serviceaccount:…` service, `system:anonymous` anonymous, other `system:…`, `eks:…`, `aks:…` system, else user; `system:admin`, an administrator’s certificate, user' },
  { record: 'Event', field: 'user_email', from: '`user.username` when it is an address' },
  { record: 'Event', field: 'effective_user_id', from: '`impersonatedUser.username`' },
  { record: 'Event', field: 'roles', from: '`user.groups`' },
  { record: 'Event', field: 'credential_id', from: '`user.extra`: `authentication.kubernetes.io/credential-id`, on EKS `accessKeyId`' },
  { record: 'Event', field: 'event_type, method', from: '`verb`' },
  { record: 'Event', field: 'action', from: '`verb`; pods/exec, pods/attach → execute, portforward, proxy → connect, eviction → delete; role bindings → grant, revoke; reviews → query' },
  { record: 'Event', field: 'category', from: 'RBAC, service accounts iam; exec, attach, portforward, proxy session; secrets, config maps, logs data; token reviews authentication; webhooks, CRDs … config; else api' },
  { record: 'Event', field: 'resource', from: '`requestURI`, secrets of its `command` masked' },
  { record: 'Event', field: 'resource_type', from: '`objectRef.resource`/`objectRef.subresource`; `url` when there is none' },
  { record: 'Event', field: 'resource_id, resource_parent', from: '`objectRef.name`, `objectRef.namespace`' },
  { record: 'Event', field: 'target_user_id', from: 'a service account acted upon; the one subject of a role binding' },
  { record: 'Event', field: 'ip_address', from: 'the last of `sourceIPs`: the others are claimed by the client' },
  { record: 'Event', field: 'ip_chain', from: '`sourceIPs` when there are several' },
  { record: 'Event', field: 'user_agent', from: '`userAgent`' },
  { record: 'Event', field: 'outcome', from: '`annotations["authorization.k8s.io/decision"]` forbid → denied; `responseStatus.code` 401, 403 → denied, 2xx, 3xx, 101 → success, else failure; Panic → failure' },
  { record: 'Event', field: 'status_code, reason', from: '`responseStatus.code`, `responseStatus.message` or `.reason`' },
  { record: 'Event', field: 'attributes', from: 'all else; data of Secrets and tokens `[redacted]`' },
  { record: 'RequestReceived; ResponseStarted of a short request', field: '(noise)', from: '`request_received`, `response_started`: the same request is an event when it is complete' },
  { record: 'lines of the API server’s own log', field: '(noise)', from: '`server_log`' },
  { record: 'OpenShift OAuth server', field: 'user_id, action, outcome', from: 'annotations `authentication.openshift.io/username` when nobody is logged in yet, login, `authentication.openshift.io/decision`' },
  { record: 'Rancher', field: 'user_id, user_name', from: '`user.name`, `user.extra.username`; of a log-in `userLoginName`' },
  { record: 'Rancher', field: 'ip_address, outcome, timestamp', from: '`remoteAddr`, `responseCode`, `requestTimestamp`; else as of an Event' },
  { record: 'AUDIT: lines (to 1.7, OpenShift 3)', field: '*', from: '`id`, `ip`, `method`, `user`, `as`, `uri` as of an Event; the outcome from the `response` line of the same id, which is noise `answer`' },
  { record: 'GKE: Cloud Logging entry of k8s.io', field: '*', from: 'as gcp-audit says' },
  { record: 'AKS: `properties.log`, `log_s`, AKSAudit table', field: '*', from: 'the Event inside; around it in `attributes.carrier`' },
]; // biome-ignore format: a table, one row a line

const kind: JsonKind = {
  name: 'kubernetes-audit',
  title: 'Kubernetes API server audit log (also EKS, AKS, GKE, OpenShift, Rancher)',
  source: 'kubernetes',
  mapping,
  owns: (object) => isAuditEvent(object) || isAksRecord(object) || isGkeEntry(object) || isRancherRecord(object),
  judge: (object): Verdict => {
    if (isAuditEvent(object)) return judgeAuditEvent(object);
    if (isGkeEntry(object)) return judgeGcpEntry(object);
    return isRancherRecord(object) ? judgeRancher(object) : eventOfAks(object);
  },
  noise: noiseOf,
};
const asJson = jsonFormat(kind);

export const kubernetesAudit: Format = {
  ...asJson,
  framing: 'mixed',
  recognise: (head) => Math.max(asJson.recognise(head), lineSureness(kind, head), legacySureness(head)),
  open: (context) => new KubernetesPairs((object) => judgeParsed(kind, object, context), context),
};

function judgeRancher(object: JsonRecord): Verdict {
  const fields = rancherFields(object);
  const verdict = judgeAuditEvent(eventOfRancher(object));
  return verdict.event === undefined ? verdict : event(verdict.event, fields);
}

/** As many lines tell: a server's own log has others between them. */
const LINES_LOOKED_AT = 50;

function legacySureness({ lines }: Head): number {
  const looked = lines.slice(0, LINES_LOOKED_AT);
  const known = looked.filter(isLegacyLine).length;
  return known === 0 ? 0 : 0.5 + (0.45 * known) / looked.length;
}

/** An API server answers and writes other kinds, too: an empty list, a policy. */
function noiseOf(object: JsonRecord): string | undefined {
  if (isKlogObject(object)) return SERVER_LOG;
  const version = object['apiVersion'];
  if (typeof version !== 'string' || !version.startsWith('audit.k8s.io/')) return undefined;
  return object['kind'] === 'EventList' ? 'empty_list' : object['kind'] === 'Policy' ? 'policy' : undefined;
}

/** For other formats in whose streams AKS records come. */
export function aksEventIn(object: JsonRecord): Verdict | undefined {
  return isAksRecord(object) ? eventOfAks(object) : undefined;
}
