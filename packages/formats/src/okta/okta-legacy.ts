import { isRecord, type JsonRecord } from '@daybook/protocol';
import { firstOf, str } from '../json/values.ts';

/*
 * Events of Okta's first API (developer.okta.com, "Events API", which the System Log replaced):
 *
 *   eventId, published, sessionId, requestId, action {message, categories, objectType, requestUri}, actors [{id, displayName, login, ipAddress, objectType}],
 *   targets [the same]. `action.objectType` is what a LogEvent has as its `legacyEventType`: core.user_auth.login_success.
 *
 * They are brought into the form of a LogEvent, so that the mapping is written once.
 */
export function isLegacyEvent(object: JsonRecord): boolean {
  const action = object['action'];
  return (
    typeof object['eventId'] === 'string' &&
    typeof object['published'] === 'string' &&
    Array.isArray(object['actors']) &&
    isRecord(action) &&
    typeof action['objectType'] === 'string'
  );
}

/** The System Log's names of what the mapping looks at; others stay as they are. */
const EVENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['core.user_auth.login_success', 'user.session.start'], ['core.user_auth.login_failed', 'user.session.start'],
  ['core.user_auth.login_denied', 'user.session.start'], ['core.user_auth.logout_success', 'user.session.end'],
  ['core.user_auth.account_locked', 'user.account.lock'], ['core.user.factor.attempt_success', 'user.authentication.auth_via_mfa'],
  ['core.user.factor.attempt_fail', 'user.authentication.auth_via_mfa'], ['app.auth.sso', 'user.authentication.sso'],
  ['core.user.admin_privilege.granted', 'user.account.privilege.grant'], ['core.user.admin_privilege.revoked', 'user.account.privilege.revoke'],
  ['core.user_group_member.user_add', 'group.user_membership.add'], ['core.user_group_member.user_remove', 'group.user_membership.remove'],
  ['app.generic.unauth_app_access_attempt', 'app.generic.unauth_app_access_attempt'],
]); // biome-ignore format: a table

/** What a legacy event is in the mapping's eyes; its own name is what stays as the event's type. */
export function mappedTypeOf(eventType: string): string {
  return EVENT_TYPES.get(eventType) ?? eventType;
}

export function ofLegacy(event: JsonRecord): JsonRecord {
  const { eventId, sessionId, requestId, action, actors, targets, ...others } = event;
  const deed = isRecord(action) ? action : {};
  const all = (Array.isArray(actors) ? actors : []).filter(isRecord);
  const client = all.find((actor) => actor['objectType'] === 'Client');
  const actor = all.find((one) => one !== client);
  const eventType = str(deed['objectType']) ?? '';
  return {
    ...others,
    uuid: eventId,
    eventType,
    displayMessage: deed['message'],
    actor: actor === undefined ? {} : partyOf(actor),
    client: { ipAddress: firstOf(client?.['ipAddress'], actor?.['ipAddress']), userAgent: { rawUserAgent: client?.['id'] } },
    outcome: { result: resultOf(eventType) },
    target: (Array.isArray(targets) ? targets : []).filter(isRecord).map(partyOf),
    transaction: { id: requestId },
    authenticationContext: { externalSessionId: sessionId },
    debugContext: { debugData: { requestUri: deed['requestUri'] } },
    categories: deed['categories'],
  };
}

function partyOf({ objectType, login, ...party }: JsonRecord): JsonRecord {
  return { ...party, type: objectType, alternateId: login };
}

/** An event had no outcome but the one that its name tells. */
function resultOf(eventType: string): string | undefined {
  if (/(?:fail|failed|failure)$/.test(eventType)) return 'FAILURE';
  if (/denied$|unauth_app_access_attempt$/.test(eventType)) return 'DENY';
  return /(?:success|granted|revoked|user_add|user_remove)$|^app\.auth\.sso$/.test(eventType) ? 'SUCCESS' : undefined;
}
