import { type Action, actionOf, actionWord, type Category } from '@daybook/protocol';

/** What an action of the audit log (`repo.create`, `org.add_member`) does, in our words. */
export interface GithubAccess {
  readonly action: Action;
  readonly category: Category;
}

const ACCESS_OF_ACTION: ReadonlyMap<string, GithubAccess> = new Map<string, GithubAccess>([
  ...accesses('read', 'data', 'git.clone git.fetch repo.download_zip packages.upstream_package_fetched'),
  ...accesses('update', 'data', 'git.push pull_request.merge pull_request.indirect_merge pull_request.rebase project.open'),
  ...accesses('create', 'data', 'packages.package_published packages.package_version_published'),
  ...accesses('login', 'authentication', 'user.login user.failed_login org.sso_response business.sso_response user.two_factor_challenge_success user.two_factor_challenge_failure user.two_factor_requested user.sign_in_from_unrecognized_device user.sign_in_from_unrecognized_device_and_location user.correct_password_from_unrecognized_device business.recovery_code_used org.recovery_code_used business.recovery_code_failed org.recovery_code_failed user.sso_response user.new_device_used user.device_verification_requested user.device_verification_success user.device_verification_failure two_factor_authentication.recovery_code_used two_factor_authentication.sign_in_fallback_sms staff.fake_login user.begin_impersonation'),
  ...accesses('logout', 'authentication', 'user.logout user.end_impersonation'),
  ...accesses('update', 'iam', 'user.change_password user.forgot_password user.password_reset user.password_randomized two_factor_authentication.password_reset_fallback_sms external_group.scim_api_success external_group.scim_api_failure external_identity.scim_api_success external_identity.scim_api_failure external_group.link external_group.unlink business.external_group_sync public_key.verify public_key.unverify public_key.verification_failure public_key.unverification_failure'),
  ...accesses('configure', 'iam', 'user.suspend user.unsuspend user.lockout integration.suspend integration.unsuspend integration_installation.suspend integration_installation.unsuspend'),
  ...accesses('grant', 'iam', 'user.promote team.promote_maintainer org.restore_member org.unblock_user user.unblock_user org.oauth_app_access_unblocked org.confirm_business_invitation org.accept_business_invitation repository_invitation.create repository_invitation.accept project_collaborator.add integration.manager_added org.integration_manager_added integration_installation.repositories_added copilot.cfb_seat_added'),
  ...accesses('revoke', 'iam', 'user.demote team.demote_maintainer org_credential_authorization.deauthorize org.credential_authorization_deauthorized org.oauth_app_access_blocked repository_invitation.cancel repository_invitation.reject project_collaborator.remove integration.manager_removed org.integration_manager_removed integration_installation.repositories_removed copilot.cfb_seat_cancelled copilot.cfb_seat_assignment_unassigned integration.revoke_tokens integration.revoke_all_tokens'),
  ...accesses('create', 'iam', 'external_identity.provision external_group.provision user.creation_rate_limit_exceeded user.recreate'),
  ...accesses('read', 'iam', 'business.recovery_codes_downloaded business.recovery_codes_viewed business.recovery_codes_printed org.recovery_codes_downloaded org.recovery_codes_viewed org.recovery_codes_printed user.two_factor_recovery_codes_downloaded user.two_factor_recovery_codes_viewed user.two_factor_recovery_codes_printed'),
  ...accesses('delete', 'iam', 'external_identity.deprovision'),
  ...accesses('create', 'data', 'pull_request_review.submit'),
  ...accesses('export', 'data', 'org.audit_log_export org.audit_log_git_event_export business.audit_log_export business.audit_log_git_event_export'),
  ...accesses('export', 'data', 'org.export_member_info user.audit_log_export migration.create migration.download org.repo_migration codespaces.export_environment'),
  ...accesses('share', 'config', 'repo.access project.access project.visibility_public project.visibility_private gist.visibility_change repo.pages_public repo.pages_private'),
  ...accesses('connect', 'session', 'codespaces.connect'),
  ...accesses('configure', 'config', 'codespaces.start_environment codespaces.suspend_environment staff.repo_lock'),
  ...accesses('configure', 'iam', 'user.show_private_contributions_count user.hide_private_contributions_count'),
  ...accesses('read', 'data', 'repo.staff_unlock staff.repo_unlock staff.unlock_repo staff.viewed_repo staff.view_audit_log'),
  ...accesses('execute', 'api', 'workflows.created_workflow_run workflows.completed_workflow_run workflows.rerun_workflow_run workflows.cancel_workflow_run workflows.prepared_workflow_job'),
  ...accesses('grant', 'config', 'workflows.approve_workflow_job deployment_protection_rule.approve'),
  ...accesses('revoke', 'config', 'workflows.reject_workflow_job'),
  ...accesses('update', 'config', 'protected_branch.rejected_ref_update'),
]); // biome-ignore format: a table, one row a line

function accesses(action: Action, category: Category, names: string): (readonly [string, GithubAccess])[] {
  return names.split(' ').map((name) => [name, { action, category }] as const);
}

