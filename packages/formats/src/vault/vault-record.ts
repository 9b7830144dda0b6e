import { type ActorType, isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { address } from '../json/values.ts';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { firstOf, str, strings, time } from '../json/values.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOf } from './vault-access.ts';
import { hideRaw, withoutToken } from './vault-secrets.ts';

/*
 * A record of an audit device of HashiCorp Vault or OpenBao (vault/audit/types.go):
 *
 *   time, type (request or response), auth {display_name, entity_id, accessor, client_token, policies, metadata, token_type, policy_results},
 *   request {id, operation, path, mount_type, mount_point, namespace {id, path}, remote_address, remote_port, client_token_accessor, data, headers},
 *   response {auth, data, secret, wrap_info}, error. Before version 0.6 requests had no id.
 */
const MAPPED = new Set(['time', 'error', 'request', 'auth']);
const MAPPED_OF_REQUEST = new Set(['id', 'operation', 'path', 'remote_address']);
const MAPPED_OF_AUTH = new Set(['accessor', 'entity_id', 'policies']);

export function isVaultRecord(object: JsonRecord): boolean {
  const request = object['request'];
  if ((object['type'] !== 'request' && object['type'] !== 'response') || !isRecord(request)) return false;
  if (typeof request['operation'] !== 'string' || typeof request['path'] !== 'string') return false;
  return typeof request['id'] === 'string' || ('auth' in object && 'error' in object);
}

/** What Vault writes to a new audit device to see whether it can: nobody asked for it. */
const TEST_PATH = 'sys/audit/test';

/** One record; of a request whose answer is not there nobody knows how it ended. */
export function judgeVaultRecord(record: JsonRecord): Verdict {
  const timestamp = time(record['time']);
  if (timestamp === undefined) return quarantine('no_time', 'this audit record has no time');
  const request = recordOf(record['request']);
  const path = withoutToken(maskText(str(request['path']) ?? ''));
  if (path === TEST_PATH && record['auth'] === undefined) return noise('audit_test');
  hideRaw(record);
  const operation = str(request['operation']) ?? '';
  const mountType = str(request['mount_type']) ?? '';
  const access = accessOf(operation, path, mountType);
  return eventOf(
    {
      timestamp,
      source_event_id: typeof request['id'] === 'string' ? `${request['id']}:${String(record['type'])}` : undefined,
      request_id: str(request['id']),
    },
    who(record, request, path, access.action),
    {
      event_type: operation,
      method: operation,
      action: access.action,
      category: access.category,
    },
    what(request, path, mountType),
    {
      ip_address: address(request['remote_address']),
      user_agent: strings(recordOf(request['headers'])['user-agent'])[0],
      protocol: 'vault',
    },
    outcome(record),
    {
      attributes: attributesOf(rest(record, request)),
    },
  );
}

/** A log-in's identity is in its answer; before that it is only what the path claims. */
function who(record: JsonRecord, request: JsonRecord, path: string, action: string): Record<string, unknown> {
  const answered = recordOf(recordOf(record['response'])['auth']);
  const auth = action === 'login' && str(answered['display_name']) !== undefined ? answered : recordOf(record['auth']);
  const metadata = recordOf(auth['metadata']);
  const display = str(auth['display_name']);
  const claimed = action === 'login' ? /\/login\/([^/]+)$/.exec(path)?.[1] : undefined;
  const user_id = firstOf(auth['entity_id'], display, claimed);
  return {
    user_id,
    user_name: firstOf(display, metadata['username'], claimed),
    user_email: firstOf(metadata['email'], metadata['username'], USERS.exec(display ?? '')?.[1])?.match(EMAIL)?.[0],
    actor_type: user_id === undefined ? noActor(record, request) : actorOf(display ?? '', metadata, path),
    credential_id: firstOf(auth['accessor'], request['client_token_accessor']),
    roles: strings(auth['policies']).slice(0, POLICIES_MAX),
  };
}

const EMAIL = /^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/;
/** Behind the mount's name, which begins a display name, stands the user's: `oidc-alice@example.com`. */
const USERS = /^(?:ldap|userpass|oidc|okta|radius|saml|kerberos)-(.+)$/;
/** As many as intake takes of a list. */
const POLICIES_MAX = 256;

function noActor(record: JsonRecord, request: JsonRecord): ActorType {
  return request['client_token'] === undefined && record['error'] === undefined ? 'anonymous' : 'unknown';
}

/** A token's display name begins with the mount of the auth method that made it. */
const SERVICE = /^(?:approle|kubernetes|k8s|aws|gcp|azure|cert|tls|alicloud|oci|cf|spiffe|jwt)(?:-|$)/;
const SERVICE_KEYS = ['role_name', 'service_account_name', 'instance_id', 'common_name'];

function actorOf(display: string, metadata: JsonRecord, path: string): ActorType {
  if (str(metadata['username']) !== undefined || str(metadata['email']) !== undefined) return 'user';
  if (SERVICE.test(display) || SERVICE_KEYS.some((key) => metadata[key] !== undefined)) return 'service';
  if (/^(?:ldap|userpass|oidc|okta|github|radius|saml|kerberos|root)(?:-|$)/.test(display)) return 'user';
  return /^auth\/(?:ldap|userpass|okta|radius)\//.test(path) ? 'user' : 'unknown';
}

function what(request: JsonRecord, path: string, mountType: string): Record<string, unknown> {
  const mount = str(request['mount_point']);
  const namespace = str(recordOf(request['namespace'])['path']);
  return {
    resource: path,
    resource_type: mountType === '' ? 'path' : mountType,
    resource_id: mount !== undefined && path.startsWith(mount) ? path.slice(mount.length) : undefined,
    resource_parent: namespace ?? mount,
    target_user_id: /^auth\/[^/]+\/users?\/([^/]+)/.exec(path)?.[1],
  };
}

/** An error's text is Vault's own (and of plugins); what the client sent is quoted in it behind these words, if at all. */
const DENIED = /^(?:\d+ errors? occurred:\s*\* )?(?:permission denied|invalid token|bad token|missing client token)/i;

function outcome(record: JsonRecord): Record<string, unknown> {
  const error = str(record['error']);
  const results = recordOf(recordOf(record['auth'])['policy_results']);
  const response = recordOf(record['response']);
  const data = recordOf(response['data']);
  if (error !== undefined) {
    const denied = DENIED.test(error) || results['allowed'] === false;
    return { outcome: denied ? 'denied' : 'failure', reason: maskText(error.trim()) };
  }
  if (results['allowed'] === false) return { outcome: 'denied' };
  if (record['type'] === 'request') return { outcome: 'unknown' };
  // An engine's own refusal comes as an answer whose data is one error.
  if (data['error'] !== undefined && Object.keys(data).length === 1) return { outcome: 'failure', reason: str(data['error']) };
  return { outcome: 'success' };
}

function rest(record: JsonRecord, request: JsonRecord): Record<string, unknown> {
  const others = without(record, MAPPED);
  const auth = record['auth'];
  if (isRecord(auth)) others['auth'] = without(auth, MAPPED_OF_AUTH);
  others['request'] = without(request, MAPPED_OF_REQUEST);
  return others;
}
