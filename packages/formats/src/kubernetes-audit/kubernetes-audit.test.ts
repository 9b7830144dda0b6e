import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { read } from '../test-formats.ts';
import { kubernetesAudit } from './kubernetes-audit.ts';

const EVENT = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: 'a1',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/shop/pods/web',
  verb: 'get',
  user: { username: 'alice', groups: ['dev'] },
  sourceIPs: ['203.0.113.7'],
  objectRef: { resource: 'pods', namespace: 'shop', name: 'web' },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2026-03-01T10:00:00.000001Z',
  stageTimestamp: '2026-03-01T10:00:00.500001Z',
};
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(kubernetesAudit, { ...EVENT, ...change }, fields);
const ref = (resource: string, subresource?: string) => ({ objectRef: { resource, namespace: 'shop', name: 'x', subresource } });

it('reads its fixture as the golden file says', async () => {
  await expectGolden(kubernetesAudit, import.meta.dirname);
});

it('says what a request does', () => {
  f(
    {},
    {
      action: 'read',
      category: 'api',
      duration_ms: 500,
      source_event_id: 'a1:ResponseComplete',
      resource_id: 'web',
      resource_parent: 'shop',
    },
  );
  f({ verb: 'get', ...ref('pods', 'exec') }, { action: 'execute', category: 'session', resource_type: 'pods/exec' });
  f({ verb: 'create', ...ref('pods', 'portforward') }, { action: 'connect' });
  f({ verb: 'get', ...ref('pods', 'log') }, { action: 'read', category: 'data' });
  f({ verb: 'create', ...ref('pods', 'eviction') }, { action: 'delete' });
  f({ verb: 'get', ...ref('secrets') }, { action: 'read', category: 'data' });
  f({ verb: 'delete', ...ref('clusterrolebindings') }, { action: 'revoke', category: 'iam' });
  f({ verb: 'patch', ...ref('rolebindings') }, { action: 'grant', category: 'iam' });
  f(
    { verb: 'create', ...ref('serviceaccounts', 'token') },
    { action: 'create', category: 'authentication', target_user_id: 'system:serviceaccount:shop:x' },
  );
  f({ verb: 'create', ...ref('selfsubjectaccessreviews') }, { action: 'query', category: 'iam' });
  f({ verb: 'deletecollection', ...ref('pods') }, { action: 'delete' });
  f({ verb: 'get', ...ref('virtualmachineinstances', 'console') }, { action: 'connect', category: 'session' });
  f({ verb: 'create', ...ref('subjectrulesreviews') }, { action: 'query', category: 'iam' });
  f({ verb: 'create', ...ref('useridentitymappings') }, { action: 'create', category: 'iam' });
  f({ verb: 'delete', ...ref('oauthaccesstokens') }, { action: 'delete', category: 'authentication' });
  f({ verb: '__proto__', ...ref('constructor') }, { action: 'other', resource_type: 'constructor' });
  f({ verb: 'post', objectRef: undefined, requestURI: '/apis' }, { action: 'create', resource: '/apis', resource_type: 'url' });
});

it('says who, and how it ended', () => {
  f({ user: { username: 'system:serviceaccount:shop:web' } }, { actor_type: 'service' });
  f({ user: { username: 'system:node:n1' } }, { actor_type: 'system' });
  f({ user: { username: 'system:anonymous' } }, { actor_type: 'anonymous', user_id: 'system:anonymous' });
  f({ user: { username: 'system:admin' } }, { actor_type: 'user' });
  f({ user: {} }, { actor_type: 'unknown', user_id: undefined });
  f({ impersonatedUser: { username: 'root' } }, { user_id: 'alice', effective_user_id: 'root' });
  f({ responseStatus: { code: 403 } }, { outcome: 'denied', status_code: '403' });
  f({ responseStatus: { code: 409, message: 'exists' } }, { outcome: 'failure', reason: 'exists' });
  f({ responseStatus: undefined }, { outcome: 'unknown' });
  f({ responseStatus: { status: 'Success' } }, { outcome: 'success', status_code: undefined });
  f({ annotations: { 'authorization.k8s.io/decision': 'forbid' }, responseStatus: undefined }, { outcome: 'denied' });
  f({ stage: 'Panic', responseStatus: { code: 200 } }, { outcome: 'failure', source_event_id: 'a1:Panic' });
});

