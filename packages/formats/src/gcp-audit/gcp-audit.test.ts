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
  access('google.admin.AdminService.addGroupMember', 'grant', 'iam', 'admin.googleapis.com');
  access('google.pubsub.v1.Publisher.Publish', 'create', 'data', 'pubsub.googleapis.com');
  access('google.firestore.v1.Firestore.BatchGetDocuments', 'read', 'data', 'firestore.googleapis.com');
  access('google.datastore.v1.Datastore.Commit', 'update', 'data', 'datastore.googleapis.com');
  access('v1.compute.instances.stop', 'configure', 'api', 'compute.googleapis.com');
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
  const policy = { logName: 'organizations/1/logs/cloudaudit.googleapis.com%2Fpolicy' };
  f({}, { outcome: 'denied' }, policy);
  f({ status: { code: 7 }, metadata: { dryRun: true } }, { outcome: 'unknown', status_code: '7' }, policy);
  const failed = { code: 7, message: 'Access Denied' };
  f({ metadata: { jobChange: { job: { jobStatus: { errorResult: failed } } } } }, { outcome: 'denied', reason: 'Access Denied' });
  f({ serviceData: { jobCompletedEvent: { job: { jobStatus: { error: { code: 11 } } } } } }, { outcome: 'failure', status_code: '11' });
  const challenge = (...values: string[]) => ({
    methodName: 'google.login.LoginService.loginVerification',
    metadata: { event: [{ parameter: values.map((value) => ({ name: 'login_challenge_status', value })) }] },
  });
  f(challenge('Challenge Passed.'), { action: 'login', outcome: 'success' });
  f(challenge('Challenge Failed.'), { outcome: 'failure' });
  f(challenge(), { outcome: 'unknown' });
  f({ methodName: 'google.login.LoginService.loginFailure' }, { outcome: 'failure' });
  // Rows of a table have numbers as text.
  const { '@type': _, ...row } = PAYLOAD;
  expectEvent(gcpAudit, { ...ENTRY, protopayload_auditlog: { ...row, status: { code: '7' } } }, { outcome: 'denied', status_code: '7' });
});

it('tells who got rights from who lost them', () => {
  const set = (...actions: string[]) => ({
    methodName: 'SetIamPolicy',
    serviceData: { policyDelta: { bindingDeltas: actions.map((action) => ({ action, member: 'user:bob@example.com' })) } },
  });
  f(set('ADD'), { action: 'grant', target_user_id: 'bob@example.com' });
  f(set('REMOVE'), { action: 'revoke', target_user_id: 'bob@example.com' });
  f(set('REMOVE', 'ADD'), { action: 'grant', target_user_id: undefined });
});

