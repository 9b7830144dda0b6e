import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { cloudtrail } from './cloudtrail.ts';

const RECORD = {
  eventVersion: '1.08',
  userIdentity: {
    type: 'IAMUser',
    principalId: 'AIDA',
    arn: 'arn:aws:iam::1:user/alice',
    accountId: '1',
    accessKeyId: 'AKIA',
    userName: 'alice',
  },
  eventTime: '2026-03-01T10:00:00Z',
  eventSource: 's3.amazonaws.com',
  eventName: 'GetObject',
  awsRegion: 'eu-west-1',
  sourceIPAddress: '203.0.113.7',
  userAgent: 'aws-cli',
  requestParameters: { bucketName: 'b', key: 'k' },
  responseElements: null,
  eventID: 'e1',
  eventType: 'AwsApiCall',
};
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(cloudtrail, { ...RECORD, ...change }, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(cloudtrail, import.meta.dirname);
});

it('says what a call does', () => {
  const access = (eventName: string, action: string, category?: string, eventSource = 'ec2.amazonaws.com') =>
    f(
      { eventName, eventSource, requestParameters: null },
      { event_type: eventName, action, ...(category === undefined ? {} : { category }) },
    );
  access('DescribeInstances', 'read', 'api');
  access('ListBuckets', 'list');
  access('RunInstances', 'create');
  access('TerminateInstances', 'delete');
  access('ModifyInstanceAttribute', 'update');
  access('Invoke20150331', 'execute', 'api', 'lambda.amazonaws.com');
  access('UpdateFunctionCode20150331v2', 'update');
  access('AuthorizeSecurityGroupIngress', 'grant', 'config');
  access('AttachRolePolicy', 'grant', 'iam', 'iam.amazonaws.com');
  access('DeleteUserPolicy', 'revoke', 'iam', 'iam.amazonaws.com');
  access('CreateAccessKey', 'create', 'iam', 'iam.amazonaws.com');
  access('AssumeRole', 'login', 'authentication', 'sts.amazonaws.com');
  access('StartQueryExecution', 'query', 'data', 'athena.amazonaws.com');
  access('StopLogging', 'configure', 'config', 'cloudtrail.amazonaws.com');
  access('PutBucketVersioning', 'configure', 'api', 's3.amazonaws.com');
  access('PutBucketPolicy', 'share', 'iam', 's3.amazonaws.com');
  access('constructor', 'other');
});

it('says what an instance call is about, and who signed in to Identity Center', () => {
  const instances = (...ids: string[]) => ({ instancesSet: { items: ids.map((instanceId) => ({ instanceId })) } });
  const ec2 = { eventSource: 'ec2.amazonaws.com', eventName: 'TerminateInstances' };
  f({ ...ec2, requestParameters: instances('i-1', 'i-2') }, { resource: 'i-1', resource_type: 'AWS::EC2::Instance' });
  f(
    { ...ec2, requestParameters: { instancesSet: { items: [{ imageId: 'ami-1' }] } }, responseElements: instances('i-3') },
    { resource: 'i-3' },
  );
  f({ userIdentity: { type: 'Unknown', userName: 'dave' } }, { user_id: 'dave', actor_type: 'user' });
  f({ userIdentity: { type: 'Unknown', principalId: '1' } }, { actor_type: 'unknown' });
  f({ userIdentity: { type: 'Unknown', principalId: '', accountId: '1' } }, { user_id: undefined, actor_type: 'unknown' });
  f({ eventVersion: undefined, awsRegion: 'eu-west-1' }, { user_id: 'arn:aws:iam::1:user/alice', outcome: 'success' });
});

it('tells what changes rights from what joins things', () => {
  const access = (eventName: string, action: string, category: string, eventSource = 'ec2.amazonaws.com', readOnly?: boolean) =>
    f({ eventName, eventSource, requestParameters: null, readOnly }, { action, category });
  access('AttachVolume', 'update', 'api');
  access('DetachInternetGateway', 'update', 'api');
  access('AttachPolicy', 'grant', 'iam', 'organizations.amazonaws.com');
  access('DetachPolicy', 'revoke', 'iam', 'organizations.amazonaws.com');
  access('AddMemberToGroup', 'grant', 'iam', 'sso-directory.amazonaws.com');
  access('AdminAddUserToGroup', 'grant', 'iam', 'cognito-idp.amazonaws.com');
  access('AdminCreateUser', 'create', 'iam', 'cognito-idp.amazonaws.com');
  access('AdminInitiateAuth', 'login', 'authentication', 'cognito-idp.amazonaws.com');
  access('ModifyDocumentPermission', 'share', 'iam', 'ssm.amazonaws.com');
  access('DeleteAccountPublicAccessBlock', 'share', 'iam', 's3.amazonaws.com');
  access('Converse', 'execute', 'api', 'bedrock.amazonaws.com');
  access('GitPull', 'read', 'data', 'codecommit.amazonaws.com');
  access('RotateKey', 'update', 'api', 'kms.amazonaws.com');
  access('CloseAccount', 'delete', 'iam', 'account.amazonaws.com');
  access('AWSPaymentPortalService.SetPaymentInstrument', 'update', 'api', 'billingconsole.amazonaws.com');
  // A verb that nobody knows changes nothing when the record says so.
  access('FrobnicateThing', 'other', 'api', 'x.amazonaws.com', false);
  access('FrobnicateThing', 'read', 'api', 'x.amazonaws.com', true);
});

