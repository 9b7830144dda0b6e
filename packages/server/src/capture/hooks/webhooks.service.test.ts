/* oxlint-disable typescript/no-unsafe-type-assertion -- what a test wrote is known to it */
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseJson } from '@daybook/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, openTestServer, removeTestData, type TestServer } from '../test-server.ts';

const SECRET = 'a-shared-secret';
let server: TestServer;
beforeAll(async () => {
  server = await openTestServer({
    settings: `
capture:
  webhooks:
    github: { preset: github, source: github, secret: ${SECRET} }
    gitlab: { preset: gitlab, source: gitlab, secret: ${SECRET} }
    jenkins: { preset: jenkins, source: jenkins }
    chat: { source: chat, secret: ${SECRET}, signature: { scheme: slack }, map: { user_id: /user, event_type: /type } }
    gitea:
      source: gitea
      secret: ${SECRET}
      signature: { scheme: hmac, header: X-Gitea-Signature }
      items: /data/items
      event_id: header:X-Gitea-Delivery
      map:
        user_id: /who/login
        event_type: header:X-Gitea-Event
        action: { from: [/verb, /kind], values: { opened: create, shut: delete }, default: other }
        resource: /where
        outcome: { value: success }
        ip_address: /ip
        row_count: /rows
    based: { source: based, secret: ${SECRET}, signature: { scheme: hmac, header: X-Sig, algorithm: sha512, encoding: base64, prefix: "v1," }, map: { user_id: /u } }
    lines: { source: lines, format: auth-log }
`,
  });
});
afterAll(async () => {
  await server.close();
  removeTestData(server);
});

const eventsOf = async (source: string) =>
  [...(await server.entries('routine')), ...(await server.entries('important'))]
    .filter(({ kind, event }) => kind === 'event' && event['source'] === source)
    .map(({ event }) => event);

async function post(where: string, body: unknown, headers: Record<string, string> = {}) {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body);
  const response = await fetch(`${server.url}/v1/capture/${where}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: raw,
  });
  return { status: response.status, reply: parseJson(await response.text()) as Record<string, unknown> };
}
const TOKEN = { authorization: `Bearer ${ADMIN_TOKEN}` };
const hmac = (body: string, algorithm = 'sha256', encoding: 'hex' | 'base64' = 'hex') =>
  createHmac(algorithm, SECRET).update(body).digest(encoding);

let deliveries = 0;
async function github(event: string, payload: object, id = `d-${++deliveries}`) {
  const body = JSON.stringify({
    sender: { login: 'mona', type: 'User' },
    repository: { full_name: 'acme/shop', default_branch: 'main', owner: { login: 'acme' } },
    ...payload,
  });
  const { status } = await post('webhooks/github', body, {
    'x-github-event': event,
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${hmac(body)}`,
  });
  expect(status).toBe(200);
  return (await eventsOf('github')).find((found) => found['event_id'] === id);
}
async function gitlab(payload: object) {
  const id = `g-${++deliveries}`;
  const body = {
    user: { username: 'tanja', name: 'Tanja' },
    project: { path_with_namespace: 'acme/shop', default_branch: 'main' },
    ...payload,
  };
  expect((await post('webhooks/gitlab', body, { 'x-gitlab-token': SECRET, 'idempotency-key': id })).status).toBe(200);
  return (await eventsOf('gitlab')).find((found) => found['source_event_id'] === id);
}

