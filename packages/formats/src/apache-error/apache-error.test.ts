import { expect, it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { read } from '../test-formats.ts';
import { expectLine } from '../test-lines.ts';
import { recognise } from '../recognise.ts';
import { apacheError } from './apache-error.ts';

const HEAD = '[Tue Jan 02 03:04:05.000001 2024] [core:error] [pid 7:tid 8] ';
const CLIENT = '[client 203.0.113.9:40000] ';

const f = (line: string, fields: Readonly<Record<string, unknown>>) => expectLine(apacheError, line, fields);
const code = (line: string) => read(apacheError, `${line}\n`)[0]?.code;

it('reads its fixture as the golden file says', async () => {
  await expectGolden(apacheError, import.meta.dirname);
});

it('says what was refused and what failed', () => {
  const said = (message: string, fields: Readonly<Record<string, unknown>>) => f(HEAD + CLIENT + message, fields);
  said('AH01630: client denied by server configuration: /srv/a', {
    outcome: 'denied',
    resource: '/srv/a',
    status_code: 'AH01630',
    ip_address: '203.0.113.9',
  });
  said('AH01617: user eve: authentication failure for "/a": Password Mismatch', {
    outcome: 'failure',
    action: 'login',
    user_id: 'eve',
    resource: '/a',
  });
  said('AH01618: user not found: eve not found: /a', { action: 'login', user_id: 'not found: eve' });
  said('AH01631: user eve: authorization failure for "/a": ', { outcome: 'denied', user_id: 'eve' });
  said('AH00128: File does not exist: /srv/a, referer: https://x/', { outcome: 'failure', resource: '/srv/a' });
  said('AH02039: Certificate Verification: Error (18): self-signed certificate', { outcome: 'denied', action: 'connect' });
  said("AH01790: user `eve' in realm `x' not found: /a", { action: 'login', user_id: 'eve', resource: '/a' });
  said("AH01623: client method denied by server configuration: 'PUT' to /srv/a", { outcome: 'denied', resource: '/srv/a' });
  f(`${HEAD}(13)Permission denied: ${CLIENT}AH00581: Unable to PUT new contents for /a.  [403, #0]`, {
    outcome: 'denied',
    status_code: 'AH00581',
  });
  f(`${HEAD.replace('core', 'auth_form')}${CLIENT}AH01808: user 'eve' not found: /a`, { user_id: 'eve' });
  said("AH01618: user 'eve' not found: /a", { user_id: "'eve'" });
  const refused =
    'ModSecurity: Access denied with code 403 (phase 2). Matched "x" at ARGS:a. [hostname "shop"] [uri "/a"] [unique_id "Zx"]';
  for (const again of ['', '[client 203.0.113.9] ', '[client 10.9.9.9] '])
    said(again + refused, { outcome: 'denied', ip_address: '203.0.113.9', resource: '/a', resource_parent: 'shop', request_id: 'Zx' });
  said('something new', { outcome: 'unknown', event_type: 'request error', resource: '-' });
  f(`${HEAD}(36)File name too long: ${CLIENT}AH00036: access to /a failed (filesystem path '/srv/a')`, {
    outcome: 'failure',
    resource: '/a',
  });
  f('[Tue Jan 02 03:04:05 2024] [error] [client ::1] (13)Permission denied: file permissions deny server access: /srv/a', {
    ip_address: '::1',
    outcome: 'denied',
    status_code: '13',
  });
  f(`${HEAD}(-796503248)Unknown error -796503248: ${CLIENT}AH02008: SSL library error 1 in handshake (server shop.example:443)`, {
    event_type: 'SSL handshake',
    action: 'connect',
    ip_address: '203.0.113.9',
  });
  f('[2024-01-02 03:04:05.123456] [core:error] [pid 7] [client ::1:40000] AH00126: Invalid URI in request GET /../ HTTP/1.1', {
    ip_address: '::1',
    timestamp: '2024-01-02T03:04:05.123456Z',
  });
  f('[Tue Jan 02 03:04:05.000001 2024] [evasive20:error] [pid 7] [client 203.0.113.9:1] client denied by server configuration: /a', {
    outcome: 'denied',
  });
});

it('takes the time of syslog where Apache writes none', () => {
  const message =
    '[auth_basic:error] [pid 7:tid 8] [client 203.0.113.9:40000] AH01617: user eve: authentication failure for "/a": Password Mismatch';
  for (const header of [
    '<139>1 2024-01-02T03:04:05.500000Z web-1 httpd 7 - - ',
    '<139>2024-01-02T03:04:05.500000+00:00 web-1 httpd[7]: ',
    '2024-01-02T03:04:05.500000Z web-1 httpd[7]: ',
  ])
    f(header + message, {
      timestamp: '2024-01-02T03:04:05.500000Z',
      user_id: 'eve',
      action: 'login',
      ip_address: '203.0.113.9',
      host: 'web-1',
    });
  f(`<139>1 2024-01-02T03:04:06Z web-1 httpd 7 - - ${HEAD}${CLIENT}AH01630: client denied by server configuration: /srv/a`, {
    timestamp: '2024-01-02T03:04:05.000001Z',
    outcome: 'denied',
  });
  expect(code(message)).toBe('not_apache_error');
  expect(code(`<139>1 - web-1 httpd 7 - - ${message}`)).toBe('not_apache_error');
});

it('reads what modules without a name write', () => {
  const head = '[Tue Jan 02 03:04:05.000001 2024] [:error] [pid 7]';
  f(
    `${head} [client 203.0.113.9:1] [client 203.0.113.9] ModSecurity: Access denied with code 403 (phase 2). Pattern match "x" [uri "/a"]`,
    {
      outcome: 'denied',
      ip_address: '203.0.113.9',
      timestamp: '2024-01-02T03:04:05.000001Z',
    },
  );
  f(`${head} [client 2001:db8::7:40000] user bob: authentication failure for "/a": Password Mismatch`, {
    user_id: 'bob',
    ip_address: '2001:db8::7',
  });
});

it('reads what modules for repositories, PAM and Kerberos say', () => {
  const said = (text: string, fields: Readonly<Record<string, unknown>>) => f(`${HEAD}${CLIENT}${text}`, fields);
  said("Access denied: 'bob' GET repo:/a", { outcome: 'denied', user_id: 'bob', resource: 'repo:/a' });
  said('Access denied: - GET repo:/a', { outcome: 'denied', actor_type: 'anonymous', resource: 'repo:/a' });
  said("Access granted: 'bob' PROPFIND repo:/a", { outcome: 'success', user_id: 'bob', resource: 'repo:/a' });
  said('PAM authentication failed for user bob: Authentication failure', { action: 'login', outcome: 'failure', user_id: 'bob' });
  said('krb5_get_init_creds_password() failed: Client not found', { action: 'login', outcome: 'failure' });
  said('access to /a failed, reason: user bob not allowed access', { outcome: 'denied', user_id: 'bob', resource: '/a' });
});

it('takes no address that a client wrote', () => {
  f(`${HEAD}${CLIENT}AH01618: user x] [client 10.9.9.9:1] AH01630: client denied by server configuration: / not found: /a`, {
    ip_address: '203.0.113.9',
    action: 'login',
  });
  f(`${HEAD}${CLIENT}AH00128: File does not exist: /srv/[client 10.9.9.9:1] b, referer: x, referer: https://y/`, {
    ip_address: '203.0.113.9',
    outcome: 'failure',
  });
  f(`${HEAD}${CLIENT}[client 10.9.9.9:1] File does not exist: /a`, { ip_address: '203.0.113.9' });
});

it('counts what is no access, and quarantines rubbish', () => {
  expect(code('[Tue Jan 02 03:04:05.000001 2024] [mpm_event:notice] [pid 7:tid 7] AH00489: Apache/2.4.57 configured')).toBe('process');
  expect(code(`${HEAD}${CLIENT}AH01071: Got error 'PHP message: x'`)).toBe('script_output');
  expect(code('rubbish')).toBe('not_apache_error');
  expect(code('[Tue Feb 31 03:04:05.000001 2024] [core:error] [pid 7] x')).toBe('bad_time');
});

it('reads lines that syslog carried, which have no time of their own', () => {
  const fields = { ip_address: '203.0.113.9', host: 'web', outcome: 'denied', timestamp: '2024-01-01T03:04:05Z', resource: '/srv/a' };
  const said = '[authz_core:error] [pid 7:tid 8] [client 203.0.113.9:40000] AH01630: client denied by server configuration: /srv/a';
  f(`<187>Jan  1 03:04:05 web apache2[7]: ${said}`, fields);
  f(`Jan  1 03:04:05 web httpd[7]: ${said}`, fields);
  f(`<187>1 2024-01-01T03:04:05Z web httpd 7 - [a b="]"] ${said}`, fields);
  f(`<187>1 2024-01-01T03:04:05Z web httpd 7 - -  ${said}`, fields);
  f('Jan  1 03:04:05 web httpd[7]: [error] [client 203.0.113.9] client denied by server configuration: /srv/a', fields);
  expect(code(said)).toBe('not_apache_error');
  expect(recognise(`Jan  1 03:04:05 web httpd[7]: ${said}\n`)?.name).toBe('apache-error');
});

it('says what more modules refuse', () => {
  const said = (message: string, fields: Readonly<Record<string, unknown>>) => f(HEAD + CLIENT + message, fields);
  said("AH01666: Authorization of user eve to access /a failed, reason: user is not part of the 'require'ed group(s).", { outcome: 'denied', user_id: 'eve', resource: '/a' }); // biome-ignore format: one line
  said("AH01788: realm mismatch - got `a' but expected `b'", { outcome: 'failure', action: 'login' });
  said("AH01777: invalid nonce 'x' received - length is not 52", { outcome: 'failure', action: 'login' });
  said("AH01791: user `eve' in realm `r' denied by provider: /a", { outcome: 'denied', action: 'login', user_id: 'eve', resource: '/a' });
  said('mod_qos(031): access denied, QS_SrvMaxConnPerIP rule: max=50, concurrent connections=51, c=203.0.113.9', { outcome: 'denied' });
  said('Unable to deliver content.  [403, #0]', { outcome: 'denied' });
  said('Could not fetch resource information.  [404, #0]', { outcome: 'failure' });
  said('GSS ERROR In Negotiate Auth: gss_accept_sec_context() failed: [Unspecified GSS failure]', { outcome: 'failure', action: 'login' });
  said('AH01629: authorization failure (no authenticated user): /a', { outcome: 'denied', resource: '/a' });
  said('AH01707: auth_ldap authorize user: authorization denied for user eve to /a', { outcome: 'denied', user_id: 'eve', resource: '/a' });
  said('AH01774: Warning, possible replay attack: nonce-count check failed: 1 is not above 1 for nonce x', {
    outcome: 'failure',
    action: 'login',
  });
  said('AH02010: SSL client authentication failed: certificate has expired', { outcome: 'denied', action: 'connect' });
  said("AH10157: Requested hostname 'b' did not match any ServerName/ServerAlias in the matching virtual host", { outcome: 'denied' });
  said("AH00038: Forbidden: /srv/a doesn't point to a file or directory", { outcome: 'denied', resource: '/srv/a' });
  said('AH00027: No authentication done but request not allowed without authentication for /a. Authentication not configured?', {
    outcome: 'denied',
    resource: '/a',
  });
  said('AH00550: Client sent malformed Host header: <', { outcome: 'failure', event_type: 'invalid request' });
  said('AH00127: Cannot map GET /x HTTP/1.1 to file', { outcome: 'failure' });
  expect(code(`${HEAD}${CLIENT}AH01215: x: /srv/x.cgi`)).toBe('script_output');
  expect(code("AH00558: apache2: Could not reliably determine the server's fully qualified domain name")).toBe('process');
});
