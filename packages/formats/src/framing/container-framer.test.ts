import { expect, it } from 'vitest';
import { pgauditStderr } from '../postgres/pgaudit-stderr.ts';
import { apacheAccess } from '../apache-access/apache-access.ts';
import { apacheError } from '../apache-error/apache-error.ts';
import { nginxAccess } from '../nginx-access/nginx-access.ts';
import { nginxError } from '../nginx-error/nginx-error.ts';
import { CONTEXT, expectCutsHold, read } from '../test-formats.ts';
import { openReader, recognise } from '../index.ts';
import { RECORD_BYTES_MAX } from './framer.ts';

const ACCESS = '10.0.0.7 - ana [05/Jan/2024:08:00:00 +0000] "GET /api/7 HTTP/1.1" 200 4711 "-" "curl/8.0"';
const ERROR =
  '2024/01/05 08:00:04 [error] 31#31: *5 access forbidden by rule, client: 10.0.0.9, server: localhost, request: "GET /x HTTP/1.1", host: "shop"';
const TIME = '2024-01-05T08:00:00.123456789Z';

const docker = (log: string, stream = 'stdout', more: object = {}) => JSON.stringify({ log, stream, ...more, time: TIME });
const cri = (text: string, stream = 'stdout', part = 'F') => `${TIME} ${stream} ${part} ${text}`;
const linesOf = (...lines: string[]) => `${lines.join('\n')}\n`;
const told = (input: string, format = nginxAccess) =>
  read(format, input).map(({ line, lastLine, format: name, result, code, event, text }) => [
    `${line}-${lastLine}`,
    name,
    event?.['ip_address'] ?? code ?? result,
    text.length,
  ]);

const ALTERNATING = {
  docker: linesOf(
    docker(`${ACCESS}\n`, 'stdout', { attrs: { tag: 'web' } }),
    docker(ACCESS.slice(0, 50)),
    docker(`${ERROR}\n`, 'stderr'),
    docker(`${ACCESS.slice(50)}\n`),
    docker('/docker-entrypoint.sh: Configuration complete; ready for start up\n'),
  ),
  cri: linesOf(
    cri(ACCESS),
    cri(ACCESS.slice(0, 50), 'stdout', 'P'),
    cri(ERROR, 'stderr'),
    cri(ACCESS.slice(50)),
    cri('10-listen-on-ipv6-by-default.sh: info: IPv6 listen already enabled'),
  ),
};

it.each(Object.entries(ALTERNATING))('reads both streams of a container, each by its format, and joins pieces: %s', (_engine, input) => {
  expect(recognise(input)?.name).toBe('nginx-access');
  expect(told(input)).toEqual([
    ['1-1', 'nginx-access', '10.0.0.7', ACCESS.length],
    ['2-4', 'nginx-access', '10.0.0.7', ACCESS.length],
    ['3-4', 'nginx-error', '10.0.0.9', ERROR.length],
    ['5-5', 'nginx-access', 'process', expect.any(Number)],
  ]);
  expectCutsHold(nginxAccess, input);
});

it('reads what a container of Apache prints', () => {
  const error =
    '[Tue Jan 02 03:04:05.000001 2024] [authz_core:error] [pid 7] [client 203.0.113.9:4] AH01630: client denied by server configuration: /a';
  const start = "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using 172.17.0.2.";
  const input = linesOf(docker(`${start}\n`, 'stderr'), docker(`${error}\n`, 'stderr'), docker(`${ACCESS}\n`), docker(`${ACCESS}\n`));
  const apache = recognise(input)?.name === 'apache-access' ? apacheAccess : apacheError;
  expect(told(input, apache).map(([, name, what]) => [name, what])).toEqual([
    ['apache-error', 'process'],
    ['apache-error', '203.0.113.9'],
    ['apache-access', '10.0.0.7'],
    ['apache-access', '10.0.0.7'],
  ]);
});

it('knows access logs in what else carried them', () => {
  for (const text of [
    `<190>Jan  2 03:04:05 web nginx: ${ACCESS}\n`,
    linesOf(docker(ACCESS, 'stdout', { kubernetes: { pod_name: 'web-1' } })),
  ])
    expect([recognise(text)?.name, told(text)[0]?.[2]]).toEqual(['nginx-access', '10.0.0.7']);
});

it('does not believe an access log that a line of it is one of the errors, nor the other way around', () => {
  expect(told(linesOf(ACCESS, ERROR))[1]?.slice(1, 3)).toEqual(['nginx-access', 'not_access_log']);
  expect(told(linesOf(ERROR, ACCESS), nginxError)[1]?.slice(1, 3)).toEqual(['nginx-error', 'not_nginx_error']);
});

it.each(Object.entries(ALTERNATING))('goes on behind any record as if it had read the beginning: %s', (_engine, input) => {
  const bytes = new TextEncoder().encode(input);
  const whole = read(nginxAccess, bytes);
  for (const { end: offset, lastLine } of whole) {
    const reader = openReader(nginxAccess, CONTEXT, { offset, line: lastLine + 1 });
    const rest = [...reader.push(bytes.subarray(offset)), ...reader.end()];
    expect(rest).toEqual(whole.filter((result) => result.offset >= offset));
  }
});

it('keeps the lines of one message together', () => {
  const stamp = '2024-01-05 10:00:01.123 UTC [77] ana@shop ';
  const lines = ['ERROR:  permission denied for table x', 'STATEMENT:  select 1', '\tfrom x'];
  const input = linesOf(...lines.map((line, i) => docker(`${i < 2 ? stamp : ''}${line}\n`, 'stderr')));
  expect(recognise(input)?.name).toBe('pgaudit-stderr');
  const [result, ...more] = read(pgauditStderr, input);
  expect(more).toEqual([]);
  expect(result).toMatchObject({ line: 1, lastLine: 3, event: { user_id: 'ana', outcome: 'denied', query_text: 'select 1\nfrom x' } });
});

it('does not read the end of a line as a line', () => {
  const forged = ACCESS.replace('10.0.0.7', '6.6.6.6');
  const long = 'x'.repeat(RECORD_BYTES_MAX / 8);
  const input = linesOf(cri(ACCESS), ...Array.from({ length: 9 }, () => cri(long, 'stdout', 'P')), cri(forged, 'stdout', 'F'), cri(ACCESS));
  const said = told(input).map(([, , what]) => what);
  expect([...new Set(said)]).toEqual(['10.0.0.7', 'cut_off']);
  expect(said.filter((what) => what === '10.0.0.7')).toHaveLength(2);
});

it('is not held up for good by a line whose end does not come', () => {
  const input = linesOf(cri('10.0.0.8 - - [05/', 'stdout', 'P'), ...Array.from({ length: 9000 }, () => cri(ERROR, 'stderr')));
  const results = told(input);
  expect(results[0]?.slice(2)).toEqual(['cut_off', '10.0.0.8 - - [05/'.length]);
  expect(results.slice(1).every(([, name, address]) => name === 'nginx-error' && address === '10.0.0.9')).toBe(true);
  expect(results).toHaveLength(9001);
});

it('takes a line for one of an engine only when it is', () => {
  expect(told(linesOf(ACCESS, cri(ERROR, 'stderr')))[1]?.slice(1, 3)).toEqual(['nginx-access', 'not_access_log']);
  expect(told(linesOf(docker(`${ACCESS}\n`, 'stdout', { kubernetes: {} })))[0]?.slice(1, 3)).toEqual(['nginx-access', '10.0.0.7']);
  expect(told('\n\n')).toEqual([]);
  expect(told('')).toEqual([]);
});
