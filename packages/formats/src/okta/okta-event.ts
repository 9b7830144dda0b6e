import { type ActorType, isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { attributesOf, maskText, put, REDACTED, without } from '../json/attributes.ts';
import { address, firstOf, str, time, uint } from '../json/values.ts';
import { quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOf } from './okta-access.ts';
import { inOwnSpelling, isOwnSpelling } from './okta-keys.ts';
import { isLegacyEvent, mappedTypeOf, ofLegacy } from './okta-legacy.ts';

/*
 * LogEvent (developer.okta.com, "System Log API"):
 *
 *   uuid, published, eventType, version, severity, displayMessage, actor {id, type, alternateId, displayName}, client {ipAddress, userAgent {rawUserAgent},
 *   geographicalContext {city, state, country}, zone, device}, outcome {result, reason}, target [{id, type, alternateId, displayName}], transaction {id},
 *   debugContext {debugData}, authenticationContext {externalSessionId, credentialType …}, securityContext {asNumber, asOrg}, request {ipChain [{ip}]}.
 */
const MAPPED = new Set(['uuid', 'published', 'eventType', 'outcome', 'actor', 'transaction']);

export function isOktaEvent(object: JsonRecord): boolean {
  if (isLegacyEvent(object)) return true;
  const own = isOwnSpelling(object) ? object : maybeRespelt(object);
  return (
    own !== undefined &&
    typeof own['eventType'] === 'string' &&
    typeof own['published'] === 'string' &&
    typeof own['uuid'] === 'string' &&
    isRecord(own['actor']) &&
    ('outcome' in own || 'displayMessage' in own)
  );
}

/** A spelling of a key is only looked for where `published` and an actor are, in whichever case. */
function maybeRespelt(object: JsonRecord): JsonRecord | undefined {
  let actor = false;
  let published = false;
  for (const key in object) {
    if (key.length === 5 && key.toLowerCase() === 'actor') actor = true;
    else if (key.length === 9 && key.toLowerCase() === 'published') published = true;
  }
  return actor && published ? inOwnSpelling(object) : undefined;
}

export function judgeOktaEvent(record: JsonRecord): Verdict {
  const own = isLegacyEvent(record) ? ofLegacy(record) : isOwnSpelling(record) ? record : inOwnSpelling(record);
  const timestamp = time(own['published']);
  if (timestamp === undefined) return quarantine('no_time', 'this System Log event has no time');
  hideOneTimeTokens(own);
  const eventType = str(own['eventType']) ?? '';
  const access = accessOf(mappedTypeOf(eventType));
  return eventOf(
    {
      timestamp,
      source_event_id: str(own['uuid']),
      request_id: str(recordOf(own['transaction'])['id']),
    },
    who(own, eventType),
    {
      event_type: eventType,
      action: access.action,
      category: access.category,
    },
    what(own),
    where(own),
    outcome(own, eventType),
    {
      attributes: attributesOf(rest(own)),
    },
  );
}

/**
 * All that no field takes; of the actor what stands beside who it is, and the name by which it signs in when that is no address. That an actor is a user,
 * and a transaction a request of the web, goes without saying.
 */
function rest(own: JsonRecord): Record<string, unknown> {
  const others = without(own, MAPPED);
  const actor = beside(own['actor'], saysMoreOfActor);
  const transaction = beside(own['transaction'], saysMoreOfTransaction);
  if (actor !== undefined) others['actor'] = actor;
  if (transaction !== undefined) others['transaction'] = transaction;
  return others;
}

/** The members of an object that say more; most have none, and no object is made for them. */
function beside(value: unknown, saysMore: (name: string, value: unknown) => boolean): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined;
  let kept: Record<string, unknown> | undefined;
  for (const name in value) if (value[name] !== null && saysMore(name, value[name])) put((kept ??= {}), name, value[name]);
  return kept;
}

function saysMoreOfActor(name: string, value: unknown): boolean {
  if (name === 'alternateId') return value !== UNKNOWN && !(typeof value === 'string' && value.includes('@'));
  return name !== 'id' && name !== 'displayName' && !(name === 'type' && value === 'User');
}

function saysMoreOfTransaction(name: string, value: unknown): boolean {
  return name !== 'id' && !(name === 'type' && value === 'WEB') && !(name === 'detail' && isEmpty(value));
}

/** Tokens that Okta sends by mail are a step of the path: `/welcome/drpFXjKyRHqwAfaHoi5`, `/tokens/…/verify`, `/signin/reset-password/…`. */
const ONE_TIME = /^(\/(?:signin\/)?(?:welcome|tokens|activate|unlock|reset[_-]password)\/)[\w-]{12,}/;

/** In place: the record is nobody else's. */
function hideOneTimeTokens(own: JsonRecord): void {
  const debug = recordOf(own['debugContext'])['debugData'];
  if (!isRecord(debug)) return;
  for (const name of ['requestUri', 'url']) {
    const uri = debug[name];
    if (typeof uri === 'string' && uri.length > ONE_TIME_CHARS_MIN) put(debug, name, uri.replace(ONE_TIME, `$1${REDACTED}`));
  }
}

/** No shorter path has such a token. */
const ONE_TIME_CHARS_MIN = 20;

function isEmpty(value: unknown): boolean {
  for (const _ in recordOf(value)) return false;
  return true;
}

const UNKNOWN = 'unknown';

function known(value: unknown): string | undefined {
  const text = str(value);
  return text === UNKNOWN ? undefined : text;
}

