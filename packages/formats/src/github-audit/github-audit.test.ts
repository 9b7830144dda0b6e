import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { githubAudit } from './github-audit.ts';

const ENTRY = { '@timestamp': 1_772_359_200_123, _document_id: 'd', action: 'repo.create', actor: 'octo', org: 'acme', repo: 'acme/shop' };
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(githubAudit, { ...ENTRY, ...change }, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(githubAudit, import.meta.dirname);
});

it('says what an action does', () => {
  f(
    {},
    {
      timestamp: '2026-03-01T10:00:00.123000Z',
      action: 'create',
      category: 'data',
      resource: 'acme/shop',
      outcome: 'success',
      ip_address: undefined,
    },
  );
  const access = (action: string, ours: string, category: string) => f({ action }, { event_type: action, action: ours, category });
  access('git.fetch', 'read', 'data');
  access('git.push', 'update', 'data');
  access('repo.destroy', 'delete', 'data');
  access('team.add_repository', 'grant', 'iam');
  access('org.remove_outside_collaborator', 'revoke', 'iam');
  access('org.disable_two_factor_requirement', 'configure', 'config');
  access('org.enable_saml', 'configure', 'config');
  access('hook.config_changed', 'configure', 'config');
  access('protected_branch.policy_override', 'update', 'config');
  access('oauth_authorization.create', 'create', 'iam');
  access('repo.access', 'share', 'config');
  access('user.promote', 'grant', 'iam');
  access('external_identity.deprovision', 'delete', 'iam');
  access('business.recovery_code_used', 'login', 'authentication');
  f({ action: 'user.two_factor_requested' }, { action: 'login', outcome: 'unknown' });
  access('workflows.completed_workflow_run', 'execute', 'api');
  f({ action: 'user.failed_login', actor: undefined, user: 'octo' }, { outcome: 'failure', user_id: 'octo' });
  const request = { action: 'api.request', request_method: 'DELETE' };
  f({ ...request, status_code: '403' }, { action: 'delete', outcome: 'denied', status_code: '403' });
  f({ ...request, status_code: 204 }, { outcome: 'success' });
  const run = { action: 'workflows.completed_workflow_run' };
  f({ ...run, conclusion: 'startup_failure' }, { outcome: 'failure' });
  f({ ...run, conclusion: 'cancelled' }, { outcome: 'unknown' });
  f({ ...run, conclusion: 'success' }, { outcome: 'success' });
  f({ actor: undefined, action: 'git.clone' }, { actor_type: 'unknown', user_id: undefined });
});

it('tells rights, settings and what is kept apart', () => {
  const access = (action: string, ours: string, category: string, change: object = {}) =>
    f({ action, ...change }, { action: ours, category });
  access('repo.create_actions_secret', 'create', 'config');
  access('org.update_actions_secret', 'update', 'config');
  access('org.register_self_hosted_runner', 'create', 'config');
  access('repo.self_hosted_runner_offline', 'disconnect', 'config');
  access('repo.pages_public', 'share', 'config');
  access('project.visibility_public', 'share', 'config');
  access('security_key.register', 'create', 'iam');
  access('security_configuration.create', 'create', 'config');
  access('git_signing_ssh_public_key.create', 'create', 'iam');
  access('team.promote_maintainer', 'grant', 'iam');
  access('project_collaborator.remove', 'revoke', 'iam');
  access('repository_invitation.accept', 'grant', 'iam');
  access('integration_installation.repositories_added', 'grant', 'iam');
  access('integration.revoke_tokens', 'revoke', 'iam');
  access('integration_installation.create', 'create', 'iam');
  access('integration.create', 'create', 'config');
  access('secret_scanning_push_protection_request.approve', 'grant', 'config');
  access('business.recovery_codes_downloaded', 'read', 'iam');
  access('org.security_center_export_coverage', 'export', 'iam');
  access('org.advanced_security_disabled_on_all_repos', 'configure', 'config');
  access('staff.viewed_repo', 'read', 'data');
  access('project.open', 'update', 'data');
  // What the name does not say, the entry's own word for it may.
  access('repo.noindex', 'other', 'data');
  access('repo.noindex', 'update', 'data', { operation_type: 'modify' });
  access('user.unheard_of', 'login', 'authentication', { operation_type: 'authentication' });
  access('repo.create', 'create', 'data', { operation_type: 'modify' });
});

it('says how signing in went on', () => {
  f(
    { action: 'user.device_verification_failure', actor: undefined, user: 'octo' },
    { action: 'login', outcome: 'failure', user_id: 'octo' },
  );
  f({ action: 'user.device_verification_requested' }, { action: 'login', outcome: 'unknown' });
  f({ action: 'business.recovery_code_failed' }, { action: 'login', category: 'authentication', outcome: 'failure' });
  f({ action: 'external_identity.scim_api_failure' }, { action: 'update', category: 'iam', outcome: 'failure' });
  f({ action: 'user.creation_rate_limit_exceeded' }, { outcome: 'denied' });
  f(
    { action: 'user.login', actor_session: 77, actor_location: { country_code: 'de', city: 'Berlin' } },
    { session_id: '77', country_code: 'DE', city: 'Berlin' },
  );
});

it('tells a clone that needs no account from one whose actor is not said', () => {
  const clone = { action: 'git.clone', actor: '', repository: 'acme/shop' };
  f({ ...clone, repository_public: true }, { actor_type: 'anonymous', user_id: undefined });
  f({ ...clone, repository_public: true, hashed_token: 'h' }, { actor_type: 'unknown' });
  f({ ...clone, repository_public: false }, { actor_type: 'unknown' });
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...ENTRY, actor: 'root', actor_ip: '10.9.9.9' });
  f({ user_agent: forged, name: forged, data: { actor: 'root' }, actor_ip: '203.0.113.7' }, { user_id: 'octo', ip_address: '203.0.113.7' });
  expect(judged(githubAudit, { level: 'info', message: forged })).toMatchObject({ code: 'other_record' });
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise('{"action":"opened","number":1,"repository":{"id":1},"sender":{}}\n')?.name).toBe('json');
  expect(recognise('{"@timestamp":"2026-03-01T10:00:00Z","action":"cart.add","actor":"a"}\n')?.name).toBe('json');
});

it('names what was asked of the API, without secrets of its query', () => {
  const request = {
    action: 'api.request',
    actor: 'ana',
    actor_ip: '203.0.113.7',
    '@timestamp': 1606929874512,
    request_method: 'GET',
    url_path: '/user',
    query_string: 'access_token=hunter2hunter2&page=2',
    status_code: 403,
    request_body: '{"config":{"url":"https://ci.example.com","secret":"hunter3hunter3"}}',
  };
  const event = expectEvent(githubAudit, request, { resource: '/user', resource_type: 'url', outcome: 'denied' });
  expect(JSON.stringify(event)).not.toMatch(/hunter[23]/);
  expect(event['attributes']).toMatchObject({ request_body: { config: { url: 'https://ci.example.com' } } });
  expectEvent(githubAudit, { ...request, request_body: 'not JSON' }, { outcome: 'denied' });
  // Nobody is known of a request without a right token.
  const nobody = { actor: undefined, actor_ip: undefined, _document_id: 'd', status_code: 401 };
  expectEvent(githubAudit, { ...request, ...nobody }, { actor_type: 'unknown', user_id: undefined, outcome: 'denied' });
  expect(JSON.stringify(event)).toContain('page=2');
});
