import { isRecord, type JsonRecord, outcomeOfStatus, recordOf } from '@daybook/protocol';
import { addressOf } from '../addresses.ts';
import { attributesOf, maskText, REDACTED, without } from '../json/attributes.ts';
import { msBetweenTimes, str, strings, time } from '../json/values.ts';
import { type EventFields, noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOfVerb, connects, isTokenName } from './access-of-verb.ts';
import { hideSecrets } from './kubernetes-object.ts';
import { actorTypeOf } from './kubernetes-user.ts';
import { withoutSecretArguments } from './request-uri.ts';

/*
 * audit.k8s.io Event (k8s.io/apiserver pkg/apis/audit/types.go, v1, v1beta1, v1alpha1):
 *
 *   kind, apiVersion, level, auditID, stage, requestURI, verb, user {username, uid, groups, extra}, impersonatedUser, sourceIPs, userAgent,
 *   objectRef {resource, namespace, name, uid, apiGroup, apiVersion, resourceVersion, subresource}, responseStatus {code, status, reason, message},
 *   requestObject, responseObject, requestReceivedTimestamp, stageTimestamp, annotations; in v1alpha1 also metadata and timestamp.
 *
 * One request is written once per stage: RequestReceived, ResponseStarted (of long-running requests), ResponseComplete, Panic.
 */
const MAPPED = new Set([
  'kind', 'auditID', 'stage', 'requestURI', 'verb', 'user', 'impersonatedUser', 'sourceIPs', 'userAgent', 'objectRef', 'responseStatus',
  'requestReceivedTimestamp',
]); // biome-ignore format: a word list
const MAPPED_OF_USER = new Set(['username', 'groups']);
const MAPPED_OF_REF = new Set(['resource', 'namespace', 'name', 'subresource']);
const MAPPED_OF_STATUS = new Set(['code', 'message', 'metadata']);
const NONE = '';

export function isAuditEvent(object: JsonRecord): boolean {
  return (
    typeof object['auditID'] === 'string' &&
    typeof object['stage'] === 'string' &&
    (typeof object['verb'] === 'string' || typeof object['requestURI'] === 'string')
  );
}

export function judgeAuditEvent(object: JsonRecord): Verdict {
  const stage = str(object['stage']) ?? NONE;
  const verb = str(object['verb']) ?? NONE;
  const ref = recordOf(object['objectRef']);
  const subresource = str(ref['subresource']) ?? NONE;
  if (stage === 'RequestReceived') return noise('request_received');
  if (stage === 'ResponseStarted' && !connects(verb, subresource)) return noise('response_started');
  if (stage !== 'ResponseComplete' && stage !== 'ResponseStarted' && stage !== 'Panic')
    return quarantine('unknown_stage', 'this stage is none of an audit event');
  const happened = object['requestReceivedTimestamp'] ?? object['timestamp'] ?? object['stageTimestamp'];
  const timestamp = time(happened ?? recordOf(object['metadata'])['creationTimestamp']);
  if (timestamp === undefined) return quarantine('no_time', 'this audit event has no time');
  const resource = str(ref['resource']) ?? NONE;
  const access = accessOfVerb(verb, resource, subresource);
  hideSecrets(object, 'requestObject', resource === 'secrets');
  hideSecrets(object, 'responseObject', resource === 'secrets');
  return eventOf(
    {
      timestamp,
      source_event_id: `${String(object['auditID'])}:${stage}`,
      request_id: object['auditID'],
      duration_ms: stage === 'ResponseComplete' ? msBetweenTimes(happened, object['stageTimestamp']) : undefined,
    },
    who(object),
    {
      event_type: verb === NONE ? stage : verb,
      method: verb,
    },
    loginOf(object) ?? { action: access.action, category: access.category },
    what(object, ref, resource, subresource),
    where(object['sourceIPs']),
    {
      user_agent: str(object['userAgent']),
      protocol: 'kubernetes',
    },
    outcome(object, stage),
    {
      attributes: attributesOf(rest(object)),
    },
  );
}

/** OpenShift's OAuth server (oauth-server pkg/audit/auth.go): who asks is nobody yet, and these say whose proof was looked at, and what came of it. */
const LOGIN_USER = 'authentication.openshift.io/username';
const LOGIN_DECISION = 'authentication.openshift.io/decision';
const ANONYMOUS = 'system:anonymous';

function loginOf(object: JsonRecord): EventFields | undefined {
  const decision = recordOf(object['annotations'])[LOGIN_DECISION];
  return typeof decision === 'string' ? { action: 'login', category: 'authentication' } : undefined;
}

function who(object: JsonRecord): Record<string, unknown> {
  const user = recordOf(object['user']);
  const own = str(user['username']) ?? NONE;
  const tried = own === NONE || own === ANONYMOUS ? str(recordOf(object['annotations'])[LOGIN_USER]) : undefined;
  const username = tried ?? own;
  const actor_type = actorTypeOf(username);
  const extra = recordOf(user['extra']);
  return {
    user_id: username,
    actor_type,
    user_email: actor_type === 'user' && EMAIL.test(username) ? username : undefined,
    effective_user_id: str(recordOf(object['impersonatedUser'])['username']),
    roles: groups(user['groups']),
    credential_id: strings(extra['authentication.kubernetes.io/credential-id'])[0] ?? strings(extra['accessKeyId'])[0],
  };
}

