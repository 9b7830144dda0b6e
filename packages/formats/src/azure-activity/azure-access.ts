import { type Action, actionOf, actionWord, type Category } from '@daybook/protocol';

/** What an operation of Azure Resource Manager (`Microsoft.Compute/virtualMachines/start/action`) does, in our words. */
export interface AzureAccess {
  readonly action: Action;
  readonly category: Category;
}

const CACHE_MAX = 4096;
const NAME_CHARS_MAX = 256;
const cache = new Map<string, AzureAccess>();

export function accessOf(operation: string): AzureAccess {
  const known = cache.get(operation);
  if (known !== undefined) return known;
  const access = findAccess(operation);
  if (cache.size < CACHE_MAX && operation.length <= NAME_CHARS_MAX) cache.set(operation, access);
  return access;
}

function findAccess(operation: string): AzureAccess {
  const folded = operation.toLowerCase();
  const parts = folded.split('/');
  // Operations of resource logs have names of one word: `SecretGet`, `GetBlob`.
  if (folded === 'authentication') return { action: 'login', category: 'authentication' };
  if (parts.length < 2) {
    const action = ACTION_OF_NAME.get(folded) ?? actionOf(operation);
    return { action, category: action === 'login' ? 'authentication' : 'data' };
  }
  const last = parts.at(-1) ?? '';
  const action = last === 'action' ? actionOfWord(parts.at(-2) ?? '') : actionOfEnd(last);
  if (
    /^microsoft\.authorization\/(?:roleassignments|elevateaccess|denyassignments|classicadministrators|roleassignmentschedulerequests)/.test(
      folded,
    )
  )
    return { action: last === 'delete' ? 'revoke' : action === 'update' || last === 'action' ? 'grant' : action, category: 'iam' };
  if (/^microsoft\.(?:authorization|managedidentity)\//.test(folded)) return { action, category: 'iam' };
  if (/\/(?:accesspolicies|federatedidentitycredentials|administrators)\//.test(folded))
    return { action: last === 'delete' ? 'revoke' : 'grant', category: 'iam' };
  if (
    /^microsoft\.(?:insights|security|policyinsights|operationalinsights)\/|\/diagnosticsettings\/|\/networksecuritygroups\/|\/firewallrules\//.test(
      folded,
    )
  )
    return { action, category: action === 'read' || action === 'list' ? 'api' : 'config' };
  if (/\/list\w*(?:keys|sas|secrets?|credentials?|connectionstrings?)\/action$/.test(folded)) return { action: 'read', category: 'data' };
  return { action, category: 'api' };
}

/** Names of resource logs (Key Vault, storage accounts) whose words would say something else, or nothing. */
const ACTION_OF_NAME: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['keydecrypt', 'read'], ['keyunwrap', 'read'], ['keyencrypt', 'access'], ['keywrap', 'access'], ['keysign', 'access'], ['keyverify', 'access'],
  ['secretlistversions', 'list'], ['keylistversions', 'list'], ['certificatelistversions', 'list'], ['secretlistdeleted', 'list'],
  ['keylistdeleted', 'list'], ['putblocklist', 'update'], ['putblock', 'update'], ['putpage', 'update'], ['appendblock', 'update'],
  ['keyrotate', 'update'], ['secretrestore', 'create'], ['keyrestore', 'create'], ['certificaterestore', 'create'], ['secretrecover', 'create'],
  ['keyrecover', 'create'], ['certificaterecover', 'create'], ['push', 'create'], ['pull', 'read'], ['untag', 'delete'],
  ['copyblob', 'create'], ['copyblobfromurl', 'create'], ['copyfile', 'create'], ['undeleteblob', 'create'], ['blobpreflightrequest', 'read'],
]); // biome-ignore format: a table

/** What a provider's operation ends with. A write makes what is not there, and changes what is: the log does not tell which. */
function actionOfEnd(end: string): Action {
  return end === 'write' ? 'update' : end === 'read' ? 'read' : end === 'delete' ? 'delete' : actionOf(end);
}

const ACTION_OF_BEGINNING: readonly (readonly [string, Action])[] = [
  ['list', 'read'], ['get', 'read'], ['read', 'read'], ['regenerate', 'update'], ['start', 'configure'], ['stop', 'configure'],
  ['restart', 'configure'], ['deallocate', 'configure'], ['poweroff', 'configure'], ['redeploy', 'configure'], ['reimage', 'update'],
  ['runcommand', 'execute'], ['run', 'execute'], ['invoke', 'execute'], ['execute', 'execute'], ['query', 'query'], ['search', 'query'],
  ['begingetaccess', 'export'], ['export', 'export'], ['backup', 'export'], ['validate', 'read'], ['register', 'configure'], ['unregister', 'configure'],
  ['enable', 'configure'], ['disable', 'configure'], ['join', 'update'], ['deploy', 'deploy'], ['swap', 'deploy'], ['purge', 'delete'],
  ['login', 'login'], ['assign', 'grant'], ['elevateaccess', 'grant'],
]; // biome-ignore format: a table

function actionOfWord(word: string): Action {
  return actionWord(word) ?? ACTION_OF_BEGINNING.find(([beginning]) => word.startsWith(beginning))?.[1] ?? 'other';
}

/** Words of Entra ID's audit log: `Add member to group`, `Delete user`, `Update application`. */
export function actionOfDirectory(activity: string): AzureAccess {
  const folded = activity.toLowerCase();
  // Of the tenants that customers log in to (B2C).
  if (/^validate (?:local account credentials|user authentication)/.test(folded)) return { action: 'login', category: 'authentication' };
  if (/^issue an? /.test(folded)) return { action: 'create', category: 'authentication' };
  if (/^(?:add|create|update|delete) role definition/.test(folded))
    return { action: actionWord(folded.split(' ')[0] ?? '') ?? 'update', category: 'iam' };
  if (/^(?:add|grant|assign|consent).*(?:member|role|owner|permission|assignment|grant|consent)|^consent /.test(folded))
    return { action: 'grant', category: 'iam' };
  if (/^(?:remove|revoke|delete).*(?:member|role|owner|permission|assignment|grant|consent)/.test(folded))
    return { action: 'revoke', category: 'iam' };
  if (/^(?:set|update|add|delete|remove|enable|disable) .*(?:policy|settings?|domain|company|federation)/.test(folded))
    return { action: 'configure', category: 'config' };
  const first = folded.split(' ')[0] ?? '';
  return { action: DIRECTORY_VERBS.get(first) ?? actionWord(first) ?? 'other', category: 'iam' };
}

const DIRECTORY_VERBS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['set', 'update'], ['reset', 'update'], ['self-service', 'update'], ['restore', 'create'], ['hard', 'delete'], ['register', 'create'],
  ['registered', 'create'], ['bulk', 'update'], ['started', 'other'], ['finished', 'other'], ['enable', 'configure'], ['disable', 'configure'],
  ['user', 'update'], ['admin', 'update'], ['blocked', 'revoke'], ['block', 'revoke'], ['redeem', 'update'], ['viral', 'create'], ['invite', 'create'], ['approve', 'grant'], ['deny', 'revoke'],
]); // biome-ignore format: a table
