import type { Action, Category } from '@daybook/protocol';

/** What an operation on a path of Vault does, in our words. */
export interface VaultAccess {
  readonly action: Action;
  readonly category: Category;
}

/** logical.Operation (vault/sdk/logical/request.go). */
const ACTION_OF_OPERATION: Readonly<Record<string, Action>> = {
  create: 'create',
  read: 'read',
  update: 'update',
  // Of the first versions.
  write: 'update',
  patch: 'update',
  delete: 'delete',
  list: 'list',
  scan: 'list',
  help: 'read',
  header: 'read',
  'alias-lookahead': 'read',
  'resolve-role': 'read',
  revoke: 'revoke',
  renew: 'update',
  rollback: 'other',
};

export function accessOf(operation: string, path: string, mountType: string): VaultAccess {
  const action = Object.hasOwn(ACTION_OF_OPERATION, operation) ? (ACTION_OF_OPERATION[operation] ?? 'other') : 'other';
  const writes = action === 'create' || action === 'update';
  if (path.startsWith('auth/')) return accessOfAuth(path, action, writes);
  if (/^identity\/oidc\/(?:token\/|provider\/[^/]+\/token$)/.test(path)) return { action: 'create', category: 'authentication' };
  if (path.startsWith('identity/')) return { action, category: 'iam' };
  if (path.startsWith('sys/')) return accessOfSystem(path, action, writes);
  // These engines are written to in order to have something done; nothing is kept.
  if (
    writes &&
    (mountType === 'transit' || (mountType === '' && path.startsWith('transit/'))) &&
    /\/(?:decrypt|encrypt|rewrap|sign|verify|hmac|random|hash|datakey)\//.test(path)
  )
    return { action: path.includes('/decrypt/') ? 'read' : 'access', category: 'data' };
  if (mountType === 'kv' && writes) return { action: ofVersions(path) ?? action, category: 'data' };
  if (writes && mountType === 'pki' && /\/revoke(?:-with-key)?$/.test(path)) return { action: 'revoke', category: 'data' };
  if (writes && /\/(?:issue|sign|creds|sts|issue-\w+|sign-[\w-]+|generate)\//.test(path)) return { action: 'create', category: 'data' };
  return { action, category: 'data' };
}

/** Versions of a secret (kv, version 2) are deleted by writing to a path that says so. Mounts may have slashes, secrets' names as well: the first such part counts. */
function ofVersions(path: string): Action | undefined {
  const part = /\/(data|metadata|delete|destroy|undelete|config)(?:\/|$)/.exec(path)?.[1];
  return part === 'delete' || part === 'destroy' ? 'delete' : undefined;
}

/** A browser comes back from the identity provider by GET. */
const CALLBACK = /\/oidc\/callback$/;

function accessOfAuth(path: string, action: Action, writes: boolean): VaultAccess {
  if (path.startsWith('auth/token/')) {
    if (writes && path.startsWith('auth/token/create')) return { action: 'create', category: 'authentication' };
    if (writes && path.startsWith('auth/token/revoke')) return { action: 'revoke', category: 'authentication' };
    if (path.startsWith('auth/token/lookup')) return { action: 'read', category: 'authentication' };
    return { action, category: 'authentication' };
  }
  if ((writes || action === 'read') && CALLBACK.test(path)) return { action: 'login', category: 'authentication' };
  if (writes && /\/(?:login|callback)(?:\/|$)|^auth\/saml\/token$/.test(path)) return { action: 'login', category: 'authentication' };
  if (writes && /\/(?:oidc\/auth_url|sso_service_url)$/.test(path)) return { action: 'access', category: 'authentication' };
  if (writes && /\/role\/[^/]+\/(?:custom-)?secret-id$/.test(path)) return { action: 'create', category: 'iam' };
  if (writes && /\/secret-id(?:-accessor)?\/destroy$/.test(path)) return { action: 'revoke', category: 'iam' };
  // Users, roles and groups of an auth method: who may log in.
  return { action, category: 'iam' };
}

function accessOfSystem(path: string, action: Action, writes: boolean): VaultAccess {
  if (/^sys\/polic(?:y|ies)(?:\/|$)/.test(path)) return { action: writes ? 'grant' : action, category: 'iam' };
  if (path.startsWith('sys/leases/revoke') || path.startsWith('sys/revoke'))
    return { action: writes ? 'revoke' : action, category: 'data' };
  if (writes && path === 'sys/mfa/validate') return { action: 'login', category: 'authentication' };
  if (writes && path === 'sys/control-group/authorize') return { action: 'grant', category: 'iam' };
  // All that Vault holds, if only encrypted.
  if (action === 'read' && /^sys\/(?:storage\/raft\/snapshot$|storage\/raft\/snapshot-auto\/snapshot\/|raw\/)/.test(path))
    return { action: 'export', category: 'data' };
  // Questions are written, too; nothing is changed by them.
  if (writes && /^sys\/(?:wrapping\/lookup|leases\/lookup|capabilities(?:-self|-accessor)?|tools)(?:\/|$)/.test(path))
    return { action: 'read', category: 'config' };
  if (path.startsWith('sys/wrapping/unwrap')) return { action: 'read', category: 'data' };
  if (path.startsWith('sys/audit')) return { action: writes ? 'configure' : action, category: 'config' };
  if (
    writes &&
    /^sys\/(?:namespaces|plugins|quotas|license|sync|loggers|managed-keys|seal|unseal|step-down|init|rekey|rotate|generate-root|auth|mounts|remount|config|replication|storage)/.test(
      path,
    )
  )
    return { action: 'configure', category: 'config' };
  return { action, category: 'config' };
}
