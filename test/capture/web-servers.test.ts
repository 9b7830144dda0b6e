import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNamed, openReader, recognise, type Result, UTC } from '@daybook/formats';
import { until } from '../harness/until.ts';
import { hasPrograms } from './linux-machine.ts';
import { type Site, USERS, WebDaemon } from './web-daemons.ts';

/** Real web servers under odd requests over raw sockets: what was sent is what is recorded, one to one, in each layout of their logs. */
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1') ?? false);
const FORGED = '6.6.6.6 - root [01/Jan/2024:00:00:00 +0000] "GET /forged HTTP/1.1" 200 1 "-" "-"';

/** A name ends at the first colon. */
const STRANGER = FORGED.replaceAll(':', ';');
/** The head of a TLS record, and no greeting in it. */
const NO_TLS = '\u0016\u0003\u0001\u0000\u0005hello';

interface Sent {
  readonly bytes: string;
  readonly to?: { readonly host?: string; readonly tls?: boolean; readonly hangUp?: boolean };
  /** What must be recorded: user, method, resource, status. */
  readonly recorded: readonly [user: string, method: string, resource: string, status: string];
  /** When it is another at Apache's. */
  readonly apache?: Sent['recorded'];
  /** When it is another in a log of JSON. */
  readonly json?: Sent['recorded'];
  readonly agent?: string;
}

const basic = (user: string, password = 'pw') => `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}\r\n`;
const request = (line: string, headers = '') => `${line}\r\nHost: shop.example\r\n${headers}Connection: close\r\n\r\n`;
const get = (target: string, status: string, headers = ''): Sent => ({
  bytes: request(`GET ${target} HTTP/1.1`, headers),
  recorded: ['-', 'GET', target, status],
});
const asUser = (user: string, status: string, headers = basic(user)): Sent => ({
  bytes: request('GET /private/a.txt HTTP/1.1', headers),
  recorded: [user, 'GET', '/private/a.txt', status],
});
const rubbish = (resource: string): Sent['recorded'] => ['-', '-', resource, '400'];

const SENT: readonly Sent[] = [
  get('/a.txt', '200'),
  get('/a.txt?q=%22x&y=a+b', '200'),
  get('/nowhere', '404'),
  get('/deny/', '403'),
  get('/unreadable.txt', '403'),
  get('/list/', '403'),
  get('/j%C3%BCrgen', '404'),
  get('/back\\slash', '404'),
  { ...get('/a.txt', '200', `User-Agent: x" ${FORGED}\r\n`), agent: `x" ${FORGED}` },
  { ...get('/a.txt', '200', 'User-Agent: back\\slash "quoted" \\" \\\\\r\n'), agent: 'back\\slash "quoted" \\" \\\\' },
  { ...get('/a.txt', '200', 'User-Agent: j\u00c3\u00bcrgen\r\n'), agent: 'jürgen' },
  { ...get('/a.txt', '200', `Referer: http://x/" "${FORGED}\r\nUser-Agent: y\r\n`), agent: 'y' },
  get('/a.txt', '200', `X-Forwarded-For: 6.6.6.6, "evil\r\n`),
  ...USERS.map((user) => asUser(user, '200')),
  ...USERS.map((user) => asUser(user, '401', basic(user, 'wrong'))),
  asUser('mallory', '401'),
  asUser(STRANGER, '401'),
  asUser('-', '401', ''),
  { bytes: request('PUT /a.txt HTTP/1.1', 'Content-Length: 0\r\n'), recorded: ['-', 'PUT', '/a.txt', '405'] },
  { bytes: request('DELETE /a.txt HTTP/1.1'), recorded: ['-', 'DELETE', '/a.txt', '405'] },
  {
    bytes: request('POST /a.txt HTTP/1.1', 'Content-Length: 2\r\n').concat('ab'),
    recorded: ['-', 'POST', '/a.txt', '405'],
    apache: ['-', 'POST', '/a.txt', '200'],
  },
  { bytes: request('HEAD /a.txt HTTP/1.1'), recorded: ['-', 'HEAD', '/a.txt', '200'] },
  { bytes: 'GET /a.txt HTTP/1.0\r\n\r\n', recorded: ['-', 'GET', '/a.txt', '200'] },
  { bytes: 'GARBAGE\r\n\r\n', recorded: rubbish('GARBAGE') },
  {
    bytes: '\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1\u0003\u0003"\\x\r\n\r\n',
    recorded: rubbish('\\x16\\x03\\x01\\x00\\xA5\\x01\\x00\\x00\\xA1\\x03\\x03\\x22\\x5Cx'),
    apache: rubbish('\\x16\\x03\\x01'),
    json: rubbish('\\u0016\\u0003\\u0001\\u0000\uFFFD\\u0001\\u0000\\u0000\uFFFD\\u0003\\u0003\\"\\\\x'),
  },
  ...(hasIpv6 ? [{ ...get('/a.txt', '200'), to: { host: '::1' } }] : []),
];

interface Layout {
  readonly name: string;
  readonly options?: Readonly<Record<string, string>>;
}

