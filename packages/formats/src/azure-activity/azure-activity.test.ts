import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { azureActivity } from './azure-activity.ts';

const UPN = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';
const RECORD = {
  time: '2026-03-01T10:00:00.1234567Z',
  resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM',
  operationName: 'MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE',
  category: 'Administrative',
  resultType: 'Success',
  resultSignature: 'Created',
  callerIpAddress: '203.0.113.7:50123',
  correlationId: 'c',
  identity: { claims: { [UPN]: 'alice@example.com' } },
  properties: {},
};
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(azureActivity, { ...RECORD, ...change }, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(azureActivity, import.meta.dirname);
});

it('says what an operation does', () => {
  const access = (operationName: string, action: string, category: string) =>
    f({ operationName }, { event_type: operationName, action, category });
  access('Microsoft.Compute/virtualMachines/write', 'update', 'api');
  access('Microsoft.Compute/virtualMachines/restart/action', 'configure', 'api');
  access('Microsoft.Compute/virtualMachines/runCommand/action', 'execute', 'api');
  access('Microsoft.Authorization/roleAssignments/write', 'grant', 'iam');
  access('Microsoft.Authorization/roleAssignments/delete', 'revoke', 'iam');
  access('Microsoft.Authorization/elevateAccess/action', 'grant', 'iam');
  access('Microsoft.Storage/storageAccounts/listKeys/action', 'read', 'data');
  access('Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action', 'read', 'data');
  access('PutBlockList', 'update', 'data');
  access('KeyDecrypt', 'read', 'data');
  access('SecretListVersions', 'list', 'data');
  access('Authentication', 'login', 'authentication');
  access('Microsoft.Insights/diagnosticSettings/delete', 'delete', 'config');
});

it('says how it ended', () => {
  f({ resultType: 'Failure', properties: { statusCode: 'Forbidden' } }, { outcome: 'denied', status_code: 'Forbidden' });
  f({ resultType: 'Failed', resultSignature: 'Failed.Unauthorized' }, { outcome: 'denied' });
  f(
    {
      resultType: 'Failure',
      properties: { statusCode: 'Conflict', statusMessage: '{"error":{"code":"Conflict","message":"named Forbidden"}}' },
    },
    { outcome: 'failure' },
  );
  f({ resultType: 'Accept' }, { outcome: 'unknown' });
  f({ resultType: 'Unheard' }, { outcome: 'unknown' });
  expect(judged(azureActivity, { ...RECORD, resultType: 'Start' })).toMatchObject({ result: 'noise', code: 'started' });
  expect(judged(azureActivity, { ...RECORD, category: 'ServiceHealth' })).toMatchObject({ result: 'noise', code: 'service_health' });
});

it('says what a policy denied', () => {
  const authorization = { action: 'Microsoft.Authorization/roleAssignments/write' };
  f(
    {
      category: 'Policy',
      operationName: 'Microsoft.Authorization/policies/deny/action',
      resultType: 'Failure',
      identity: { authorization },
    },
    { action: 'grant', category: 'iam', outcome: 'denied' },
  );
  f({ operationName: 'Microsoft.Sql/servers/administrators/write' }, { action: 'grant', category: 'iam' });
  f({ operationName: 'KeyRotate' }, { action: 'update' });
  expect(judged(azureActivity, { ...RECORD, operationName: 'SecretNearExpiryEventGridNotification' })).toMatchObject({
    code: 'notification',
  });
});

it('does not take a request for what it asks, nor a definition for a right', () => {
  const audit = (activityDisplayName: string, fields: Readonly<Record<string, unknown>>) =>
    f({ category: 'AuditLogs', operationName: activityDisplayName, properties: { activityDisplayName, result: 'success' } }, fields);
  audit('Add member to role requested (PIM activation)', { action: 'grant', outcome: 'unknown' });
  audit('Add member to role request denied (PIM activation)', { action: 'grant', outcome: 'denied' });
  audit('Add member to role completed (PIM activation)', { action: 'grant', outcome: 'success' });
  audit('Add role definition', { action: 'create', category: 'iam' });
  audit('Validate local account credentials', { action: 'login', category: 'authentication' });
  audit('Issue an id_token to the application', { action: 'create', category: 'authentication' });
});

it('tells people without an address from applications', () => {
  f({ identity: { claims: { appid: 'a', name: 'Alice', oid: 'o' } } }, { user_id: 'o', actor_type: 'user', user_name: 'Alice' });
  f({ identity: { claims: { appid: 'a', oid: 'o' } } }, { user_id: 'o', actor_type: 'service' });
  f({ identity: { claims: { appid: 'a', oid: 'o', idtyp: 'app', name: 'x' } } }, { actor_type: 'service' });
});

const BLOB = {
  resultType: undefined,
  resultSignature: undefined,
  category: 'StorageRead',
  operationName: 'GetBlob',
  statusCode: 200,
  statusText: 'Success',
  identity: { type: 'OAuth', requester: { upn: 'bob@example.com', objectId: 'o', appId: 'a' } },
  properties: { objectKey: '/acc/c/f' },
};

