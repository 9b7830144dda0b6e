import { isRecord, recordOf } from '@daybook/protocol';
import { address, firstOf, str } from '../json/values.ts';
import { actionOfDirectory } from './azure-access.ts';
import type { AzureRecord } from './azure-record.ts';

/** Entra ID's AuditLogs: `properties` are those of Microsoft Graph's directoryAudit. */
export function isDirectoryAudit({ category, properties }: AzureRecord): boolean {
  return category.toLowerCase() === 'auditlogs' || ('initiatedBy' in properties && 'targetResources' in properties);
}

export function directoryFields(record: AzureRecord): Record<string, unknown> {
  const p = record.properties;
  const by = recordOf(p['initiatedBy']);
  const user = recordOf(by['user']);
  const app = recordOf(by['app']);
  const person = firstOf(user['id'], user['userPrincipalName'], user['displayName']);
  const service = firstOf(app['servicePrincipalId'], app['appId'], app['displayName'], app['servicePrincipalName']);
  const activity = firstOf(p['activityDisplayName'], record.operation) ?? '';
  const access = actionOfDirectory(activity);
  const email = str(user['userPrincipalName']);
  return {
    user_id: person ?? service,
    actor_type: person !== undefined ? 'user' : service !== undefined ? 'service' : 'unknown',
    user_name: firstOf(user['displayName'], app['displayName']),
    user_email: email?.includes('@') === true ? email : undefined,
    event_type: activity,
    action: access.action,
    category: access.category,
    ...targetsOf(p['targetResources']),
    ip_address: address(user['ipAddress']) ?? address(record.ip),
    ...directoryOutcome(record),
  };
}

/** What was acted upon: the first target; the first user among them is the target user. */
function targetsOf(value: unknown): Record<string, unknown> {
  const targets = (Array.isArray(value) ? value : []).filter(isRecord);
  const first = recordOf(targets[0]);
  const user = targets.find((target) => target['type'] === 'User');
  return {
    resource: firstOf(first['displayName'], first['userPrincipalName'], first['id'], 'directory'),
    resource_type: str(first['type']) ?? 'directory',
    resource_id: str(first['id']),
    target_user_id: user === undefined ? undefined : firstOf(user['id'], user['userPrincipalName']),
  };
}

function directoryOutcome(record: AzureRecord): Record<string, unknown> {
  const word = (firstOf(record.properties['result'], record.result) ?? '').toLowerCase();
  const outcome = word === 'success' ? 'success' : word === 'failure' || word === 'timeout' ? 'failure' : 'unknown';
  return { outcome, reason: firstOf(record.properties['resultReason'], record.description) };
}