const EMAIL = /^[^\s@:/]+@[^\s@:/]+$/;
/** As many as intake takes of a list; all stand in the attributes when there are more. */
const GROUPS_MAX = 256;

function groups(value: unknown): string[] {
  return strings(value).slice(0, GROUPS_MAX);
}

function what(object: JsonRecord, ref: JsonRecord, resource: string, subresource: string): Record<string, unknown> {
  const named = str(ref['name']);
  const isToken = named !== undefined && isTokenName(resource, named);
  const name = isToken ? REDACTED : named;
  const asked = str(object['requestURI']);
  const uri = isToken ? asked?.replaceAll(named, REDACTED) : asked;
  const namespace = str(ref['namespace']);
  const type = subresource === NONE ? resource : `${resource}/${subresource}`;
  return {
    resource:
      uri === undefined
        ? [type, namespace, name].filter((part) => part !== undefined && part !== NONE).join('/')
        : maskText(withoutSecretArguments(uri)),
    resource_type: type === NONE ? 'url' : type,
    resource_id: name,
    resource_parent: namespace,
    target_user_id: accountActedOn({ resource, namespace, name, body: object['requestObject'] }),
  };
}

/** What a request was about, as far as it tells an account. */
interface Acted {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** The object that was sent. */
  readonly body: unknown;
}

/** A service account itself; of a role binding its subject, when there is one only. */
export function accountActedOn({ resource, namespace, name, body }: Acted): string | undefined {
  if (resource === 'serviceaccounts' && name !== undefined) return `system:serviceaccount:${namespace ?? NONE}:${name}`;
  if (resource !== 'rolebindings' && resource !== 'clusterrolebindings') return undefined;
  const subjects = recordOf(body)['subjects'];
  if (!Array.isArray(subjects) || subjects.length !== 1) return undefined;
  const subject = recordOf(subjects[0]);
  const of = str(subject['name']);
  return subject['kind'] === 'ServiceAccount' && of !== undefined
    ? `system:serviceaccount:${str(subject['namespace']) ?? namespace ?? NONE}:${of}`
    : of;
}

/** The API server appends the address that it saw itself; all before it is what X-Forwarded-For and X-Real-Ip claimed. */
function where(value: unknown): Record<string, unknown> {
  const list = strings(value);
  const last = list.at(-1);
  const ip_address = addressOf(last);
  return {
    ip_address,
    ip_chain: list.length > 1 || (last !== undefined && ip_address === undefined) ? list.slice(-GROUPS_MAX) : undefined,
  };
}

function outcome(object: JsonRecord, stage: string): Record<string, unknown> {
  const status = recordOf(object['responseStatus']);
  const code = status['code'];
  const annotations = recordOf(object['annotations']);
  // OpenShift's OAuth server answers a refused password with a redirect, and says here what it was.
  const login = LOGIN_OUTCOMES.get(annotations[LOGIN_DECISION]);
  return {
    outcome: login ?? outcomeWord(code, status['status'], annotations['authorization.k8s.io/decision'], stage),
    status_code: typeof code === 'number' && code > 0 ? String(code) : undefined,
    reason: str(status['message']) ?? str(status['reason']),
  };
}

function outcomeWord(code: unknown, status: unknown, decision: unknown, stage: string): string {
  if (decision === 'forbid') return 'denied';
  const known = typeof code === 'number' ? (code === SWITCHING ? 'success' : outcomeOfStatus(code)) : undefined;
  if (known === 'denied') return known;
  if (stage === 'Panic' || status === 'Failure') return 'failure';
  return known ?? (status === 'Success' ? 'success' : 'unknown');
}

const LOGIN_OUTCOMES: ReadonlyMap<unknown, string> = new Map([
  ['allow', 'success'],
  ['deny', 'denied'],
  ['error', 'failure'],
]);

/** A connection that was upgraded for exec, attach or portforward. */
const SWITCHING = 101;

function rest(object: JsonRecord): Record<string, unknown> {
  const others = without(object, MAPPED);
  keep(others, 'user', object['user'], MAPPED_OF_USER);
  keep(others, 'impersonatedUser', object['impersonatedUser'], USERNAME);
  keep(others, 'objectRef', object['objectRef'], MAPPED_OF_REF);
  keep(others, 'responseStatus', object['responseStatus'], MAPPED_OF_STATUS);
  if (Array.isArray(recordOf(object['user'])['groups']) && strings(recordOf(object['user'])['groups']).length > GROUPS_MAX)
    others['groups'] = recordOf(object['user'])['groups'];
  return others;
}

const USERNAME = new Set(['username']);

function keep(others: Record<string, unknown>, name: string, value: unknown, mapped: ReadonlySet<string>): void {
  if (!isRecord(value)) return;
  const part = without(value, mapped);
  for (const _ in part) {
    others[name] = part;
    return;
  }
}
