import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { firstOf, str, strings } from '../json/values.ts';
import type { EventFields } from '../result.ts';
import { requestOf } from './request-uri.ts';

/*
 * The audit log of Rancher's own API (rancher/rancher pkg/auth/audit/audit.go):
 *
 *   auditID, requestURI, user {name, group, extra {username, principalid}, requestUser, requestGroups}, method, remoteAddr, requestTimestamp,
 *   responseTimestamp, responseCode, requestHeader, responseHeader, requestBody, responseBody, userLoginName
 *
 * In 2.0 a request was written as an Event's stage RequestReceived, with `user.name`, and its answer with `responseStatus` as a text and no request.
 */
export function isRancherRecord(object: JsonRecord): boolean {
  return (
    typeof object['auditID'] === 'string' &&
    typeof object['requestURI'] === 'string' &&
    typeof object['method'] === 'string' &&
    !('stage' in object) &&
    ('requestTimestamp' in object || 'responseCode' in object)
  );
}

/** The two halves of 2.0. */
export function isRancherRequest(object: JsonRecord): boolean {
  return (
    object['stage'] === 'RequestReceived' && typeof object['auditID'] === 'string' && typeof recordOf(object['user'])['name'] === 'string'
  );
}

export function isRancherAnswer(object: JsonRecord): boolean {
  return (
    object['stage'] === 'ResponseComplete' &&
    typeof object['auditID'] === 'string' &&
    !('requestURI' in object) &&
    !isRecord(object['responseStatus']) &&
    'responseStatus' in object
  );
}

const MAPPED = new Set([
  'user', 'method', 'remoteAddr', 'requestTimestamp', 'responseTimestamp', 'responseCode', 'requestBody', 'responseBody', 'userLoginName',
]); // biome-ignore format: a word list

/** As an Event of the API server, so that the mapping is written once. */
export function eventOfRancher(object: JsonRecord): JsonRecord {
  const uri = str(object['requestURI']) ?? '';
  const request = requestOf(firstOf(object['method'], object['verb']) ?? '', uri);
  const headers = recordOf(object['requestHeader']);
  const others: Record<string, unknown> = {};
  for (const name in object) if (!MAPPED.has(name) && name !== '__proto__') others[name] = object[name];
  return {
    ...others,
    stage: 'ResponseComplete',
    verb: request.verb,
    user: userOf(object),
    ...impersonated(object),
    sourceIPs: addressesOf(object),
    userAgent: strings(headers['User-Agent'])[0],
    objectRef: request.objectRef ?? ownRef(uri),
    responseStatus: { code: object['responseCode'] },
    requestObject: object['requestBody'],
    responseObject: object['responseBody'],
    requestReceivedTimestamp: timeOf(object['requestTimestamp'] ?? object['stageTimestamp']),
    stageTimestamp: timeOf(object['responseTimestamp'] ?? object['stageTimestamp']),
  };
}

/** `2018-07-20 10:22:43 +0800`. */
function timeOf(value: unknown): unknown {
  return typeof value === 'string'
    ? value.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d):?(\d\d)(?: .*)?$/, '$1T$2$3:$4')
    : value;
}

const NOBODY = new Set(['system:unauthenticated', 'system:anonymous', 'system:cattle:error']);

/** Whoever logs in is nobody yet: the name that was tried stands apart. */
function userOf(object: JsonRecord): JsonRecord {
  const user = recordOf(object['user']);
  const name = str(user['name']);
  const tried = str(object['userLoginName']);
  const username = tried !== undefined && (name === undefined || NOBODY.has(name)) ? tried : name;
  return { username, groups: strings(user['group']), extra: recordOf(user['extra']) };
}

function impersonated(object: JsonRecord): JsonRecord {
  const { requestUser, requestGroups } = recordOf(object['user']);
  return str(requestUser) === undefined ? {} : { impersonatedUser: { username: requestUser, groups: strings(requestGroups) } };
}

/** Rancher stands behind an ingress mostly: what its header claims comes before the address that it saw. */
function addressesOf(object: JsonRecord): string[] {
  const peer = str(object['remoteAddr'])?.replace(/^\[?([^\]]*?)\]?:\d{1,5}$/, '$1');
  if (peer === undefined) return strings(object['sourceIPs']);
  const claimed = strings(recordOf(object['requestHeader'])['X-Forwarded-For']).flatMap((text) => text.split(','));
  return [...claimed.map((text) => text.trim()).filter((text) => text !== '' && text !== peer), peer];
}

/** `/v3/projects/c-1:p-2`, `/v1/catalog.cattle.io.apps/NS/NAME`. */
function ownRef(uri: string): JsonRecord | undefined {
  const found = /^\/v[13](?:-public)?\/([^/?]+)(?:\/([^/?]+))?(?:\/([^/?]+))?/.exec(uri);
  if (found === null) return undefined;
  const [, resource = '', first, second] = found;
  return { resource: resource.toLowerCase(), namespace: second === undefined ? undefined : first, name: second ?? first };
}

/** What Rancher's own actions are; the name that people know the user by. */
export function rancherFields(object: JsonRecord): EventFields {
  const extra = recordOf(recordOf(object['user'])['extra']);
  const names = { user_name: strings(extra['username'])[0], event_type: str(object['method']), method: str(object['method']) };
  const uri = str(object['requestURI']) ?? '';
  if (/^\/v[13]-public\/.*[?&]action=login(?:&|$)|^\/v1-public\/login$/i.test(uri))
    return { ...names, action: 'login', category: 'authentication', auth_method: /\/(\w+?)Providers?\//.exec(uri)?.[1] };
  if (/[?&]action=logout/.test(uri)) return { ...names, action: 'logout', category: 'authentication' };
  return /[?&]action=\w/.test(uri) ? { ...names, action: 'execute' } : names;
}