const NGINX_LAYOUTS: readonly Layout[] = [
  { name: 'access.log' },
  { name: 'extended.log' },
  { name: 'own.log', options: { log_format: `$msec $status $remote_addr "$remote_user" "$request" "$http_user_agent"` } },
  { name: 'json.log' },
];
const APACHE_LAYOUTS: readonly Layout[] = [
  { name: 'access.log' },
  { name: 'vhosts.log' },
  { name: 'own.log', options: { log_format: '%{msec}t %>s %a "%u" "%r" "%{User-Agent}i"' } },
];
const FIELDS = ['user_id', 'method', 'resource', 'status_code'] as const;
const word = (value: unknown) => (typeof value === 'string' ? value : '-');
const told = (results: readonly Result[]) => results.map(({ event }) => FIELDS.map((name) => word(event?.[name])));

function nginxConfiguration({ dir, port, tlsPort, cert, key }: Site, slow: number): string {
  return `daemon off; worker_processes 1; pid ${dir}/nginx.pid; error_log ${dir}/error.log info; user www-data;
events {}
http {
  log_format extended '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for" rt=$request_time';
  log_format own '$msec $status $remote_addr "$remote_user" "$request" "$http_user_agent"';
  log_format json escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","remote_user":"$remote_user","request":"$request","status":"$status","http_user_agent":"$http_user_agent"}';
  access_log ${dir}/access.log; access_log ${dir}/extended.log extended; access_log ${dir}/own.log own; access_log ${dir}/json.log json;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/tmp/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port}; ${hasIpv6 ? `listen [::1]:${port};` : ''} listen 127.0.0.1:${tlsPort} ssl;
    server_name shop.example; ssl_certificate ${cert}; ssl_certificate_key ${key};
    root ${dir}/www; lingering_close off;
    location /deny/ { deny all; }
    location /private/ { auth_basic "private"; auth_basic_user_file ${dir}/users; }
    location /slow { proxy_pass http://127.0.0.1:${slow}; }
  }
}
`;
}

describe.skipIf(!hasPrograms('/usr/sbin/nginx'))('nginx (root; npm test installs it)', () => {
  let daemon: WebDaemon;
  let silent: net.Server;

  beforeAll(async () => {
    silent = net.createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const slow = typeof address === 'object' && address !== null ? address.port : 0;
    daemon = await WebDaemon.start(
      '/usr/sbin/nginx',
      (site) => nginxConfiguration(site, slow),
      (file) => ['-c', file, '-e', 'stderr'],
    );
    for (const [index, { bytes, to }] of SENT.entries()) {
      await daemon.send(bytes, to);
      await daemon.lines('json.log', index + 1);
    }
  });
  afterAll(async () => {
    await daemon.stop();
    silent.close();
  });

  it.each(NGINX_LAYOUTS)('$name records what was sent, one to one', (layout) =>
    expectAccesses(daemon, { ...layout, format: 'nginx-access' }),
  );

  it('tells what was no request: a client that hung up, rubbish and plain HTTP at the TLS port', async () => {
    const before = (await daemon.lines('access.log')).length;
    await daemon.send(request('GET /slow HTTP/1.1'), { hangUp: true });
    await daemon.lines('access.log', before + 1);
    await daemon.send(request('GET /plain HTTP/1.1'), { tls: true });
    await daemon.lines('access.log', before + 2);
    await daemon.send(NO_TLS, { tls: true });
    const results = readLog(daemon, { name: 'access.log', format: 'nginx-access' }).slice(before);
    expect(results.map(({ event }) => ['resource', 'status_code', 'outcome'].map((name) => word(event?.[name])))).toEqual([
      ['/slow', '499', 'failure'],
      ['/plain', '400', 'failure'],
    ]);
  });

  it('tells each refusal from the error log, and from where', async () => {
    await until('the failed handshake', () => (daemon.text('error.log').includes('SSL_do_handshake') ? true : undefined), { ms: 10_000 });
    const results = readLog(daemon, { name: 'error.log', format: 'nginx-error' });
    expectRefusals(results, [
      '/nowhere | file failed | failure | -',
      '/deny/ | access forbidden by rule | denied | -',
      '/unreadable.txt | file forbidden | denied | -',
      '/list/ | directory index forbidden | denied | -',
      '/j%C3%BCrgen | file failed | failure | -',
      '/back\\slash | file failed | failure | -',
      ...USERS.map((user) => `/private/a.txt | password mismatch | failure | ${user}`),
      ...['mallory', STRANGER].map((user) => `/private/a.txt | user not found | failure | ${user}`),
      '/private/a.txt | no user/password was provided | denied | -',
      'GARBAGE | invalid request | failure | -',
      '\u0016\u0003\u0001\u0000\uFFFD\u0001\u0000\u0000\uFFFD\u0003\u0003"\\x | invalid request | failure | -',
      '/plain | plain HTTP to HTTPS port | failure | -',
      `127.0.0.1:${daemon.site.tlsPort} | SSL handshake | failure | -`,
    ]);
  });
});

