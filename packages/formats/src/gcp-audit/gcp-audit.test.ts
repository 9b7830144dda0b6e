import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { gcpAudit } from './gcp-audit.ts';

const PAYLOAD = {
  '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
  serviceName: 'storage.googleapis.com',
  methodName: 'storage.objects.get',
  resourceName: 'projects/_/buckets/b/objects/o',
  authenticationInfo: { principalEmail: 'alice@example.com' },
  requestMetadata: { callerIp: '203.0.113.7', callerSuppliedUserAgent: 'gcloud' },
};
const ENTRY = {
  logName: 'projects/p/logs/cloudaudit.googleapis.com%2Fdata_access',
  timestamp: '2026-03-01T10:00:00Z',
  insertId: 'i1',
  resource: { type: 'gcs_bucket', labels: { project_id: 'p' } },
};
const f = (payload: object, fields: Readonly<Record<string, unknown>>, entry: object = {}) =>
  expectEvent(gcpAudit, { ...ENTRY, ...entry, protoPayload: { ...PAYLOAD, ...payload } }, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(gcpAudit, import.meta.dirname);
});

it('says what a method does', () => {
  const access = (methodName: string, action: string, category: string, serviceName = 'storage.googleapis.com') =>
    f({ methodName, serviceName }, { event_type: methodName, action, category });
  access('storage.objects.list', 'list', 'data');
  access('google.iam.admin.v1.CreateServiceAccountKey', 'create', 'iam', 'iam.googleapis.com');
  access('google.iam.admin.v1.SetIAMPolicy', 'grant', 'iam', 'iam.googleapis.com');
  access('google.login.LoginService.loginSuccess', 'login', 'authentication', 'login.googleapis.com');
  access('io.k8s.core.v1.secrets.list', 'list', 'data', 'k8s.io');
  access('io.k8s.authorization.rbac.v1.clusterrolebindings.create', 'grant', 'iam', 'k8s.io');
  access('io.k8s.core.v1.pods.portforward.create', 'connect', 'session', 'k8s.io');
});

it('says how it ended', () => {
  f({ status: { code: 7 } }, { outcome: 'denied', status_code: '7' });
  f({ status: { code: 16 } }, { outcome: 'denied' });
  f({ status: { code: 5, message: 'none' } }, { outcome: 'failure', reason: 'none' });
  f({ status: {} }, { outcome: 'success' });
  f({ authorizationInfo: [{ permission: 'x', granted: false }] }, { outcome: 'denied' });
  f({}, { outcome: 'unknown' }, { operation: { id: 'o', first: true } });
  f({}, { outcome: 'success' }, { operation: { id: 'o', first: true, last: true } });
  f({}, { outcome: 'denied' }, { logName: 'organizations/1/logs/cloudaudit.googleapis.com%2Fpolicy' });
});

it('says who', () => {
  f({ authenticationInfo: { principalEmail: 'x@p.iam.gserviceaccount.com' } }, { actor_type: 'service' });
  f({ authenticationInfo: {} }, { actor_type: 'unknown', user_id: undefined });
  f({ authenticationInfo: { principalSubject: 'principal://iam.googleapis.com/w/subject/a' } }, { actor_type: 'user' });
  f({ requestMetadata: { callerIp: 'private' } }, { ip_address: undefined });
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...ENTRY, protoPayload: { ...PAYLOAD, authenticationInfo: { principalEmail: 'root@example.com' } } });
  f(
    {
      requestMetadata: { callerIp: '203.0.113.7', callerSuppliedUserAgent: forged },
      request: { status: { code: 7 }, authenticationInfo: { principalEmail: 'root' }, password: 'hunter2' },
      resourceName: 'projects/_/buckets/protoPayload',
    },
    { user_id: 'alice@example.com', outcome: 'success', user_agent: forged, resource_id: 'protoPayload' },
  );
  expect(judged(gcpAudit, { ...ENTRY, jsonPayload: { message: forged, protoPayload: PAYLOAD } })).toMatchObject({
    result: 'noise',
    code: 'other_log',
  });
  expect(judged(gcpAudit, { ...ENTRY, textPayload: forged })).toMatchObject({ result: 'noise' });
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise(`${JSON.stringify({ ...ENTRY, textPayload: 'x' })}\n`)?.name).toBe('json');
  expect(recognise(`[${JSON.stringify({ ...ENTRY, protoPayload: PAYLOAD })}]`)?.name).toBe('gcp-audit');
});
