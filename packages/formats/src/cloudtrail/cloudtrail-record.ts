import { isRecord, type JsonRecord, recordOf } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';
import { attributesOf, without } from '../json/attributes.ts';
import { bool, firstOf, str, time, uint } from '../json/values.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOf, categoryOfCall } from './cloudtrail-access.ts';
import { identityOf } from './cloudtrail-identity.ts';
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

/** A digest file lists log files and their hashes. */
export function isDigest(object: JsonRecord): boolean {
  return typeof object['digestStartTime'] === 'string' && typeof object['digestS3Bucket'] === 'string';
}

export function judgeRecord(record: JsonRecord): Verdict {
  if (isDigest(record)) return noise('digest_file');
  if (isInsight(record)) return noise('insight');
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
    withMfa(identityOf(recordOf(record['userIdentity'])), extra),
    {
      event_type: name,
      action: readOnly === true && mutating ? 'read' : access.action,
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

function withMfa(identity: Record<string, unknown>, extra: JsonRecord): Record<string, unknown> {
  const used = bool(extra['MFAUsed']);
  if (used !== undefined) identity['mfa'] = used;
  return identity;
}

function targetOf(record: JsonRecord, source: string): string | undefined {
  const parameters = recordOf(record['requestParameters']);
  if (source === 'iam.amazonaws.com' || source === 'cognito-idp.amazonaws.com')
    return firstOf(parameters['userName'], parameters['username']);
  return source === 'identitystore.amazonaws.com' ? firstOf(recordOf(parameters['memberId'])['userId'], parameters['userId']) : undefined;
}

function outcome(record: JsonRecord, name: string): Record<string, unknown> {
  const code = str(record['errorCode']);
  const message = str(record['errorMessage']);
  const answer = answerOf(record, name);
  return { outcome: outcomeWord(record, { code, message, answer }), status_code: code ?? answer, reason: message };
}

/** A denial by name, whichever service words it: `AccessDenied`, `AccessDeniedException`, `Client.UnauthorizedOperation`, `VpceAccessDenied`. */
const DENIAL = /access_?denied|unauthori[sz]ed|notauthori[sz]ed|forbidden|authorizationerror|AuthFailure$|^(?:S3)?AllAccessDisabled$/i;

function outcomeWord(
  record: JsonRecord,
  { code, message, answer }: { code: string | undefined; message: string | undefined; answer: string | undefined },
): string {
  if (code !== undefined) return DENIAL.test(code) ? 'denied' : 'failure';
  if (answer === 'Success') return 'success';
  if (answer === 'Failure') return 'failure';
  if (message !== undefined) return 'failure';
  // Of what a service did by itself there is no answer that could be an error.
  return record['eventType'] === 'AwsServiceEvent' ? 'unknown' : 'success';
}

/** Sign-in events say how they ended under their own name: `responseElements.ConsoleLogin`, `serviceEventDetails.UserAuthentication`. */
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