/** Verbs that stand in an action's last part, `add_member`, `access_granted`; the first that matches says it. */
const VERBS: readonly (readonly [RegExp, Action])[] = [
  [/^(?:add|invite|accept)_.*(?:member|collaborator|admin|owner|manager|user|team|repository|role)|^(?:grant|access_granted|approve)|_(?:granted|approved)$/, 'grant'],
  [/^(?:remove|cancel)_.*(?:member|collaborator|admin|owner|manager|user|team|repository|role|invitation)|^(?:revoke|access_revoked|deny|block_user)|_(?:revoked|denied)$/, 'revoke'],
  [/^(?:enable|disable|set|config|update_require|change|restrict)|_(?:enabled|disabled)(?:_|$)|\.clear$/, 'configure'],
  [/^(?:update|edit|rename|transfer|archive|unarchive|permission|modify|convert|alert_(?:closed|reopened|appeared|reappeared)_|reopen|close|reset|dismiss|resolve)|_(?:updated|changed)$/, 'update'],
  [/^(?:create|add|register|publish|upload|generate|fork|install)|_(?:created|added|requested)$/, 'create'],
  [/^(?:destroy|delete|remove|unregister)|_(?:deleted|removed)$/, 'delete'],
  [/^(?:export|download)/, 'export'],
  [/^(?:bypass|override|policy_override|regenerate|restore|pin|unpin|clear)|_(?:override|regenerated|restored|cleared)$/, 'update'],
  [/_cancelled$/, 'delete'],
  [/_generated$/, 'create'],
  [/_export_/, 'export'],
  [/_online$/, 'connect'],
  [/_offline$/, 'disconnect'],
]; // biome-ignore format: a table, one row a line

/** First parts whose actions are about people, keys and rights; about settings. Others are about what is kept. */
const IAM =
  /^(?:org|business|enterprise|team|role|user|members_can|git_signing_ssh|passkey|security_key|trusted_device|web_session|credential_authorization|personal_access_token|oauth_(?:access|application|authorization)|public_key|gpg_key|ssh_certificate|external_(?:group|identity)|integration_installation|org_credential|two_factor|sso|account|sponsors|profile|successor|copilot|custom_(?:repository|organization)_role|organization_role|enterprise_team|programmatic_access)/;
const CONFIG =
  /^(?:hook|protected_branch|repository_(?:ruleset|secret_scanning|vulnerability)|ip_allow_list|environment|secret_scanning|dependabot|code_scanning|actions|audit_log_streaming|integration(?!_installation)|private_repository_forking|required_status_check|security_(?!key)|advanced_security|business_(?:secret|advanced)|org_secret|codespaces|network_configuration|pages|merge_queue|auto_approve|self_hosted_runner|runner_group|config_entry|pre_receive|staff)/;
/** What is set for an organisation or a repository, and is neither its members nor what it keeps. */
const SETTING =
  /_(?:actions|dependabot|codespaces|integration|agents)_(?:secret|variable)$|self_hosted_runner|runner_group|actions_(?:access_)?settings$|merge_setting|default_branch$|^pages_/;
const CACHE_MAX = 4096;
const NAME_CHARS_MAX = 128;
const cache = new Map<string, GithubAccess>();

/** What the entry's `operation_type` says, where the name says nothing. */
const ACTION_OF_OPERATION: ReadonlyMap<unknown, Action> = new Map<unknown, Action>([
  ['create', 'create'], ['access', 'read'], ['modify', 'update'], ['remove', 'delete'], ['authentication', 'login'], ['transfer', 'update'], ['restore', 'update'],
]); // biome-ignore format: a table

export function accessOf(name: string, operation: unknown): GithubAccess {
  const access = accessOfName(name);
  const action = access.action === 'other' ? ACTION_OF_OPERATION.get(operation) : undefined;
  return action === undefined ? access : { action, category: action === 'login' ? 'authentication' : access.category };
}

function accessOfName(name: string): GithubAccess {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const access = ACCESS_OF_ACTION.get(name) ?? findAccess(name);
  if (cache.size < CACHE_MAX && name.length <= NAME_CHARS_MAX) cache.set(name, access);
  return access;
}

function findAccess(name: string): GithubAccess {
  const dot = name.indexOf('.');
  const what = name.slice(0, dot);
  const verb = name.slice(dot + 1);
  const action = actionOfVerb(verb);
  if (action === 'grant' || action === 'revoke') return { action, category: CONFIG.test(what) ? 'config' : 'iam' };
  if (CONFIG.test(what) || action === 'configure' || SETTING.test(verb.slice(0, NAME_CHARS_MAX))) return { action, category: 'config' };
  if (IAM.test(what)) return { action, category: 'iam' };
  return { action, category: what === 'api' ? 'api' : 'data' };
}

function actionOfVerb(verb: string): Action {
  const bounded = verb.slice(0, NAME_CHARS_MAX);
  const whole = actionWord(bounded);
  if (whole !== undefined) return whole;
  return VERBS.find(([pattern]) => pattern.test(bounded))?.[1] ?? actionOf(bounded);
}
