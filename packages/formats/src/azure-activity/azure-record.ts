import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { objectIn } from '../json/json-text.ts';
import { firstOf, str } from '../json/values.ts';
import { isOwnResourceLog } from './azure-resource-logs.ts';

/*
 * One activity has five spellings (learn.microsoft.com, "Azure Activity Log event schema"; tables AzureActivity, SigninLogs, AuditLogs):
 *
 *   storage, Event Hub  time, resourceId, operationName, category, resultType, resultSignature, callerIpAddress, correlationId, identity {authorization,
 *                       claims}, properties
 *   REST, portal, CLI   eventTimestamp, resourceId, operationName {value}, category {value}, status {value}, subStatus {value}, caller, claims,
 *                       httpRequest {clientIpAddress, method, uri}, eventDataId, correlationId, properties
 *   Log Analytics       TimeGenerated, _ResourceId, OperationNameValue, CategoryValue, ActivityStatusValue, ActivitySubstatusValue, Caller,
 *                       CallerIpAddress, Claims, HTTPRequest, EventDataId, CorrelationId, Properties (structures as text)
 *   PowerShell          EventTimestamp, OperationName, Status …: as REST, with capitals
 *   Microsoft Graph     signIn: createdDateTime, userPrincipalName, appDisplayName, status {errorCode}; directoryAudit: activityDateTime,
 *                       activityDisplayName, initiatedBy, targetResources
 *
 * They are brought to one here, so that the mapping is written once.
 */
export interface AzureRecord {
  readonly time: unknown;
  readonly operation: string;
  readonly category: string;
  readonly resourceId: string | undefined;
  readonly result: string;
  readonly signature: string | undefined;
  readonly description: string | undefined;
  readonly ip: unknown;
  readonly id: string | undefined;
  readonly correlationId: string | undefined;
  readonly caller: string | undefined;
  readonly identity: unknown;
  readonly claims: JsonRecord;
  readonly authorization: JsonRecord;
  readonly request: JsonRecord;
  readonly properties: JsonRecord;
  readonly durationMs: unknown;
  readonly location: string | undefined;
}

/** A string, or the `value` of an object that holds its translation, too. */
function word(value: unknown): string | undefined {
  return str(isRecord(value) ? (value['value'] ?? value['Value']) : value);
}

/** A structure, or its JSON as text. */
function structure(value: unknown): JsonRecord {
  return isRecord(value) ? value : typeof value === 'string' && value.startsWith('{') ? (objectIn(value) ?? {}) : {};
}

