import { ip, type Line, pick, stamp, USERS, uuid } from './lines.ts';
import { teleport } from './teleport-lines.ts';

const KINDS = ['pods', 'configmaps', 'secrets', 'deployments', 'events', 'leases', 'endpoints'];
const NAMESPACES = ['shop', 'billing', 'kube-system', 'monitoring'];
const VERBS = ['get', 'list', 'watch', 'update', 'patch', 'create'];
const BUCKETS = ['invoices', 'payroll', 'exports', 'logs'];

const kubernetes: Line = (random, i) => {
  const resource = pick(random, KINDS);
  const namespace = pick(random, NAMESPACES);
  const received = `${stamp(i).slice(0, -1)}123Z`;
  const forbidden = random() < 0.02;
  return JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: uuid(i),
    stage: random() < 0.9 ? 'ResponseComplete' : 'RequestReceived',
    requestURI: `/api/v1/namespaces/${namespace}/${resource}/web-6f7d9c5b8-x2x${i % 97}?timeout=10s`,
    verb: pick(random, VERBS),
    user: {
      username: random() < 0.5 ? `system:serviceaccount:${namespace}:controller` : `${pick(random, USERS)}@example.com`,
      uid: uuid(7),
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['controller-1'], 'authentication.kubernetes.io/pod-uid': [uuid(8)] },
    },
    sourceIPs: [ip(random)],
    userAgent: 'kube-controller-manager/v1.31.2 (linux/amd64) kubernetes/5864a46',
    objectRef: { resource, namespace, name: `web-6f7d9c5b8-x2x${i % 97}`, apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: forbidden ? 403 : 200 },
    requestReceivedTimestamp: received,
    stageTimestamp: received,
    annotations: {
      'authorization.k8s.io/decision': forbidden ? 'forbid' : 'allow',
      'authorization.k8s.io/reason':
        'RBAC: allowed by ClusterRoleBinding "controller" of ClusterRole "controller" to ServiceAccount "controller"',
    },
  });
};

const trail: Line = (random, i) => {
  const bucket = pick(random, BUCKETS);
  const user = pick(random, USERS);
  return JSON.stringify({
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLEEXAMPLE:${user}@example.com`,
      arn: `arn:aws:sts::111122223333:assumed-role/Developer/${user}@example.com`,
      accountId: '111122223333',
      accessKeyId: `ASIAEXAMPLE${i % 999}`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROAEXAMPLEEXAMPLE',
          arn: 'arn:aws:iam::111122223333:role/Developer',
          accountId: '111122223333',
          userName: 'Developer',
        },
        attributes: { creationDate: '2026-03-01T09:00:00Z', mfaAuthenticated: 'false' },
      },
    },
    eventTime: `${stamp(i).slice(0, 19)}Z`,
    eventSource: 's3.amazonaws.com',
    eventName: pick(random, ['GetObject', 'PutObject', 'ListObjects', 'DeleteObject', 'HeadObject']),
    awsRegion: 'eu-west-1',
    sourceIPAddress: ip(random),
    userAgent: '[aws-sdk-java/2.20.1 Linux/5.10 OpenJDK_64-Bit_Server_VM/17.0.7]',
    ...(random() < 0.03 ? { errorCode: 'AccessDenied', errorMessage: 'Access Denied' } : {}),
    requestParameters: { bucketName: bucket, key: `2026/03/01/part-${i}.parquet`, Host: `${bucket}.s3.eu-west-1.amazonaws.com` },
    responseElements: null,
    additionalEventData: {
      SignatureVersion: 'SigV4',
      CipherSuite: 'TLS_AES_128_GCM_SHA256',
      bytesTransferredIn: 0,
      AuthenticationMethod: 'AuthHeader',
      'x-amz-id-2': 'kH2g0m7Vw3mYp9mJqvQ4j1fW0nZ3y5sX8rT6uE2cBdA=',
      bytesTransferredOut: 48_211,
    },
    requestID: `79104EXAMPLE${i}`,
    eventID: uuid(i),
    readOnly: true,
    resources: [
      { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucket}/2026/03/01/part-${i}.parquet` },
      { accountId: '111122223333', type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucket}` },
    ],
    eventType: 'AwsApiCall',
    managementEvent: false,
    recipientAccountId: '111122223333',
    eventCategory: 'Data',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${bucket}.s3.eu-west-1.amazonaws.com`,
    },
  });
};

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

