import { expect, it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { CONTEXT, expectCutsHold, read } from '../test-formats.ts';
import { expectLine } from '../test-lines.ts';
import { nginxAccess } from './nginx-access.ts';

const WHEN = '[10/Oct/2023:13:55:36 +0200]';

const f = (line: string, fields: Readonly<Record<string, unknown>>, logFormat?: string) =>
  expectLine(nginxAccess, line, fields, logFormat === undefined ? {} : { log_format: logFormat });
const code = (line: string, options: Record<string, string> = {}) =>
  read(nginxAccess, `${line}\n`, { context: { ...CONTEXT, options } })[0]?.code;

it('reads its fixture as the golden file says', async () => {
  await expectGolden(nginxAccess, import.meta.dirname);
  expectCutsHold(nginxAccess, `1.2.3.4 - ä [10/Oct/2023:13:55:36 +0200] "GET /é HTTP/1.1" 200 1\r\nx\n`);
});

it('reads an ISO time in the place of the usual one', () => {
  f('203.0.113.9 - bob [2024-01-02T03:04:05+02:00] "GET /a HTTP/1.1" 200 5 "-" "-"', { timestamp: '2024-01-02T01:04:05Z', user_id: 'bob' });
  expect(code('203.0.113.9 - bob [2024-13-02T03:04:05+02:00] "GET /a HTTP/1.1" 200 5 "-" "-"')).toBe('bad_time');
});

it('finds the client among what operators put beside it', () => {
  const rest = `${WHEN} "GET /a HTTP/1.1" 200 5 "-" "-"`;
  const ip_address = '203.0.113.9';
  f(`203.0.113.9 - [203.0.113.9] - - ${rest} 345 0.005 [ns-web-80] [] 10.0.0.9:80 5 0.005 200 abc`, { ip_address, user_id: undefined });
  f(`203.0.113.9 - [10.9.9.9, 203.0.113.9] - bob ${rest}`, { ip_address, user_id: 'bob', ip_chain: ['10.9.9.9', '203.0.113.9'] });
  f(`203.0.113.9 - [x] - bob ${rest}`, { ip_address, user_id: '[x] - bob' });
  f(`10.9.9.9 203.0.113.9 - bob ${rest}`, { ip_address, user_id: 'bob', ip_chain: ['10.9.9.9', '203.0.113.9'] });
  f(`10.9.9.9, 10.8.8.8 203.0.113.9 - - ${rest}`, { ip_address, user_id: undefined, ip_chain: ['10.9.9.9', '10.8.8.8', '203.0.113.9'] });
  f(`- 203.0.113.9 - - ${rest}`, { ip_address, user_id: undefined, ip_chain: undefined, resource_parent: undefined });
  f(`203.0.113.9:4444 - - ${rest}`, { ip_address, resource_parent: undefined });
  f(`[2001:db8::7]:4444 - - ${rest}`, { ip_address: '2001:db8::7', resource_parent: undefined });
});

it('takes requests for what they are', () => {
  const request = (text: string, fields: Readonly<Record<string, unknown>>) => f(`203.0.113.9 - - ${WHEN} "${text}" 200 5 "-" "-"`, fields);
  request('GET /a HTTP/1.1', { event_type: 'GET', action: 'read', resource: '/a', method: 'GET', outcome: 'success' });
  request('GET /a b c HTTP/1.1', { resource: '/a b c' });
  request('GET http://other/a HTTP/1.1', { resource: 'http://other/a' });
  request('CONNECT shop:443 HTTP/1.1', { action: 'connect', resource: 'shop:443' });
  request('PROPFIND /dav HTTP/1.1', { action: 'list' });
  request('BREW /pot HTTP/1.1', { event_type: 'BREW', action: 'other', method: 'BREW' });
  request('PRI * HTTP/2.0', { event_type: 'PRI', resource: '*' });
  request('GET /', { event_type: 'GET', resource: '/', attributes: undefined });
  request('\\x16\\x03\\x01\\x00', { event_type: 'invalid_request', action: 'other', method: undefined, resource: '\\x16\\x03\\x01\\x00' });
  request('\\xC3\\xA9', { resource: 'é' });
  request('', { event_type: 'invalid_request', resource: '-' });
  request('-', { event_type: 'invalid_request', resource: '-' });
});

it('tells the outcome by the status', () => {
  const outcomes = {
    101: 'success',
    200: 'success',
    304: 'success',
    401: 'denied',
    403: 'denied',
    404: 'failure',
    444: 'failure',
    499: 'failure',
    500: 'failure',
    '000': 'unknown',
  };
  for (const [status, outcome] of Object.entries(outcomes))
    f(`203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" ${status} 5`, { outcome, status_code: status });
});

it('does not let a user move the fields, nor its address be another', () => {
  const forged = '10.9.9.9 - root [10/Oct/2023:13:55:37 +0200] \\x22GET / HTTP/1.1\\x22 200 5';
  f(`203.0.113.9 - ${forged} ${WHEN} "GET /a HTTP/1.1" 401 5`, {
    ip_address: '203.0.113.9',
    user_id: forged.replaceAll('\\x22', '"'),
    status_code: '401',
    timestamp: '2023-10-10T11:55:36Z',
  });
  f(`203.0.113.9 - - ${WHEN} "GET /\\x22 200 5 \\x22-\\x22 HTTP/1.1" 404 5 "\\x22 10.9.9.9" "x"`, {
    ip_address: '203.0.113.9',
    status_code: '404',
  });
  f(`203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 5 "-" "x" "10.9.9.9, 10.8.8.8"`, {
    ip_address: '203.0.113.9',
    ip_chain: ['10.9.9.9', '10.8.8.8', '203.0.113.9'],
  });
  f(`10.9.9.9, 203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 5`, { ip_address: undefined, ip_chain: ['10.9.9.9', '203.0.113.9'] });
});

it('keeps secrets out of the event and of the text', () => {
  const line = `203.0.113.9 - - ${WHEN} "GET /cb?code=c0de&access_token=t0ken&x=1&X-Amz-Signature=s1g&next=%2Fa%3Fsig%3Ds2g%26b%3D1 HTTP/1.1" 200 5 "https://u:pa55@h/?password=s3cret#id_token=jwt" "-" "Basic dXNlcjpwYXNz"`;
  const [result] = read(nginxAccess, line);
  const all = JSON.stringify(result);
  for (const secret of ['c0de', 't0ken', 's1g', 's2g', 'pa55', 's3cret', 'jwt', 'dXNl']) expect(all).not.toContain(secret);
  expect(result?.event?.['resource']).toBe(
    '/cb?code=[redacted]&access_token=[redacted]&x=1&X-Amz-Signature=[redacted]&next=%2Fa%3Fsig%3D[redacted]%26b%3D1',
  );
});

it('quarantines what it can not read', () => {
  expect(code('rubbish')).toBe('not_access_log');
  expect(code('1.2.3.4 - - [31/Feb/2023:13:55:36 +0000] "GET / HTTP/1.1" 200 5')).toBe('bad_time');
  expect(code(`1.2.3.4 - - ${WHEN} "GET / HTT`)).toBe('cut_off');
  expect(code(`1.2.3.4 - - ${WHEN} "GET / HTTP/1.1" 20`)).toBe('no_status');
  expect(code('{"status":')).toBe('json_syntax');
  expect(code('{"a":1}')).toBe('not_access_log');
});

it('reads any log_format', () => {
  f(
    '203.0.113.9|2024-01-02T03:04:05+01:00|GET /a|b HTTP/1.1|403|0.123',
    { ip_address: '203.0.113.9', resource: '/a|b', status_code: '403', duration_ms: 123, timestamp: '2024-01-02T02:04:05Z' },
    '$remote_addr|$time_iso8601|$request|$status|$request_time',
  );
  f(
    `1704164645.123 203.0.113.9 "ana" POST shop.example "/a?sig=x" 201 10 "10.0.0.1:80, 10.0.0.2:80" "k=v"`,
    {
      timestamp: '2024-01-02T03:04:05.123Z',
      user_id: 'ana',
      method: 'POST',
      resource: '/a?sig=[redacted]',
      resource_parent: 'shop.example',
      bytes_out: 10,
    },
    `log_format main '$msec $remote_addr "$remote_user" $request_method $host '
                     '"$request_uri" $status $bytes_sent "$upstream_addr" "$http_cookie"';`,
  );
  f(
    '{"t":"2024-01-02T03:04:05+00:00","ip":"203.0.113.9","u":"a\\"b\\u0041","r":"GET / HTTP/1.1","s":"200"}',
    { user_id: 'a"bA', ip_address: '203.0.113.9', outcome: 'success' },
    `escape=json {"t":"$time_iso8601","ip":"$remote_addr","u":"$remote_user","r":"$request","s":"$status"}`.replace('escape=json ', ''),
  );
  // A line of another layout is read by those that are known.
  f(`203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 5`, { ip_address: '203.0.113.9' }, '$remote_addr $status');
});

it('reads JSON by the names of variables', () => {
  f(
    '{"time_iso8601":"2024-01-02T03:04:05+00:00","remote_addr":"2001:db8::1","remote_user":"-","request":"GET /x HTTP/2.0","status":403,"body_bytes_sent":7,"request_time":0.5,"http_x_forwarded_for":"10.9.9.9","request_id":"r1","upstream_addr":"10.0.0.1:80"}',
    {
      timestamp: '2024-01-02T03:04:05Z',
      ip_address: '2001:db8::1',
      actor_type: 'anonymous',
      outcome: 'denied',
      bytes_out: 7,
      duration_ms: 500,
      request_id: 'r1',
      ip_chain: ['10.9.9.9', '2001:db8::1'],
      attributes: { upstream_addr: '10.0.0.1:80', http_version: '2.0' },
    },
  );
});

it('reads each escape of a line of JSON once', () => {
  const line = (user: string, more = '') =>
    `{"time_iso8601":"2024-01-02T03:04:05+00:00","remote_addr":"203.0.113.9","remote_user":"${user}","request":"GET /a\\\\x41 HTTP/1.1","status":"200"${more}}`;
  f(line('DOM\\\\x61lice'), { user_id: 'DOM\\x61lice', resource: '/a\\x41' });
  f(line('a\\u0007b'), { user_id: 'a\\u0007b' });
  // Not told `escape=json`: bytes, some of them of UTF-8 and some of nothing.
  f(line('j\\xC3\\xBCrgen'), { user_id: 'jürgen', resource: '/a\\x41' });
  f(line('\\xFF\\x16'), { user_id: '\\xFF\\x16' });
  const secret = 'x\\"opensesame';
  const [result] = read(nginxAccess, `${line('a', `,"http_cookie":"${secret}","cookie_b":"\\u006fpensesame"`)}\n`);
  expect(JSON.stringify(result)).not.toContain('pensesame');
});

it('masks credentials, and no path that is called like a scheme', () => {
  f(`203.0.113.9 - - ${WHEN} "GET /basic HTTP/1.1" 200 5`, { method: 'GET', resource: '/basic' });
  f(`203.0.113.9 - - ${WHEN} "GET /?by=bearer HTTP/1.1" 200 5`, { method: 'GET', resource: '/?by=bearer' });
  f(`203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 5 "-" "-" "Basic YWxpY2U6cHc="`, {
    attributes: { http_version: '1.1', extra: ['Basic [redacted]'] },
  });
});

it('reads lines that syslog or a container runtime carried', () => {
  const line = `203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 5`;
  f(`<190>Jan  2 03:04:05 web-1 nginx: ${line}`, { ip_address: '203.0.113.9', host: 'web-1' });
  f(`2024-01-02T03:04:05.123456789Z stdout F ${line}`, { ip_address: '203.0.113.9' });
  f(`{"log":${JSON.stringify(`${line}\n`)},"stream":"stdout","time":"2024-01-02T03:04:05Z"}`, { ip_address: '203.0.113.9' });
});

it('reads what operators write between the time and the request, and before the referer', () => {
  const time = '[01/Jan/2024:10:00:00 +0000]';
  const rest = '"GET /a HTTP/1.1" 200 12 "-" "agent"';
  f(`203.0.113.9 - eve ${time} shop.example ${rest}`, {
    user_id: 'eve',
    resource_parent: 'shop.example',
    status_code: '200',
    ip_address: '203.0.113.9',
  });
  f(`203.0.113.9 - - ${time} TLSv1.3 0.123 ${rest}`, {
    resource_parent: undefined,
    attributes: { before_request: ['TLSv1.3', '0.123'], http_version: '1.1' },
  });
  f(`203.0.113.9 - - ${time}  ${rest}`, { resource: '/a', user_agent: 'agent' });
  f(`203.0.113.9 - - ${time} "GET /a HTTP/1.1" 200 12 0.123 "https://b/" "agent"`, {
    user_agent: 'agent',
    attributes: { extra: ['0.123'], referer: 'https://b/', http_version: '1.1' },
  });
  // Nobody stands behind the address.
  f(`203.0.113.9 ${time} ${rest}`, { ip_address: '203.0.113.9', user_id: undefined, actor_type: 'anonymous' });
  // The words are the server's, or there are none.
  expect(code(`203.0.113.9 - - ${time} a [01/Jan/2020:00:00:00 +0000] b ${rest}`)).toBe('not_access_log');
  expect(code(`203.0.113.9 - - ${time} <a> ${rest}`)).toBe('not_access_log');
});
