import { type ActorType, isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { address, firstOf, str } from '../json/values.ts';
import type { AzureRecord } from './azure-record.ts';

/** Categories of Entra ID's sign-in logs, and who signs in there. */
const ACTOR_OF_CATEGORY: ReadonlyMap<string, ActorType> = new Map([
  ['signinlogs', 'user'],
  ['noninteractiveusersigninlogs', 'user'],
  ['serviceprincipalsigninlogs', 'service'],
  ['managedidentitysigninlogs', 'service'],
  ['microsoftserviceprincipalsigninlogs', 'service'],
  ['adfssigninlogs', 'user'],
]);

export function isSignIn({ category, operation }: AzureRecord): boolean {
  return ACTOR_OF_CATEGORY.has(category.toLowerCase()) || operation === 'Sign-in activity';
}

/** Fields of a sign-in; `properties` are those of Microsoft Graph's signIn. */
export function signInFields(record: AzureRecord): Record<string, unknown> {
  const p = record.properties;
  const place = isRecord(p['location']) ? p['location'] : recordOf(p['locationDetails']);
  const email = str(p['userPrincipalName']);
  const service = isService(record);
  const user_id = service
    ? firstOf(p['servicePrincipalId'], p['appId'], p['servicePrincipalName'])
    : firstOf(p['userId'], email, p['userDisplayName'], record.identity);
  const country = str(place['countryOrRegion']) ?? record.location;
  return {
    user_id,
    actor_type: user_id === undefined ? 'unknown' : service ? 'service' : 'user',
    user_name: firstOf(service ? p['servicePrincipalName'] : p['userDisplayName'], isRecord(record.identity) ? undefined : record.identity),
    user_email: email?.includes('@') === true ? email : undefined,
    agent_id: str(p['appId']),
    session_id: str(p['sessionId']),
    credential_id: firstOf(p['servicePrincipalCredentialKeyId'], p['uniqueTokenIdentifier']),
    auth_method: methodOf(p),
    event_type: record.operation,
    action: 'login',
    category: 'authentication',
    resource: firstOf(p['resourceDisplayName'], p['appDisplayName'], record.resourceId, record.operation),
    resource_type: 'application',
    resource_id: firstOf(p['resourceId'], p['resourceIdentity'], p['appId']),
    ip_address: address(p['ipAddress']) ?? address(record.ip),
    user_agent: str(p['userAgent']),
    city: str(place['city']),
    country_code: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
    asn: typeof p['autonomousSystemNumber'] === 'number' ? p['autonomousSystemNumber'] : undefined,
    ...withMfa(p, signInOutcome(record)),
  };
}

/** By its category; Microsoft Graph has one list for all, whose entries say it themselves. */
function isService({ category, properties: p }: AzureRecord): boolean {
  if (ACTOR_OF_CATEGORY.get(category.toLowerCase()) === 'service') return true;
  return str(p['userId']) === undefined && str(p['userPrincipalName']) === undefined && str(p['servicePrincipalId']) !== undefined;
}

/** Codes of AADSTS (learn.microsoft.com, "Microsoft Entra authentication and authorization error codes") that are a rule's no, not a wrong proof. */
const DENIALS =
  /^(?:5300\d|53010|53011|530\d\d\d|50105|50005|50020|50057|90094|7000112|500213|500212|65005|700016|50053|50177|90072|50131|50158)$/;

/** The sign-in goes on: a second factor, a choice or a page is asked for. */
const INTERRUPTS =
  /^(?:50140|50058|50097|50125|50129|1600[0123]|51006|50072|50074|50076|50078|50079|50199|50203|502031|65001|70016|70043|70044|90095|9002341)$/;

/** Of a code other than 0. */
export function outcomeOfSignIn(code: string): 'unknown' | 'denied' | 'failure' {
  if (code === '' || INTERRUPTS.test(code)) return 'unknown';
  return DENIALS.test(code) ? 'denied' : 'failure';
}

function signInOutcome(record: AzureRecord): Record<string, unknown> {
  const status = recordOf(record.properties['status']);
  const code = firstOf(status['errorCode'], record.result) ?? '';
  const reason = firstOf(status['failureReason'], record.description);
  const blocked = record.properties['conditionalAccessStatus'] === 'failure';
  if (code === '0' || code === 'Success') return { outcome: blocked ? 'denied' : 'success', status_code: code };
  const word = outcomeOfSignIn(code);
  const outcome = word === 'failure' && blocked ? 'denied' : word;
  return { outcome, status_code: code, reason: reason === undefined || reason === 'Other.' ? undefined : maskText(reason) };
}

function methodOf(p: JsonRecord): string | undefined {
  const details = p['authenticationDetails'];
  const first = recordOf(Array.isArray(details) ? details[0] : undefined);
  return firstOf(first['authenticationMethod'], p['authenticationProtocol'], p['clientAppUsed'], p['clientCredentialType']);
}

/** What is required was only shown where the sign-in succeeded. */
function withMfa(p: JsonRecord, outcome: Record<string, unknown>): Record<string, unknown> {
  const required = str(p['authenticationRequirement']);
  const many = required === 'multiFactorAuthentication';
  if (many ? outcome['outcome'] !== 'success' : required !== 'singleFactorAuthentication') return outcome;
  return { ...outcome, mfa: many };
}
