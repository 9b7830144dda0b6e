import { type Action, actionOf, type Category } from '@daybook/protocol';

/** What an API call does, in our words: an event's name begins with a verb, or is one of those whose verb does not say it. */
export interface CloudTrailAccess {
  readonly action: Action;
  readonly category: Category | undefined;
}

const ACCESS_OF_NAME: ReadonlyMap<string, CloudTrailAccess> = new Map<string, CloudTrailAccess>([
  ...accesses('login', 'authentication', 'ConsoleLogin AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot GetSessionToken GetFederationToken SwitchRole RenewRole GetSigninToken Federate Authenticate UserAuthentication CredentialChallenge CredentialVerification CheckMfa InitiateAuth AdminInitiateAuth RespondToAuthChallenge AdminRespondToAuthChallenge CreateToken CreateTokenWithIAM StartDeviceAuthorization Login_POST Token_POST SAML2Response_POST OAuth2Response_GET CognitoAuthentication'),
  ...accesses('logout', 'authentication', 'ExitRole Logout SignOut GlobalSignOut AdminUserGlobalSignOut RevokeToken Logout_GET'),
  ...accesses('access', 'authentication', 'Login_GET Signup_GET Error_GET OAuth2_Authorize_GET Authorize_GET'),
  ...accesses('update', 'authentication', 'PasswordRecoveryRequested PasswordRecoveryCompleted PasswordUpdated EmailUpdated ChangePassword ForgotPassword ConfirmForgotPassword'),
  ...accesses('grant', 'iam', 'AttachUserPolicy AttachRolePolicy AttachGroupPolicy PutUserPolicy PutRolePolicy PutGroupPolicy AddUserToGroup AddRoleToInstanceProfile UpdateAssumeRolePolicy SetDefaultPolicyVersion CreatePolicyVersion PutUserPermissionsBoundary PutRolePermissionsBoundary CreateGrant CreateAccountAssignment AttachManagedPolicyToPermissionSet CreateGroupMembership AttachPolicy AttachPrincipalPolicy AttachThingPrincipal AdminAddUserToGroup AddMemberToGroup'),
  ...accesses('revoke', 'iam', 'DetachUserPolicy DetachRolePolicy DetachGroupPolicy DeleteUserPolicy DeleteRolePolicy DeleteGroupPolicy RemoveUserFromGroup RemoveRoleFromInstanceProfile DeleteUserPermissionsBoundary DeleteRolePermissionsBoundary RevokeGrant RetireGrant DeleteAccountAssignment DetachManagedPolicyFromPermissionSet DeleteGroupMembership DetachPolicy DetachPrincipalPolicy DetachThingPrincipal AdminRemoveUserFromGroup RemoveMemberFromGroup'),
  ...accesses('grant', 'config', 'AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress AuthorizeDBSecurityGroupIngress AuthorizeClusterSecurityGroupIngress'),
  ...accesses('revoke', 'config', 'RevokeSecurityGroupIngress RevokeSecurityGroupEgress RevokeDBSecurityGroupIngress RevokeClusterSecurityGroupIngress'),
  ...accesses('share', 'iam', 'PutBucketPolicy PutBucketAcl PutObjectAcl PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock PutAccountPublicAccessBlock DeleteAccountPublicAccessBlock ModifySnapshotAttribute ModifyImageAttribute ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute PutResourcePolicy PutKeyPolicy AddPermission AddLayerVersionPermission CreateResourceShare AssociateResourceShare SetRepositoryPolicy ModifyDocumentPermission ModifyVpcEndpointServicePermissions'),
  ...accesses('configure', 'config', 'StartLogging StopLogging PutEventSelectors PutInsightSelectors StartConfigurationRecorder StopConfigurationRecorder PutConfigurationRecorder PutDeliveryChannel EnableKey DisableKey EnableKeyRotation DisableKeyRotation ScheduleKeyDeletion CancelKeyDeletion'),
  ...accesses('connect', 'session', 'StartSession ResumeSession OpenTunnel SendSSHPublicKey SendSerialConsoleSSHPublicKey GetConnectionToken'),
  ...accesses('disconnect', 'session', 'TerminateSession'),
  ...accesses('execute', undefined, 'SendCommand StartAutomationExecution Invoke InvokeExecution InvokeFunction InvokeModel InvokeModelWithResponseStream InvokeAgent InvokeEndpoint Converse ConverseStream ExecuteCommand StartExecution StartBuild RunTask RunJobFlow StartJobRun SubmitJob'),
  ...accesses('query', 'data', 'Query Scan Select SelectObjectContent ExecuteStatement BatchExecuteStatement ExecuteSql StartQuery StartQueryExecution StartQueryExecutionV2 GetQueryResults FilterLogEvents PartiQLSelect'),
  ...accesses('read', 'data', 'Decrypt GetObject GetSecretValue BatchGetSecretValue GetParameter GetParameters GetParametersByPath BatchGetItem GetItem TransactGetItems GetRecords ReceiveMessage GitPull'),
  ...accesses('create', 'data', 'PutObject CopyObject UploadPart CompleteMultipartUpload CreateMultipartUpload PutItem PutRecord PutRecords SendMessage Publish'),
  ...accesses('update', 'data', 'UpdateItem BatchWriteItem TransactWriteItems GitPush'),
  ...accesses('export', 'data', 'ExportTableToPointInTime CreateExportTask StartExportTask ExportImage ExportSnapshot CopySnapshot CopyDBSnapshot'),
  ...accesses('access', 'data', 'Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair ReEncrypt Sign Verify GenerateMac VerifyMac'),
  ...accesses('configure', undefined, 'PutBucketVersioning PutBucketEncryption PutBucketLogging PutBucketLifecycle PutBucketLifecycleConfiguration PutBucketReplication PutBucketTagging PutBucketWebsite PutBucketCors PutBucketNotification PutBucketNotificationConfiguration PutBucketOwnershipControls PutBucketRequestPayment PutBucketAccelerateConfiguration PutObjectLockConfiguration'),
  ...accesses('create', 'iam', 'SignUp'),
  ...accesses('delete', 'iam', 'CloseAccount'),
  ...accesses('update', 'iam', 'LeaveOrganization'),
  ...accesses('create', undefined, 'IssueCertificate'),
  ...accesses('create', 'api', 'RunInstances RequestSpotInstances'),
  ...accesses('delete', undefined, 'TerminateInstances ReleaseAddress CancelSpotInstanceRequests'),
  ...accesses('configure', undefined, 'StartInstances StopInstances RebootInstances'),
]); // biome-ignore format: a table, one row a line

