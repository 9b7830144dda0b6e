import { ip, type Line, pick, stamp, USERS, uuid } from './lines.ts';
import { teleport } from './teleport-lines.ts';

const github: Line = (random, i) =>
  JSON.stringify({
    '@timestamp': 1_772_359_200_000 + i,
    _document_id: uuid(i),
    action: pick(random, [
      'git.clone',
      'git.push',
      'repo.create',
      'org.add_member',
      'pull_request.merge',
      'workflows.completed_workflow_run',
    ]),
    actor: pick(random, USERS),
    actor_id: 42,
    actor_ip: ip(random),
    actor_location: { country_code: 'DE' },
    org: 'acme',
    org_id: 7,
    repo: 'acme/shop',
    repo_id: 9,
    user_agent: 'git/2.43.0',
    hashed_token: 'mJ1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abcd=',
    programmatic_access_type: 'Fine-grained personal access token',
    transport_protocol_name: 'http',
    operation_type: 'access',
  });

const okta: Line = (random, i) => {
  const user = pick(random, USERS);
  const address = ip(random);
  return JSON.stringify({
    actor: { id: `00u${user}`, type: 'User', alternateId: `${user}@example.com`, displayName: user, detailEntry: null },
    client: {
      userAgent: { rawUserAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0', os: 'Linux', browser: 'FIREFOX' },
      zone: 'null',
      device: 'Computer',
      id: null,
      ipAddress: address,
      geographicalContext: {
        city: 'Berlin',
        state: 'Land Berlin',
        country: 'Germany',
        postalCode: '10115',
        geolocation: { lat: 52.5, lon: 13.4 },
      },
    },
    device: null,
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      externalSessionId: `102${i}`,
    },
    displayMessage: 'User login to Okta',
    eventType: pick(random, [
      'user.session.start',
      'user.authentication.sso',
      'policy.evaluate_sign_on',
      'application.user_membership.add',
    ]),
    outcome: { result: pick(random, ['SUCCESS', 'SUCCESS', 'ALLOW', 'FAILURE']), reason: null },
    published: stamp(i),
    securityContext: { asNumber: 64_500, asOrg: 'example', isp: 'example', domain: 'example.com', isProxy: false },
    severity: 'INFO',
    debugContext: { debugData: { requestId: uuid(i), requestUri: '/api/v1/authn', url: '/api/v1/authn?', dtHash: 'a1b2c3d4e5f6' } },
    legacyEventType: 'core.user_auth.login_success',
    transaction: { type: 'WEB', id: uuid(i), detail: {} },
    uuid: uuid(i),
    version: '0',
    request: { ipChain: [{ ip: address, geographicalContext: { country: 'Germany' }, version: 'V4', source: null }] },
    target: [{ id: '0oa1', type: 'AppInstance', alternateId: 'AWS', displayName: 'AWS', detailEntry: null }],
  });
};

/** Request and response in turn. */
const vault: Line = (random, i) => {
  const id = uuid(Math.floor(i / 2));
  const auth = {
    accessor: 'hmac-sha256:4f2c0d6c2a9be1f0d6c2a9be1f04f2c0',
    client_token: 'hmac-sha256:be1f04f2c0d6c2a9be1f04f2c0d6c2a9',
    display_name: 'kubernetes-shop-web',
    entity_id: uuid(1),
    metadata: { role: 'web', service_account_name: 'web', service_account_namespace: 'shop' },
    policies: ['default', 'shop'],
    token_policies: ['default', 'shop'],
    policy_results: { allowed: true, granting_policies: [{ name: 'shop', namespace_id: 'root', type: 'acl' }] },
    token_issue_time: '2026-03-01T09:00:00Z',
    token_ttl: 3600,
    token_type: 'service',
  };
  const request = {
    client_id: uuid(1),
    client_token: auth.client_token,
    client_token_accessor: auth.accessor,
    id,
    mount_accessor: 'kv_1a2b3c4d',
    mount_class: 'secret',
    mount_point: 'secret/',
    mount_type: 'kv',
    namespace: { id: 'root' },
    operation: 'read',
    path: `secret/data/app-${(i >> 1) % 50}`,
    remote_address: ip(random),
    remote_port: 51_234,
  };
  const data = { data: { password: auth.accessor, user: auth.client_token }, metadata: { created_time: auth.accessor, version: 3 } };
  const time = `${stamp(i).slice(0, -1)}456789Z`;
  return i % 2 === 0
    ? JSON.stringify({ time, type: 'request', auth, request })
    : JSON.stringify({
        time,
        type: 'response',
        auth,
        request,
        response: { data, mount_class: 'secret', mount_point: 'secret/', mount_type: 'kv' },
      });
};

export const serviceLines: ReadonlyMap<string, Line> = new Map([
  ['github-audit', github],
  ['okta', okta],
  ['vault', vault],
  ['teleport', teleport],
]);
