import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { complaints, expectEvent, judged } from '../json/test-json-formats.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { kubernetesAudit } from './kubernetes-audit.ts';

const ID = '5c3b8227-4af9-4322-8a71-542231c3887b';
const FIELDS = `ip="203.0.113.7" method="GET" user="alice" as="<self>" asgroups="<lookup>" namespace="shop" uri="/api/v1/namespaces/shop/secrets?watch=false"`;
const ASKED = `2016-09-07T13:03:57.400333046Z AUDIT: id="${ID}" ${FIELDS}`;
const ANSWERED = `2016-09-07T13:03:57.400710987Z AUDIT: id="${ID}" response="403"`;

it('reads the lines of the first versions: a request and its answer', () => {
  const input = `${ASKED}\n{"kind":"Policy","apiVersion":"audit.k8s.io/v1"}\n${ANSWERED}\n`;
  expect(recognise(input)?.name).toBe('kubernetes-audit');
  const [event, policy, answer] = read(kubernetesAudit, input);
  expect(event?.event).toMatchObject({
    timestamp: '2016-09-07T13:03:57.400333046Z',
    user_id: 'alice',
    ip_address: '203.0.113.7',
    action: 'list',
    category: 'data',
    event_type: 'GET',
    method: 'GET',
    resource_type: 'secrets',
    resource_parent: 'shop',
    outcome: 'denied',
    status_code: '403',
    request_id: ID,
  });
  expect(complaints(event?.event ?? {})).toEqual([]);
  expect([policy?.code, answer?.code]).toEqual(['policy', 'answer']);
  expect(read(kubernetesAudit, ASKED)[0]?.event).toMatchObject({ outcome: 'unknown', user_id: 'alice' });
  expect(read(kubernetesAudit, ANSWERED)[0]).toMatchObject({ result: 'quarantine', code: 'answer_alone' });
  expectCutsHold(kubernetesAudit, input);
  expectNeverThrows(kubernetesAudit, input, 50);
});

it('reads them behind the headers of glog and syslog, and with the answer in the same line', () => {
  const first = (line: string) => read(kubernetesAudit, `${line}\n`)[0]?.event;
  expect(first(`I0102 10:30:11.112233    1234 audit.go:45] AUDIT: id="a" ${FIELDS}`)).toMatchObject({
    timestamp: '2024-01-02T10:30:11.112233Z',
    user_id: 'alice',
  });
  expect(
    first(`Jan  2 10:30:11 master origin-master[7]: I0102 10:30:11.112233    1234 audit.go:45] AUDIT: id="a" ${FIELDS}`),
  ).toMatchObject({
    timestamp: '2024-01-02T10:30:11.112233Z',
  });
  const whole = `2018-01-02T03:04:05Z AUDIT: id="a" stage="ResponseComplete" ip="10.0.0.1" method="create" user="alice" groups="\\"dev\\",\\"system:authenticated\\"" as="root" asgroups="<lookup>" user-agent="x \\"user=\\"" namespace="<none>" uri="/api/v1/nodes" response="201"`;
  expect(first(whole)).toMatchObject({
    user_id: 'alice',
    effective_user_id: 'root',
    roles: ['dev', 'system:authenticated'],
    user_agent: 'x "user="',
    outcome: 'success',
    action: 'create',
  });
  const received = whole.replace('ResponseComplete', 'RequestReceived').replace('"201"', '"<deferred>"');
  expect(read(kubernetesAudit, received)[0]).toMatchObject({ result: 'noise', code: 'request_received' });
});

it('takes no words of a client for a line or a value of its own', () => {
  const forged = ASKED.replace('user="alice"', 'user="x\\" user=\\"root"');
  expect(read(kubernetesAudit, forged)[0]?.event).toMatchObject({ user_id: 'x" user="root' });
  expect(read(kubernetesAudit, `I0102 10:30:11.112233 1 server.go:1] GET /?q=AUDIT: id="a" user="root" method="GET"`)[0]).toMatchObject({
    result: 'noise',
    code: 'server_log',
  });
});

const OPENED = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: 'o',
  stage: 'ResponseComplete',
  requestURI: '/api/v1/nodes',
  verb: 'list',
  user: { username: 'alice' },
  responseStatus: { code: 200 },
  requestReceivedTimestamp: '2025-04-19T02:02:33Z',
};

const RANCHER = {
  auditID: 'r1',
  requestURI: '/v3/projects/c-1:p-2',
  user: { name: 'user-abc', group: ['system:authenticated'], extra: { username: ['alice'] } },
  method: 'DELETE',
  remoteAddr: '10.1.2.3:55555',
  requestTimestamp: '2023-05-01T10:00:00Z',
  responseTimestamp: '2023-05-01T10:00:01Z',
  responseCode: 403,
  requestHeader: { 'User-Agent': ['curl'], Authorization: ['Bearer token-x:hunter2hunter2'], 'X-Forwarded-For': ['203.0.113.9'] },
};

