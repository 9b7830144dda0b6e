import { type Action, actionOf, type JsonRecord, outcomeOfStatus } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { address, firstOf, uint } from '../json/values.ts';
import type { EventFields } from '../result.ts';
import type { AzureRecord } from './azure-record.ts';
import { said } from './said.ts';

/* Logs of services by which people and programs get to machines and data (learn.microsoft.com: Bastion, Azure Virtual Desktop, Cosmos DB). */

/** Azure Bastion: who connected to which machine. Its message is the only word of how it ended. */
export function bastionFields(p: JsonRecord, record: AzureRecord): EventFields {
  const person = said(p, 'UserEmail');
  const account = said(p, 'UserName');
  const message = said(p, 'Message') ?? '';
  const target = said(p, 'TargetResourceId');
  return {
    user_id: person ?? account,
    actor_type: (person ?? account) === undefined ? 'unknown' : 'user',
    user_email: person?.includes('@') === true ? person : undefined,
    effective_user_id: person === undefined ? undefined : account,
    event_type: record.operation === '' ? 'connect' : record.operation,
    action: /disconnect|delete|terminat/i.test(record.operation) ? 'disconnect' : 'connect',
    category: 'session',
    resource: target ?? said(p, 'TargetVMIPAddress') ?? record.resourceId ?? 'Bastion',
    resource_type: said(p, 'ResourceType') ?? 'VM',
    resource_id: target?.split('/').at(-1),
    session_id: firstOf(said(p, 'TunnelId'), said(p, 'SessionId')),
    ip_address: address(said(p, 'ClientIpAddress')),
    user_agent: said(p, 'UserAgent'),
    protocol: said(p, 'Protocol')?.toLowerCase(),
    outcome: /^(?:successfully |disconnected)/i.test(message) ? 'success' : /fail|error|denied/i.test(message) ? 'failure' : 'unknown',
    reason: message === '' ? undefined : maskText(message),
  };
}

const DESKTOP_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['connected', 'success'],
  ['completed', 'success'],
  ['failed', 'failure'],
]);

/** Azure Virtual Desktop: a connection is Started, Connected, Completed. */
export function desktopFields(p: JsonRecord, record: AzureRecord): EventFields {
  const user = said(p, 'UserName');
  const state = (said(p, 'State') ?? '').toLowerCase();
  const host = said(p, 'SessionHostName');
  return {
    user_id: user,
    actor_type: user === undefined ? 'unknown' : 'user',
    user_email: user?.includes('@') === true ? user : undefined,
    event_type: record.operation === '' ? 'Connection' : record.operation,
    action: state === 'completed' ? 'disconnect' : 'connect',
    category: 'session',
    resource: firstOf(host, said(p, 'ResourceAlias'), record.resourceId) ?? 'Azure Virtual Desktop',
    resource_type: 'desktop',
    resource_id: host,
    session_id: firstOf(said(p, 'CorrelationId'), record.correlationId),
    ip_address: address(firstOf(said(p, 'ClientSideIPAddress'), said(p, 'ClientIPAddress'))),
    protocol: 'rdp',
    outcome: DESKTOP_OUTCOMES.get(state) ?? 'unknown',
  };
}

const COSMOS_ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['ReadFeed', 'list'],
  ['HeadFeed', 'list'],
  ['Upsert', 'update'],
  ['Replace', 'update'],
]);

/** Cosmos DB: every request to data. Who holds a key has no name. */
export function cosmosFields(p: JsonRecord, record: AzureRecord): EventFields {
  const user_id = firstOf(said(p, 'AadPrincipalId'), said(p, 'AadAppliedRoleAssignmentId'));
  const code = firstOf(p['statusCode'], p['StatusCode'], record.signature);
  const name = [said(p, 'DatabaseName'), said(p, 'CollectionName')].filter((part) => part !== undefined);
  return {
    user_id,
    actor_type: user_id === undefined ? 'unknown' : 'service',
    auth_method: firstOf(said(p, 'AuthTokenType'), said(p, 'KeyType')),
    event_type: record.operation,
    action: COSMOS_ACTIONS.get(record.operation) ?? actionOf(record.operation),
    category: 'data',
    resource: name.length > 0 ? name.join('/') : (record.resourceId ?? 'Cosmos DB'),
    resource_type: said(p, 'RequestResourceType')?.toLowerCase() ?? 'database',
    resource_id: firstOf(said(p, 'ResourceId'), name.at(-1)),
    ip_address: address(said(p, 'ClientIpAddress')),
    user_agent: said(p, 'UserAgent'),
    duration_ms: uint(p['duration']),
    status_code: code,
    outcome: (code !== undefined && /^\d{3}$/.test(code) ? outcomeOfStatus(Number(code)) : undefined) ?? 'unknown',
  };
}