it('reads logs of storage accounts, and rows of AzureDiagnostics', () => {
  f(BLOB, {
    user_id: 'bob@example.com',
    actor_type: 'user',
    agent_id: 'a',
    auth_method: 'OAuth',
    outcome: 'success',
    resource: '/acc/c/f',
  });
  f({ ...BLOB, statusCode: 403, statusText: 'AuthorizationFailure' }, { outcome: 'denied', reason: 'AuthorizationFailure' });
  f({ ...BLOB, statusCode: 404, statusText: 'BlobNotFound' }, { outcome: 'failure', status_code: '404' });
  f({ ...BLOB, identity: { type: 'Anonymous' } }, { user_id: undefined, actor_type: 'anonymous', outcome: 'success' });
  f({ ...BLOB, identity: { type: 'OAuth', requester: { objectId: 'o', appId: 'a' } } }, { user_id: 'o', actor_type: 'service' });
  const row = { TimeGenerated: '2026-03-01T10:00:00Z', EventSubmissionTimestamp: '2026-03-01T10:05:00Z', CorrelationId: 'c' };
  expectEvent(
    azureActivity,
    { ...row, Category: 'StorageRead', OperationName: 'GetBlob', StatusCode: '403', RequesterUpn: 'bob@example.com' },
    { timestamp: '2026-03-01T10:00:00Z', user_id: 'bob@example.com', outcome: 'denied' },
  );
  expectEvent(
    azureActivity,
    {
      ...row,
      Category: 'AuditEvent',
      OperationName: 'SecretGet',
      ResultType: 'Success',
      httpStatusCode_d: 403,
      identity_claim_appid_g: 'a',
    },
    { user_id: 'a', actor_type: 'service', outcome: 'denied', status_code: '403' },
  );
});

it('reads what PowerShell writes', () => {
  const record = {
    EventTimestamp: '/Date(1772359200123)/',
    EventDataId: 'e',
    OperationName: { Value: 'Microsoft.Compute/virtualMachines/delete', LocalizedValue: 'Delete' },
    Status: { Value: 'Failed' },
    SubStatus: { Value: 'Forbidden' },
    Caller: 'alice@example.com',
    Claims: { Content: { appid: 'a', name: 'Alice' } },
    HttpRequest: { ClientIpAddress: '203.0.113.7', Method: 'DELETE' },
    ResourceId: RECORD.resourceId,
  };
  const fields = { action: 'delete', outcome: 'denied', user_id: 'alice@example.com', user_name: 'Alice', ip_address: '203.0.113.7' };
  expectEvent(azureActivity, record, { ...fields, timestamp: '2026-03-01T10:00:00.123000Z', source_event_id: 'e', method: 'DELETE' });
  expectEvent(azureActivity, { ...record, OperationName: 'Microsoft.Compute/virtualMachines/delete', Status: 'Failed' }, fields);
});

it('says who signed in, and with how much proof', () => {
  const signIn = (change: object, fields: Readonly<Record<string, unknown>>) =>
    expectEvent(
      azureActivity,
      {
        createdDateTime: '2026-03-01T10:00:00Z',
        appDisplayName: 'Portal',
        ipAddress: '203.0.113.7',
        userId: 'u',
        authenticationRequirement: 'multiFactorAuthentication',
        status: { errorCode: 0 },
        ...change,
      },
      fields,
    );
  signIn({}, { user_id: 'u', actor_type: 'user', mfa: true, outcome: 'success' });
  signIn({ status: { errorCode: 50126 } }, { outcome: 'failure', mfa: undefined });
  signIn({ status: { errorCode: 50057 } }, { outcome: 'denied' });
  signIn({ status: { errorCode: 70044 } }, { outcome: 'unknown' });
  signIn({ userId: '', servicePrincipalId: 'sp', servicePrincipalName: 'App' }, { user_id: 'sp', actor_type: 'service', user_name: 'App' });
  f(
    { category: 'SignInLogs', operationName: 'Sign-in activity', resultType: '0', properties: { createdDateTime: '2026-03-01T09:59:58Z' } },
    { timestamp: '2026-03-01T09:59:58Z', outcome: 'success' },
  );
});

it('reads times in all forms that were ever written', () => {
  f({ time: '10/18/2019, 4:00:15.123 AM' }, { timestamp: '2019-10-18T04:00:15.123Z' });
  f({ time: '9/13/2018 12:49:58 PM +00:00' }, { timestamp: '2018-09-13T12:49:58Z' });
  f({ time: 'Fri, 23 Jun 2017 19:29:50.266 GMT' }, { timestamp: '2017-06-23T19:29:50.266Z' });
  for (const time of ['13/40/2019, 4:00:15 AM', 'Fri, 23 Jux 2017 19:29:50 GMT', 'then'])
    expect(judged(azureActivity, { ...RECORD, time })).toMatchObject({ code: 'no_time' });
});

it('unpacks what Event Hubs and shippers put around a record', () => {
  const hub = { 'x-opt-sequence-number': 7, 'x-opt-offset': '9', 'x-opt-enqueued-time': 1772359201500 };
  const beat = { '@timestamp': '2026-03-01T10:00:01Z', agent: { type: 'filebeat' }, ecs: { version: '8' }, azure: { eventhub: 'h' } };
  for (const carried of [
    { body: RECORD, ...hub },
    { ...beat, message: JSON.stringify(RECORD) },
  ])
    expectEvent(azureActivity, carried, { user_id: 'alice@example.com', ip_address: '203.0.113.7' });
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...RECORD, callerIpAddress: '10.9.9.9', identity: { claims: { [UPN]: 'root@example.com' } } });
  f(
    { properties: { responseBody: forged, caller: 'root', requestbody: forged, message: forged } },
    { user_id: 'alice@example.com', ip_address: '203.0.113.7', outcome: 'success' },
  );
  expect(judged(azureActivity, { message: forged, level: 'info' })).toMatchObject({ code: 'other_record' });
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise('{"time":"2026-03-01T10:00:00Z","level":"info","msg":"x"}\n')?.name).toBe('json');
  expect(recognise('{"value":[{"id":1,"name":"x"}]}')?.name).toBe('json');
  expect(recognise(`{"records":[${JSON.stringify(RECORD)}]}`)?.name).toBe('azure-activity');
});