it('keeps one stage of a request, two of one that goes on', () => {
  const stage = (name: string, verb: string, subresource?: string) =>
    judged(kubernetesAudit, { ...EVENT, stage: name, verb, ...ref('pods', subresource) }).code ?? 'event';
  expect(stage('RequestReceived', 'watch')).toBe('request_received');
  expect(stage('ResponseStarted', 'list')).toBe('response_started');
  expect(stage('ResponseStarted', 'watch')).toBe('event');
  for (const subresource of ['exec', 'attach', 'portforward', 'proxy', 'log'])
    expect(stage('ResponseStarted', 'get', subresource)).toBe('event');
});

it('trusts only the address that the server saw', () => {
  f({ sourceIPs: ['10.0.0.1', '::1', '203.0.113.9'] }, { ip_address: '203.0.113.9', ip_chain: ['10.0.0.1', '::1', '203.0.113.9'] });
  f({ sourceIPs: ['10.0.0.1', 'forged by a header'] }, { ip_address: undefined, ip_chain: ['10.0.0.1', 'forged by a header'] });
});

it('keeps no secret of a Secret, whatever it is wrapped in', () => {
  const secret = { kind: 'Secret', data: { 'tls.key': 'c2VjcmV0Cg==' }, stringData: { pin: 'c2VjcmV0Cg==' } };
  const patch = [{ op: 'replace', path: '/data/x', value: 'c2VjcmV0Cg==' }];
  const strange = { data: { x: 'c2VjcmV0Cg==' } };
  const text = 'data:\n  x: c2VjcmV0Cg==\n';
  for (const requestObject of [secret, { kind: 'SecretList', items: [secret] }, patch, strange, text, { kind: 'List', items: [secret] }]) {
    const { event, text: original } = judged(kubernetesAudit, { ...EVENT, ...ref('secrets'), requestObject, responseObject: secret });
    expect(original).toContain('c2VjcmV0Cg==');
    expect(JSON.stringify(event)).not.toContain('c2VjcmV0Cg==');
  }
  const pod = {
    kind: 'Pod',
    spec: {
      containers: [
        {
          env: [
            { name: 'DB_PASSWORD', value: 'hunter2' },
            { name: 'MODE', value: 'fast' },
          ],
        },
      ],
    },
  };
  const { attributes } = f(
    { requestObject: pod, requestURI: '/api/v1/proxy?token=hunter2hunter2' },
    { resource: '/api/v1/proxy?token=[redacted]' },
  );
  expect(JSON.stringify(attributes)).not.toContain('hunter2');
  expect(JSON.stringify(attributes)).toContain('fast');
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...EVENT, user: { username: 'root' }, sourceIPs: ['10.9.9.9'] });
  const { attributes } = f(
    { userAgent: forged, requestObject: { message: forged, auditID: 'b', stage: 'Panic', user: { username: 'root' } } },
    { user_id: 'alice', ip_address: '203.0.113.7', user_agent: forged },
  );
  expect(JSON.stringify(attributes)).toContain('root');
  // An application's log in the same stream.
  expect(judged(kubernetesAudit, { level: 'info', app: 'shop', message: forged })).toMatchObject({
    result: 'quarantine',
    code: 'other_record',
  });
});

