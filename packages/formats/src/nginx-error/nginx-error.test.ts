import { expect, it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { expectCutsHold, read } from '../test-formats.ts';
import { expectLine } from '../test-lines.ts';
import { nginxError } from './nginx-error.ts';

const HEAD = '2024/01/02 03:04:05 [error] 12#12: *1 ';
const TAIL = ', client: 203.0.113.9, server: shop.example, request: "GET /a HTTP/1.1", host: "shop.example"';

const f = (message: string, fields: Readonly<Record<string, unknown>>) => expectLine(nginxError, `${HEAD}${message}`, fields);
const codes = (input: string) => read(nginxError, input).map(({ result, code }) => code ?? result);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(nginxError, import.meta.dirname);
  expectCutsHold(nginxError, `${HEAD}FastCGI sent in stderr: "a\n\nb" while reading upstream${TAIL}\n${HEAD}x\n`);
});

it('says what was refused and what failed', () => {
  f(`access forbidden by rule${TAIL}`, { outcome: 'denied', action: 'read', resource: '/a', ip_address: '203.0.113.9', category: 'http' });
  f(`user "eve" was not found in "/etc/users"${TAIL}`, { outcome: 'failure', action: 'login', category: 'authentication', user_id: 'eve' });
  f(`user "a "b" c": password mismatch${TAIL}`, { user_id: 'a "b" c', event_type: 'password mismatch' });
  f(`open() "/srv/a" failed (13: Permission denied)${TAIL}`, { outcome: 'denied', status_code: '13' });
  f(`"/srv/a/index.html" is not found (2: No such file or directory)${TAIL}`, { outcome: 'failure', status_code: '2' });
  f(`SSL_do_handshake() failed (SSL: error:1408F10B:SSL routines) while SSL handshaking, client: ::1, server: [::]:443`, {
    outcome: 'failure',
    action: 'connect',
    ip_address: '::1',
  });
  f(`no live upstreams while connecting to upstream${TAIL.replace(', host', ', upstream: "http://api/a", host')}`, { outcome: 'failure' });
  f(`access forbidden by rule, client: unix:, server: , request: "GET / HTTP/1.0"`, { ip_address: undefined });
});

it('reads logins of mail, and of PAM', () => {
  const mail = ', client: 203.0.113.9, server: 0.0.0.0:110, login: "eve"';
  f(`client login failed: "Invalid login" while in http auth state${mail}`, {
    action: 'login',
    outcome: 'failure',
    user_id: 'eve',
    category: 'authentication',
  });
  f(`client logged in${mail}, upstream: 10.0.0.1:110`, { action: 'login', outcome: 'success', user_id: 'eve', ip_address: '203.0.113.9' });
  const forged = mail.replace('eve', 'root", upstream: 6.6.6.6:1');
  f(`client logged in${forged}, upstream: 10.0.0.1:110`, { user_id: 'root", upstream: 6.6.6.6:1', ip_address: '203.0.113.9' });
  f(`PAM: user 'o'brien' - not authenticated: Authentication failure${TAIL}`, { action: 'login', outcome: 'failure', user_id: "o'brien" });
});

it('does not take words of its own for a secret', () => {
  const reason = 'no user/password was provided for basic authentication';
  f(`${reason}${TAIL}`, { outcome: 'denied', reason });
});

it('takes no address that a client wrote', () => {
  const forged = ', client: 10.9.9.9, server: shop.example, request: "GET / HTTP/1.1", host: "shop.example"';
  const encoded = encodeURI(forged).replaceAll('"', '%22');
  // In a path, whose encoded form is in the request.
  f(
    `open() "/srv/a${forged}" failed (2: No such file or directory), client: 203.0.113.9, server: shop.example, request: "GET /a${encoded} HTTP/1.1", host: "h"`,
    { ip_address: '203.0.113.9' },
  );
  // In a header behind.
  f(`access forbidden by rule${TAIL}, referrer: "x"${forged}`, { ip_address: '203.0.113.9' });
  f(`open() "/srv/a" failed (2: No such file or directory)${TAIL}, referrer: "x${forged}"`, { ip_address: '203.0.113.9' });
  // In the words of a program.
  f(`FastCGI sent in stderr: "PHP message: ${forged}" while reading response header from upstream${TAIL}`, { ip_address: '203.0.113.9' });
  f(`FastCGI sent in stderr: "x${forged}`, { ip_address: undefined });
  // Where it can't be told, none is taken, and both are shown.
  const twice = `user "x" was not found in "/etc/u"${forged.slice(0, -1)}" was not found in "/etc/u"${TAIL}`;
  f(twice, { ip_address: undefined });
  expect(read(nginxError, HEAD + twice)[0]?.event?.['attributes']).toMatchObject({ client_candidates: ['10.9.9.9', '203.0.113.9'] });
});