it('names what a call is about by its own service', () => {
  const named = (service: string, requestParameters: object, resource: string, resource_type: string, change: object = {}) =>
    f({ eventSource: `${service}.amazonaws.com`, eventName: 'Do', requestParameters, ...change }, { resource, resource_type });
  named('ec2', { groupId: 'sg-1' }, 'sg-1', 'AWS::EC2::SecurityGroup');
  named('identitystore', { groupId: 'g', memberId: { userId: 'u' } }, 'g', 'identitystore');
  named('codecommit', { repositoryName: 'r' }, 'r', 'codecommit');
  named('ecr', { repositoryName: 'r' }, 'r', 'AWS::ECR::Repository');
  named('ssm', { instanceIds: ['i-1', 'i-2'], documentName: 'AWS-RunShellScript' }, 'i-1', 'AWS::EC2::Instance');
  named('ssm', { names: ['/a', '/b'] }, '/a', 'ssm');
  named('ec2', { DoRequest: { FlowLogId: { tag: 1, content: 'fl-1' } } }, 'fl-1', 'AWS::EC2::FlowLog');
  named('ec2', { DoRequest: { InstanceId: 'i-9' } }, 'i-9', 'AWS::EC2::Instance');
  named('ec2', { resourcesSet: { items: [{ resourceId: 'vol-1' }] } }, 'vol-1', 'ec2');
  named('sts', { targetPrincipal: '222222222222' }, '222222222222', 'sts');
  named('kms', {}, 'k-1', 'AWS::KMS::Key', { serviceEventDetails: { keyId: 'k-1' } });
  named('secretsmanager', {}, 'arn:s', 'AWS::SecretsManager::Secret', { additionalEventData: { SecretId: 'arn:s' } });
  // What CloudTrail hides is no name.
  named('sso-directory', { userName: 'HIDDEN_DUE_TO_SECURITY_REASONS' }, 'sso-directory.amazonaws.com', 'service');
  f(
    { eventSource: 'cognito-idp.amazonaws.com', eventName: 'SignUp', requestParameters: { username: 'HIDDEN_DUE_TO_SECURITY_REASONS' } },
    { target_user_id: undefined },
  );
  f(
    {
      eventSource: 'sso.amazonaws.com',
      eventName: 'CreateAccountAssignment',
      requestParameters: { principalType: 'USER', principalId: 'u' },
    },
    { target_user_id: 'u' },
  );
});

it('knows who signs in where the identity does not say it', () => {
  const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';
  const signIn = {
    eventSource: 'signin.amazonaws.com',
    eventName: 'UserAuthentication',
    eventType: 'AwsServiceEvent',
    requestParameters: null,
  };
  const additionalEventData = { CredentialType: 'PASSWORD', UserName: 'erin' };
  const unknown = { type: 'Unknown', principalId: '1', accountId: '1', userName: HIDDEN };
  f({ ...signIn, userIdentity: unknown, additionalEventData }, { user_id: 'erin', actor_type: 'user', auth_method: 'PASSWORD' });
  f({ ...signIn, userIdentity: unknown, additionalEventData: { UserName: HIDDEN } }, { user_id: '1', actor_type: 'unknown' });
  f(
    { ...signIn, userIdentity: { type: 'IdentityCenterUser', onBehalfOf: { userId: 'id-1' } }, additionalEventData },
    { user_id: 'id-1', user_name: 'erin' },
  );
  // Elsewhere it is a service's own word.
  f({ userIdentity: unknown, additionalEventData }, { user_id: '1' });
  f({ additionalEventData }, { user_id: 'arn:aws:iam::1:user/alice', user_name: 'alice' });
  const cognito = {
    eventSource: 'cognito-idp.amazonaws.com',
    eventName: 'InitiateAuth',
    userIdentity: { type: 'Unknown', principalId: 'Anonymous' },
  };
  f(cognito, { user_id: undefined, actor_type: 'anonymous', action: 'login' });
  f({ ...cognito, additionalEventData: { sub: 's-1' } }, { user_id: 's-1', actor_type: 'user' });
  f({ userIdentity: { type: 'AWSAccount', principalId: '', accountId: 'anonymous' } }, { user_id: undefined, actor_type: 'anonymous' });
  const role = { type: 'AssumedRole', principalId: 'AROA:fn', arn: 'arn:aws:sts::1:assumed-role/fn/fn' };
  f({ userIdentity: role }, { actor_type: 'user' });
  f({ userIdentity: { ...role, inScopeOf: { issuerType: 'AWS::Lambda::Function' } } }, { actor_type: 'service' });
});

