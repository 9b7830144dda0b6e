import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { expectCutsHold, read } from '../test-formats.ts';
import { okta } from './okta.ts';

const EVENT = {
  uuid: 'u',
  published: '2026-03-01T10:00:00.123Z',
  eventType: 'user.session.start',
  displayMessage: 'User login to Okta',
  actor: { id: '00u1', type: 'User', alternateId: 'alice@example.com', displayName: 'Alice' },
  client: { ipAddress: '203.0.113.7', userAgent: { rawUserAgent: 'Mozilla' } },
  outcome: { result: 'SUCCESS' },
  target: null,
};
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(okta, { ...EVENT, ...change }, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(okta, import.meta.dirname);
});

it('knows seven outcomes, and says so of others', () => {
  const outcomes = {
    SUCCESS: 'success',
    FAILURE: 'failure',
    SKIPPED: 'unknown',
    ALLOW: 'success',
    DENY: 'denied',
    CHALLENGE: 'unknown',
    UNKNOWN: 'unknown',
    SENT: 'unknown',
  };
  for (const [result, outcome] of Object.entries(outcomes)) f({ outcome: { result } }, { outcome, status_code: result });
  f({ outcome: null }, { outcome: 'unknown' });
  f({ eventType: 'user.mfa.okta_verify.deny_push' }, { outcome: 'denied', action: 'login' });
});

it('says what an event is', () => {
  const access = (eventType: string, action: string, category: string) => f({ eventType }, { action, category });
  access('user.session.end', 'logout', 'authentication');
  access('user.authentication.sso', 'login', 'authentication');
  access('user.lifecycle.deactivate', 'configure', 'iam');
  access('group.user_membership.add', 'grant', 'iam');
  access('application.user_membership.remove', 'revoke', 'iam');
  access('policy.rule.update', 'update', 'config');
  access('zone.deactivate', 'configure', 'config');
  access('system.api_token.create', 'create', 'iam');
  access('app.oauth2.token.grant.access_token', 'login', 'authentication');
  access('user.account.privilege.revoke', 'revoke', 'iam');
});

it('tells the families of events apart', () => {
  const access = (eventType: string, action: string, category: string) => f({ eventType }, { action, category });
  access('app.oauth2.as.consent.grant', 'grant', 'iam');
  access('app.oauth2.as.consent.revoke.user', 'revoke', 'iam');
  access('app.oauth2.as.token.revoke', 'revoke', 'authentication');
  access('app.oauth2.as.key.rollover', 'update', 'config');
  access('app.oauth2.credentials.lifecycle.create', 'create', 'config');
  access('app.oauth2.client.privilege.grant', 'grant', 'iam');
  access('oauth2.as.created', 'create', 'config');
  access('event_hook.activated', 'configure', 'config');
  access('inline_hook.executed', 'execute', 'config');
  access('iam.resourceset.bindings.add', 'grant', 'iam');
  access('application.provision.user.deprovision', 'delete', 'iam');
  access('application.provision.user.verify_exists', 'read', 'iam');
  access('application.provision.group_membership.remove', 'revoke', 'iam');
  access('system.import.group.delete', 'delete', 'iam');
  access('system.import.user.suspend', 'configure', 'iam');
  access('system.import.complete', 'create', 'iam');
  access('system.agent.ad.reset_user_password', 'update', 'iam');
  access('system.agent.ad.read_config', 'read', 'config');
  access('system.push.send_factor_verify_push', 'execute', 'authentication');
  access('system.email.template.update', 'update', 'config');
  access('system.ldapi.bind', 'login', 'authentication');
  access('security.threat.configuration.update', 'update', 'config');
  access('security.threat.detected', 'access', 'authentication');
  access('user.authentication.universal_logout', 'logout', 'authentication');
  access('user.lifecycle.delete.initiated', 'delete', 'iam');
  access('user.lifecycle.jit.error.read_only', 'create', 'iam');
  access('user.session.impersonation.grant', 'grant', 'iam');
  access('app.rich_client.login_failure', 'login', 'authentication');
  access('analytics.reports.export.download', 'export', 'data');
  access('pam.secret.reveal', 'read', 'data');
  access('pam.server_account.password.reveal', 'read', 'iam');
  access('pam.server.ssh_login', 'connect', 'session');
  access('pam.resource_group.create', 'create', 'iam');
  access('system.iwa_agentless.update', 'update', 'config');
  access('system.iwa_agentless.redirect', 'login', 'authentication');
  access('system.api_token.request_outside_allowed_range', 'access', 'authentication');
  access('system.org.rate_limit.violation', 'access', 'api');
  access('system.custom_url_domain.verify', 'update', 'config');
  access('security.session_protection.status.update', 'update', 'config');
  access('device.platform_sso.authentication', 'login', 'authentication');
  access('support.org.view', 'read', 'data');
  access('workload_principal.ai_agent.credential.create', 'create', 'iam');
});