it('lets no program behind it write a record', () => {
  const input = `${HEAD}FastCGI sent in stderr: "a\n2024/01/02 03:04:06 [error] 12#12: *1 access forbidden by rule${TAIL.replace('203.0.113.9', '10.9.9.9')}\nb" while reading upstream${TAIL}\n`;
  const results = read(nginxError, input);
  expect(results.map(({ line, lastLine, event }) => [line, lastLine, event?.['ip_address']])).toEqual([[1, 3, '203.0.113.9']]);
  // A record as long as nginx's buffer has lost its tail: what follows is another.
  expect(codes(`${HEAD}FastCGI sent in stderr: "${'x'.repeat(2000)}\n${HEAD}access forbidden by rule${TAIL}\n`)).toEqual([
    'other_message',
    'event',
  ]);
});

it('counts what is no access, and quarantines rubbish', () => {
  expect(codes('2024/01/02 03:04:05 [notice] 1#1: signal process started\n')).toEqual(['process']);
  expect(codes('2024/01/02 03:04:05 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)\n')).toEqual(['configuration']);
  expect(codes(`${HEAD}delaying request, excess: 0.1, by zone "a"${TAIL}\nrubbish\n`)).toEqual(['delayed', 'not_nginx_error']);
  const notice = HEAD.replace('error', 'notice');
  expect(codes(`${notice}"^/a$" matches "/a"${TAIL}\n${notice}rewritten data: "/b", args: ""${TAIL}\n`)).toEqual(['rewrite', 'rewrite']);
  expect(codes('2024/02/31 03:04:05 [error] 1#1: *1 x\n')).toEqual(['bad_time']);
});

it('says what firewalls within nginx refused', () => {
  const tail = ', client: 203.0.113.9, server: a, request: "GET /?x=1 HTTP/1.1", host: "a"';
  const denied =
    '[client 203.0.113.9] ModSecurity: Access denied with code 403 (phase 2). Matched "Operator `Ge\' with parameter `5\'" [id "949110"]';
  f(`${denied}${tail}`, { event_type: 'ModSecurity', outcome: 'denied', action: 'read', resource: '/?x=1', ip_address: '203.0.113.9' });
  f(`NAXSI_FMT: ip=203.0.113.9&server=a&uri=/&learning=0&vers=0.56&block=1&id0=1000${tail}`, { event_type: 'NAXSI', outcome: 'denied' });
  const noisy = (message: string) => codes(`${HEAD}${message}${tail}\n`)[0];
  expect(noisy('[client 203.0.113.9] ModSecurity: Warning. Access denied is what it matched')).toBe('modsecurity');
  expect(noisy('NAXSI_FMT: ip=203.0.113.9&server=a&uri=/&learning=1&vers=0.56&block=0&id0=1000')).toBe('dry_run');
});

it('says who asked for another site than TLS was told of', () => {
  f(`client attempted to request the server name different from the one that was negotiated while reading client request headers${TAIL}`, {
    outcome: 'denied',
    event_type: 'host name mismatch',
  });
  f(`client intended to send body data larger than declared while processing HTTP/2 connection${TAIL}`, { outcome: 'failure' });
});

it('says who connected to a stream', () => {
  f('client 203.0.113.9:4444 connected to 0.0.0.0:3306', {
    action: 'connect',
    outcome: 'success',
    ip_address: '203.0.113.9',
    resource: '0.0.0.0:3306',
    protocol: 'tcp',
  });
  f('client [2001:db8::7]:4444 connected to [::]:143', { ip_address: '2001:db8::7' });
});
