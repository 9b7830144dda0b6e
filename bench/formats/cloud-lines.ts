import { ip, type Line, pick, stamp, USERS, uuid } from './lines.ts';

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
  ['gcp-audit', gcp],
  ['azure-activity', azure],
]);
