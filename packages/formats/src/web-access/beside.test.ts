import { expect, it } from 'vitest';
import { apacheAccess } from '../apache-access/apache-access.ts';
import { apacheError } from '../apache-error/apache-error.ts';
import type { Format } from '../format.ts';
import { nginxAccess } from '../nginx-access/nginx-access.ts';
import { nginxError } from '../nginx-error/nginx-error.ts';
import { recognise } from '../recognise.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';

const ACCESS = '203.0.113.9 - - [02/Jan/2024:03:04:05 +0000] "GET /a HTTP/1.1" 200 12 "-" "agent"\n';
const NGINX =
  '2024/01/02 03:04:05 [error] 12#12: *1 access forbidden by rule, client: 203.0.113.9, server: a, request: "GET /a HTTP/1.1", host: "a"\n';
const LUA = '2024/01/02 03:04:05 [error] 12#12: *1 lua entry thread aborted: runtime error: boom\nstack traceback:\n';
const APACHE =
  '[Tue Jan 02 03:04:05.000001 2024] [authz_core:error] [pid 7] [client 203.0.113.9:4] AH01630: client denied by server configuration: /a\n';
const words = (format: Format, text: string) => read(format, text).map(({ event, code }) => event?.['event_type'] ?? code);

it('reads what a container of nginx prints: accesses, and errors among them', () => {
  const start = '/docker-entrypoint.sh: Configuration complete; ready for start up\n2024/01/02 03:04:05 [notice] 1#1: nginx/1.27.0\n';
  const text = `${start}${ACCESS}${ACCESS}${NGINX}${ACCESS}${LUA}${ACCESS}x\n`;
  expect(recognise(text)?.name).toBe('nginx-access');
  const expected = ['process', 'process', 'GET', 'GET', 'access forbidden by rule', 'GET', 'other_message', 'GET', 'not_access_log'];
  expect(words(nginxAccess, text)).toEqual(expected);
  expectCutsHold(nginxAccess, text);
  expectNeverThrows(nginxAccess, text);
});

it('reads accesses among nginx’s errors, but not within what a program behind it said', () => {
  expect(words(nginxError, `${NGINX}${ACCESS}${NGINX}x\n`)).toEqual([
    'access forbidden by rule',
    'GET',
    'access forbidden by rule',
    'not_nginx_error',
  ]);
  const said = `2024/01/02 03:04:05 [error] 12#12: *1 FastCGI sent in stderr: "a\n${ACCESS}b" while reading upstream, client: 203.0.113.9, server: a\n`;
  expect(words(nginxError, said)).toEqual(['FastCGI stderr']);
});

it('reads what a container of Apache prints', () => {
  const start = "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using 172.17.0.2.\n";
  const text = `${start}${APACHE}${ACCESS}${ACCESS}${ACCESS}${APACHE}`;
  expect(recognise(text)?.name).toBe('apache-access');
  const denied = 'client denied by server configuration';
  expect(words(apacheAccess, text)).toEqual(['process', denied, 'GET', 'GET', 'GET', denied]);
  expect(words(apacheError, `${APACHE}${ACCESS}sh: 1: x\n`)).toEqual([denied, 'GET', 'not_apache_error']);
});

it('knows access logs in what carried them', () => {
  const docker = `${JSON.stringify({ log: ACCESS, stream: 'stdout', time: '2024-01-02T03:04:05Z' })}\n`;
  for (const text of [`<190>Jan  2 03:04:05 web nginx: ${ACCESS}`, `2024-01-02T03:04:05Z stdout F ${ACCESS}`, docker])
    expect(recognise(text)?.name).toBe('nginx-access');
  expect(words(nginxAccess, docker)).toEqual(['GET']);
});
