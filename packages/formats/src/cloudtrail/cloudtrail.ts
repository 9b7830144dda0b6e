import type { Format, MappingRow } from '../format.ts';
import { jsonFormat } from '../json/json-format.ts';
import { isAggregate, isDigest, isRecordOfCloudTrail, judgeRecord } from './cloudtrail-record.ts';

const mapping: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '`eventTime`' },
  { record: '*', field: 'source_event_id', from: '`eventID`' },
  { record: '*', field: 'request_id', from: '`requestID`' },
  { record: '*', field: 'user_id', from: '`userIdentity.arn`, else `userName`, `principalId`, `invokedBy`, `accountId`; AWSService: `invokedBy`; IdentityCenterUser: `onBehalfOf.userId`; Unknown at sign-in: `additionalEventData.UserName`, of Cognito `sub`' },
  { record: '*', field: 'actor_type', from: "`userIdentity.type`: AWSService and a role's session of a service, an instance, a function (`inScopeOf`) or a workload service; AWSAccount, and Unknown without a name, unknown; anonymous requests to S3 and Cognito anonymous; else user" },
  { record: '*', field: 'user_name', from: "`userIdentity.userName`; of a role or federated user the session's name" },
  { record: 'AssumedRole', field: 'effective_user_id', from: '`sessionContext.sessionIssuer.arn`: the role' },
  { record: 'AssumedRole', field: 'roles', from: '`sessionContext.sessionIssuer.userName`' },
  { record: '*', field: 'on_behalf_of', from: "`userIdentity.onBehalfOf.userId`, `sessionContext.sourceIdentity`; of a FederatedUser its issuer's ARN" },
  { record: '*', field: 'credential_id', from: '`userIdentity.accessKeyId` (names the key, and is no secret), else `credentialId`' },
  { record: '*', field: 'mfa', from: '`sessionContext.attributes.mfaAuthenticated`; ConsoleLogin: `additionalEventData.MFAUsed`' },
  { record: 'sign-in', field: 'auth_method', from: '`additionalEventData.CredentialType`, `MfaType`' },
  { record: 'Systems Manager', field: 'session_id', from: '`requestParameters.sessionId`, `responseElements.sessionId`' },
  { record: '*', field: 'event_type', from: '`eventName`' },
  { record: '*', field: 'action', from: "the name's verb, and a table of names whose verb does not say it (ConsoleLogin, AssumeRole → login; AttachUserPolicy → grant; PutBucketPolicy → share; Decrypt → read); nothing that `readOnly` says changes nothing is a change" },
  { record: '*', field: 'category', from: 'data events data; IAM iam; sign-in and STS authentication; trails and detectors config; else api' },
  { record: '*', field: 'resource, resource_type, resource_id', from: '`requestParameters.bucketName`, `key`; else the first of `resources`; else the first of `instancesSet`; else a parameter that names it (also in `…Request`), or a member of `serviceEventDetails`; else `eventSource`' },
  { record: '*', field: 'resource_parent', from: 'the bucket of an object; else `recipientAccountId`' },
  { record: 'IAM, Cognito, Identity Center, Directory Service, KMS', field: 'target_user_id', from: '`requestParameters.userName`, `userId`, `principalId`, `granteePrincipal`' },
  { record: '*', field: 'ip_address', from: '`sourceIPAddress` when it is an address; the name of a service goes to `attributes.client_host`' },
  { record: '*', field: 'user_agent, location', from: '`userAgent`, `awsRegion`' },
  { record: 'S3 data events', field: 'bytes_out', from: '`additionalEventData.bytesTransferredOut`' },
  { record: '*', field: 'outcome', from: '`errorCode` (also of `responseElements`): AccessDenied, UnauthorizedOperation, PermissionDenied and their like denied, AuthorizationPending unknown, others failure; sign-in: `responseElements` or `serviceEventDetails` under the own name; none: success, of a sign-in without its answer unknown, of AwsServiceEvent unknown but for …Failed and …Succeeded' },
  { record: '*', field: 'status_code, reason', from: '`errorCode`, `errorMessage`' },
  { record: '*', field: 'attributes', from: 'all else; session tokens and passwords `[redacted]`' },
  { record: 'digest files, Insights and aggregated events', field: '(noise)', from: '`digest_file`, `insight`, `aggregate`' },
]; // biome-ignore format: a table, one row a line

export const cloudtrail: Format = jsonFormat({
  name: 'cloudtrail',
  title: 'AWS CloudTrail',
  source: 'cloudtrail',
  mapping,
  owns: (object) => isRecordOfCloudTrail(object) || isDigest(object) || isAggregate(object),
  judge: judgeRecord,
});
