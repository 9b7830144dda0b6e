import { isRecord, type JsonRecord } from '@daybook/protocol';
import type { Context, Format, Head, MappingRow } from '../format.ts';
import { attributesOf, put, without } from '../json/attributes.ts';
import { type JsonKind, jsonFormat, judgeParsed, judgeText } from '../json/json-format.ts';
import { objectIn } from '../json/json-text.ts';
import { firstOf, str } from '../json/values.ts';
import { eventOfAks, isAksRecord } from '../kubernetes-audit/aks.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { directoryFields, isDirectoryAudit } from './azure-directory.ts';
import { operationFields } from './azure-operation.ts';
import { isPostgresLog, PostgresLogs } from './azure-postgres.ts';
import { auditDataOf, isPurviewHeader } from './purview-row.ts';
import { isOfficeRecord, judgeOfficeRecord } from './office-record.ts';
import { maskOwnTexts, resourceLogFields } from './azure-resource-logs.ts';
import { type AzureRecord, isAzureRecord, readAzure } from './azure-record.ts';
import { azureTime } from './azure-time.ts';
import { isSignIn, signInFields } from './azure-sign-in.ts';

const mapping: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '`time`, `eventTimestamp`, `TimeGenerated`; of sign-ins `createdDateTime`' },
  { record: '*', field: 'source_event_id', from: '`eventDataId`; of Entra ID `properties.id`' },
  { record: '*', field: 'request_id', from: '`correlationId`' },
  { record: 'Activity Log', field: 'user_id', from: '`caller`, else the claims upn, name, object id, appid; of storage accounts `identity.requester`' },
  { record: 'Activity Log', field: 'actor_type', from: 'a name with @, the claims name, puid or scope user; `idtyp` app, a service principal, `appid` alone service; `Microsoft.…` system' },
  { record: 'Activity Log', field: 'roles, mfa, agent_id', from: '`authorization.evidence.role`; the claim authnmethodsreferences; the claim appid' },
  { record: 'Activity Log', field: 'event_type', from: '`operationName`' },
  { record: 'Activity Log', field: 'action, category', from: "the operation's end: write → update, delete, read, and the word before `action` (listKeys → read, start → configure); role assignments → grant, revoke, iam; of a policy’s denial `authorization.action`" },
  { record: 'Activity Log', field: 'resource, resource_type, resource_id, resource_parent', from: '`resourceId` and its parts; the resource group' },
  { record: 'Activity Log', field: 'target_user_id', from: 'the principal of a role assignment' },
  { record: 'Activity Log', field: 'ip_address', from: '`callerIpAddress` without its port, else `httpRequest.clientIpAddress`, else the claim ipaddr' },
  { record: 'Activity Log', field: 'outcome', from: '`resultType`, `status`, of storage accounts `statusCode`: Success; Failure: denied when the status code is 401, 403 or the error AuthorizationFailed …; Accept unknown' },
  { record: 'Activity Log', field: 'status_code, reason', from: '`properties.statusCode`, `resultSignature`; `properties.statusMessage`' },
  { record: 'Activity Log: Start', field: '(noise)', from: '`started`: the operation has a record of its end' },
  { record: 'Activity Log: ServiceHealth, ResourceHealth, Alert, Autoscale, Recommendation, Security; policy audits', field: '(noise)', from: 'the category; `policy_evaluation`' },
  { record: 'Entra ID sign-ins', field: 'user_id, user_name, user_email', from: '`userId`, `userDisplayName`, `userPrincipalName`; of service principals `servicePrincipalId`, `…Name`' },
  { record: 'Entra ID sign-ins', field: 'action, category', from: 'login, authentication' },
  { record: 'Entra ID sign-ins', field: 'resource, resource_id, agent_id', from: '`resourceDisplayName`, `resourceId`; `appId`' },
  { record: 'Entra ID sign-ins', field: 'outcome', from: '`status.errorCode`, `resultType`: 0 success; conditional access and assignment codes denied; others failure' },
  { record: 'Entra ID sign-ins', field: 'auth_method, mfa, session_id', from: '`authenticationDetails`; `authenticationRequirement`, many only of a success; `sessionId`' },
  { record: 'Entra ID audit', field: 'user_id', from: '`initiatedBy.user` or `.app`' },
  { record: 'Entra ID audit', field: 'event_type, action', from: '`activityDisplayName`: Add member … → grant, Remove member … → revoke' },
  { record: 'Entra ID audit', field: 'resource, target_user_id', from: '`targetResources`' },
  { record: 'Entra ID audit', field: 'outcome, reason', from: '`result`, `resultReason`; a role that was only requested unknown, one whose request was denied denied' },
  { record: 'kube-audit (AKS)', field: '*', from: 'as kubernetes-audit says' },
  { record: 'MySqlAuditLogs', field: 'user_id, event_type, ip_address, resource, query_text, outcome', from: '`user`, `event_class` and `event_subclass`, `ip`, `db` and the table or the first object, `sql_text` with passwords masked, `error_code`; of a table access unknown' },
  { record: 'PostgreSQLLogs, PGSQLServerLogs', field: '*', from: '`properties.message` as pgaudit-stderr says, the time from `properties.timestamp`' },
  { record: 'SQLSecurityAuditEvents', field: 'user_id, event_type, ip_address, outcome', from: '`session_server_principal_name`, `action_name`, `client_ip`, `succeeded`; `statement` as query_text, from its verb the action' },
  { record: 'AppServiceAuditLogs', field: 'user_id, ip_address, protocol', from: '`User`, `UserAddress`, `Protocol`; a log-in that succeeded' },
  { record: 'AppServiceHTTPLogs', field: 'method, resource, status_code, ip_address', from: '`CsMethod`, `CsUriStem`, `ScStatus`, `CIp`, `CsUsername`' },
  { record: 'ApplicationGatewayAccessLog, FrontDoorAccessLog, AzureCdnAccessLog', field: 'method, resource, status_code, ip_address, ip_chain', from: '`httpMethod`, `requestUri`, `httpStatus` or `httpStatusCode`; `clientIP`; of Front Door `socketIp`, before which `clientIp` is claimed' },
  { record: 'ApplicationGatewayFirewallLog, FrontDoorWebApplicationFirewallLog', field: 'resource, ip_address, outcome, reason', from: '`requestUri`, `socketIP` or `clientIp`; what was blocked denied, the rule’s `message` or `ruleName`; what was only noticed is noise' },
  { record: 'MicrosoftGraphActivityLogs', field: 'user_id, agent_id, method, resource, outcome', from: '`userId`, else `servicePrincipalId`, `appId`; `requestMethod`, `requestUri`, `responseStatusCode`' },
  { record: 'LAQueryLogs', field: 'user_id, query_text, row_count, outcome', from: '`AADEmail`, else `AADObjectId`; `QueryText`, `ResponseRowCount`, `ResponseCode`' },
  { record: 'Databricks', field: 'user_id, ip_address, action, outcome', from: '`identity.email`, `sourceIPAddress`, `actionName`, `response.statusCode`' },
  { record: 'BastionAuditLogs', field: 'user_id, effective_user_id, resource, session_id, ip_address, outcome', from: '`userEmail`, else `userName`, which is the machine’s account; `targetResourceId`, `tunnelId`, `clientIpAddress`; by the beginning of `message`' },
  { record: 'Azure Virtual Desktop: Connection', field: 'user_id, resource, action, outcome', from: '`UserName`, `SessionHostName`; `State`: Connected success, Completed disconnect, Started unknown' },
  { record: 'Cosmos DB: DataPlaneRequests', field: 'user_id, action, resource, ip_address, outcome', from: '`aadPrincipalId`, nobody for a key; the operation; `databaseName`/`collectionName`; `clientIpAddress`, `statusCode`' },
  { record: 'ProvisioningLogs', field: 'user_id, action, target_user_id', from: '`initiatedBy`, `provisioningAction`, `targetIdentity`' },
  { record: 'Key Vault’s …EventGridNotification', field: '(noise)', from: '`notification`' },
  { record: 'AppServiceIPSecAuditLogs', field: 'ip_address, outcome', from: '`CIp`, `Result`' },
  { record: 'Microsoft 365', field: 'timestamp, source_event_id, user_id, event_type', from: '`CreationTime` (UTC), `Id`, `UserId`, `Operation`' },
  { record: 'Microsoft 365', field: 'ip_address, resource, session_id', from: '`ClientIP`, `ClientIPAddress`, `ActorIpAddress`; `ObjectId`; `SessionId`' },
  { record: 'Microsoft 365', field: 'outcome', from: '`ResultStatus`; …Failed failure, …Denied, …Blocked denied, `ErrorNumber` failure; without a status an operation that is named as done is success' },
  { record: 'Purview’s CSV', field: '*', from: 'the column AuditData, as of Microsoft 365' },
]; // biome-ignore format: a table, one row a line

