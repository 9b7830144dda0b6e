import { type ActorType, isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { firstOf, str } from '../json/values.ts';

/*
 * userIdentity (CloudTrail user guide, "CloudTrail userIdentity element"): type Root, IAMUser, AssumedRole, Role, FederatedUser, Directory, AWSAccount,
 * AWSService, IdentityCenterUser, SAMLUser, WebIdentityUser, Unknown; principalId, arn, accountId, accessKeyId, userName, sessionContext {sessionIssuer,
 * attributes, webIdFederationData, sourceIdentity}, invokedBy, identityProvider, onBehalfOf {userId, identityStoreArn}, inScopeOf {issuerType …}.
 */
export function identityOf(record: JsonRecord): Record<string, unknown> {
  const identity = withSignedIn(recordOf(record['userIdentity']), record);
  const type = str(identity['type']) ?? '';
  const session = recordOf(identity['sessionContext']);
  const issuer = recordOf(session['sessionIssuer']);
  const user_id = userOf(identity, type);
  const role = str(issuer['arn']);
  return {
    user_id,
    actor_type: actorOf(identity, type, user_id),
    user_name: nameOf(identity, type),
    user_email: emailOf(identity, type),
    effective_user_id: type === 'AssumedRole' ? (role ?? str(identity['arn'])) : undefined,
    on_behalf_of: firstOf(
      type === 'IdentityCenterUser' ? undefined : recordOf(identity['onBehalfOf'])['userId'],
      session['sourceIdentity'],
      type === 'FederatedUser' ? role : undefined,
    ),
    roles: type === 'AssumedRole' ? roleNames(str(issuer['userName'])) : undefined,
    credential_id: firstOf(identity['accessKeyId'], identity['credentialId']),
    mfa: mfaOf(session),
  };
}

/**
 * At sign-in the identity may not yet say who it is: Identity Center has the name beside it, and Cognito, of calls that need no credentials, the id of
 * the user.
 */
function withSignedIn(identity: JsonRecord, record: JsonRecord): JsonRecord {
  const { type } = identity;
  if (type !== 'Unknown' && type !== 'IdentityCenterUser') return identity;
  const extra = recordOf(record['additionalEventData']);
  const source = record['eventSource'];
  const userName =
    source === 'cognito-idp.amazonaws.com' ? firstOf(extra['sub']) : SIGN_IN.has(source) ? firstOf(extra['UserName']) : undefined;
  if (userName === undefined || userName === HIDDEN || nameOf(identity, type) !== undefined) return identity;
  return { ...identity, userName, principalId: isAnonymous(identity) ? undefined : identity['principalId'] };
}

const SIGN_IN: ReadonlySet<unknown> = new Set(['signin.amazonaws.com', 'sso.amazonaws.com']);

/** An anonymous request to S3 has this as its account; a call to Cognito that needs no credentials has such a principal. */
const ANONYMOUS = 'ANONYMOUS_PRINCIPAL';

function isAnonymous({ accountId, principalId }: JsonRecord): boolean {
  return accountId === ANONYMOUS || accountId === 'anonymous' || principalId === 'Anonymous';
}

function userOf(identity: JsonRecord, type: string): string | undefined {
  if (isAnonymous(identity)) return undefined;
  if (type === 'AWSService') return firstOf(identity['invokedBy'], identity['arn'], identity['principalId']);
  if (type === 'IdentityCenterUser')
    return firstOf(recordOf(identity['onBehalfOf'])['userId'], identity['userName'], identity['credentialId']);
  const name = identity['userName'] === HIDDEN ? undefined : identity['userName'];
  return firstOf(
    identity['arn'],
    name,
    identity['principalId'],
    identity['invokedBy'],
    name === undefined && (type === 'IAMUser' || type === 'Unknown') ? undefined : identity['accountId'],
  );
}

function actorOf(identity: JsonRecord, type: string, user: string | undefined): ActorType {
  if (isAnonymous(identity)) return 'anonymous';
  if (user === undefined) return 'unknown';
  switch (type) {
    case 'AWSService':
      return 'service';
    case 'AssumedRole':
    case 'Role':
      return isServiceSession(identity) ? 'service' : 'user';
    case 'WebIdentityUser':
      return user.startsWith('system:serviceaccount:') || WORKLOADS.test(str(identity['identityProvider']) ?? '') ? 'service' : 'user';
    case 'AWSAccount':
      return 'unknown';
    case 'Unknown':
      // Identity Center's sign-in says so of people whose name it knows.
      return nameOf(identity, type) === undefined ? 'unknown' : 'user';
    case '':
      return str(identity['invokedBy']) === undefined ? 'unknown' : 'service';
    default:
      return 'user';
  }
}

/**
 * Whether a role's session is a machine's: of a service's own role, of an instance's metadata service (the session is named after the instance), of a
 * workload with a web identity of the cluster or pipeline, or used by an AWS service on its own account.
 */
function isServiceSession(identity: JsonRecord): boolean {
  const session = recordOf(identity['sessionContext']);
  const issuer = str(recordOf(session['sessionIssuer'])['arn']) ?? '';
  if (issuer.includes(':role/aws-service-role/')) return true;
  if (session['ec2RoleDelivery'] !== undefined) return true;
  // What a function, a task or an instance was given, since version 1.11.
  if (isRecord(identity['inScopeOf'])) return true;
  const provider = str(recordOf(session['webIdFederationData'])['federatedProvider']) ?? '';
  if (WORKLOADS.test(provider)) return true;
  return /^i-[0-9a-f]{8,17}$/.test(sessionName(identity) ?? '');
}

/** Web identities of workloads, not of people: service accounts of a cluster, jobs of a pipeline. */
const WORKLOADS = /oidc\.eks\.|container\.googleapis\.com|token\.actions\.githubusercontent\.com|gitlab|circleci|vstoken/;

/** `AROA…:session`, and the last part of the ARN. */
function sessionName(identity: JsonRecord): string | undefined {
  const principal = str(identity['principalId']) ?? '';
  const colon = principal.indexOf(':');
  return colon < 0 ? undefined : principal.slice(colon + 1);
}

function nameOf(identity: JsonRecord, type: string): string | undefined {
  const own = str(identity['userName']);
  if (own !== undefined && own !== HIDDEN) return own;
  if (type === 'Root') return 'root';
  return type === 'AssumedRole' || type === 'FederatedUser' ? sessionName(identity) : undefined;
}

/** CloudTrail hides a name that was typed at a failed log-in: it may be a password. So it does with parameters. */
export const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';
const EMAIL = /^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/;

function emailOf(identity: JsonRecord, type: string): string | undefined {
  const name = nameOf(identity, type);
  return name !== undefined && EMAIL.test(name) ? name : undefined;
}

function roleNames(name: string | undefined): string[] {
  return name === undefined ? [] : [name];
}

function mfaOf(session: JsonRecord): boolean | undefined {
  const word = recordOf(session['attributes'])['mfaAuthenticated'];
  return word === 'true' || word === true ? true : word === 'false' || word === false ? false : undefined;
}
