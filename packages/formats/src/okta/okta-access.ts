import { type Action, actionOf, type Category } from '@daybook/protocol';

/** What an event type of the System Log (developer.okta.com, "Event Types") does, in our words: the longest beginning that is known. */
export interface OktaAccess {
  readonly action: Action;
  readonly category: Category;
}

const ACCESS_OF_BEGINNING: readonly (readonly [string, Action | undefined, Category])[] = [
  ['user.session.start', 'login', 'authentication'],
  ['user.session.end', 'logout', 'authentication'],
  ['user.session.clear', 'revoke', 'authentication'],
  ['user.session.expire', 'logout', 'authentication'],
  ['user.session.impersonation.initiate', 'login', 'authentication'],
  ['user.session.impersonation.end', 'logout', 'authentication'],
  ['user.session.impersonation', undefined, 'iam'],
  ['user.session.access_admin_app', 'access', 'session'],
  ['user.session', 'access', 'session'],
  ['user.authentication.slo', 'logout', 'authentication'],
  ['user.authentication', 'login', 'authentication'],
  ['user.mfa.attempt_bypass', 'login', 'authentication'],
  ['user.mfa.okta_verify', 'login', 'authentication'],
  ['user.mfa', undefined, 'iam'],
  ['user.account.update_password', 'update', 'iam'],
  ['user.account.reset_password', 'update', 'iam'],
  ['user.account.privilege.grant', 'grant', 'iam'],
  ['user.account.privilege.revoke', 'revoke', 'iam'],
  ['user.account.report_suspicious', 'other', 'authentication'],
  ['user.account', undefined, 'iam'],
  ['user.risk', 'other', 'authentication'],
  ['user', undefined, 'iam'],
  ['group.user_membership.add', 'grant', 'iam'],
  ['group.user_membership.remove', 'revoke', 'iam'],
  ['group.application_assignment.add', 'grant', 'iam'],
  ['group.application_assignment.remove', 'revoke', 'iam'],
  ['group', undefined, 'iam'],
  ['application.user_membership.add', 'grant', 'iam'],
  ['application.user_membership.remove', 'revoke', 'iam'],
  ['application.user_membership', undefined, 'iam'],
  ['application.policy.sign_on.deny_access', 'access', 'authentication'],
  ['application', undefined, 'config'],
  ['app.generic.unauth_app_access_attempt', 'access', 'authentication'],
  ['app.oauth2.client', undefined, 'config'],
  ['app.oauth2.trusted_server', undefined, 'config'],
  ['app.oauth2', 'login', 'authentication'],
  ['app.access_request', undefined, 'iam'],
  ['app', undefined, 'api'],
  ['policy.evaluate_sign_on', 'login', 'authentication'],
  ['policy.auth_reevaluate', 'login', 'authentication'],
  ['policy', undefined, 'config'],
  ['iam', undefined, 'iam'],
  ['access.request', undefined, 'iam'],
  ['security.threat', 'access', 'authentication'],
  ['system.api_token.create', 'create', 'iam'],
  ['system.api_token.revoke', 'revoke', 'iam'],
  ['system.api_token', undefined, 'iam'],
  ['system.import', 'create', 'iam'],
  ['system', undefined, 'config'],
  ['zone', undefined, 'config'],
  ['security', undefined, 'config'],
  ['device', undefined, 'iam'],
];

const ACTION_OF_WORD: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['activate', 'configure'], ['deactivate', 'configure'], ['suspend', 'configure'], ['unsuspend', 'configure'], ['lock', 'configure'],
  ['unlock', 'configure'], ['initiate', 'execute'], ['verify', 'login'], ['resolve', 'update'], ['unlink', 'update'], ['link', 'update'],
  ['push', 'update'], ['sync', 'update'], ['transfer', 'update'], ['approve', 'grant'], ['deny', 'revoke'], ['reset_all', 'update'],
]); // biome-ignore format: a table

const CACHE_MAX = 4096;
const NAME_CHARS_MAX = 128;
const cache = new Map<string, OktaAccess>();

export function accessOf(eventType: string): OktaAccess {
  const known = cache.get(eventType);
  if (known !== undefined) return known;
  const access = findAccess(eventType);
  if (cache.size < CACHE_MAX && eventType.length <= NAME_CHARS_MAX) cache.set(eventType, access);
  return access;
}

function findAccess(eventType: string): OktaAccess {
  const own = eventType.slice(eventType.lastIndexOf('.') + 1);
  const word = ACTION_OF_WORD.get(own) ?? ACTION_OF_WORD.get(own.split('_')[0] ?? '') ?? actionOf(own);
  for (const [beginning, action, category] of ACCESS_OF_BEGINNING)
    if (eventType === beginning || eventType.startsWith(`${beginning}.`) || eventType.startsWith(`${beginning}_`))
      return { action: action ?? word, category };
  return { action: word, category: 'api' };
}