const gcp: Line = (random, i) =>
  JSON.stringify({
    protoPayload: {
      '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
      status: random() < 0.02 ? { code: 7, message: 'Permission denied' } : {},
      authenticationInfo: { principalEmail: `${pick(random, USERS)}@example.com` },
      requestMetadata: {
        callerIp: ip(random),
        callerSuppliedUserAgent: 'google-cloud-sdk gcloud/460.0.0 command/gcloud.storage.cp',
        requestAttributes: { time: stamp(i), auth: {} },
        destinationAttributes: {},
      },
      serviceName: 'storage.googleapis.com',
      methodName: pick(random, ['storage.objects.get', 'storage.objects.list', 'storage.objects.create']),
      authorizationInfo: [
        {
          resource: 'projects/_/buckets/payroll/objects/2026.csv',
          permission: 'storage.objects.get',
          granted: true,
          resourceAttributes: {},
        },
      ],
      resourceName: `projects/_/buckets/payroll/objects/2026-${i}.csv`,
      resourceLocation: { currentLocations: ['eu'] },
    },
    insertId: `ins${i}`,
    resource: { type: 'gcs_bucket', labels: { bucket_name: 'payroll', location: 'eu', project_id: 'shop-prod' } },
    timestamp: `${stamp(i).slice(0, -1)}456789Z`,
    severity: 'INFO',
    logName: 'projects/shop-prod/logs/cloudaudit.googleapis.com%2Fdata_access',
    receiveTimestamp: stamp(i + 300),
  });

const azure: Line = (random, i) =>
  JSON.stringify({
    time: `${stamp(i).slice(0, -1)}4567Z`,
    resourceId: '/SUBSCRIPTIONS/5C1F0E6A/RESOURCEGROUPS/SHOP/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/WEB1',
    operationName: pick(random, [
      'MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE',
      'MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION',
      'MICROSOFT.COMPUTE/DISKS/DELETE',
    ]),
    category: 'Administrative',
    resultType: pick(random, ['Success', 'Success', 'Failure', 'Accept']),
    resultSignature: 'OK',
    durationMs: '125',
    callerIpAddress: ip(random),
    correlationId: uuid(i),
    identity: {
      authorization: {
        scope: '/subscriptions/5c1f0e6a/resourceGroups/shop',
        action: 'x',
        evidence: { role: 'Contributor', principalId: uuid(2), principalType: 'User' },
      },
      claims: {
        aud: 'https://management.core.windows.net/',
        iss: 'https://sts.windows.net/5c1f0e6a/',
        iat: '1772359000',
        exp: '1772363000',
        'http://schemas.microsoft.com/claims/authnmethodsreferences': 'pwd,mfa',
        appid: uuid(3),
        ipaddr: ip(random),
        name: 'Ana Souza',
        'http://schemas.microsoft.com/identity/claims/objectidentifier': uuid(2),
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': `${pick(random, USERS)}@example.com`,
      },
    },
    level: 'Information',
    location: 'global',
    properties: { statusCode: 'OK', serviceRequestId: uuid(4), eventCategory: 'Administrative', entity: '/subscriptions/5c1f0e6a' },
  });

export const cloudLines: ReadonlyMap<string, Line> = new Map([
  ['kubernetes-audit', kubernetes],
  ['cloudtrail', trail],
  ['github-audit', github],
  ['okta', okta],
  ['vault', vault],
  ['gcp-audit', gcp],
  ['azure-activity', azure],
  ['teleport', teleport],
]);
