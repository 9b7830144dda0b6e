import { type ActorType, type JsonRecord, recordOf } from '@daybook/protocol';
import { actorTypeOf } from '../kubernetes-audit/kubernetes-user.ts';
import { firstOf, str } from '../json/values.ts';

/** AuthenticationInfo (google/cloud/audit/audit_log.proto): who called, with which key, and who stood behind the service account. */
export function identityOf(info: JsonRecord, service: string, log: string): Record<string, unknown> {
  const email = str(info['principalEmail']);
  const user_id = email ?? str(info['principalSubject'])?.replace(/^(?:user|serviceAccount):/, '');
  const actor_type = service === 'k8s.io' && user_id !== undefined ? kubernetesActor(user_id) : actorOf(user_id, log);
  return {
    user_id,
    actor_type,
    user_email: actor_type === 'user' && user_id !== undefined && EMAIL.test(user_id) ? user_id : undefined,
    // Whom somebody asked to be taken for: a cluster's impersonated user.
    effective_user_id: str(info['authoritySelector']),
    on_behalf_of: delegator(info['serviceAccountDelegationInfo']),
    agent_id: str(recordOf(info['oauthInfo'])['oauthClientId']),
    credential_id: str(info['serviceAccountKeyName']),
  };
}

const EMAIL = /^[^\s@:/]+@[^\s@:/]+$/;

function kubernetesActor(name: string): ActorType {
  return name.startsWith('system:') ? actorTypeOf(name) : actorOf(name, '');
}

function actorOf(name: string | undefined, log: string): ActorType {
  if (name === undefined) return log === 'system_event' ? 'system' : 'unknown';
  if (name === 'system@google.com' || name === 'cloud-ops@google.com') return 'system';
  if (name.endsWith('.gserviceaccount.com') || name.startsWith('serviceAccount:') || name.includes('/serviceAccounts/')) return 'service';
  // A pool of workloads, not of a workforce.
  if (/^principal(?:Set)?:\/\/.*\/workloadIdentityPools\//.test(name)) return 'service';
  if (name === 'allUsers' || name === 'anonymous') return 'anonymous';
  return 'user';
}

/** The list is in the order in which the delegations happened: the first is who began. */
function delegator(value: unknown): string | undefined {
  const first = recordOf(Array.isArray(value) ? value[0] : undefined);
  const claims = recordOf(recordOf(first['thirdPartyPrincipal'])['thirdPartyClaims']);
  return firstOf(recordOf(first['firstPartyPrincipal'])['principalEmail'], first['principalSubject'], claims['sub'], claims['email']);
}