it('says who used Rancher', () => {
  const attributes = expectEvent(kubernetesAudit, RANCHER, {
    user_id: 'user-abc',
    user_name: 'alice',
    action: 'delete',
    method: 'DELETE',
    outcome: 'denied',
    status_code: '403',
    ip_address: '10.1.2.3',
    ip_chain: ['203.0.113.9', '10.1.2.3'],
    user_agent: 'curl',
    resource_type: 'projects',
    resource_id: 'c-1:p-2',
    timestamp: '2023-05-01T10:00:00Z',
  });
  expect(JSON.stringify(attributes)).not.toContain('hunter2');
  const login = {
    ...RANCHER,
    requestURI: '/v3-public/localProviders/local?action=login',
    method: 'POST',
    user: { name: 'system:unauthenticated' },
    userLoginName: 'bob',
    requestBody: { username: 'bob', password: 'hunter2' },
    responseCode: 401,
  };
  const event = expectEvent(kubernetesAudit, login, { user_id: 'bob', action: 'login', category: 'authentication', outcome: 'denied' });
  expect(JSON.stringify(event)).not.toContain('hunter2');
  const proxied = {
    ...RANCHER,
    requestURI: '/k8s/clusters/c-1/api/v1/namespaces/shop/pods/web/exec?command=sh',
    method: 'GET',
    responseCode: 101,
  };
  expectEvent(kubernetesAudit, proxied, { action: 'execute', resource_type: 'pods/exec', outcome: 'success' });
});

it('joins the halves of Rancher 2.0', () => {
  const asked = `{"auditID":"a","requestURI":"/v3/schemas","sourceIPs":["::1"],"user":{"name":"user-1","group":["g"]},"verb":"GET","stage":"RequestReceived","stageTimestamp":"2018-07-20 10:22:43 +0800"}`;
  const answered = `{"auditID":"a","responseStatus":"200","stage":"ResponseComplete","stageTimestamp":"2018-07-20 10:22:43 +0800"}`;
  const [event, answer] = read(kubernetesAudit, `${asked}\n${answered}\n`);
  expect(event?.event).toMatchObject({ user_id: 'user-1', outcome: 'success', timestamp: '2018-07-20T02:22:43.000000Z' });
  expect(answer?.code).toBe('answer');
});

it('names whose log-in OpenShift judged', () => {
  const login = (decision: string, change: object = {}) => ({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    auditID: 'o',
    stage: 'ResponseComplete',
    requestURI: '/login',
    verb: 'post',
    user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    sourceIPs: ['203.0.113.7'],
    responseStatus: { code: 302 },
    requestReceivedTimestamp: '2025-04-19T02:02:33Z',
    annotations: { 'authentication.openshift.io/decision': decision, 'authentication.openshift.io/username': 'bob' },
    ...change,
  });
  for (const [decision, outcome] of [
    ['allow', 'success'],
    ['deny', 'denied'],
    ['error', 'failure'],
  ] as const)
    expectEvent(kubernetesAudit, login(decision), {
      user_id: 'bob',
      actor_type: 'user',
      action: 'login',
      category: 'authentication',
      outcome,
    });
  expectEvent(kubernetesAudit, login('allow', { user: { username: 'carol' } }), { user_id: 'carol' });
  expect(judged(kubernetesAudit, { ...login('allow'), annotations: {} }).event).toMatchObject({ actor_type: 'anonymous' });
});

it('reads what is written behind the name of a node', () => {
  const line = `ip-10-0-1-2.ec2.internal ${JSON.stringify({ ...OPENED, auditID: 'n' })}\n`;
  expect(recognise(line)?.name).toBe('kubernetes-audit');
  expect(read(kubernetesAudit, line)[0]?.event).toMatchObject({ user_id: 'alice', request_id: 'n' });
});

it('reads what stands between lines of the server’s own log', () => {
  const klog = 'I0501 10:00:00.000000       1 trace.go:205] Trace[1]: "Get" url:/api/v1/x (total time: 500ms):';
  const input = `${klog}\n${klog}\nTrace[1]: ---"About to write" 499ms\n${JSON.stringify(OPENED)}\n{"ts":1.5,"caller":"x.go:1","msg":"x","v":0}\n`;
  expect(recognise(input)?.name).toBe('kubernetes-audit');
  expect(read(kubernetesAudit, input).map(({ code }) => code)).toEqual(['server_log', 'server_log', 'server_log', undefined, 'server_log']);
  const inContainer = input.replaceAll(/^(?=.)/gm, '2024-05-01T10:00:00.123456789Z stderr F ');
  expect(recognise(inContainer)?.name).toBe('kubernetes-audit');
  expect(read(kubernetesAudit, inContainer).filter(({ result }) => result === 'quarantine')).toEqual([]);
});
