import { type Action, actionOf, type Category } from '@daybook/protocol';
import { accessOfVerb, type KubernetesAccess } from '../kubernetes-audit/access-of-verb.ts';

interface Call {
  readonly service: string;
  readonly method: string;
  readonly log: string;
  /** Whether a policy was set in which all that is new is what it lacks. */
  readonly removes: boolean;
}

/** What a method does, in our words. Of a method's full name (`google.iam.admin.v1.CreateServiceAccountKey`, `storage.objects.get`) the last part says it. */
export function accessOfMethod({ service, method, log, removes }: Call): KubernetesAccess {
  if (service === 'k8s.io') return accessOfKubernetesMethod(method);
  const word = method.slice(method.lastIndexOf('.') + 1);
  const known = ACCESS_OF_METHOD.get(word.toLowerCase());
  if (known !== undefined) return removes && known.action === 'grant' ? { action: 'revoke', category: known.category } : known;
  const action = actionOf(word);
  return { action: action === 'login' || action === 'logout' ? 'other' : action, category: categoryOf(service, log, method) };
}

/** `io.k8s.core.v1.pods.exec.create`: group, version, resource, maybe a subresource, verb. */
function accessOfKubernetesMethod(method: string): KubernetesAccess {
  const parts = method.split('.');
  const verb = parts.at(-1) ?? '';
  const version = parts.findIndex((part) => /^v\d+(?:(?:alpha|beta)\d+)?$/.test(part));
  const resource = version < 0 ? '' : (parts[version + 1] ?? '');
  const subresource = version < 0 || parts.length - version < 4 ? '' : (parts[version + 2] ?? '');
  return accessOfVerb(verb, resource === verb ? '' : resource, subresource);
}

const ACCESS_OF_METHOD: ReadonlyMap<string, KubernetesAccess> = new Map<string, KubernetesAccess>([
  ...accesses('grant', 'iam', 'setiampolicy setiampermissions setorgpolicy addmember creatememberships createmembership addgroupmember add_group_member add_member'),
  ...accesses('read', 'iam', 'getiampolicy testiampermissions getiampolicies querygrantableroles'),
  ...accesses('login', 'authentication', 'loginsuccess loginfailure loginverification login_success login_failure login_verification loginchallenge login_challenge riskysensitiveactionallowed riskysensitiveactionblocked'),
  ...accesses('logout', 'authentication', 'logout'),
  ...accesses('update', 'authentication', '2svenroll 2svdisable titaniumenroll titaniumunenroll'),
  ...accesses('create', 'authentication', 'generate2svscratchcodes generateaccesstoken generateidtoken signblob signjwt exchangetoken'),
  ...accesses('query', 'data', 'insertjob jobcompleted executesql executestreamingsql runquery runaggregationquery getqueryresults'),
  ...accesses('execute', 'api', 'callfunction runjob'),
  ...accesses('grant', 'iam', 'unsuspenduser'),
  ...accesses('configure', 'iam', 'enforcestrongauthentication toggleserviceenabled'),
  ...accesses('revoke', 'iam', 'suspenduser removemember deletemembership deletememberships removegroupmember remove_group_member remove_member'),
  ...accesses('read', 'data', 'accesssecretversion decrypt asymmetricdecrypt rawdecrypt streamingread batchgetdocuments listen createreadsession readrows pull streamingpull'),
  ...accesses('access', 'data', 'encrypt rawencrypt asymmetricsign macsign macverify'),
  ...accesses('create', 'data', 'publish'),
  ...accesses('update', 'data', 'commit batchwrite mutaterow mutaterows'),
  ...accesses('configure', 'api', 'start stop reset suspend resume startwithencryptionkey'),
  ...accesses('export', 'data', 'exportdocuments exportassets exportresources exportinstance'),
  ...accesses('connect', 'session', 'authorizeuser connect'),
]); // biome-ignore format: a table, one row a line

function accesses(action: Action, category: Category, methods: string): (readonly [string, KubernetesAccess])[] {
  return methods.split(' ').map((method) => [method, { action, category }] as const);
}

const IAM = new Set([
  'iam.googleapis.com',
  'admin.googleapis.com',
  'accessapproval.googleapis.com',
  'cloudidentity.googleapis.com',
  'identitytoolkit.googleapis.com',
]);
const AUTHENTICATION = new Set(['login.googleapis.com', 'sts.googleapis.com', 'iamcredentials.googleapis.com']);
/** Whose changes set how others may be reached, and what is written down of it. */
const CONFIG = new Set(['logging.googleapis.com', 'orgpolicy.googleapis.com', 'accesscontextmanager.googleapis.com']);

function categoryOf(service: string, log: string, method: string): Category {
  if (IAM.has(service) || method.startsWith('cloudsql.users.')) return 'iam';
  if (AUTHENTICATION.has(service)) return 'authentication';
  if (log === 'activity' && (CONFIG.has(service) || /\.(?:firewalls|firewallPolicies|securityPolicies)\./.test(method))) return 'config';
  return log === 'data_access' ? 'data' : 'api';
}
