import { type ActorType, isRecord, type JsonRecord, outcomeOfStatus, recordOf } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { objectIn } from '../json/json-text.ts';
import { address, firstOf, str, uint } from '../json/values.ts';
import type { EventFields } from '../result.ts';
import { accessOf } from './azure-access.ts';
import type { AzureRecord } from './azure-record.ts';

/** Claims have names that are URLs. */
const CLAIM = {
  upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  name: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
  email: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  objectId: 'http://schemas.microsoft.com/identity/claims/objectidentifier',
  methods: 'http://schemas.microsoft.com/claims/authnmethodsreferences',
} as const;

const DENY = /^microsoft\.authorization\/policies\/deny\//i;

/** Fields of an operation on a resource: the Activity Log, and resource logs that say who. */
export function operationFields(record: AzureRecord): readonly EventFields[] {
  // What a policy denied stands in the authorization, the operation is the policy's.
  const asked = DENY.test(record.operation) ? str(record.authorization['action']) : undefined;
  const access = accessOf(asked?.includes('/') === true ? asked : record.operation);
  return [
    who(record),
    {
      event_type: record.operation,
      action: access.action,
      category: access.category,
      method: str(record.request['method']),
      duration_ms: uint(record.durationMs),
      ip_address: address(record.ip) ?? address(record.request['clientIpAddress']) ?? address(record.claims['ipaddr']),
      location: record.location,
    },
    what(record),
    outcome(record),
  ];
}

