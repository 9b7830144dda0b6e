import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { bool, firstOf, str, time, uint } from '../json/values.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOf, categoryOfCall } from './cloudtrail-access.ts';
import { HIDDEN, identityOf } from './cloudtrail-identity.ts';
import { resourceOf } from './cloudtrail-resource.ts';

/*
 * A record (CloudTrail user guide, "CloudTrail record contents", eventVersion 1.00 … 1.11):
 *
 *   eventTime, eventVersion, userIdentity, eventSource, eventName, awsRegion, sourceIPAddress, userAgent, errorCode, errorMessage, requestParameters,
 *   responseElements, additionalEventData, requestID, eventID, eventType, apiVersion, managementEvent, readOnly, resources, recipientAccountId,
 *   serviceEventDetails, sharedEventID, vpcEndpointId, eventCategory, sessionCredentialFromConsole, edgeDeviceDetails, tlsDetails, addendum.
 */
const MAPPED = new Set([
  'eventTime', 'eventSource', 'eventName', 'awsRegion', 'userAgent', 'errorCode', 'errorMessage', 'requestID', 'eventID', 'userIdentity',
  'sourceIPAddress',
]); // biome-ignore format: a word list
const MAPPED_OF_IDENTITY = new Set(['arn', 'userName', 'accessKeyId']);

export function isRecordOfCloudTrail(object: JsonRecord): boolean {
  if (typeof object['eventTime'] !== 'string') return false;
  return typeof object['eventVersion'] === 'string' ? isNamed(object) : isCut(object);
}

/** A collector that keeps only what it reads itself drops the version first. */
function isCut(object: JsonRecord): boolean {
  const source = object['eventSource'];
  if (typeof source !== 'string' || typeof object['eventName'] !== 'string') return false;
  return source.endsWith('.amazonaws.com') && 'awsRegion' in object;
}

function isNamed(object: JsonRecord): boolean {
  const source = object['eventSource'];
  // Notifications of S3, SES and their like have the same members, and `aws:s3` for their source.
  if (typeof source === 'string' && typeof object['eventName'] === 'string') return !source.startsWith('aws:');
  return isInsight(object);
}

function isInsight(object: JsonRecord): boolean {
  return object['eventType'] === 'AwsCloudTrailInsight' || object['eventCategory'] === 'Insight';
}

/** What many data events have in common in five minutes, beside the events themselves ("CloudTrail record contents for aggregated events"); it has no time. */
export function isAggregate(object: JsonRecord): boolean {
  return object['eventCategory'] === 'Aggregated' && typeof object['eventVersion'] === 'string' && isRecord(object['timeWindow']);
}

/** A digest file lists log files and their hashes. */
export function isDigest(object: JsonRecord): boolean {
  return typeof object['digestStartTime'] === 'string' && typeof object['digestS3Bucket'] === 'string';
}

export function judgeRecord(record: JsonRecord): Verdict {
  if (isDigest(record)) return noise('digest_file');
  if (isInsight(record)) return noise('insight');
  if (isAggregate(record)) return noise('aggregate');
  const timestamp = time(record['eventTime']);
  if (timestamp === undefined) return quarantine('no_time', 'this CloudTrail record has no time');
  const name = str(record['eventName']) ?? '';
  const source = str(record['eventSource']) ?? '';
  const readOnly = bool(record['readOnly']);
  const data = record['managementEvent'] === false || record['eventCategory'] === 'Data';
  const access = accessOf(name);
  const mutating = MUTATING.has(access.action);
  const extra = recordOf(record['additionalEventData']);
  const from = str(record['sourceIPAddress']);
  const ip_address = addressOf(from);
  return eventOf(
    {
      timestamp,
      source_event_id: str(record['eventID']),
      request_id: str(record['requestID']),
    },
    withSignIn(identityOf(record), record),
    {
      event_type: name,
      action: readOnly === true && (mutating || access.action === 'other') ? 'read' : access.action,
      category: access.category ?? categoryOfCall({ source, data, readOnly: readOnly ?? !mutating }),
    },
    resourceOf(record),
    {
      target_user_id: targetOf(record, source),
      bytes_out: uint(extra['bytesTransferredOut']),
      ip_address,
      user_agent: str(record['userAgent']),
      location: str(record['awsRegion']),
    },
    outcome(record, name),
    {
      attributes: attributesOf(rest(record, ip_address === undefined ? from : undefined)),
    },
  );
}

const MUTATING = new Set(['create', 'update', 'delete', 'configure', 'grant', 'revoke', 'share']);

