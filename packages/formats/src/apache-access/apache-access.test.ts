import { expect, it } from 'vitest';
import { expectGolden } from '../json/test-json-formats.ts';
import { CONTEXT, read } from '../test-formats.ts';
import { expectLine } from '../test-lines.ts';
import { recognise } from '../recognise.ts';
import { apacheAccess } from './apache-access.ts';

const WHEN = '[10/Oct/2023:13:55:36 +0200]';

const f = (line: string, fields: Readonly<Record<string, unknown>>, logFormat?: string) =>
  expectLine(apacheAccess, line, fields, logFormat === undefined ? {} : { log_format: logFormat });

it('reads its fixture as the golden file says', async () => {
  await expectGolden(apacheAccess, import.meta.dirname);
});

it('takes users that hold quotes, brackets and requests as they are', () => {
  f(`203.0.113.9 - a\\"] \\"GET /b ${WHEN} \\"x [y] ${WHEN} "GET /c HTTP/1.1" 401 381`, {
    user_id: `a"] "GET /b ${WHEN} "x [y]`,
    ip_address: '203.0.113.9',
    resource: '/c',
    outcome: 'denied',
  });
  f(`203.0.113.9 - back\\\\slash ${WHEN} "GET /c HTTP/1.1" 200 1`, { user_id: 'back\\slash' });
  f(`203.0.113.9 - "" ${WHEN} "GET /c HTTP/1.1" 401 1`, { user_id: undefined, actor_type: 'anonymous' });
});

it('knows a site before the client from a client', () => {
  f(`shop.example:80 2001:db8::80 - - ${WHEN} "GET / HTTP/1.1" 200 1`, { ip_address: '2001:db8::80', resource_parent: 'shop.example:80' });
  f(`2001:db8::80 - - ${WHEN} "GET / HTTP/1.1" 200 1`, { ip_address: '2001:db8::80', resource_parent: undefined });
  f(`shop.example 203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 1`, { ip_address: '203.0.113.9', resource_parent: 'shop.example' });
  f(`client.example - - ${WHEN} "GET / HTTP/1.1" 200 1`, {
    ip_address: undefined,
    attributes: { client_host: 'client.example', http_version: '1.1' },
  });
});

it('reads any LogFormat', () => {
  f(
    '1696938936 203.0.113.9 200 1532 GET /a ?token=x',
    { ip_address: '203.0.113.9', status_code: '200', duration_ms: 1.532, resource: '/a?token=[redacted]' },
    '%{sec}t %a %>s %D %m %U %q',
  );
  f(
    '203.0.113.9 - bob [10/Oct/2023 13:55:36.123 +0200] "GET / HTTP/1.1" 200 - "10.9.9.9" t="3" "secret=1"',
    { timestamp: '2023-10-10T11:55:36.123Z', user_id: 'bob', ip_chain: ['10.9.9.9', '203.0.113.9'], duration_ms: 3, bytes_out: undefined },
    'LogFormat "%h %l %u [%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t] \\"%r\\" %>s %b \\"%{X-Forwarded-For}i\\" t=\\"%{ms}T\\" \\"%{session}C\\"" mine',
  );
  f(`shop:443 203.0.113.9 - - ${WHEN} "GET / HTTP/1.1" 200 7 "-" "-"`, { resource_parent: 'shop', bytes_out: 7 }, 'vhost_combined');
  f(`203.0.113.9 - "" ${WHEN} "GET / HTTP/1.1" 200 7`, { actor_type: 'anonymous', status_code: '200' }, 'common');
  f('1696938936123 203.0.113.9 "x\\"y"', { timestamp: '2023-10-10T11:55:36.123Z', user_agent: 'x"y' }, '%{msec}t %a "%{User-Agent}i"');
  f(
    '{"t":"2023-10-10T13:55:36+0200","a":"203.0.113.9","r":"GET /\\x16 HTTP/1.1","s":"200"}',
    { ip_address: '203.0.113.9', resource: '/\\x16' },
    '{"t":"%{%Y-%m-%dT%H:%M:%S%z}t","a":"%a","r":"%r","s":"%>s"}',
  );
});

it('does not show what a cookie or a header lets in', () => {
  const [result] = read(apacheAccess, '203.0.113.9 "opensesame" "x-opaque-1"\n', {
    context: { ...CONTEXT, options: { log_format: '%a "%{Cookie}i" "%{X-Api-Key}i"' } },
  });
  expect(JSON.stringify(result)).not.toMatch(/opensesame|x-opaque-1/);
  expect(result?.event?.['attributes']).toEqual({ i_cookie: '[redacted]', 'i_x-api-key': '[redacted]' });
});

it('reads the log of requests that Red Hat’s mod_ssl writes, which has no status', () => {
  const line = '[01/Jan/2024:10:00:00 +0000] 203.0.113.9 TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /a HTTP/1.1" 345';
  f(line, {
    timestamp: '2024-01-01T10:00:00Z',
    ip_address: '203.0.113.9',
    resource: '/a',
    outcome: 'unknown',
    status_code: undefined,
    bytes_out: 345,
    attributes: { ssl_protocol: 'TLSv1.3', ssl_cipher: 'TLS_AES_256_GCM_SHA384', http_version: '1.1' },
  });
  f('[01/Jan/2024:10:00:00 +0000] 203.0.113.9 - - "-" -', { ip_address: '203.0.113.9', event_type: 'invalid_request' });
  expect(recognise(`${line}\n`)?.name).toBe('apache-access');
  expect(read(apacheAccess, '[01/Jan/2024:10:00:00 +0000] 203.0.113.9 TLSv1.3 "GET / HTTP/1.1" 3 4\n')[0]?.code).toBe('not_access_log');
});
