import { type ActorType, isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { eventOf } from '../json/event-of.ts';
import { address, firstOf, str, time, uint } from '../json/values.ts';
import { quarantine, type Verdict } from '../result.ts';
import { accessOfOffice } from './office-access.ts';

/*
 * A record of Microsoft 365's unified audit log (learn.microsoft.com, "Office 365 Management Activity API schema"):
 *
 *   CreationTime (UTC, without a zone), Id, Operation, RecordType, ResultStatus, UserId, UserKey, UserType, Workload, ClientIP, ObjectId; by the workload
 *   ClientIPAddress, ActorIpAddress, UserAgent, ExtendedProperties [{Name, Value}], LogonError, ErrorNumber, MailboxOwnerUPN, TargetUserOrGroupName,
 *   SessionId, ApplicationId …
 *
 * Sentinel's table OfficeActivity has the same under TimeGenerated, OfficeWorkload and OfficeObjectId.
 */
const MAPPED = new Set(['CreationTime', 'Id', 'Operation', 'UserId', 'UserAgent', 'ResultStatus']);

export function isOfficeRecord(object: JsonRecord): boolean {
  return (
    (typeof object['CreationTime'] === 'string' || (typeof object['TimeGenerated'] === 'string' && 'OfficeWorkload' in object)) &&
    typeof object['Operation'] === 'string' &&
    ('RecordType' in object || 'Workload' in object) &&
    ('UserId' in object || 'UserKey' in object)
  );
}

export function judgeOfficeRecord(object: JsonRecord): Verdict {
  const timestamp = timeOf(object['CreationTime']) ?? time(object['TimeGenerated']);
  if (timestamp === undefined) return quarantine('no_time', 'this record of Microsoft 365 has no time');
  const operation = str(object['Operation']) ?? '';
  const workload = firstOf(object['Workload'], object['OfficeWorkload']) ?? '';
  const access = accessOfOffice(operation, workload);
  return eventOf(
    { timestamp, source_event_id: firstOf(object['Id'], object['OfficeId']), request_id: str(object['CorrelationId']) },
    who(object),
    { event_type: operation, action: access.action, category: access.category },
    what(object, workload),
    where(object),
    outcome(object, operation),
    { attributes: attributesOf(without(object, MAPPED)) },
  );
}

/** Their times are UTC, and do not say so. */
function timeOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(value) ? time(`${value}Z`) : time(value);
}

/** UserType of the common schema, as a number or by its name. */
const ACTORS: ReadonlyMap<string, ActorType> = new Map([
  ['0', 'user'], ['1', 'user'], ['2', 'user'], ['3', 'system'], ['4', 'system'], ['5', 'service'], ['6', 'service'], ['7', 'system'], ['8', 'system'],
  ['9', 'user'], ['10', 'user'], ['regular', 'user'], ['reserved', 'user'], ['admin', 'user'], ['dcadmin', 'system'], ['system', 'system'],
  ['application', 'service'], ['serviceprincipal', 'service'], ['custompolicy', 'system'], ['systempolicy', 'system'], ['guest', 'user'],
]); // biome-ignore format: a table
const NOBODY = new Set(['Not Available', 'Unknown', 'NotAvailable', '']);

function who(object: JsonRecord): Record<string, unknown> {
  const named = str(object['UserId']);
  const user_id = named !== undefined && !NOBODY.has(named) ? named : undefined;
  const id = user_id ?? str(object['UserKey']);
  const type = ACTORS.get((str(object['UserType']) ?? '').toLowerCase()) ?? 'user';
  const isSystem = id !== undefined && /^(?:NT AUTHORITY\\|S-1-5-1[89]$|SHAREPOINT\\system$|app@sharepoint$)/i.test(id);
  return {
    user_id: id,
    actor_type: id === undefined ? 'unknown' : isSystem ? 'system' : type,
    user_email: user_id?.includes('@') === true && type === 'user' ? user_id : undefined,
    agent_id: firstOf(object['ApplicationId'], object['AppId'], object['ClientAppId']),
    session_id: firstOf(object['SessionId'], object['AADSessionId'], recordOf(object['AppAccessContext'])['AADSessionId']),
  };
}

function what(object: JsonRecord, workload: string): Record<string, unknown> {
  const id = firstOf(object['ObjectId'], object['OfficeObjectId'], object['ItemName']);
  const known = id === undefined || NOBODY.has(id) ? undefined : id;
  const owner = str(object['MailboxOwnerUPN']);
  const mailbox = owner !== undefined && owner !== str(object['UserId']) ? owner : undefined;
  const directory = workload === 'AzureActiveDirectory' && known?.includes('@') === true ? known : undefined;
  return {
    resource: maskText(known ?? owner ?? (workload === '' ? 'Microsoft 365' : workload)),
    resource_type: firstOf(object['ItemType'], owner === undefined ? undefined : 'mailbox', workload),
    resource_id: known,
    resource_parent: firstOf(object['SiteUrl'], object['TeamName']),
    target_user_id: firstOf(object['TargetUserOrGroupName'], mailbox, directory === str(object['UserId']) ? undefined : directory),
  };
}

function where(object: JsonRecord): Record<string, unknown> {
  const all = [object['ClientIP'], object['ClientIPAddress'], object['ActorIpAddress'], object['Client_IPAddress']];
  return {
    ip_address: all.map(address).find((ip) => ip !== undefined),
    user_agent: firstOf(object['UserAgent'], extended(object, 'UserAgent'), object['ClientInfoString']),
  };
}

function extended(object: JsonRecord, name: string): string | undefined {
  const list = object['ExtendedProperties'];
  const found = (Array.isArray(list) ? list : []).filter(isRecord).find((property) => property['Name'] === name);
  return str(found?.['Value']);
}

const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['success', 'success'], ['succeeded', 'success'], ['true', 'success'], ['successful', 'success'], ['completed', 'success'],
  ['failed', 'failure'], ['failure', 'failure'], ['false', 'failure'], ['error', 'failure'], ['timeout', 'failure'],
  ['denied', 'denied'], ['blocked', 'denied'], ['unauthorized', 'denied'],
]); // biome-ignore format: a table
/** What has such a name was done: SharePoint and Teams write nothing else, and no result. */
const DONE = /(?:ed|Set|Bind|edFull|edPartial|edExtended)$/;

function outcome(object: JsonRecord, operation: string): Record<string, unknown> {
  const status = str(object['ResultStatus']);
  const error = uint(object['ErrorNumber']);
  const reason = firstOf(object['LogonError'], object['OperationFailureReason'], object['ResultReasonType']);
  return {
    outcome: outcomeWord(object, { operation, status }),
    status_code: error === undefined || error === 0 ? status : String(error),
    reason,
  };
}

function outcomeWord(object: JsonRecord, { operation, status }: { operation: string; status: string | undefined }): string {
  if (/denied$|blocked$/i.test(operation)) return 'denied';
  // A log-in that failed has been seen with a status of Success: that of the request.
  if (/failed$|failure$/i.test(operation)) return 'failure';
  const known = OUTCOMES.get((status ?? '').toLowerCase());
  const error = uint(object['ErrorNumber']) ?? 0;
  if (known === 'success' && (error !== 0 || str(object['LogonError']) !== undefined)) return 'failure';
  return known ?? (status === undefined && DONE.test(operation) ? 'success' : 'unknown');
}
