import type { Format, MappingRow } from '../format.ts';
import { jsonFormat } from '../json/json-format.ts';
import { isOktaEvent, judgeOktaEvent } from './okta-event.ts';

const mapping: readonly MappingRow[] = [
  { record: '*', field: '(keys)', from: 'in any spelling: `eventType`, `event_type`, `EventType`, `eventtype`' },
  { record: 'events of the Events API (v1)', field: '(all)', from: '`eventId`, `action.objectType`, `actors`, `targets` as the LogEvent’s `uuid`, `eventType`, `actor` and `client`, `target`; the outcome from the name' },
  { record: '*', field: 'timestamp', from: '`published`' },
  { record: '*', field: 'source_event_id', from: '`uuid`' },
  { record: '*', field: 'request_id', from: '`transaction.id`' },
  { record: '*', field: 'user_id', from: '`actor.id`; `actor.alternateId` when the id is unknown' },
  { record: '*', field: 'actor_type', from: '`actor.type`: SystemPrincipal system, applications and clients service, User user; unknown id unknown' },
  { record: '*', field: 'user_name, user_email', from: '`actor.displayName`, `actor.alternateId` when it is an address' },
  { record: 'app.oauth2', field: 'on_behalf_of', from: 'of a client the target of type User' },
  { record: '*', field: 'session_id', from: '`authenticationContext.externalSessionId`' },
  { record: '*', field: 'credential_id', from: '`transaction.detail.requestApiTokenId` (names the token, and is no secret)' },
  { record: '*', field: 'auth_method', from: '`authenticationContext.credentialType`, else `debugContext.debugData.factor`' },
  { record: 'user.authentication.auth_via_mfa', field: 'mfa', from: 'true when it succeeded' },
  { record: '*', field: 'event_type', from: '`eventType`' },
  { record: '*', field: 'action, category', from: 'the beginning of `eventType`: user.session.start, user.authentication → login, authentication; …membership.add → grant, iam; policy, zone, system → config' },
  { record: '*', field: 'resource, resource_type, resource_id', from: 'of `target` the application, client, group or policy, else the first; without targets `debugData.requestUri`' },
  { record: '*', field: 'target_user_id', from: 'the target of type User, when it is not the actor' },
  { record: '*', field: 'ip_address, ip_chain', from: '`client.ipAddress`, `request.ipChain` of several' },
  { record: '*', field: 'user_agent', from: '`client.userAgent.rawUserAgent`' },
  { record: '*', field: 'city, location', from: '`client.geographicalContext`' },
  { record: '*', field: 'asn, as_org', from: '`securityContext.asNumber`, `asOrg`' },
  { record: '*', field: 'outcome', from: '`outcome.result`: SUCCESS, ALLOW success; FAILURE, ABANDONED failure, but for reasons like access_denied denied; DENY, RATE_LIMIT denied; SKIPPED, CHALLENGE, UNKNOWN unknown' },
  { record: '*', field: 'status_code, reason', from: '`outcome.result`, `outcome.reason`' },
]; // biome-ignore format: a table, one row a line

export const okta: Format = jsonFormat({
  name: 'okta',
  title: 'Okta System Log',
  source: 'okta',
  mapping,
  owns: isOktaEvent,
  judge: judgeOktaEvent,
});