const ACTION_OF_VERB: ReadonlyMap<string, Action> = new Map<string, Action>([
  ...verbs('read', 'Get Describe Head BatchGet Lookup View Check Download Detect Estimate Preview Simulate Validate Verify Retrieve Read Decode Discover Poll Calculate Test Is'),
  ...verbs('list', 'List'),
  ...verbs('query', 'Search Query Scan Filter Select'),
  ...verbs('create', 'Create Put Register Import Copy Upload Allocate Request Add Run Generate Restore Purchase Provision Initiate Clone Subscribe'),
  ...verbs('update', 'Update Modify Set Change Replace Reset Tag Untag Rename Associate Disassociate Assign Unassign Move Promote Transfer Attach Detach Rotate Merge Apply Archive Unarchive Confirm Increase Decrease Link Unlink Join Leave Upgrade Rebuild Write'),
  ...verbs('delete', 'Delete Terminate Remove Deregister Release Purge Destroy Abort Cancel Clear Close Unsubscribe'),
  ...verbs('configure', 'Enable Disable Start Stop Reboot Configure Activate Deactivate Schedule Suspend Resume Pause Lock Unlock Failover'),
  ...verbs('grant', 'Authorize Grant Accept Approve'),
  ...verbs('revoke', 'Revoke Deny Reject Decline'),
  ...verbs('execute', 'Invoke Execute Submit Send'),
  ...verbs('export', 'Export'),
  ...verbs('share', 'Share Publish Invite'),
  ...verbs('deploy', 'Deploy'),
]); // biome-ignore format: a table, one row a line

function accesses(action: Action, category: Category | undefined, names: string): (readonly [string, CloudTrailAccess])[] {
  return names.split(' ').map((name) => [name, { action, category }] as const);
}

function verbs(action: Action, names: string): (readonly [string, Action])[] {
  return names.split(' ').map((name) => [name, action] as const);
}

/** Answers are kept for so many names: an account uses some hundred. Beyond, they are computed each time. */
const CACHE_MAX = 4096;
const cache = new Map<string, CloudTrailAccess>();

/**
 * `name` without the version that Lambda and CloudFront put behind it (`Invoke20150331v2`, `UpdateDistribution2020_05_31`), and the service that the billing
 * console puts before it.
 */
export function accessOf(name: string): CloudTrailAccess {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const bare = name.slice(name.lastIndexOf('.') + 1).replace(/(?:20\d\d[\d_]{4,6})(?:v\d+)?$/, '');
  const verb = /^(?:Batch|Admin)?([A-Z][a-z]+)/.exec(bare)?.[1] ?? '';
  const access = ACCESS_OF_NAME.get(bare) ?? { action: ACTION_OF_VERB.get(verb) ?? actionOf(bare), category: undefined };
  if (cache.size < CACHE_MAX && name.length <= NAME_CHARS_MAX) cache.set(name, access);
  return access;
}

const NAME_CHARS_MAX = 128;
const IAM_SOURCES = new Set([
  'iam.amazonaws.com',
  'organizations.amazonaws.com',
  'sso.amazonaws.com',
  'identitystore.amazonaws.com',
  'sso-directory.amazonaws.com',
  'cognito-idp.amazonaws.com',
  'rolesanywhere.amazonaws.com',
  'ram.amazonaws.com',
]);
const AUTHENTICATION_SOURCES = new Set(['signin.amazonaws.com', 'sts.amazonaws.com', 'sso-oauth.amazonaws.com']);
const CONFIG_SOURCES = new Set([
  'cloudtrail.amazonaws.com',
  'config.amazonaws.com',
  'guardduty.amazonaws.com',
  'securityhub.amazonaws.com',
]);

export function categoryOfCall({ source, data, readOnly }: { source: string; data: boolean; readOnly: boolean }): Category {
  if (data) return 'data';
  if (IAM_SOURCES.has(source)) return 'iam';
  if (AUTHENTICATION_SOURCES.has(source)) return 'authentication';
  return CONFIG_SOURCES.has(source) && !readOnly ? 'config' : 'api';
}