const kind: JsonKind = {
  name: 'azure-activity',
  title: 'Azure Activity Log, Entra ID logs, resource logs, Microsoft 365 audit log',
  source: 'azure',
  mapping,
  owns: (object) => isAksRecord(object) || isAzureRecord(object) || isOfficeRecord(object),
  judge: (object): Verdict => {
    if (isAksRecord(object)) return eventOfAks(object);
    return isAzureRecord(object) ? judgeAzureRecord(object) : judgeOfficeRecord(object);
  },
};
const asJson = jsonFormat(kind);

export const azureActivity: Format = {
  ...asJson,
  framing: 'mixed',
  recognise: (head) => Math.max(asJson.recognise(head), purviewSureness(head)),
  open: (context) => {
    const postgres = new PostgresLogs(context);
    return {
      parse(record, emit) {
        const object = record.text.startsWith('{') ? objectIn(record.text, record.object) : undefined;
        if (object === undefined) emit(record, judgeRow(record.text, context));
        else if (isPostgresLog(object)) {
          const { record: kept, verdict } = postgres.judge(record, object);
          emit(kept, verdict);
        } else emit(record, judgeParsed(kind, object, context));
      },
      end: () => undefined,
    };
  },
};

function judgeRow(text: string, context: Context): Verdict {
  const data = auditDataOf(text);
  if (data !== undefined) return judgeText(kind, data, context);
  return isPurviewHeader(text) ? noise('header') : quarantine('not_json', 'this is neither a JSON object nor a row with one');
}

