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

it('says how it ended', () => {
  for (const errorCode of [
    'AccessDenied',
    'AccessDeniedException',
    'Client.UnauthorizedOperation',
    'UnauthorizedOperation',
    'NotAuthorizedException',
    'VpceAccessDenied',
  ])
    f({ errorCode, errorMessage: 'no' }, { outcome: 'denied', status_code: errorCode, reason: 'no' });
  for (const errorCode of ['NoSuchKey', 'ThrottlingException', 'ExpiredTokenException']) f({ errorCode }, { outcome: 'failure' });
  f({ eventName: 'SwitchRole', responseElements: { SwitchRole: 'Failure' } }, { outcome: 'failure' });
  f({ eventType: 'AwsServiceEvent' }, { outcome: 'unknown' });
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
      requestParameters: { url: 'https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef0123' },
    },
    {},
  );
  expect(JSON.stringify(attributes)).not.toMatch(/FwoGsecret|abcdef0123/);
  f({ sourceIPAddress: 'config.amazonaws.com' }, { ip_address: undefined });
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