it('names the session of Systems Manager', () => {
  const ssm = { eventSource: 'ssm.amazonaws.com', requestParameters: { target: 'i-1' } };
  f({ ...ssm, eventName: 'StartSession', responseElements: { sessionId: 'alice-1' } }, { session_id: 'alice-1', action: 'connect' });
  f({ ...ssm, eventName: 'TerminateSession', requestParameters: { sessionId: 'alice-1' } }, { session_id: 'alice-1' });
});

it('says how it ended', () => {
  for (const errorCode of [
    'AccessDenied',
    'AccessDeniedException',
    'Client.UnauthorizedOperation',
    'UnauthorizedOperation',
    'NotAuthorizedException',
    'VpceAccessDenied',
    'PermissionDenied',
    'InsufficientPrivilegesException',
    '403',
  ])
    f({ errorCode, errorMessage: 'no' }, { outcome: 'denied', status_code: errorCode, reason: 'no' });
  for (const errorCode of ['NoSuchKey', 'ThrottlingException', 'ExpiredTokenException']) f({ errorCode }, { outcome: 'failure' });
  f({ eventName: 'SwitchRole', responseElements: { SwitchRole: 'Failure' } }, { outcome: 'failure' });
  f(
    { responseElements: { errorCode: 'AccessDenied', errorMessage: 'no' } },
    { outcome: 'denied', status_code: 'AccessDenied', reason: 'no' },
  );
  const challenge = {
    eventType: 'AwsServiceEvent',
    eventName: 'CredentialChallenge',
    serviceEventDetails: { CredentialChallenge: 'Success' },
  };
  f(challenge, { outcome: 'unknown', action: 'login' });
  const { eventTime, ...untimed } = RECORD;
  expect(judged(cloudtrail, { ...untimed, eventCategory: 'Aggregated', timeWindow: { windowStart: eventTime } })).toMatchObject({
    result: 'noise',
    code: 'aggregate',
  });
  f({ eventType: 'AwsConsoleSignIn', eventName: 'ConsoleLogin', responseElements: null }, { outcome: 'unknown' });
  f({ eventName: 'CreateToken', errorCode: 'AuthorizationPendingException' }, { outcome: 'unknown' });
  f({ eventType: 'AwsServiceEvent' }, { outcome: 'unknown' });
  f({ eventType: 'AwsServiceEvent', eventName: 'RotationFailed' }, { outcome: 'failure' });
  f({ eventType: 'AwsServiceEvent', eventName: 'RotationSucceeded' }, { outcome: 'success' });
  // The same word under another name is a client's.
  f({ responseElements: { ConsoleLogin: 'Failure' } }, { outcome: 'success' });
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...RECORD, userIdentity: { type: 'Root' }, sourceIPAddress: '10.9.9.9' });
  f(
    {
      userAgent: forged,
      requestParameters: { bucketName: 'userIdentity', key: '{"errorCode":"AccessDenied"}', message: forged, detail: RECORD },
    },
    {
      user_id: 'arn:aws:iam::1:user/alice',
      ip_address: '203.0.113.7',
      outcome: 'success',
      user_agent: forged,
      resource: 'arn:aws:s3:::userIdentity/{"errorCode":"AccessDenied"}',
    },
  );
  f({ requestParameters: { bucketName: 'eventName' } }, { resource: 'arn:aws:s3:::eventName', event_type: 'GetObject' });
  expect(judged(cloudtrail, { log: forged, severity: 'high' })).toMatchObject({ result: 'quarantine', code: 'other_record' });
});

