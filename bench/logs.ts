import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { addressOf, resourceOf, seededRandom } from './workload.ts';

/** Logs of other systems, made from a seed, as long as they are wanted. */
export interface LogKind {
  readonly name: string;
  readonly file: string;
  /** What stands before, between and behind the records. */
  readonly frame?: { readonly begin: string; readonly between: string; readonly end: string };
  record(serial: number, random: () => number): string;
}

const START_MS = Date.UTC(2026, 0, 5, 8);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
  'okhttp/4.12.0',
  'curl/8.9.1',
  'python-requests/2.32.3',
];
const two = (n: number) => String(n).padStart(2, '0');
const pick = <T>(list: readonly T[], random: () => number): T => mustBe(list[Math.floor(random() * list.length)]);
const iso = (serial: number) => new Date(START_MS + serial * 7).toISOString();
const user = (random: () => number) => `u${10_000 + Math.floor(20_000 * random() ** 3)}`;
const address = (random: () => number) => addressOf(Math.floor(8000 * random() ** 3));

export const NGINX: LogKind = {
  name: 'nginx combined',
  file: 'access.log',
  record(serial, random) {
    const at = new Date(START_MS + serial * 7);
    const stamp = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
    const status = pick([200, 200, 200, 200, 200, 304, 403, 404, 500], random);
    const who = random() < 0.3 ? user(random) : '-';
    return `${address(random)} - ${who} [${stamp}] "GET ${resourceOf(Math.floor(200_000 * random() ** 3))} HTTP/1.1" ${status} ${Math.floor(random() * 50_000)} "-" "${pick(AGENTS, random)}"`;
  },
};

export const AUTH: LogKind = {
  name: 'auth.log',
  file: 'auth.log',
  record(serial, random) {
    const at = new Date(START_MS + serial * 7);
    const head = `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} web-1 sshd[${1000 + (serial % 30_000)}]:`;
    const from = `from ${address(random)} port ${20_000 + Math.floor(random() * 40_000)} ssh2`;
    const fate = random();
    if (fate < 0.5)
      return `${head} Accepted publickey for ${user(random)} ${from}: ED25519 SHA256:q3Zr4mH2cT1vX9bYwP0sLkNjUeGiOaDfKxRtEyCzVuM`;
    if (fate < 0.8) return `${head} Failed password for ${user(random)} ${from}`;
    return `${head} Failed password for invalid user ${user(random)} ${from}`;
  },
};

export const PGAUDIT: LogKind = {
  name: 'pgaudit csvlog',
  file: 'postgresql.csv',
  record(serial, random) {
    const at = `${iso(serial).slice(0, 23).replace('T', ' ')} UTC`;
    const session = `65f${(serial % 4096).toString(16)}.${(1000 + (serial % 500)).toString(16)}`;
    const pid = 1000 + (serial % 500);
    const sql = `SELECT id, name FROM customers WHERE id = ${Math.floor(random() * 1e6)}`;
    return `${at},"${user(random)}","shop",${pid},"${address(random)}:${40_000 + pid}",${session},${serial},"SELECT",2026-01-05 08:00:00 UTC,3/${serial},0,LOG,00000,"AUDIT: SESSION,${serial},1,READ,SELECT,TABLE,public.customers,""${sql}"",<not logged>",,,,,,,,,"psql","client backend",,0`;
  },
};

const TRAIL_EVENTS = ['GetObject', 'PutObject', 'DescribeInstances', 'AssumeRole', 'ListBuckets', 'DeleteObject'];

export const CLOUDTRAIL: LogKind = {
  name: 'CloudTrail',
  file: 'cloudtrail.json',
  frame: { begin: '{"Records":[', between: ',', end: ']}' },
  record(serial, random) {
    const who = user(random);
    return JSON.stringify({
      eventVersion: '1.09',
      userIdentity: {
        type: 'IAMUser',
        principalId: `AIDA${who.toUpperCase()}`,
        arn: `arn:aws:iam::123456789012:user/${who}`,
        accountId: '123456789012',
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        userName: who,
      },
      eventTime: `${iso(serial).slice(0, 19)}Z`,
      eventSource: 's3.amazonaws.com',
      eventName: pick(TRAIL_EVENTS, random),
      awsRegion: 'eu-central-1',
      sourceIPAddress: address(random),
      userAgent: '[aws-cli/2.15.0 Python/3.11.6 Linux/6.1.0 exe/x86_64.amzn.2]',
      requestParameters: {
        bucketName: 'records',
        key: resourceOf(Math.floor(200_000 * random())),
        Host: 'records.s3.eu-central-1.amazonaws.com',
      },
      responseElements: null,
      additionalEventData: {
        SignatureVersion: 'SigV4',
        CipherSuite: 'TLS_AES_128_GCM_SHA256',
        bytesTransferredIn: 0,
        bytesTransferredOut: 812,
      },
      requestID: `R${serial.toString(36).toUpperCase().padStart(15, '0')}`,
      eventID: `00000000-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`,
      readOnly: true,
      resources: [{ type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::records', accountId: '123456789012' }],
      eventType: 'AwsApiCall',
      managementEvent: false,
      recipientAccountId: '123456789012',
      eventCategory: 'Data',
    });
  },
};

export const KUBERNETES: LogKind = {
  name: 'Kubernetes audit',
  file: 'audit.log',
  record(serial, random) {
    const name = `pod-${Math.floor(random() * 5000)}`;
    return JSON.stringify({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: `00000000-0000-4000-9000-${serial.toString(16).padStart(12, '0')}`,
      stage: 'ResponseComplete',
      requestURI: `/api/v1/namespaces/shop/pods/${name}`,
      verb: pick(['get', 'get', 'list', 'update', 'delete'], random),
      user: { username: user(random), groups: ['developers', 'system:authenticated'] },
      sourceIPs: [address(random)],
      userAgent: 'kubectl/v1.31.0 (linux/amd64) kubernetes/9edcffc',
      objectRef: { resource: 'pods', namespace: 'shop', name, apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: pick([200, 200, 200, 403, 404], random) },
      requestReceivedTimestamp: `${iso(serial).slice(0, 23)}000Z`,
      stageTimestamp: `${iso(serial).slice(0, 23)}900Z`,
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'RBAC: allowed by RoleBinding "dev/shop"' },
    });
  },
};

/** Writes `records` of them, in pieces of some hundred KiB, so that memory does not matter. */
export async function writeLog(file: string, kind: LogKind, records: number): Promise<void> {
  const out = createWriteStream(file);
  const { begin, between, end } = kind.frame ?? { begin: '', between: '\n', end: '\n' };
  const random = seededRandom(7);
  let text = begin;
  for (let serial = 0; serial < records; serial++) {
    text += (serial === 0 ? '' : between) + kind.record(serial, random);
    if (text.length < PIECE_CHARS) continue;
    if (!out.write(text)) await once(out, 'drain');
    text = '';
  }
  out.end(text + end);
  await finished(out);
}

const PIECE_CHARS = 256 * 1024;

function mustBe<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an empty list');
  return value;
}