it('says who', () => {
  f({ authenticationInfo: { principalEmail: 'x@p.iam.gserviceaccount.com' } }, { actor_type: 'service' });
  f({ authenticationInfo: {} }, { actor_type: 'unknown', user_id: undefined });
  f({ authenticationInfo: { principalSubject: 'principal://iam.googleapis.com/w/subject/a' } }, { actor_type: 'user' });
  const pool = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s';
  f({ authenticationInfo: { principalSubject: pool } }, { actor_type: 'service', user_id: pool });
  f({ authenticationInfo: { principalSubject: 'user:bob@example.com' } }, { user_id: 'bob@example.com', user_email: 'bob@example.com' });
  const cluster = { serviceName: 'k8s.io', methodName: 'io.k8s.core.v1.secrets.get' };
  const impersonating = { principalEmail: 'alice@example.com', authoritySelector: 'system:admin' };
  f({ ...cluster, authenticationInfo: impersonating }, { user_id: 'alice@example.com', effective_user_id: 'system:admin' });
  f({ authenticationInfo: { authoritySelector: 'root@example.com' } }, { user_id: undefined, actor_type: 'unknown' });
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

it('unpacks what Pub/Sub carries', () => {
  const entry = JSON.stringify({ ...ENTRY, protoPayload: { ...PAYLOAD, resourceName: 'projects/_/buckets/bücher' } });
  const message = { data: Buffer.from(entry).toString('base64'), attributes: {}, messageId: '1', publishTime: '2026-03-01T10:00:01Z' };
  const read = { user_id: 'alice@example.com', resource_id: 'bücher', source_event_id: 'i1' };
  expectEvent(gcpAudit, message, read);
  expectEvent(gcpAudit, { ackId: 'a', message }, read);
  expect(
    recognise(
      JSON.stringify(
        [
          { ackId: 'a', message },
          { message, subscription: 's' },
        ],
        undefined,
        2,
      ),
    )?.name,
  ).toBe('gcp-audit');
  expect(judged(gcpAudit, { ...message, note: 'mine' })).toMatchObject({ code: 'other_record' });
  expect(judged(gcpAudit, { ...message, data: 'eyJ?' })).toMatchObject({ code: 'other_record' });
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise(`${JSON.stringify({ ...ENTRY, textPayload: 'x' })}\n`)?.name).toBe('json');
  expect(recognise(`[${JSON.stringify({ ...ENTRY, protoPayload: PAYLOAD })}]`)?.name).toBe('gcp-audit');
});

it('takes a permission that is not said to be granted for refused', () => {
  const asked = (...granted: (boolean | undefined)[]) => ({
    authorizationInfo: granted.map((one, at) => ({ permission: `storage.p${at}`, ...(one === undefined ? {} : { granted: one }) })),
  });
  f(asked(true), { outcome: 'success' });
  f(asked(undefined), { outcome: 'denied' });
  f({ ...asked(undefined), status: {} }, { outcome: 'denied' });
  f(asked(undefined, true), { outcome: 'success' });
  f(asked(false, true), { outcome: 'denied' });
  f({ authorizationInfo: [{}] }, { outcome: 'success' });
  // Who exchanges a token is asked for this one, and nobody has it.
  f({ authorizationInfo: [{ permission: 'sts.identityProviders.checkLogging', granted: false }] }, { outcome: 'success' });
});

it('reads what Pub/Sub gives out', () => {
  const data = Buffer.from(JSON.stringify({ ...ENTRY, protoPayload: PAYLOAD })).toString('base64');
  const pulled = { receivedMessages: [{ ackId: 'x', message: { data, messageId: '1', publishTime: '2026-03-01T10:00:00Z' } }] };
  expectEvent(gcpAudit, pulled, { user_id: 'alice@example.com', outcome: 'success' });
});

it('unpacks messages that were read already', () => {
  const attributes = { 'logging.googleapis.com/timestamp': '2026-03-01T10:00:00Z' };
  const entry = { ...ENTRY, protoPayload: PAYLOAD };
  expectEvent(gcpAudit, { attributes, data: entry, publish_time: 1772359201.5 }, { user_id: 'alice@example.com', source_event_id: 'i1' });
  expect(judged(gcpAudit, { data: entry, publish_time: 1772359201.5, level: 'info' })).toMatchObject({ code: 'other_record' });
});

it('names the account of a database, and what it said', () => {
  const type = 'type.googleapis.com/google.cloud.sql.audit.v1.';
  const payload = { serviceName: 'cloudsql.googleapis.com', methodName: 'cloudsql.instances.query', resourceName: 'instances/pg1', authenticationInfo: {}, status: {} }; // biome-ignore format: a record
  const pg = (request: object) => ({ ...payload, request: { '@type': `${type}PgAuditEntry`, user: 'ana', database: 'shop', databaseSessionId: 22, ...request } }); // biome-ignore format: a record
  f(pg({ auditClass: 'READ', command: 'SELECT', statement: 'SELECT * FROM orders' }), {
    user_id: 'ana',
    actor_type: 'user',
    action: 'read',
    category: 'data',
    resource: 'orders',
    resource_parent: 'shop',
    session_id: '22',
    outcome: 'unknown',
  });
  const role = pg({ auditClass: 'ROLE', command: 'CREATE ROLE', statement: "CREATE ROLE eve PASSWORD 'hunter2'" });
  f(role, { action: 'create', category: 'iam', outcome: 'success' });
  expect(JSON.stringify(judged(gcpAudit, { ...ENTRY, protoPayload: { ...PAYLOAD, ...role } }).event)).not.toContain('hunter2');
  const mysql = {
    '@type': `${type}MysqlAuditEntry`,
    user: 'bob',
    ip: '203.0.113.9',
    cmd: 'select',
    query: 'SELECT * FROM t',
    errCode: 1142,
  };
  f({ ...payload, request: mysql }, { user_id: 'bob', ip_address: '203.0.113.9', action: 'read', resource: 't', outcome: 'denied' });
});

it('takes a job for what it does', () => {
  const insert = { serviceName: 'bigquery.googleapis.com', methodName: 'google.cloud.bigquery.v2.JobService.InsertJob' };
  const job = (jobConfig: object) => ({ ...insert, metadata: { jobInsertion: { job: { jobConfig } } } });
  f(job({ type: 'QUERY', queryConfig: { query: 'SELECT 1', statementType: 'SELECT' } }), { action: 'query', query_text: 'SELECT 1' });
  f(job({ type: 'QUERY', queryConfig: { query: 'SELECT 1', statementType: 'CREATE_TABLE_AS_SELECT' } }), { action: 'create' });
  f(job({ type: 'QUERY', queryConfig: { query: 'DELETE FROM t WHERE true' } }), { action: 'delete', category: 'data' });
  f(job({ type: 'EXPORT', extractConfig: {} }), { action: 'export' });
  f(job({ type: 'IMPORT', loadConfig: {} }), { action: 'create' });
  const old = (jobConfiguration: object) => ({
    methodName: 'jobservice.jobcompleted',
    serviceData: { jobCompletedEvent: { job: { jobConfiguration } } },
  });
  f(old({ query: { query: 'DROP TABLE t' } }), { action: 'delete', query_text: 'DROP TABLE t' });
  f(old({ extract: {} }), { action: 'export' });
  const spanner = { serviceName: 'spanner.googleapis.com', methodName: 'google.spanner.v1.Spanner.ExecuteSql' };
  f({ ...spanner, request: { sql: 'UPDATE t SET a = 1 WHERE true' } }, { action: 'update', query_text: 'UPDATE t SET a = 1 WHERE true' });
});

it('reads the structures that a table has as text', () => {
  const { '@type': _, ...payload } = PAYLOAD;
  const row = (change: object) => ({ ...ENTRY, protopayload_auditlog: { ...payload, ...change } });
  const job = { jobConfig: { queryConfig: { query: 'SELECT 1' } }, jobStatus: { errorResult: { code: 7, message: 'Access Denied' } } };
  const methodName = 'google.cloud.bigquery.v2.JobService.InsertJob';
  expectEvent(gcpAudit, row({ methodName, metadataJson: JSON.stringify({ jobChange: { job } }) }), {
    action: 'query',
    query_text: 'SELECT 1',
    outcome: 'denied',
    status_code: '7',
  });
  const secret = { kind: 'Secret', data: { x: 'c2VjcmV0Cg==' } };
  const made = row({ serviceName: 'k8s.io', methodName: 'io.k8s.core.v1.secrets.create', requestJson: JSON.stringify(secret) });
  expect(JSON.stringify(expectEvent(gcpAudit, made, { action: 'create' }))).not.toContain('c2VjcmV0Cg==');
});

it('names the account that was acted upon', () => {
  const user = { metadata: { event: [{ parameter: [{ name: 'USER_EMAIL', value: 'bob@example.com' }] }] } };
  const admin = { serviceName: 'admin.googleapis.com', methodName: 'google.admin.AdminService.suspendUser' };
  f({ ...admin, ...user }, { action: 'revoke', category: 'iam', target_user_id: 'bob@example.com' });
  const key = { serviceName: 'iam.googleapis.com', methodName: 'google.iam.admin.v1.CreateServiceAccountKey' };
  f(
    { ...key, resourceName: 'projects/-/serviceAccounts/ci@p.iam.gserviceaccount.com/keys/1' },
    { target_user_id: 'ci@p.iam.gserviceaccount.com' },
  );
  const binding = { serviceName: 'k8s.io', methodName: 'io.k8s.authorization.rbac.v1.rolebindings.create' };
  const request = { subjects: [{ kind: 'User', name: 'mallory' }] };
  f(
    { ...binding, resourceName: 'rbac.authorization.k8s.io/v1/namespaces/n/rolebindings/b', request },
    { action: 'grant', target_user_id: 'mallory', resource_type: 'rolebindings', resource_parent: 'n' },
  );
  f({ authenticationInfo: { principalEmail: 'a@example.com', oauthInfo: { oauthClientId: 'c' } } }, { agent_id: 'c' });
});

it('tells what is set of what is used', () => {
  const activity = { logName: 'projects/p/logs/cloudaudit.googleapis.com%2Factivity' };
  f(
    { serviceName: 'compute.googleapis.com', methodName: 'v1.compute.firewalls.patch' },
    { action: 'update', category: 'config' },
    activity,
  );
  f({ serviceName: 'cloudsql.googleapis.com', methodName: 'cloudsql.users.create' }, { action: 'create', category: 'iam' }, activity);
});

it('reads what Google writes of its own people', () => {
  const logName = 'projects/p/logs/cloudaudit.googleapis.com%2Faccess_transparency';
  const jsonPayload = {
    '@type': 'type.googleapis.com/google.cloud.audit.TransparencyLog',
    accesses: [{ methodName: 'GoogleInternal.Read', resourceName: '//googleapis.com/storage/buckets/b/objects/o' }],
    location: { principalOfficeCountry: 'US', principalPhysicalLocationCountry: 'CA' },
    reason: [{ type: 'CUSTOMER_INITIATED_SUPPORT', detail: 'Case number: 7' }],
  };
  expectEvent(
    gcpAudit,
    { ...ENTRY, logName, jsonPayload },
    {
      actor_type: 'unknown',
      user_id: undefined,
      event_type: 'GoogleInternal.Read',
      action: 'read',
      resource_id: 'o',
      country_code: 'CA',
      purpose: 'CUSTOMER_INITIATED_SUPPORT: Case number: 7',
    },
  );
  expectEvent(gcpAudit, { ...ENTRY, jsonPayload: PAYLOAD }, { user_id: 'alice@example.com', action: 'read' });
  // Applications write what they like, to logs of their own.
  for (const payload of [jsonPayload, PAYLOAD])
    expect(judged(gcpAudit, { ...ENTRY, logName: 'projects/p/logs/stdout', jsonPayload: payload })).toMatchObject({ code: 'other_log' });
});