/** Member by the first of its names that is there. */
function of(record: JsonRecord, ...names: string[]): unknown {
  for (const name of names) {
    const value = record[name];
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

export function isAzureRecord(object: JsonRecord): boolean {
  return isStreamRecord(object) || isRestRecord(object) || isTableRow(object) || isGraphRecord(object) || isPowerShell(object);
}

/** Resource and activity logs share what stands around them (learn.microsoft.com, "Azure resource log common schema"). */
function isStreamRecord(object: JsonRecord): boolean {
  return (
    typeof object['time'] === 'string' &&
    (typeof object['operationName'] === 'string' || isOwnResourceLog(object['category'])) &&
    typeof (object['resourceId'] ?? object['ResourceId']) === 'string' &&
    (typeof object['category'] === 'string' || typeof object['resultType'] === 'string')
  );
}

function isRestRecord(object: JsonRecord): boolean {
  return (
    typeof object['eventTimestamp'] === 'string' &&
    word(object['operationName']) !== undefined &&
    ('correlationId' in object || 'eventDataId' in object)
  );
}

function isTableRow(object: JsonRecord): boolean {
  if (typeof object['TimeGenerated'] !== 'string' && typeof object['TimeGenerated [UTC]'] !== 'string') return false;
  return (
    isOwnResourceLog(object['Type'] ?? object['Category']) ||
    'OperationNameValue' in object ||
    ('OperationName' in object && ('CorrelationId' in object || 'Category' in object))
  );
}

function isGraphRecord(object: JsonRecord): boolean {
  if (typeof object['createdDateTime'] === 'string')
    return 'appDisplayName' in object && isRecord(object['status']) && 'ipAddress' in object;
  return typeof object['activityDateTime'] === 'string' && 'activityDisplayName' in object && isRecord(object['initiatedBy']);
}

/** `Get-AzActivityLog | ConvertTo-Json`: REST's names with a capital, claims and properties in `Content`. */
function isPowerShell(object: JsonRecord): boolean {
  return (
    typeof object['EventTimestamp'] === 'string' &&
    word(object['OperationName']) !== undefined &&
    ('EventDataId' in object || 'SubscriptionId' in object)
  );
}

/** Windows PowerShell writes times as milliseconds in a form of its own. */
const MS_DATE = /^\/Date\((\d{1,15})\)\/$/;

function asRest(object: JsonRecord): JsonRecord {
  const rest: Record<string, unknown> = { ...lowerFirst(object) };
  for (const name of ['claims', 'properties']) {
    const part = structure(rest[name]);
    rest[name] = isRecord(part['Content']) ? part['Content'] : part;
  }
  if (isRecord(rest['httpRequest'])) rest['httpRequest'] = lowerFirst(rest['httpRequest']);
  if (isRecord(rest['authorization'])) rest['authorization'] = lowerFirst(rest['authorization']);
  const ms = MS_DATE.exec(str(rest['eventTimestamp']) ?? '')?.[1];
  if (ms !== undefined) rest['eventTimestamp'] = Number(ms);
  return rest;
}

export function readAzure(object: JsonRecord): AzureRecord {
  if (isGraphRecord(object) && !isStreamRecord(object)) return ofGraph(object);
  if (isPowerShell(object)) return ofRest(asRest(object));
  return isTableRow(object) ? ofTable(object) : isRestRecord(object) ? ofRest(object) : ofStream(object);
}

function ofStream(object: JsonRecord): AzureRecord {
  const identity = object['identity'];
  const identityObject = structure(identity);
  const properties = structure(object['properties']);
  return {
    time: object['time'],
    operation: str(object['operationName']) ?? '',
    category: str(object['category']) ?? '',
    resourceId: firstOf(object['resourceId'], object['ResourceId']),
    // Logs of storage accounts have an HTTP status instead.
    result: firstOf(object['resultType'], object['statusText']) ?? '',
    signature: firstOf(object['resultSignature'], object['statusCode']),
    description: firstOf(object['resultDescription'], object['statusText']),
    ip: object['callerIpAddress'],
    id: str(properties['eventDataId']),
    correlationId: str(object['correlationId']),
    caller: str(object['caller']),
    identity,
    claims: structure(identityObject['claims'] ?? identityObject['claim']),
    authorization: structure(identityObject['authorization']),
    request: structure(properties['httpRequest']),
    properties,
    durationMs: object['durationMs'],
    location: str(object['location']),
  };
}

function ofRest(object: JsonRecord): AzureRecord {
  return {
    time: object['eventTimestamp'],
    operation: word(object['operationName']) ?? '',
    category: word(object['category']) ?? '',
    resourceId: str(object['resourceId']) ?? str(object['resourceUri']),
    result: word(object['status']) ?? '',
    signature: word(object['subStatus']),
    description: undefined,
    ip: object['callerIpAddress'],
    id: str(object['eventDataId']),
    correlationId: str(object['correlationId']),
    caller: str(object['caller']),
    identity: undefined,
    claims: structure(object['claims']),
    authorization: structure(object['authorization']),
    request: structure(object['httpRequest']),
    properties: structure(object['properties']),
    durationMs: undefined,
    location: undefined,
  };
}

function ofTable(row: JsonRecord): AzureRecord {
  const properties = structure(of(row, 'Properties', 'Properties_d'));
  return {
    // When the row could be queried, which EventSubmissionTimestamp says, is minutes later.
    time: of(row, 'TimeGenerated', 'TimeGenerated [UTC]'),
    operation: str(of(row, 'OperationNameValue', 'OperationName')) ?? '',
    category: str(of(row, 'CategoryValue', 'Category', 'Type')) ?? '',
    resourceId: str(of(row, '_ResourceId', 'ResourceId')),
    result: str(of(row, 'ActivityStatusValue', 'ActivityStatus', 'ResultType', 'Result')) ?? '',
    signature: str(of(row, 'ActivitySubstatusValue', 'ActivitySubstatus', 'ResultSignature')),
    description: str(of(row, 'ResultDescription', 'ResultReason', 'StatusText')),
    ip: of(row, 'CallerIpAddress', 'CallerIPAddress', 'IPAddress'),
    id: str(row['EventDataId']),
    correlationId: str(row['CorrelationId']),
    caller: str(row['Caller']),
    identity: row['Identity'],
    claims: { ...columnClaims(row), ...structure(of(row, 'Claims', 'Claims_d')) },
    authorization: structure(of(row, 'Authorization', 'Authorization_d')),
    request: structure(row['HTTPRequest']),
    properties: { ...lowerFirst(row), ...properties },
    durationMs: row['DurationMs'],
    location: str(row['Location']),
  };
}

function ofGraph(object: JsonRecord): AzureRecord {
  const signIn = typeof object['createdDateTime'] === 'string';
  return {
    time: object['createdDateTime'] ?? object['activityDateTime'],
    operation: signIn ? 'Sign-in activity' : (str(object['activityDisplayName']) ?? ''),
    category: signIn ? 'SignInLogs' : 'AuditLogs',
    resourceId: undefined,
    result: str(signIn ? recordOf(object['status'])['errorCode'] : object['result']) ?? '',
    signature: undefined,
    description: str(signIn ? recordOf(object['status'])['failureReason'] : object['resultReason']),
    ip: object['ipAddress'],
    id: str(object['id']),
    correlationId: str(object['correlationId']),
    caller: undefined,
    identity: undefined,
    claims: {},
    authorization: {},
    request: {},
    properties: object,
    durationMs: undefined,
    location: undefined,
  };
}

/** Columns of AzureDiagnostics end with their type: `httpStatusCode_d`, `id_s`. */
const TYPED = /_[sdgbt]$/;
const CLAIM_COLUMN = 'identity_claim_';

/** A claim is a column of its own there, its name's signs replaced: `identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g`. */
function columnClaims(row: JsonRecord): JsonRecord {
  const claims: Record<string, unknown> = {};
  for (const column in row) {
    if (!column.startsWith(CLAIM_COLUMN)) continue;
    const name = column.slice(CLAIM_COLUMN.length).replace(TYPED, '');
    if (str(row[column]) === undefined || name === '__proto__') continue;
    claims[name.endsWith('_objectidentifier') ? 'oid' : name.endsWith('_claims_upn') ? 'upn' : name] = row[column];
  }
  return claims;
}

/** Columns of a table's row are the properties of the record that it was made of, with a capital. */
function lowerFirst(row: JsonRecord): JsonRecord {
  const made: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) {
    const name = (column.charAt(0).toLowerCase() + column.slice(1)).replace(TYPED, '');
    const text = typeof value === 'string' && value.length > 1 && (value.startsWith('{') || value.startsWith('['));
    const parsed = text ? objectIn(`{"v":${value}}`)?.['v'] : undefined;
    if (name !== '__proto__') made[name] = parsed ?? value;
  }
  return made;
}
