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
