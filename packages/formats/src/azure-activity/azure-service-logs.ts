import { type Action, actionOf, type Category, isRecord, type JsonRecord, outcomeOfStatus, recordOf } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { objectIn } from '../json/json-text.ts';
import { address, firstOf, str, uint } from '../json/values.ts';
import type { EventFields } from '../result.ts';
import type { AzureRecord } from './azure-record.ts';
import { said } from './said.ts';

/* Logs of services that name their people in words of their own (learn.microsoft.com: LAQueryLogs, Databricks diagnostic logs, Entra ID's provisioning logs). */

function outcomeOfCode(code: string | undefined): string {
  return (code !== undefined && /^\d{3}$/.test(code) ? outcomeOfStatus(Number(code)) : undefined) ?? 'unknown';
}

/** Who asked a workspace of Log Analytics for what: the logs that others left. */
export function logQueryFields(p: JsonRecord, record: AzureRecord): EventFields {
  const email = said(p, 'AADEmail');
  const user_id = firstOf(email, said(p, 'AADObjectId'), said(p, 'AADClientId'));
  const query = said(p, 'QueryText');
  const code = said(p, 'ResponseCode');
  return {
    user_id,
    // Applications have no address.
    actor_type: user_id === undefined ? 'unknown' : email === undefined ? 'service' : 'user',
    user_email: email?.includes('@') === true ? email : undefined,
    agent_id: said(p, 'AADClientId'),
    event_type: record.operation === '' ? 'query' : record.operation,
    action: 'query',
    category: 'data',
    resource: record.resourceId ?? 'Log Analytics',
    resource_type: 'workspace',
    resource_id: record.resourceId?.split('/').at(-1),
    query_text: query === undefined ? undefined : maskText(query),
    row_count: uint(p['ResponseRowCount'] ?? p['responseRowCount']),
    duration_ms: uint(p['ResponseDurationMs'] ?? p['responseDurationMs']),
    status_code: code,
    outcome: outcomeOfCode(code),
  };
}

/** A structure, or its JSON as text. */
function structure(value: unknown): JsonRecord {
  return isRecord(value) ? value : recordOf(typeof value === 'string' ? objectIn(value) : undefined);
}

export function databricksFields(p: JsonRecord, record: AzureRecord): EventFields {
  const user_id = firstOf(structure(record.identity)['email'], structure(p['identity'])['email']);
  const name = said(p, 'ActionName') ?? '';
  const service = said(p, 'ServiceName') ?? record.category;
  const response = structure(p['Response'] ?? p['response']);
  const code = str(response['statusCode']);
  const reason = str(response['errorMessage']);
  return {
    user_id,
    actor_type: user_id === undefined ? 'unknown' : user_id.includes('@') ? 'user' : user_id.startsWith('System-') ? 'system' : 'service',
    user_email: user_id?.includes('@') === true ? user_id : undefined,
    session_id: said(p, 'SessionId'),
    event_type: record.operation,
    ...databricksAccess(service, name),
    resource: record.resourceId ?? 'Databricks',
    resource_type: service,
    resource_id: record.resourceId?.split('/').at(-1),
    ip_address: address(firstOf(p['sourceIPAddress'], p['SourceIPAddress'])),
    user_agent: said(p, 'UserAgent'),
    status_code: code,
    reason: reason === undefined ? undefined : maskText(reason),
    outcome: outcomeOfCode(code),
  };
}

function databricksAccess(service: string, name: string): { action: Action; category: Category } {
  if (/login$/i.test(name)) return { action: 'login', category: 'authentication' };
  if (name === 'logout') return { action: 'logout', category: 'authentication' };
  const action = actionOf(name);
  if (/acl|permission/i.test(name)) return { action: action === 'read' || action === 'list' ? action : 'grant', category: 'iam' };
  return { action, category: service === 'accounts' || service === 'iamRole' ? 'iam' : 'api' };
}

/** What Entra ID's provisioning did to an account elsewhere. */
export function provisioningFields(p: JsonRecord, record: AzureRecord): EventFields {
  const by = structure(p['initiatedBy']);
  const user_id = firstOf(by['id'], by['name'], by['displayName']);
  const action = str(p['provisioningAction']) ?? str(p['action']) ?? '';
  const target = structure(p['targetIdentity']);
  const from = structure(p['sourceIdentity']);
  const service = structure(p['servicePrincipal']);
  const status = structure(p['provisioningStatusInfo'] ?? p['statusInfo']);
  const word = (firstOf(status['status'], record.result) ?? '').toLowerCase();
  return {
    user_id,
    actor_type: user_id === undefined ? 'system' : str(by['initiatorType'])?.toLowerCase() === 'user' ? 'user' : 'service',
    user_name: firstOf(by['name'], by['displayName']),
    event_type: record.operation === '' ? action : record.operation,
    action: action === 'disable' ? 'revoke' : actionOf(action),
    category: 'iam',
    resource: firstOf(service['name'], service['displayName'], record.resourceId, 'provisioning'),
    resource_type: 'application',
    resource_id: str(service['id']),
    target_user_id: firstOf(target['id'], from['id'], target['displayName'], from['name'], from['displayName']),
    outcome: word === 'success' ? 'success' : word === 'failure' ? 'failure' : 'unknown',
    reason: str(recordOf(status['errorInformation'])['reason']),
  };
}
