import { type Action, actionOf, actionWord, type Category } from '@daybook/protocol';

/** What an event type of the System Log (developer.okta.com, "Event Types") does, in our words. */
export interface OktaAccess {
  readonly action: Action;
  readonly category: Category;
}

/** The first beginning that fits says it; without an action it is the last word's. */
const ACCESS_OF_BEGINNING: readonly (readonly [string, Action | undefined, Category])[] = [
  ['user.session.start', 'login', 'authentication'],
  ['user.session.end', 'logout', 'authentication'],
  ['user.session.clear', 'revoke', 'authentication'],
  ['user.session.expire', 'logout', 'authentication'],
  ['user.session.impersonation.initiate', 'login', 'authentication'],
  ['user.session.impersonation.end', 'logout', 'authentication'],
  ['user.session.impersonation.extend', 'grant', 'iam'],
  ['user.session.impersonation', undefined, 'iam'],
  ['user.session.access_admin_app', 'access', 'session'],
  ['user.session', 'access', 'session'],
  ['user.authentication.slo', 'logout', 'authentication'],
  ['user.authentication.universal_logout', 'logout', 'authentication'],
  ['user.authentication', 'login', 'authentication'],
  ['user.identity_verification.start', 'access', 'authentication'],
  ['user.identity_verification', 'login', 'authentication'],
  ['user.mfa.attempt_bypass', 'login', 'authentication'],
  ['user.mfa.okta_verify', 'login', 'authentication'],
  ['user.mfa', undefined, 'iam'],
  ['user.account.access_super_user_app', 'access', 'session'],
  ['user.account.expire_password', 'update', 'iam'],
  ['user.account.lock', 'configure', 'iam'],
  ['user.account.update_password', 'update', 'iam'],
  ['user.account.reset_password', 'update', 'iam'],
  ['user.account.privilege.grant', 'grant', 'iam'],
  ['user.account.privilege.revoke', 'revoke', 'iam'],
  ['user.account.report_suspicious', 'other', 'authentication'],
  ['user.account', undefined, 'iam'],
  ['user.lifecycle.delete', 'delete', 'iam'],
  ['user.lifecycle.jit', 'create', 'iam'],
  ['user.lifecycle.password_mass_expiry', 'update', 'iam'],
  ['user.risk', 'other', 'authentication'],
  ['user', undefined, 'iam'],
  ['group.user_membership.rule', undefined, 'iam'],
  ['group.user_membership.add', 'grant', 'iam'],
  ['group.user_membership.remove', 'revoke', 'iam'],
  ['group.application_assignment.add', 'grant', 'iam'],
  ['group.application_assignment.remove', 'revoke', 'iam'],
  ['group', undefined, 'iam'],
  ['application.user_membership.add', 'grant', 'iam'],
  ['application.user_membership.remove', 'revoke', 'iam'],
  ['application.user_membership', undefined, 'iam'],
  ['application.policy.sign_on.deny_access', 'access', 'authentication'],
  ['application.provision.group_membership.add', 'grant', 'iam'],
  ['application.provision.group_membership.remove', 'revoke', 'iam'],
  ['application.provision.user.verify_exists', 'read', 'iam'],
  ['application.provision.user.password', 'update', 'iam'],
  ['application.provision', undefined, 'iam'],
  ['application', undefined, 'config'],
  ['app.audit_report', 'export', 'data'],
  ['app.generic.unauth_app_access_attempt', 'access', 'authentication'],
  ['app.generic.provision', undefined, 'iam'],
  ['app.inbound_del_auth', 'login', 'authentication'],
  ['app.kerberos_rich_client', 'login', 'authentication'],
  ['app.rich_client', 'login', 'authentication'],
  ['app.user_management', undefined, 'iam'],
  ['app.realtimesync', undefined, 'iam'],
  ['app.oauth2.client.privilege', undefined, 'iam'],
  ['app.oauth2.client', undefined, 'config'],
  ['app.oauth2.trusted_server', undefined, 'config'],
  ['app.oauth2.credentials', undefined, 'config'],
  ['app.oauth2.interclient_trust', undefined, 'config'],
  ['app.oauth2.key', 'update', 'config'],
  ['app.oauth2.as.key', 'update', 'config'],
  ['app.oauth2.consent.revoke', 'revoke', 'iam'],
  ['app.oauth2.consent', undefined, 'iam'],
  ['app.oauth2.admin.consent', undefined, 'iam'],
  ['app.oauth2.as.consent.revoke', 'revoke', 'iam'],
  ['app.oauth2.as.consent', undefined, 'iam'],
  ['app.oauth2.token.revoke', 'revoke', 'authentication'],
  ['app.oauth2.as.token.revoke', 'revoke', 'authentication'],
  ['app.oauth2', 'login', 'authentication'],
  ['app.access_request', undefined, 'iam'],
  ['app.app_instance', undefined, 'config'],
  ['app.keys', undefined, 'config'],
  ['app', undefined, 'api'],
  ['policy.evaluate_sign_on', 'login', 'authentication'],
  ['policy.auth_reevaluate', 'login', 'authentication'],
  ['policy.continuous_access', 'access', 'authentication'],
  ['policy.entity_risk', 'access', 'authentication'],
  ['policy', undefined, 'config'],
  ['iam.resourceset.bindings.add', 'grant', 'iam'],
  ['iam.resourceset.bindings.delete', 'revoke', 'iam'],
  ['iam.role.permissions.add', 'grant', 'iam'],
  ['iam.role.permissions.delete', 'revoke', 'iam'],
  ['iam', undefined, 'iam'],
  ['access', undefined, 'iam'],
  ['certification', undefined, 'iam'],
  ['credential', undefined, 'iam'],
  ['directory', undefined, 'iam'],
  ['pki', undefined, 'iam'],
  ['pam.secret.reveal', 'read', 'data'],
  ['pam.server', undefined, 'session'],
  ['pam', undefined, 'iam'],
  ['core.user_auth', 'login', 'authentication'],
  ['security.threat.detected', 'access', 'authentication'],
  ['security.request.blocked', 'access', 'authentication'],
  ['security.session', 'access', 'authentication'],
  ['security.attack_protection', undefined, 'config'],
  ['security.attack', 'other', 'authentication'],
  ['security.breached_credential', 'other', 'authentication'],
  ['analytics.reports.export', 'export', 'data'],
  ['workflows.user.role.user.add', 'grant', 'iam'],
  ['workflows.user.role.user.remove', 'revoke', 'iam'],
  ['system.api_token.create', 'create', 'iam'],
  ['system.api_token.revoke', 'revoke', 'iam'],
  ['system.api_token', undefined, 'iam'],
  ['system.import.user.complete', 'create', 'iam'],
  ['system.import.user', undefined, 'iam'],
  ['system.import.group_membership', 'create', 'iam'],
  ['system.import.group', undefined, 'iam'],
  ['system.import', 'create', 'iam'],
  ['system.iwa_agentless', 'login', 'authentication'],
  ['system.ldapi.bind', 'login', 'authentication'],
  ['system.ldapi.unbind', 'logout', 'authentication'],
  ['system.ldapi', undefined, 'iam'],
  // Challenges and notices that Okta sends.
  ['system.email.template', undefined, 'config'],
  ['system.email', 'execute', 'authentication'],
  ['system.push', 'execute', 'authentication'],
  ['system.sms', 'execute', 'authentication'],
  ['system.voice', 'execute', 'authentication'],
  ['system.agent.ad.reset_user_password', 'update', 'iam'],
  ['system.agent.ad.unlock_user_account', 'configure', 'iam'],
  ['system.agent.ad.update_user', 'update', 'iam'],
  ['system.agent.ldap.change_user_password', 'update', 'iam'],
  ['system.agent.ldap.reset_user_password', 'update', 'iam'],
  ['system.agent.ldap.unlock_user_account', 'configure', 'iam'],
  ['system', undefined, 'config'],
  ['zone', undefined, 'config'],
  ['network_zone', undefined, 'config'],
  ['security', undefined, 'config'],
  ['oauth2', undefined, 'config'],
  ['event_hook', undefined, 'config'],
  ['inline_hook', undefined, 'config'],
  ['domain', undefined, 'config'],
  ['email', undefined, 'config'],
  ['federated_broker', undefined, 'config'],
  ['integration', undefined, 'config'],
  ['device.password_sync.authenticate', 'login', 'authentication'],
  ['device', undefined, 'iam'],
];