function who(record: AzureRecord): Record<string, unknown> {
  const { claims, caller, authorization, properties } = record;
  const evidence = recordOf(authorization['evidence']);
  const requester = requesterOf(record);
  const email = firstOf(claims[CLAIM.upn], claims['upn'], claims[CLAIM.email], requester.upn);
  const user_id = firstOf(
    caller,
    email,
    claims[CLAIM.name],
    claims[CLAIM.objectId],
    claims['oid'],
    requester.objectId,
    claims['appid'],
    requester.appId,
    evidence['principalId'],
    isRecord(record.identity) || str(record.identity)?.startsWith('{') === true ? undefined : record.identity,
  );
  const role = str(evidence['role']);
  const methods = str(claims[CLAIM.methods]) ?? str(claims['amr']);
  return {
    user_id,
    user_name: str(claims['name']),
    // Accounts of consumers have where they came from before a #.
    user_email: firstOf(email, caller)
      ?.replace(/^live\.com#/, '')
      .match(EMAIL)?.[0],
    credential_id: requester.token,
    actor_type: requester.anonymous ? 'anonymous' : actorOf({ user_id, claims, evidence, email, requester }),
    agent_id: firstOf(claims['appid'], requester.appId),
    auth_method: requester.method,
    roles: role === undefined ? undefined : [role],
    mfa: methods === undefined ? undefined : /\bmfa\b/.test(methods),
    user_agent: str(properties['clientInfo']) ?? str(properties['userAgentHeader']),
  };
}

interface Requester {
  readonly upn: string | undefined;
  readonly objectId: string | undefined;
  readonly appId: string | undefined;
  readonly method: string | undefined;
  /** Hash of the account's key or of the signature (SAS). */
  readonly token: string | undefined;
  readonly anonymous: boolean;
}

/** Logs of storage accounts: `identity {type: OAuth, AccountKey, SAS or Anonymous, requester {upn, objectId, appId}}`; in tables columns. */
function requesterOf({ identity, properties }: AzureRecord): Requester {
  const own = isRecord(identity) ? identity : {};
  const requester = recordOf(own['requester']);
  const method = firstOf(own['type'], properties['authenticationType']);
  return {
    upn: firstOf(requester['upn'], properties['requesterUpn']),
    objectId: firstOf(requester['objectId'], properties['requesterObjectId']),
    appId: firstOf(requester['appId'], properties['requesterAppId']),
    method,
    token: firstOf(own['tokenHash'], properties['authenticationHash']),
    anonymous: method === 'Anonymous',
  };
}

const EMAIL = /^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/;

interface Signs {
  readonly user_id: string | undefined;
  readonly claims: JsonRecord;
  readonly evidence: JsonRecord;
  readonly email: string | undefined;
  readonly requester: Requester;
}

/** Claims that tokens of applications lack: a person's name and id, and what was delegated by one. */
const PERSONAL = ['name', 'puid', 'http://schemas.microsoft.com/identity/claims/scope'];

function actorOf({ user_id, claims, evidence, email, requester }: Signs): ActorType {
  if (user_id === undefined) return 'unknown';
  if (email !== undefined || EMAIL.test(user_id)) return 'user';
  if (/^microsoft\./i.test(user_id)) return 'system';
  if (claims['idtyp'] === 'app' || evidence['principalType'] === 'ServicePrincipal') return 'service';
  if (PERSONAL.some((name) => claims[name] !== undefined)) return 'user';
  // Whoever has no name of its own came as an application.
  if (claims['appid'] !== undefined || requester.appId !== undefined) return 'service';
  return evidence['principalType'] === 'User' ? 'user' : 'unknown';
}

/** `/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/NAME`. */
function what({ resourceId, authorization, operation, properties }: AzureRecord): Record<string, unknown> {
  const own = str(properties['id']);
  const id =
    firstOf(
      properties['objectKey'],
      own?.startsWith('https://') === true ? own : undefined,
      resourceId,
      authorization['scope'],
      operation,
    ) ?? '';
  const parts = (resourceId ?? str(authorization['scope']) ?? '').split('/');
  const provider = parts.findLastIndex((part) => part.toLowerCase() === 'providers');
  const group = parts.findIndex((part) => part.toLowerCase() === 'resourcegroups');
  const named = provider >= 0 && parts.length > provider + 2;
  return {
    resource: maskText(id),
    resource_type: named ? typeOf(parts.slice(provider + 1)) : operation.split('/').slice(0, 2).join('/'),
    resource_id: parts.at(-1),
    resource_parent: group >= 0 ? parts[group + 1] : parts[2],
    target_user_id: targetOf(properties),
  };
}

/** Provider and types, without the names between them. */
function typeOf(parts: readonly string[]): string {
  return [parts[0], ...parts.filter((_, index) => index % 2 === 1)].join('/');
}

/** A role assignment names in its request whom it is for. */
function targetOf(properties: JsonRecord): string | undefined {
  const body = properties['requestbody'] ?? properties['requestBody'];
  const request = isRecord(body) ? body : typeof body === 'string' ? objectIn(body) : undefined;
  return firstOf(recordOf(recordOf(request)['Properties'])['PrincipalId'], recordOf(recordOf(request)['properties'])['principalId']);
}

const DENIED = /forbidden|unauthori[sz]ed|authorizationfailed|accessdenied|disallowedbypolicy/i;

function outcome(record: AzureRecord): Record<string, unknown> {
  const { properties, signature, result, description } = record;
  const message = firstOf(properties['statusMessage'], properties['responseBody'], result === 'HttpStatusCode' ? undefined : description);
  // Container registries write what was answered where others describe it.
  const answered = result === 'HttpStatusCode' ? description : undefined;
  const code = firstOf(properties['statusCode'], properties['httpStatusCode'], signature, answered);
  const reason = message === undefined ? undefined : maskText(message.slice(0, REASON_CHARS_MAX));
  const outcome = outcomeWord({ record, code, message });
  return { outcome, status_code: code, reason: outcome === 'success' || /^succe/i.test(result) ? undefined : reason };
}

/** An error's answer may be a whole document; its beginning says what it is. All of it stays in the attributes. */
const REASON_CHARS_MAX = 2048;

function outcomeWord({ record, code, message }: { record: AzureRecord; code: string | undefined; message: string | undefined }): string {
  const { result, signature, operation } = record;
  if (DENY.test(operation)) return 'denied';
  const word = result.toLowerCase();
  const status = /^\d{3}$/.test(code ?? '') ? outcomeOfStatus(Number(code)) : undefined;
  if (word === 'success' || word === 'succeeded') return status ?? 'success';
  if (word.startsWith('fail') || word.includes('error')) {
    const denied = status === 'denied' || DENIED.test(signature ?? '') || DENIED.test(code ?? '') || DENIED.test(errorCode(message));
    return denied ? 'denied' : 'failure';
  }
  // Accepted and begun operations end in a later record.
  if (/^(?:accept|start|active|inprogress)/.test(word)) return 'unknown';
  return status ?? (signature === 'OK' ? 'success' : DENIED.test(signature ?? '') ? 'denied' : 'unknown');
}

/** `{"error":{"code":"AuthorizationFailed", …}}`: the code, not the message, in which names stand that others chose. */
function errorCode(message: string | undefined): string {
  if (message === undefined || !message.startsWith('{')) return '';
  const body = objectIn(message);
  return firstOf(recordOf(body?.['error'])['code'], body?.['code']) ?? '';
}