it('keeps no credential', () => {
  const { attributes } = f(
    {
      responseElements: { credentials: { accessKeyId: 'ASIA', sessionToken: 'FwoGsecret' } },
      requestParameters: {
        url: 'https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef0123',
        'X-Amz-Signature': '0123abcdef',
        deviceCode: 'device-1234',
        tokenCode: '428517',
        optionSettings: [{ optionName: 'DB_PASSWORD', value: 'hunter2' }],
        parameters: [{ parameterKey: 'ApiToken', parameterValue: 'hunter3' }],
        tags: [{ key: 'client_secret', value: 'hunter4' }],
      },
    },
    {},
  );
  expect(JSON.stringify(attributes)).not.toMatch(/FwoGsecret|abcdef0123|0123abcdef|device-1234|428517|hunter\d/);
  const told = JSON.stringify({ credentials: { sessionToken: 'FwoGsecret' }, roleName: 'r' });
  const kept = f({ '@message': told, notes: [told, '{"password":"hunter5', '{"roleName": "token"}'] }, {})['attributes'];
  expect(JSON.stringify(kept)).not.toContain('FwoGsecret');
  // What has no secret stays as it was written.
  expect(kept).toMatchObject({ '@message': told.replace('FwoGsecret', '[redacted]') });
  expect(JSON.stringify(kept)).toContain(JSON.stringify('{"roleName": "token"}'));
  const deep = `{"a":${'['.repeat(400)}"token"${']'.repeat(400)}}`;
  expect(f({ deep }, { outcome: 'success' })['attributes']).toMatchObject({ deep });
  const event = f({ errorCode: 'Invalid', errorMessage: 'cannot read https://b/k?X-Amz-Signature=abcdef0123' }, { outcome: 'failure' });
  expect(JSON.stringify(event)).not.toContain('abcdef0123');
  f({ sourceIPAddress: 'config.amazonaws.com' }, { ip_address: undefined });
});

it('is read from what SNS and CloudWatch Logs send', () => {
  const event = { version: '0', 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.s3', detail: RECORD };
  const sns = { Type: 'Notification', MessageId: 'm', TopicArn: 'arn:aws:sns:eu-west-1:1:t', Message: JSON.stringify(event) };
  expectEvent(cloudtrail, sns, { event_type: 'GetObject', user_id: 'arn:aws:iam::1:user/alice' });
  // With members that SNS does not write it is some application's.
  expect(judged(cloudtrail, { ...sns, level: 'info' })).toMatchObject({ code: 'other_record' });
  const message = JSON.stringify(RECORD);
  const beat = {
    '@timestamp': '2026-03-01T10:00:01.000Z',
    message,
    agent: { type: 'filebeat' },
    ecs: { version: '8.0.0' },
    log: { offset: 1 },
  };
  const logstash = { '@timestamp': '2026-03-01T10:00:01.000Z', '@version': '1', message, host: { name: 'h' } };
  const vector = { file: '/var/log/trail.json', host: 'h', message, source_type: 'file', timestamp: '2026-03-01T10:00:01Z' };
  for (const line of [beat, logstash, vector]) {
    expectEvent(cloudtrail, line, { event_type: 'GetObject', user_id: 'arn:aws:iam::1:user/alice', timestamp: '2026-03-01T10:00:00Z' });
    // An application that logs in such a form has words of its own.
    expect(judged(cloudtrail, { ...line, level: 'info' })).toMatchObject({ code: 'other_record' });
  }
  const control = { id: '', timestamp: 1510254469274, message: 'CWL CONTROL MESSAGE: Checking health of destination Firehose.' };
  expect(judged(cloudtrail, control)).toMatchObject({ result: 'noise', code: 'control_message' });
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise('{"eventName":"page_view","eventTime":"2026-03-01T10:00:00Z","user":1}\n')?.name).toBe('json');
  expect(recognise(`{"Records":[${JSON.stringify(RECORD)}]}`)?.name).toBe('cloudtrail');
  expect(recognise(JSON.stringify([{ '@timestamp': '2026-03-01 10:00:00.000', '@message': RECORD, '@ptr': 'p' }]))?.name).toBe(
    'cloudtrail',
  );
  // A notification of S3 about a file, in a wrapper of the same name.
  expect(
    recognise(
      '{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2026-03-01T10:00:00Z","eventName":"ObjectCreated:Put","s3":{}}]}',
    )?.name,
  ).toBe('json');
});

it('says how a step of Identity Center ended', () => {
  const step = { eventSource: 'sso.amazonaws.com', eventName: 'Authenticate', eventType: 'AwsServiceEvent', requestParameters: null };
  f({ ...step, serviceEventDetails: { UserAuthentication: 'Failure' } }, { action: 'login', outcome: 'failure' });
  f({ ...step, serviceEventDetails: { UserAuthentication: 'Success' } }, { outcome: 'success' });
});
