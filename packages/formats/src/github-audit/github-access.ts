import { type Action, actionOf, actionWord, type Category } from '@daybook/protocol';

/** What an action of the audit log (`repo.create`, `org.add_member`) does, in our words. */
export interface GithubAccess {
  readonly action: Action;
  readonly category: Category;
}

const ACCESS_OF_ACTION: ReadonlyMap<string, GithubAccess> = new Map<string, GithubAccess>([
  ...accesses('read', 'data', 'git.clone git.fetch repo.download_zip'),
  ...accesses('update', 'data', 'git.push pull_request.merge'),
  ...accesses('create', 'data', 'packages.package_published packages.package_version_published'),
  ...accesses('login', 'authentication', 'user.login user.failed_login org.sso_response business.sso_response user.two_factor_challenge_success user.two_factor_challenge_failure user.two_factor_requested user.sign_in_from_unrecognized_device user.sign_in_from_unrecognized_device_and_location user.correct_password_from_unrecognized_device business.recovery_code_used org.recovery_code_used staff.fake_login user.begin_impersonation'),
  ...accesses('logout', 'authentication', 'user.logout user.end_impersonation'),
  ...accesses('update', 'iam', 'user.change_password'),
  ...accesses('configure', 'iam', 'user.suspend user.unsuspend integration_installation.suspend integration_installation.unsuspend'),
  ...accesses('grant', 'iam', 'user.promote'),
  ...accesses('revoke', 'iam', 'user.demote org_credential_authorization.deauthorize'),
  ...accesses('create', 'iam', 'external_identity.provision'),
  ...accesses('delete', 'iam', 'external_identity.deprovision'),
  ...accesses('create', 'data', 'pull_request_review.submit'),
  ...accesses('export', 'data', 'org.audit_log_export org.audit_log_git_event_export business.audit_log_export business.audit_log_git_event_export'),
  ...accesses('export', 'data', 'org.export_member_info migration.create migration.download'),
  ...accesses('share', 'config', 'repo.access'),
  ...accesses('read', 'data', 'repo.staff_unlock staff.view_audit_log'),
  ...accesses('execute', 'api', 'workflows.created_workflow_run workflows.completed_workflow_run workflows.rerun_workflow_run workflows.cancel_workflow_run'),
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
  [/^(?:enable|disable|set|config|update_require|change|restrict)|_(?:enabled|disabled)$/, 'configure'],
  [/^(?:update|edit|rename|transfer|archive|unarchive|permission|modify|convert|reopen|close|reset|dismiss|resolve)|_(?:updated|changed)$/, 'update'],
  [/^(?:create|add|register|publish|upload|generate|fork|install)|_(?:created|added)$/, 'create'],
  [/^(?:destroy|delete|remove|unregister)|_(?:deleted|removed)$/, 'delete'],
  [/^(?:export|download)/, 'export'],
  [/^(?:bypass|override|policy_override)/, 'update'],
]; // biome-ignore format: a table, one row a line

/** First parts whose actions are about people, keys and rights; about settings. Others are about what is kept. */
const IAM =
  /^(?:org|business|enterprise|team|role|user|members_can|personal_access_token|oauth_(?:access|application|authorization)|public_key|gpg_key|ssh_certificate|external_(?:group|identity)|integration_installation|org_credential|two_factor|sso|account|sponsors|profile|successor|copilot|custom_(?:repository|organization)_role|organization_role|enterprise_team|programmatic_access)/;
const CONFIG =
  /^(?:hook|protected_branch|repository_(?:ruleset|secret_scanning|vulnerability)|ip_allow_list|environment|secret_scanning|dependabot|code_scanning|actions|audit_log_streaming|integration|private_repository_forking|required_status_check|security|advanced_security|business_(?:secret|advanced)|org_secret|codespaces|network_configuration|pages|merge_queue|auto_approve|self_hosted_runner|runner_group|config_entry|pre_receive|staff)/;
const CACHE_MAX = 4096;
const NAME_CHARS_MAX = 128;
const cache = new Map<string, GithubAccess>();

export function accessOf(name: string): GithubAccess {
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
  if (action === 'grant' || action === 'revoke') return { action, category: 'iam' };
  if (CONFIG.test(what) || action === 'configure') return { action, category: 'config' };
  if (IAM.test(what)) return { action, category: 'iam' };
  return { action, category: what === 'api' ? 'api' : 'data' };
}

function actionOfVerb(verb: string): Action {
  const bounded = verb.slice(0, NAME_CHARS_MAX);
  const whole = actionWord(bounded);
  if (whole !== undefined) return whole;
  return VERBS.find(([pattern]) => pattern.test(bounded))?.[1] ?? actionOf(bounded);
}