function purviewSureness({ lines: [header = '', row = ''] }: Head): number {
  return isPurviewHeader(header) && auditDataOf(row) !== undefined ? 0.95 : 0;
}

/** Categories of the Activity Log that tell of the platform, not of anybody's doing. */
const NOISE_CATEGORIES: ReadonlyMap<string, string> = new Map([
  ['servicehealth', 'service_health'],
  ['resourcehealth', 'resource_health'],
  ['alert', 'alert'],
  ['autoscale', 'autoscale'],
  ['recommendation', 'recommendation'],
  ['security', 'security_alert'],
  ['riskyusers', 'risk_report'],
  ['userriskevents', 'risk_report'],
  ['riskyserviceprincipals', 'risk_report'],
  ['serviceprincipalriskevents', 'risk_report'],
  ['allmetrics', 'metrics'],
]);
/** Members that become fields whole; all else stays, in the spelling in which it came. */
const MAPPED = new Set([
  'time', 'eventTimestamp', 'TimeGenerated', 'correlationId', 'CorrelationId', 'operationName', 'OperationNameValue', 'callerIpAddress',
  'CallerIpAddress', 'caller', 'Caller', 'eventDataId', 'EventDataId', 'durationMs',
]); // biome-ignore format: a word list

export function judgeAzureRecord(object: JsonRecord): Verdict {
  const record = readAzure(object);
  const own = resourceLogFields(record);
  const code = own === undefined ? noiseOf(record) : undefined;
  if (code !== undefined) return noise(code);
  const signIn = isSignIn(record);
  const timestamp = timeOf(record, signIn);
  if (timestamp === undefined) return quarantine('no_time', 'this Azure record has no time');
  const directory = !signIn && isDirectoryAudit(record);
  const parts =
    own !== undefined ? [own] : signIn ? [signInFields(record)] : directory ? [directoryFields(record)] : operationFields(record);
  return eventOf(
    {
      timestamp,
      source_event_id: record.id ?? (signIn || directory ? firstOf(record.properties['id'], record.properties['Id']) : eventIdOf(record)),
      request_id: record.correlationId,
    },
    ...parts,
    {
      attributes: attributesOf(rest(object, record)),
    },
  );
}

/** What carried a record has a time of its own, when it came together. */
function timeOf({ properties, time: whole }: AzureRecord, signIn: boolean): string | undefined {
  const own = signIn ? properties['createdDateTime'] : properties['event_time'];
  return (typeof own === 'string' ? azureTime(own) : undefined) ?? azureTime(whole);
}

/** Of SQL's audit; a long statement is several records of one id. */
function eventIdOf({ properties }: AzureRecord): string | undefined {
  const id = str(properties['event_id']);
  const part = str(properties['sequence_number']);
  return id === undefined || part === undefined || part === '1' ? id : `${id}:${part}`;
}

/** Members of this name are taken for a credential wherever they come from; here it says by which rule and role somebody acted. */
const RULE_NAMES: Readonly<Record<string, string>> = { authorization: 'azure_authorization', Authorization: 'azure_authorization' };

function rest(object: JsonRecord, record: AzureRecord): Record<string, unknown> {
  const others = renamed(without(object, MAPPED));
  // Structures that came as text are read, so that secrets in them are found by their names.
  if (typeof object['properties'] === 'string' && Object.keys(record.properties).length > 0) others['properties'] = record.properties;
  maskOwnTexts(others);
  if (isRecord(others['properties'])) maskOwnTexts(others['properties']);
  if (isRecord(object['identity'])) others['identity'] = renamed(object['identity']);
  return others;
}

function renamed(object: JsonRecord): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const name in object) put(made, Object.hasOwn(RULE_NAMES, name) ? (RULE_NAMES[name] ?? name) : name, object[name]);
  return made;
}

function noiseOf(record: AzureRecord): string | undefined {
  const category = record.category.toLowerCase();
  const known = NOISE_CATEGORIES.get(category);
  if (known !== undefined) return known;
  if (/^start/i.test(record.result)) return 'started';
  if (record.operation.endsWith('EventGridNotification')) return 'notification';
  if (category === 'policy' && !/\/deny\//i.test(record.operation)) return 'policy_evaluation';
  return isAnonymousLog(record) ? 'resource_log' : undefined;
}

const NAMES_SOMEBODY = ['userId', 'userPrincipalName', 'requesterUpn', 'requesterObjectId', 'requesterAppId'];

/** Metrics and logs of a resource that name neither a caller nor an address: nobody's access. */
function isAnonymousLog({ caller, identity, ip, claims, properties, category }: AzureRecord): boolean {
  if (caller !== undefined || identity !== undefined || ip !== undefined || Object.keys(claims).length > 0) return false;
  if (/sign-?in|audit|administrative|^(?:write|delete|action)$/i.test(category)) return false;
  return properties['initiatedBy'] === undefined && !NAMES_SOMEBODY.some((name) => str(properties[name]) !== undefined);
}