function apacheConfiguration({ dir, port, tlsPort, cert, key }: Site): string {
  const modules =
    'mpm_event authn_core authn_file authz_core authz_host authz_user auth_basic dir autoindex alias setenvif socache_shmcb ssl'.split(' ');
  return `ServerRoot ${dir}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
PidFile ${dir}/httpd.pid
DefaultRuntimeDir ${dir}/tmp
Mutex file:${dir}/tmp
Listen 127.0.0.1:${port}
${hasIpv6 ? `Listen [::1]:${port}` : ''}
Listen 127.0.0.1:${tlsPort}
User www-data
Group www-data
ServerName shop.example
StartServers 1
ThreadsPerChild 4
MaxRequestWorkers 4
ErrorLog ${dir}/error.log
LogLevel info
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" vhost_combined
LogFormat "%{msec}t %>s %a \\"%u\\" \\"%r\\" \\"%{User-Agent}i\\"" own
CustomLog ${dir}/access.log combined
CustomLog ${dir}/vhosts.log vhost_combined
CustomLog ${dir}/own.log own
DocumentRoot ${dir}/www
<Directory ${dir}/www>
  Require all granted
  Options None
</Directory>
<Location /deny/>
  Require all denied
</Location>
<Location /private/>
  AuthType Basic
  AuthName private
  AuthBasicProvider file
  AuthUserFile ${dir}/users
  Require valid-user
</Location>
<VirtualHost 127.0.0.1:${tlsPort}>
  SSLEngine on
  SSLCertificateFile ${cert}
  SSLCertificateKeyFile ${key}
</VirtualHost>
`;
}

describe.skipIf(!hasPrograms('/usr/sbin/apache2'))('Apache (root; npm test installs it)', () => {
  let daemon: WebDaemon;

  beforeAll(async () => {
    daemon = await WebDaemon.start('/usr/sbin/apache2', apacheConfiguration, (file) => ['-X', '-f', file]);
    for (const [index, { bytes, to }] of SENT.entries()) {
      await daemon.send(bytes, to);
      await daemon.lines('own.log', index + 1);
    }
  });
  afterAll(() => daemon.stop());

  it.each(APACHE_LAYOUTS)('$name records what was sent, one to one', (layout) =>
    expectAccesses(daemon, { ...layout, format: 'apache-access' }),
  );

  it('tells each refusal from the error log, and from where', async () => {
    await daemon.send(NO_TLS, { tls: true });
    await until('the failed handshake', () => (daemon.text('error.log').includes('abortive shutdown') ? true : undefined), { ms: 10_000 });
    const www = path.join(daemon.site.dir, 'www');
    expectRefusals(readLog(daemon, { name: 'error.log', format: 'apache-error' }), [
      `${www}/nowhere | file does not exist | failure | -`,
      `${www}/deny/ | client denied by server configuration | denied | -`,
      `${www}/unreadable.txt | file permissions deny server access | denied | -`,
      `${www}/list/ | directory index forbidden | denied | -`,
      `${www}/jürgen | file does not exist | failure | -`,
      `${www}/back\\slash | file does not exist | failure | -`,
      ...USERS.map((user) => `/private/a.txt | authentication failure | failure | ${user}`),
      ...['mallory', STRANGER].map((user) => `/private/a.txt | user not found | failure | ${user}`),
      '- | SSL handshake | failure | -',
    ]);
  });
});

interface Log extends Layout {
  readonly format: string;
}

function readLog(daemon: WebDaemon, { name, format, options = {} }: Log): readonly Result[] {
  const found = formatNamed(format);
  if (found === undefined) throw new Error('no such format');
  const text = daemon.text(name);
  // Of a layout that the operator made up nothing is known until it is told.
  expect(recognise(text)?.name).toBe(Object.keys(options).length === 0 ? format : undefined);
  const reader = openReader(found, { writtenMs: Date.now(), zone: UTC, options });
  return [...reader.push(Buffer.from(text)), ...reader.end()];
}

function expectAccesses(daemon: WebDaemon, log: Log): void {
  const results = readLog(daemon, log).slice(0, SENT.length);
  expect(told(results)).toEqual(
    SENT.map((sent) => (log.format === 'apache-access' ? sent.apache : log.name === 'json.log' ? sent.json : undefined) ?? sent.recorded),
  );
  expect(results.map(({ event }) => word(event?.['user_agent']))).toEqual(SENT.map(({ agent }) => agent ?? '-'));
  expect(results.map(({ event }) => word(event?.['ip_address']))).toEqual(SENT.map(({ to }) => to?.host ?? '127.0.0.1'));
}

/** The events of an error log; nothing of it is quarantined. */
function expectRefusals(results: readonly Result[], refusals: readonly string[]): void {
  expect(results.filter(({ result }) => result === 'quarantine')).toEqual([]);
  const events = results.flatMap(({ event }) => (event === undefined ? [] : [event]));
  expect(events.map((event) => ['resource', 'event_type', 'outcome', 'user_id'].map((name) => word(event[name])).join(' | '))).toEqual(
    refusals,
  );
  expect(events.every((event) => event['ip_address'] === '127.0.0.1')).toBe(true);
}