/** What a sign-in, and a session of Systems Manager, say of themselves. */
function withSignIn(identity: Record<string, unknown>, record: JsonRecord): Record<string, unknown> {
  const extra = recordOf(record['additionalEventData']);
  const used = bool(extra['MFAUsed']);
  if (used !== undefined) identity['mfa'] = used;
  if (record['eventSource'] === 'signin.amazonaws.com') identity['auth_method'] = firstOf(extra['CredentialType'], extra['MfaType']);
  else if (record['eventSource'] === 'ssm.amazonaws.com')
    identity['session_id'] = firstOf(recordOf(record['requestParameters'])['sessionId'], recordOf(record['responseElements'])['sessionId']);
  return identity;
}

function targetOf(record: JsonRecord, source: string): string | undefined {
  const target = namedTarget(recordOf(record['requestParameters']), source);
  return target === HIDDEN ? undefined : target;
}

function namedTarget(parameters: JsonRecord, source: string): string | undefined {
  switch (source) {
    case 'iam.amazonaws.com':
    case 'cognito-idp.amazonaws.com':
    case 'ds.amazonaws.com':
      return firstOf(parameters['userName'], parameters['username']);
    case 'identitystore.amazonaws.com':
    case 'sso-directory.amazonaws.com':
      return firstOf(recordOf(parameters['memberId'])['userId'], parameters['userId'], parameters['userName']);
    case 'sso.amazonaws.com':
      return parameters['principalType'] === 'USER' ? str(parameters['principalId']) : undefined;
    case 'kms.amazonaws.com':
      return str(parameters['granteePrincipal']);
    default:
      return undefined;
  }
}

function outcome(record: JsonRecord, name: string): Record<string, unknown> {
  const answered = recordOf(record['responseElements']);
  // Some services say in their answer that there was none.
  const code = str(record['errorCode']) ?? str(answered['errorCode']);
  const message = str(record['errorMessage']) ?? str(answered['errorMessage']);
  const answer = answerOf(record, name);
  return {
    outcome: outcomeWord(record, { code, message, answer, name }),
    status_code: code ?? answer,
    reason: message === undefined ? undefined : maskText(message),
  };
}

/** A denial by name, whichever service words it: `AccessDenied`, `AccessDeniedException`, `Client.UnauthorizedOperation`, `VpceAccessDenied`; or by status. */
const DENIAL =
  /(?:access|permission)s?_?denied|unauthori[sz]ed|notauthori[sz]ed|forbidden|authorizationerror|insufficient(?:privilege|permission)|AuthFailure$|^(?:S3)?AllAccessDisabled$|^40[13]$/i;
/** Older records and the documentation write it with a small i. */
const SIGN_IN = /^AwsConsoleSign[iI]n$/;
/** A device that asks whether its user has answered yet, some times a minute. */
const PENDING = /^(?:AuthorizationPending|SlowDown)Exception$/;

function outcomeWord(
  record: JsonRecord,
  { code, message, answer, name }: { code: string | undefined; message: string | undefined; answer: string | undefined; name: string },
): string {
  if (code !== undefined) return DENIAL.test(code) ? 'denied' : PENDING.test(code) ? 'unknown' : 'failure';
  if (answer === 'Success') return name === 'CredentialChallenge' ? 'unknown' : 'success';
  if (answer === 'Failure') return 'failure';
  if (message !== undefined) return 'failure';
  // A sign-in says how it ended; where the answer was left out (the console's CSV), nothing does.
  if (SIGN_IN.test(str(record['eventType']) ?? '')) return 'unknown';
  // Of what a service did by itself there is no answer that could be an error; some names are one.
  if (record['eventType'] !== 'AwsServiceEvent') return 'success';
  return name.endsWith('Failed') ? 'failure' : name.endsWith('Succeeded') ? 'success' : 'unknown';
}

/**
 * Sign-in events say how they ended under their own name: `responseElements.ConsoleLogin`, `serviceEventDetails.UserAuthentication`. That a
 * challenge was put to somebody is not yet an end.
 */
function answerOf(record: JsonRecord, name: string): string | undefined {
  const parts = [record['responseElements'], record['serviceEventDetails']];
  for (const part of parts) if (isRecord(part) && Object.hasOwn(part, name) && typeof part[name] === 'string') return part[name];
  // IAM Identity Center's `Authenticate` says it under the step's.
  return name === 'Authenticate' ? str(recordOf(record['serviceEventDetails'])['UserAuthentication']) : undefined;
}

function rest(record: JsonRecord, host: string | undefined): Record<string, unknown> {
  const others = without(record, MAPPED);
  others['eventSource'] = record['eventSource'];
  if (host !== undefined) others['client_host'] = host;
  const identity = record['userIdentity'];
  if (isRecord(identity)) others['userIdentity'] = without(identity, MAPPED_OF_IDENTITY);
  return others;
}