it('names the API token, and keeps what no field takes', () => {
  const transaction = { type: 'WEB', id: 'T', detail: { requestApiTokenId: '00T1' } };
  const { attributes } = f({ transaction }, { request_id: 'T', credential_id: '00T1' });
  expect(attributes).toMatchObject({ transaction: { detail: { requestApiTokenId: '00T1' } } });
  expect(attributes).not.toHaveProperty('actor');
  const actor = { id: '0oa1', type: 'PublicClientApp', alternateId: 'client-1', displayName: 'Job', detailEntry: { team: 'x' } };
  expect(f({ actor }, { user_id: '0oa1', actor_type: 'service' })['attributes']).toMatchObject({
    actor: { type: 'PublicClientApp', alternateId: 'client-1', detailEntry: { team: 'x' } },
  });
  const uri = '/login/step-up?stateToken=007ucIX7PATyn94hsHfOLVaXAmOBkKHWnOOLG43bsb&x=1';
  const event = f({ debugContext: { debugData: { url: uri, requestUri: uri } } }, {});
  expect(JSON.stringify(event)).not.toContain('007ucIX7');
  expect(JSON.stringify(event)).toContain('x=1');
  const welcome = { requestUri: '/welcome/drpFXjKyRHqwAfaHoi5', url: '/tokens/drpFXjKyRHqwAfaHoi5/verify?' };
  expect(JSON.stringify(f({ debugContext: { debugData: welcome } }, { resource: '/welcome/[redacted]' }))).not.toContain('drpFX');
  const users = '/api/v1/users/00u1abcdefghijklmnop/lifecycle/reset_password';
  f({ debugContext: { debugData: { requestUri: users } } }, { resource: users });
});

it('says for whom a client was given a token', () => {
  const event = {
    eventType: 'app.oauth2.as.token.grant.access_token',
    target: [
      { id: '00u1', type: 'User', alternateId: 'alice@example.com' },
      { id: 'AT.1', type: 'access_token' },
    ],
  };
  f({ ...event, actor: { id: '0oa1', type: 'PublicClientApp' } }, { user_id: '0oa1', actor_type: 'service', on_behalf_of: '00u1' });
  f(event, { user_id: '00u1', on_behalf_of: undefined, target_user_id: undefined });
});

it('tells who may not from what failed', () => {
  const authorize = { eventType: 'app.oauth2.as.authorize' };
  f({ ...authorize, outcome: { result: 'FAILURE', reason: 'access_denied' } }, { outcome: 'denied', reason: 'access_denied' });
  f({ ...authorize, outcome: { result: 'FAILURE', reason: 'invalid_request' } }, { outcome: 'failure' });
  f({ outcome: { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' } }, { outcome: 'failure' });
  f({ ...authorize, outcome: { result: 'SUCCESS', reason: 'access_denied' } }, { outcome: 'success' });
});

it('reads events of the first API', () => {
  const legacy = (objectType: string, fields: Readonly<Record<string, unknown>>) =>
    expectEvent(
      okta,
      {
        eventId: 'tev1',
        published: '2016-03-01T10:00:00.000Z',
        sessionId: 's',
        requestId: 'r',
        action: { message: 'Sign-in', categories: [], objectType, requestUri: '/login' },
        actors: [
          { id: '00u1', displayName: 'Alice', login: 'alice@example.com', objectType: 'User' },
          { id: 'Mozilla', displayName: 'CHROME', ipAddress: '203.0.113.7', objectType: 'Client' },
        ],
        targets: [{ id: '00u2', displayName: 'Bob', login: 'bob@example.com', objectType: 'User' }],
      },
      { user_id: '00u1', actor_type: 'user', ip_address: '203.0.113.7', source_event_id: 'tev1', event_type: objectType, ...fields },
    );
  legacy('core.user_auth.login_success', { action: 'login', category: 'authentication', outcome: 'success', user_agent: 'Mozilla' });
  legacy('core.user_auth.login_failed', { action: 'login', outcome: 'failure', user_email: 'alice@example.com' });
  legacy('core.user.admin_privilege.granted', { action: 'grant', category: 'iam', target_user_id: '00u2' });
  legacy('core.user.config.user_deactivated', { outcome: 'unknown' });
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...EVENT, actor: { id: 'root' }, client: { ipAddress: '10.9.9.9' } });
  f(
    {
      client: { ipAddress: '203.0.113.7', userAgent: { rawUserAgent: forged } },
      debugContext: { debugData: { actor: forged, ip_address: '10.9.9.9' } },
    },
    { user_id: '00u1', ip_address: '203.0.113.7', user_agent: forged },
  );
  // A second spelling of a key does not overwrite the first.
  f({ Event_Type: 'user.session.end' }, { event_type: 'user.session.start' });
  expect(judged(okta, { message: forged, level: 'info' })).toMatchObject({ code: 'other_record' });
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise('{"published":"2026-03-01T10:00:00Z","actor":{"id":"a"},"type":"Follow"}\n')?.name).toBe('json');
  expect(recognise(`[${JSON.stringify(EVENT)}]`)?.name).toBe('okta');
});

it('reads the events of an event hook, each with its actor', () => {
  const one = (uuid: string, id: string, result: string) => ({
    uuid,
    published: '2026-03-01T10:00:00.000Z',
    eventType: 'user.session.start',
    displayMessage: 'User login to Okta',
    actor: { id, type: 'User', alternateId: `${id}@example.com` },
    outcome: { result },
    target: [],
  });
  const hook = {
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: 'https://example.okta.com/api/v1/eventHooks/who1',
    eventId: 'h',
    data: { events: [one('a', 'u1', 'SUCCESS'), one('b', 'u2', 'FAILURE')] },
    eventTime: '2026-03-01T10:00:01.000Z',
    contentType: 'application/json',
  };
  for (const input of [JSON.stringify(hook), `${JSON.stringify(hook, undefined, 2)}\n`]) {
    expect(recognise(input)?.name).toBe('okta');
    const told = read(okta, input).map(({ result, event }) => [result, event?.['source_event_id'], event?.['user_id'], event?.['outcome']]);
    expect(told).toEqual([
      ['event', 'a', 'u1', 'success'],
      ['event', 'b', 'u2', 'failure'],
      ['noise', undefined, undefined, undefined],
    ]);
    expectCutsHold(okta, input);
  }
});
