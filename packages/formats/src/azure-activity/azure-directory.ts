import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { address, firstOf, str, strings } from '../json/values.ts';
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
  // Intune's log has the category, and words of its own.
  const actor = recordOf(p['Actor']);
  const person = firstOf(
    user['id'],
    user['userPrincipalName'],
    user['displayName'],
    actor['UPN'] === undefined ? undefined : actor['ObjectId'],
    actor['UPN'],
  );
  const service = firstOf(app['servicePrincipalId'], app['appId'], app['displayName'], app['servicePrincipalName'], actor['Application']);
  const activity = firstOf(p['activityDisplayName'], record.operation) ?? '';
  const access = actionOfDirectory(activity);
  const email = firstOf(user['userPrincipalName'], actor['UPN']);
  return {
    user_id: person ?? service,
    actor_type: person !== undefined ? 'user' : service !== undefined ? 'service' : 'unknown',
    user_name: firstOf(user['displayName'], app['displayName']),
    user_email: email?.includes('@') === true ? email : undefined,
    event_type: activity,
    action: access.action,
    category: access.category,
    ...targetsOf(p),
    ip_address: address(user['ipAddress']) ?? address(record.ip),
    ...directoryOutcome(record, activity),
  };
}

/** What was acted upon: the first target; the first user among them is the target user. */
function targetsOf(p: JsonRecord): Record<string, unknown> {
  const value = p['targetResources'];
  const targets = (Array.isArray(value) ? value : []).filter(isRecord);
  const first = recordOf(targets[0]);
  const user = targets.find((target) => target['type'] === 'User');
  return {
    resource: firstOf(first['displayName'], first['userPrincipalName'], first['id'], strings(p['TargetDisplayNames'])[0], 'directory'),
    resource_type: str(first['type']) ?? 'directory',
    resource_id: firstOf(first['id'], strings(p['TargetObjectIds'])[0]),
    target_user_id: user === undefined ? undefined : firstOf(user['id'], user['userPrincipalName']),
  };
}

/** Privileged roles are asked for, and granted or refused in a later record: the result is that of the asking. */
const ONLY_ASKED = /^add .*\brequested\b/i;
const REFUSED = /^add .*\bdenied\b/i;

function directoryOutcome(record: AzureRecord, activity: string): Record<string, unknown> {
  const word = (firstOf(record.properties['result'], record.result) ?? '').toLowerCase();
  const outcome = word === 'success' ? 'success' : word === 'failure' || word === 'timeout' ? 'failure' : 'unknown';
  const reason = firstOf(record.properties['resultReason'], record.description);
  return {
    outcome: outcome === 'success' ? (REFUSED.test(activity) ? 'denied' : ONLY_ASKED.test(activity) ? 'unknown' : outcome) : outcome,
    reason: reason === 'None' ? undefined : reason,
  };
}