describe('signatures', () => {
  it('takes what is signed, and refuses what is not, with nothing kept', async () => {
    const body = JSON.stringify({ action: 'published', sender: { login: 'eve' } });
    const headers = { 'x-github-event': 'release', 'x-github-delivery': 'forged' };
    const wrong = [
      {},
      { 'x-hub-signature-256': '' },
      { 'x-hub-signature-256': hmac(body) },
      { 'x-hub-signature-256': `sha256=${hmac(`${body} `)}` },
      { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
      { 'x-hub-signature': `sha1=${hmac(body, 'sha1')}` },
      { authorization: `Bearer ${ADMIN_TOKEN}` },
    ];
    for (const one of wrong)
      expect(await post('webhooks/github', body, { ...headers, ...one })).toMatchObject({
        status: 401,
        reply: { code: 'signature_wrong' },
      });
    expect(await eventsOf('github')).toEqual([]);
    expect(await server.base.metrics.metrics()).toMatch(/daybook_capture_refused_total\{receiver="webhook",why="signature"\} 3/);
  });

  it('knows times, other digests and shared tokens', async () => {
    const body = '{"user":"sam","type":"message"}';
    const now = Math.floor(Date.now() / 1000);
    const slack = (time: number) => ({
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': `v0=${hmac(`v0:${time}:${body}`)}`,
    });
    expect((await post('webhooks/chat', body, slack(now - 3600))).status).toBe(401);
    expect((await post('webhooks/chat', body, slack(now))).status).toBe(200);
    expect(await eventsOf('chat')).toMatchObject([{ user_id: 'sam', event_type: 'message' }]);
    expect((await post('webhooks/based', '{"u":"x"}', { 'x-sig': `v1,${hmac('{"u":"x"}', 'sha512', 'base64')}` })).status).toBe(200);
    expect((await post('webhooks/gitlab', '{"object_kind":"push"}', { 'x-gitlab-token': `${SECRET}x` })).status).toBe(401);
  });

  it('asks for a token where no secret is set, and for a name that exists', async () => {
    expect((await post('webhooks/jenkins', '{}')).status).toBe(401);
    expect((await post('webhooks/nobody', '{}')).status).toBe(404);
    const token = await server.producer('other');
    expect((await post('webhooks/jenkins', '{}', { authorization: `Bearer ${token}` })).status).toBe(403);
  });

  it.each([
    ['no JSON', '{"a":', {}, 400],
    ['another type', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['too large', `"${'x'.repeat(5_000_000)}"`, {}, 413],
    ['a bomb', gzipSync(Buffer.alloc(20_000_000, 0x20)), { 'content-encoding': 'gzip' }, 413],
  ])('refuses %s', async (_name, body, headers, status) => {
    expect((await post('webhooks/jenkins', body, { ...TOKEN, ...headers })).status).toBe(status);
  });
});

describe('a mapping', () => {
  it('makes events of items, once per delivery', async () => {
    const body = JSON.stringify({
      data: {
        items: [
          { who: { login: 'ana' }, verb: 'opened', where: 'r/1', ip: '192.0.2.1', rows: '3', more: { x: 1 } },
          { who: { login: 'ben' }, kind: 'shut', where: 'r/2', ip: 'nonsense' },
          { who: { login: 'cem' }, kind: 'strange' },
          'rubbish',
        ],
      },
    });
    const headers = { 'x-gitea-event': 'push', 'x-gitea-delivery': 'once', 'x-gitea-signature': hmac(body) };
    for (let i = 0; i < 2; i++) expect(await post('webhooks/gitea', body, headers)).toMatchObject({ status: 200, reply: { rejected: [] } });
    expect(await eventsOf('gitea')).toMatchObject([
      {
        user_id: 'ana',
        event_type: 'push',
        action: 'create',
        resource: 'r/1',
        outcome: 'success',
        ip_address: '192.0.2.1',
        row_count: 3,
        event_id: 'once:0',
        attributes: { more: { x: 1 } },
      },
      { user_id: 'ben', action: 'delete', attributes: { ip: 'nonsense', unfit: { ip_address: 'nonsense' } } },
      { user_id: 'cem', action: 'other' },
    ]);
    const dir = path.join(server.dataDir, 'ledger', 'quarantine');
    const aside = existsSync(dir)
      ? readdirSync(dir)
          .map((name) => readFileSync(path.join(dir, name), 'utf8'))
          .join('')
      : '';
    expect(aside).toContain('not_an_object');
  });

  it('reads bodies by a format', async () => {
    const line = 'Oct 11 22:14:15 web1 sshd[812]: Accepted password for lotte from 192.0.2.9 port 5 ssh2\n';
    expect((await post('webhooks/lines', line, { ...TOKEN, 'content-type': 'text/plain' })).status).toBe(200);
    expect(await eventsOf('lines')).toMatchObject([{ user_id: 'lotte' }]);
  });
});

describe('GitHub', () => {
  it('tells who released what, where, with what result', async () => {
    const deployment = { id: 7, environment: 'production', ref: 'v2', sha: 'abc', creator: { login: 'mona' } };
    const f = async (event: string, payload: object, expected: object) => expect(await github(event, payload)).toMatchObject(expected);
    await f(
      'deployment',
      { deployment },
      { action: 'deploy', outcome: 'unknown', environment: 'production', user_id: 'mona', resource: 'acme/shop' },
    );
    await f(
      'deployment_status',
      { deployment, deployment_status: { state: 'success' } },
      { action: 'deploy', outcome: 'success', resource_id: '7', attributes: { ref: 'v2', sha: 'abc' } },
    );
    await f('deployment_status', { deployment, deployment_status: { state: 'failure' } }, { outcome: 'failure', status_code: 'failure' });
    await f(
      'release',
      { action: 'published', release: { tag_name: 'v2' } },
      { action: 'deploy', event_type: 'release.published', resource_id: 'v2' },
    );
    await f(
      'workflow_run',
      { action: 'completed', workflow_run: { id: 1, name: 'ship', conclusion: 'failure', head_branch: 'main', actor: { login: 'kim' } } },
      { action: 'deploy', outcome: 'failure', user_id: 'kim', method: 'ship' },
    );
    await f(
      'push',
      { ref: 'refs/heads/main', after: 'f00', pusher: { name: 'mona', email: 'm@acme.example' } },
      { action: 'deploy', resource_id: 'main', attributes: { sha: 'f00' } },
    );
    await f('push', { ref: 'refs/heads/topic', after: 'f00' }, { action: 'update' });
    await f('member', { action: 'added', member: { login: 'new' } }, { action: 'grant', category: 'iam', target_user_id: 'new' });
    await f(
      'organization',
      { action: 'member_removed', membership: { user: { login: 'old' } } },
      { action: 'revoke', target_user_id: 'old' },
    );
    await f('repository', { action: 'publicized' }, { action: 'configure', category: 'config', event_type: 'repository.publicized' });
    await f('branch_protection_rule', { action: 'deleted', changes: { x: 1 } }, { action: 'configure', attributes: { changes: { x: 1 } } });
    await f('deploy_key', { action: 'created', key: { title: 'ci' } }, { action: 'grant', resource_id: 'ci' });
    await f(
      'issues',
      { action: 'opened', issue: { number: 3, title: 't' } },
      { event_type: 'issues.opened', user_id: 'mona', resource_id: '3' },
    );
    expect(await github('ping', { zen: 'x' })).toBeUndefined();
  });

  it('takes a delivery once', async () => {
    await github('release', { action: 'published', release: { tag_name: 'v3' } }, 'again');
    await github('release', { action: 'published', release: { tag_name: 'v3' } }, 'again');
    expect((await eventsOf('github')).filter((event) => event['event_id'] === 'again')).toHaveLength(1);
  });
});

describe('GitLab and Jenkins', () => {
  it('tells of pipelines, jobs, deployments, tags and members', async () => {
    expect(
      await gitlab({ object_kind: 'pipeline', object_attributes: { id: 1, status: 'success', ref: 'main', sha: 'abc', duration: 63 } }),
    ).toMatchObject({ action: 'deploy', outcome: 'success', user_id: 'tanja', resource: 'acme/shop', duration_ms: 63_000 });
    expect(
      await gitlab({
        object_kind: 'build',
        build_id: 2,
        build_name: 'ship',
        build_status: 'failed',
        environment: { name: 'production' },
        project: undefined,
        project_name: 'acme / shop',
      }),
    ).toMatchObject({ action: 'deploy', outcome: 'failure', environment: 'production', method: 'ship' });
    expect(await gitlab({ object_kind: 'deployment', status: 'success', environment: 'staging', deployment_id: 9 })).toMatchObject({
      action: 'deploy',
      outcome: 'success',
      environment: 'staging',
    });
    expect(
      await gitlab({
        object_kind: 'tag_push',
        ref: 'refs/tags/v1',
        before: '0'.repeat(40),
        after: 'a'.repeat(40),
        user: undefined,
        user_username: 'tim',
      }),
    ).toMatchObject({ action: 'deploy', resource_type: 'tag', resource_id: 'v1', user_id: 'tim' });
    expect(
      await gitlab({ event_name: 'user_add_to_group', user: undefined, user_username: 'new', group_path: 'acme', group_access: 'Owner' }),
    ).toMatchObject({ action: 'grant', target_user_id: 'new', actor_type: 'unknown', attributes: { access: 'Owner' } });
  });

  it('tells of builds', async () => {
    const build = {
      number: 12,
      phase: 'FINALIZED',
      status: 'SUCCESS',
      full_url: 'https://ci/12',
      parameters: { BUILD_USER_ID: 'jo', DB_PASSWORD: 'geheim' },
      scm: { branch: 'main', commit: 'abc' },
    };
    for (const phase of ['STARTED', 'COMPLETED', 'FINALIZED']) {
      expect((await post('webhooks/jenkins', { name: 'ship', build: { ...build, phase } }, TOKEN)).status).toBe(200);
    }
    const found = await eventsOf('jenkins');
    expect(found).toMatchObject([
      { event_type: 'build.started', resource: 'ship' },
      { event_type: 'build.finalized', action: 'deploy', outcome: 'success', user_id: 'jo', resource_id: '12', attributes: { sha: 'abc' } },
    ]);
    expect(JSON.stringify(found)).not.toContain('geheim');
  });
});

describe('CloudEvents', () => {
  const event = {
    specversion: '1.0',
    id: 'c1',
    source: '/orders',
    type: 'order.read',
    subject: 'orders/7',
    time: '2024-01-01T00:00:00Z',
    tracecontext: 'x',
    data: { user_id: 'cleo', outcome: 'success', ip: 'nonsense', deep: { a: 1 } },
  };

  it('takes them structured, batched and binary, once', async () => {
    const type = { 'content-type': 'application/cloudevents+json' };
    for (let i = 0; i < 2; i++) expect((await post('cloudevents', event, { ...TOKEN, ...type })).status).toBe(200);
    const batch = [event, { ...event, id: 'c2' }, { id: 'c3' }];
    expect((await post('cloudevents', batch, { ...TOKEN, 'content-type': 'application/cloudevents-batch+json' })).status).toBe(200);
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'c4',
      'ce-source': '/orders',
      'ce-type': 'order.read',
      'ce-subject': 'gr%C3%B6%C3%9Fe',
    };
    expect((await post('cloudevents', { user_id: 'cleo' }, { ...TOKEN, ...headers })).status).toBe(200);
    const found = (await eventsOf('admin')).filter((one) => one['user_id'] === 'cleo');
    expect(found.map((one) => one['source_event_id'])).toEqual(['c1', 'c2', 'c4']);
    expect(found[0]).toMatchObject({
      event_type: 'order.read',
      action: 'read',
      outcome: 'success',
      resource: 'orders/7',
      timestamp: '2024-01-01T00:00:00.000000Z',
      attributes: { cloudevent_source: '/orders', tracecontext: 'x', data: { deep: { a: 1 } } },
    });
    expect(found[2]).toMatchObject({ resource: 'größe' });
  });
});
