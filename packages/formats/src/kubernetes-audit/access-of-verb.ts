import type { Action, Category } from '@daybook/protocol';

/** What a Kubernetes request does, in our words. */
export interface KubernetesAccess {
  readonly action: Action;
  readonly category: Category;
}

/**
 * Verbs of the API server (k8s.io/apiserver pkg/endpoints/request/requestinfo.go): resource requests have get, list, watch, create, update, patch,
 * delete, deletecollection, proxy; others the HTTP method in lower case. The others here are checked by authorizers and stand in synthetic events.
 */
const ACTION_OF_VERB: Readonly<Record<string, Action>> = {
  get: 'read',
  head: 'read',
  options: 'read',
  watch: 'read',
  list: 'list',
  watchlist: 'list',
  create: 'create',
  post: 'create',
  put: 'update',
  update: 'update',
  patch: 'update',
  apply: 'update',
  delete: 'delete',
  deletecollection: 'delete',
  proxy: 'connect',
  connect: 'connect',
  bind: 'grant',
  escalate: 'grant',
  approve: 'grant',
  impersonate: 'access',
  use: 'access',
  sign: 'access',
  attest: 'access',
};

/** Subresources that are more than a part of their resource. */
const ACCESS_OF_SUBRESOURCE: Readonly<Record<string, KubernetesAccess>> = {
  exec: { action: 'execute', category: 'session' },
  attach: { action: 'execute', category: 'session' },
  portforward: { action: 'connect', category: 'session' },
  proxy: { action: 'connect', category: 'session' },
  // Of KubeVirt's machines.
  console: { action: 'connect', category: 'session' },
  vnc: { action: 'connect', category: 'session' },
  log: { action: 'read', category: 'data' },
  eviction: { action: 'delete', category: 'api' },
  token: { action: 'create', category: 'authentication' },
};
const CONNECTING: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy', 'log', 'console', 'vnc']);
const WRITES: ReadonlySet<Action> = new Set(['create', 'update', 'delete', 'grant']);
/** A review is created to ask a question; nothing is kept. */
const REVIEWS: ReadonlySet<string> = new Set([
  'subjectaccessreviews',
  'localsubjectaccessreviews',
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'selfsubjectreviews',
  'resourceaccessreviews',
  'localresourceaccessreviews',
  'subjectrulesreviews',
]);
/** Kubernetes' own, and Rancher's. */
const BINDINGS: ReadonlySet<string> = new Set([
  'rolebindings',
  'clusterrolebindings',
  'globalrolebindings',
  'clusterroletemplatebindings',
  'projectroletemplatebindings',
]);
const IAM: ReadonlySet<string> = new Set([
  'roles',
  'clusterroles',
  'serviceaccounts',
  'certificatesigningrequests',
  'users',
  'groups',
  'roletemplates',
  'globalroles',
  'identities',
  'useridentitymappings',
  'securitycontextconstraints',
]);
/** OpenShift's: what a log-in gives and leaves. */
const TOKENS: ReadonlySet<string> = new Set(['oauthaccesstokens', 'oauthauthorizetokens', 'useroauthaccesstokens']);
const DATA: ReadonlySet<string> = new Set(['secrets', 'configmaps']);
const CONFIG: ReadonlySet<string> = new Set([
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'customresourcedefinitions',
  'apiservices',
  'networkpolicies',
  'podsecuritypolicies',
  'priorityclasses',
  'storageclasses',
  'oauths',
  'oauthclients',
]);

/** Whether a request goes on after its answer began: its ResponseStarted is when somebody got in. */
export function connects(verb: string, subresource: string): boolean {
  return verb === 'watch' || CONNECTING.has(subresource);
}

/** Whether an object's name is itself what lets in: OpenShift's tokens, before version 4.6 hashed them. */
export function isTokenName(resource: string, name: string): boolean {
  return TOKENS.has(resource) && !name.startsWith('sha256~');
}

export function accessOfVerb(verb: string, resource: string, subresource: string): KubernetesAccess {
  const action = Object.hasOwn(ACTION_OF_VERB, verb) ? (ACTION_OF_VERB[verb] ?? 'other') : 'other';
  if (subresource !== '' && Object.hasOwn(ACCESS_OF_SUBRESOURCE, subresource)) {
    const access = ACCESS_OF_SUBRESOURCE[subresource];
    if (access !== undefined) return access;
  }
  if (resource === 'tokenreviews') return { action: 'query', category: 'authentication' };
  if (REVIEWS.has(resource)) return { action: 'query', category: 'iam' };
  if (BINDINGS.has(resource)) return { action: bindingAction(action), category: 'iam' };
  if (resource === 'certificatesigningrequests' && subresource === 'approval') return { action: 'grant', category: 'iam' };
  if (IAM.has(resource)) return { action, category: 'iam' };
  if (TOKENS.has(resource)) return { action, category: 'authentication' };
  if (CONFIG.has(resource) && WRITES.has(action)) return { action, category: 'config' };
  return { action, category: DATA.has(resource) ? 'data' : 'api' };
}

function bindingAction(action: Action): Action {
  if (action === 'delete') return 'revoke';
  return action === 'create' || action === 'update' ? 'grant' : action;
}