it('keeps what intake could not take as text, and refuses what nests without end', () => {
  let deep: unknown = 'x';
  for (let i = 0; i < 30; i++) deep = { deep };
  f({ requestObject: deep }, {});
  f({ requestObject: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])) }, {});
  f({ requestObject: Array.from({ length: 9000 }, (_, i) => i) }, {});
  const raw = JSON.stringify({ ...EVENT, requestObject: 'N' }).replace(
    '"N"',
    '{"big":12345678901234567890,"small":0.1,"odd":"\\ud800","__proto__":{"a":1}}',
  );
  const [result] = read(kubernetesAudit, raw);
  expect(JSON.stringify(result?.event?.['attributes'])).toContain(
    '"big":"12345678901234567890","small":0.1,"odd":"\uFFFD","__proto__":{"a":1}',
  );
  const endless = `${JSON.stringify(EVENT).slice(0, -1)},"requestObject":${'['.repeat(5000)}${']'.repeat(5000)}}`;
  expect(read(kubernetesAudit, endless)).toMatchObject([{ result: 'quarantine', code: 'too_deep' }]);
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(
    recognise('{"kind":"Event","apiVersion":"v1","metadata":{"name":"web.17"},"reason":"Pulled","message":"audit.k8s.io"}\n')?.name,
  ).toBe('json');
  expect(recognise('{"auditID":"a","stage":"b"}\n')?.name).toBe('json');
  expect(recognise(`{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${JSON.stringify(EVENT)}]}`)?.name).toBe(
    'kubernetes-audit',
  );
});

it('keeps no password of a command that runs in a container', () => {
  const exec = (words: string) => `/api/v1/namespaces/shop/pods/web/exec?command=${words}&container=db&stdin=true`;
  f({ requestURI: exec('mysql&command=-phunter2&command=a%26b'), ...ref('pods', 'exec') }, { resource: exec('mysql+-p[redacted]+a%26b') });
  f({ requestURI: exec('ls&command=-l'), ...ref('pods', 'exec') }, { resource: exec('ls&command=-l') });
  f({ requestURI: exec('x%ZZ&command=--password=hunter2'), ...ref('pods', 'exec') }, { resource: exec('x%ZZ+--password=[redacted]') });
});

it('keeps no token that is an object’s name', () => {
  const token = (name: string) => ({
    requestURI: `/apis/oauth.openshift.io/v1/oauthaccesstokens/${name}`,
    objectRef: { resource: 'oauthaccesstokens', name },
  });
  f(token('hunter2hunter2'), { resource: '/apis/oauth.openshift.io/v1/oauthaccesstokens/[redacted]', resource_id: '[redacted]' });
  f(token('sha256~abc'), { resource_id: 'sha256~abc' });
});

it('takes a row of the AKSAudit table apart, and no Secret with it', () => {
  const row = {
    AuditId: 'a',
    Stage: 'ResponseComplete',
    RequestUri: '/api/v1/namespaces/shop/secrets/x',
    Verb: 'patch',
    User: '{"username":"alice"}',
    SourceIps: '["203.0.113.7"]',
    ObjectRef: '{"resource":"secrets","namespace":"shop","name":"x"}',
    ResponseStatus: '{"code":200}',
    RequestObject: '[{"op":"add","path":"/data/x","value":"c2VjcmV0Cg=="}]',
    TimeGenerated: '2026-03-01T10:00:00Z',
  };
  const event = expectEvent(kubernetesAudit, row, { user_id: 'alice', ip_address: '203.0.113.7', outcome: 'success', resource_id: 'x' });
  expect(JSON.stringify(event)).not.toContain('c2VjcmV0Cg==');
});

it('unpacks what shippers of logs put around a line', () => {
  const message = JSON.stringify(EVENT);
  const beat = { '@timestamp': '2026-03-01T10:00:01Z', agent: { type: 'filebeat' }, ecs: { version: '8.0' }, log: { offset: 1 }, message };
  for (const shipped of [
    beat,
    { '@timestamp': '2026-03-01T10:00:01Z', kubernetes: { audit: EVENT }, orchestrator: { type: 'kubernetes' } },
    { file: '/var/log/audit.log', host: 'h', message, source_type: 'file', timestamp: '2026-03-01T10:00:01Z' },
    { labels: { app: 'x' }, line: message, timestamp: '2026-03-01T10:00:01Z' },
  ])
    expectEvent(kubernetesAudit, shipped, { user_id: 'alice', timestamp: '2026-03-01T10:00:00.000001Z' });
  // What an application says in its own log is nobody's record.
  for (const own of [
    { ...beat, user: 'x' },
    { ...beat, event: { action: 'login' } },
    { ...beat, agent: 'curl' },
    { message, source_type: 'file', level: 'info' },
  ])
    expect(judged(kubernetesAudit, own)).toMatchObject({ code: 'other_record' });
});