const ACTION_OF_WORD: ReadonlyMap<string, Action> = new Map<string, Action>([
  ...words('configure', 'activate deactivate reactivate suspend unsuspend lock unlock activated deactivated enabled disabled'),
  ...words('update', 'resolve unlink link push pushed sync transfer reset reset_all updated changed restore rotate rollover overwrite invalidate renew close make'),
  ...words('create', 'created added clone request provision enroll issue bootstrap'),
  ...words('delete', 'deleted removed cancel deprovision'),
  ...words('execute', 'initiate executed launch'),
  ...words('login', 'verify'),
  ...words('grant', 'approve'),
  ...words('revoke', 'deny reject'),
]); // biome-ignore format: a table

function words(action: Action, list: string): (readonly [string, Action])[] {
  return list.split(' ').map((word) => [word, action] as const);
}

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
  const [first = ''] = own.split('_', 1);
  const word = ACTION_OF_WORD.get(own) ?? ACTION_OF_WORD.get(first) ?? actionWord(first) ?? actionOf(own);
  for (const [beginning, action, category] of ACCESS_OF_BEGINNING)
    if (eventType === beginning || eventType.startsWith(`${beginning}.`) || eventType.startsWith(`${beginning}_`))
      return { action: action ?? word, category };
  return { action: word, category: 'api' };
}