function who(own: JsonRecord, eventType: string): Record<string, unknown> {
  const actor = recordOf(own['actor']);
  const alternate = known(actor['alternateId']);
  const id = known(actor['id']);
  const context = recordOf(own['authenticationContext']);
  const debug = recordOf(recordOf(own['debugContext'])['debugData']);
  const succeeded = recordOf(own['outcome'])['result'] === 'SUCCESS';
  return {
    user_id: id ?? alternate,
    actor_type: actorOf(str(actor['type']) ?? '', id, alternate),
    user_name: known(actor['displayName']),
    user_email: alternate?.includes('@') === true ? alternate : undefined,
    session_id: known(context['externalSessionId']),
    credential_id: str(recordOf(recordOf(own['transaction'])['detail'])['requestApiTokenId']),
    auth_method: firstOf(known(context['credentialType']), debug['factor']),
    on_behalf_of: eventType.startsWith('app.oauth2') && actor['type'] === 'PublicClientApp' ? userAmong(targetsOf(own)) : undefined,
    mfa: mappedTypeOf(eventType) === 'user.authentication.auth_via_mfa' && succeeded ? true : undefined,
  };
}

function actorOf(type: string, id: string | undefined, alternate: string | undefined): ActorType {
  if (type === 'SystemPrincipal' || alternate === 'system@okta.com') return 'system';
  if (id === undefined) return 'unknown';
  return /App|Client|Service|Agent|Token/.test(type) && type !== 'AppUser' ? 'service' : 'user';
}

/** Of several targets the application or group is what was accessed, and the user is whom it is about. */
const TELLING = ['AppInstance', 'PublicClientApp', 'UserGroup', 'PolicyEntity', 'PolicyRule', 'ROLE', 'Role'];

function targetsOf(own: JsonRecord): JsonRecord[] {
  return (Array.isArray(own['target']) ? own['target'] : []).filter(isRecord);
}

/** The first that is a user. */
function userAmong(targets: readonly JsonRecord[]): string | undefined {
  const user = targets.find((target) => target['type'] === 'User');
  return user === undefined ? undefined : firstOf(known(user['id']), known(user['alternateId']));
}

function what(own: JsonRecord): Record<string, unknown> {
  const targets = targetsOf(own);
  const target_user_id = userAmong(targets);
  const telling = TELLING.map((type) => targets.find((target) => target['type'] === type)).find((target) => target !== undefined);
  const first = telling ?? targets[0];
  if (first === undefined) {
    const uri = str(recordOf(recordOf(own['debugContext'])['debugData'])['requestUri']);
    return { resource: uri === undefined ? 'okta' : maskText(uri), resource_type: uri === undefined ? 'organization' : 'url' };
  }
  return {
    resource: firstOf(
      first['type'] === 'User' ? known(first['alternateId']) : undefined,
      known(first['displayName']),
      known(first['alternateId']),
      first['id'],
    ),
    resource_type: str(first['type']),
    resource_id: known(first['id']),
    target_user_id: target_user_id === recordOf(own['actor'])['id'] ? undefined : target_user_id,
  };
}

function where(own: JsonRecord): Record<string, unknown> {
  const client = recordOf(own['client']);
  const place = recordOf(client['geographicalContext']);
  const security = recordOf(own['securityContext']);
  const agent = client['userAgent'];
  const parts = [str(place['city']), str(place['state']), str(place['country'])].filter((part) => part !== undefined);
  return {
    ip_address: address(client['ipAddress']),
    ip_chain: chain(own['request']),
    user_agent: isRecord(agent) ? str(agent['rawUserAgent']) : str(agent),
    city: str(place['city']),
    location: parts.join(', '),
    asn: uint(security['asNumber']),
    as_org: str(security['asOrg']),
  };
}

/** Proxies that the request came through, when there are any. */
function chain(request: unknown): string[] | undefined {
  const list = recordOf(request)['ipChain'];
  if (!Array.isArray(list) || list.length < 2) return undefined;
  return list.flatMap((item) => str(recordOf(item)['ip']) ?? []).slice(0, CHAIN_MAX);
}

/** As many as intake takes of a list; all stay in the attributes. */
const CHAIN_MAX = 256;
const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['SUCCESS', 'success'],
  ['ALLOW', 'success'],
  ['FAILURE', 'failure'],
  ['DENY', 'denied'],
  ['RATE_LIMIT', 'denied'],
  ['ABANDONED', 'failure'],
]);

/** Reasons by which authorisation servers fail a request of somebody who may not make it. */
const DENIALS = new Set(['access_denied', 'no_matching_policy', 'user_not_assigned']);

/** SKIPPED, CHALLENGE, UNKNOWN and what Okta may add say of no end. */
function outcome(own: JsonRecord, eventType: string): Record<string, unknown> {
  const { result, reason } = recordOf(own['outcome']);
  const word = (str(result) ?? '').toUpperCase();
  // Whoever says no to a push that was sent answers it with success, as Okta sees it.
  const denied =
    eventType.startsWith('user.mfa.okta_verify.deny_push') ||
    (word === 'FAILURE' && (/unauth_app_access_attempt|deny_access|threat\.detected$/.test(eventType) || DENIALS.has(str(reason) ?? '')));
  return { outcome: denied ? 'denied' : (OUTCOMES.get(word) ?? 'unknown'), status_code: str(result), reason: maskText(str(reason) ?? '') };
}
