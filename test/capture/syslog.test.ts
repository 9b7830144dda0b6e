import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../harness/certificates.ts';
import { Daybook } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';
import { freePort } from '../support/free-port.ts';

/** Real syslog daemons in front of the built server: what a program logged is what is recorded, one to one, over every transport. */
const COUNT = 300;
const LINES = Array.from(
  { length: COUNT },
  (_, i) => `Accepted publickey for u${i} from 192.0.2.${i % 250} port ${1024 + i} ssh2: ED25519 SHA256:x${i}`,
);
/** What programs write to syslog, in their own words: without the time where they leave that to the daemon. */
const WEB = '[05/Jan/2026:10:00:00 +0000] "GET /a HTTP/1.1" 401 620 "-" "curl"';
const PROGRAMS: readonly (readonly [tag: string, user: string, line: string])[] = [
  ['audisp-syslog', 'dora', `type=USER_CMD msg=audit(1767606000.123:99): pid=9 uid=0 auid=1000 ses=3 msg='cwd="/" cmd="id" exe="/usr/bin/sudo" terminal=pts/0 res=success'\u001DUID="root" AUID="{user}"`],
  ['httpd', 'eve', '[auth_basic:error] [pid 7:tid 8] [client 192.0.2.9:40000] AH01617: user {user}: authentication failure for "/a": Password Mismatch'],
  ['httpd', 'hal', `192.0.2.9 - {user} ${WEB}`],
  ['mysql-server_auditing', 'mona', "db1,{user},localhost,4,3,QUERY,shop,'select 1 from t',0"],
  ['nginx', 'nina', `192.0.2.9 - {user} ${WEB}`],
  ['postgres', 'pat', '[5-1] 2026-01-05 10:00:00.123 UTC [77] {user}@shop LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,"select 1 from t",<none>'],
]; // biome-ignore format: a table, one row a line
const hasRsyslog = existsSync('/usr/sbin/rsyslogd') && existsSync('/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so');
/** Where a package that conflicts with the other daemon was unpacked. */
const SYSLOG_NG = process.env['DAYBOOK_TEST_SYSLOG_NG'];

const PORTS = ['udp', 'lines', 'counted', 'tls'] as const;
let daybook: Daybook;
let dir = '';
let certificates: Certificates;
let ports: Record<(typeof PORTS)[number], number>;

/** One listener for each way of sending, and a source for each. */
function settings(): string {
  const { cert, key, ca } = certificates;
  return `capture:
  syslog:
    - { listen: "127.0.0.1:${ports.udp}", transport: udp, source: by-udp }
    - { listen: "127.0.0.1:${ports.lines}", transport: tcp, source: by-lines }
    - { listen: "127.0.0.1:${ports.counted}", transport: tcp, source: by-counted }
    - listen: "127.0.0.1:${ports.tls}"
      transport: tls
      cert: ${cert}
      key: ${key}
      client_ca: ${ca}
      senders: [{ certificate: web-1.example, source: by-tls }]
`;
}

async function start(): Promise<void> {
  ports = { udp: await freePort(), lines: await freePort(), counted: await freePort(), tls: await freePort() };
  writeFileSync(path.join(dir, 'daybook.yaml'), settings());
  daybook = await Daybook.start({ home: dir });
}

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-syslog-'));
  certificates = makeCertificates(dir, 'web-1.example');
  await start();
});
afterAll(async () => {
  await daybook.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Per source: how many events there are of these users, of how many users, and how many of them are logins. */
async function counts(prefix: string): Promise<string> {
  const query = `SELECT source, count(), uniqExact(user_id), countIf(action = 'login' AND outcome = 'success') FROM access_logs
    WHERE source LIKE 'by-%' AND user_id LIKE '${prefix}%' GROUP BY source ORDER BY source`;
  return daybook.sql(query).catch(() => '');
}

async function expectAll(prefix: string, sources: readonly string[]): Promise<void> {
  const wanted = sources.map((source) => `${source}\t${COUNT}\t${COUNT}\t${COUNT}`).join('\n');
  let seen = '';
  await until('every event is there', async () => ((seen = await counts(prefix)) === wanted ? true : undefined), {
    ms: 15_000,
    everyMs: 100,
  }).catch(() => undefined);
  expect(seen).toBe(wanted);
}

/** As programs do: lines into the daemon's socket, with a tag and a process id. */
function log(socket: string, prefix: string): void {
  const input = LINES.map((line) => line.replace(' for u', ` for ${prefix}`)).join('\n');
  execFileSync('logger', ['--socket', socket, '--tag', 'sshd', '--id=812', '--priority', 'auth.info', '--socket-errors=on'], { input });
}

async function expectPrograms(socket: string, suffix: string): Promise<void> {
  const how = ['--socket', socket, '--id=77', '--priority', 'local7.info', '--socket-errors=on'];
  const users = PROGRAMS.map(([, user]) => user + suffix);
  for (const [i, [tag, , line]] of PROGRAMS.entries())
    execFileSync('logger', [...how, '--tag', tag], { input: line.replace('{user}', users[i] ?? '') });
  const query = `SELECT source, arrayStringConcat(arraySort(groupArray(user_id)), ',') FROM access_logs WHERE user_id IN ('${users.join("','")}') AND timestamp > now() - INTERVAL 400 DAY
    GROUP BY source ORDER BY source`;
  const wanted = ['by-counted', 'by-lines', 'by-tls', 'by-udp'].map((source) => `${source}\t${users.join()}`);
  let seen = '';
  await until('every program is heard', async () => ((seen = await daybook.sql(query)) === wanted.join('\n') ? true : undefined), {
    ms: 15_000,
    everyMs: 100,
  }).catch(() => undefined);
  expect(seen).toBe(wanted.join('\n'));
}

/** The first message finds the connections of before, and must not be lost in them. */
async function expectAllAfterRestart(socket: string, prefix: string): Promise<void> {
  await daybook.stop();
  daybook = await Daybook.start({ home: dir });
  log(socket, prefix);
  await expectAll(prefix, ['by-counted', 'by-lines', 'by-tls', 'by-udp']);
}

async function daemon(program: string, args: readonly string[], socket: string, env: Record<string, string> = {}): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (output = (output + bytes.toString()).slice(-4000)));
  await until('the daemon listens', () => (existsSync(socket) ? true : undefined), {
    ms: 15_000,
    giveUp: () => (child.exitCode === null ? undefined : `it ended:\n${output}`),
  });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

describe.skipIf(!hasRsyslog)('rsyslog (npm test installs it)', () => {
  it('over UDP, TCP in both framings, and TLS: one to one, also after a restart', async () => {
    const socket = path.join(dir, 'rsyslog.sock');
    const conf = path.join(dir, 'rsyslog.conf');
    const forward = (more: string) =>
      `action(type="omfwd" target="127.0.0.1" ${more} queue.type="LinkedList" action.resumeRetryCount="-1")`;
    writeFileSync(
      conf,
      `global(workDirectory="${dir}" localHostname="web1" DefaultNetstreamDriverCAFile="${certificates.ca}"
  DefaultNetstreamDriverCertFile="${certificates.clientCert}" DefaultNetstreamDriverKeyFile="${certificates.clientKey}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}" RateLimit.Interval="0" usePIDFromSystem="off")
${forward(`port="${ports.udp}" protocol="udp" template="RSYSLOG_SyslogProtocol23Format"`)}
${forward(`port="${ports.lines}" protocol="tcp"`)}
${forward(`port="${ports.counted}" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"`)}
${forward(`port="${ports.tls}" protocol="tcp" TCP_Framing="octet-counted" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost" template="RSYSLOG_SyslogProtocol23Format"`)}
`,
    );
    const child = await daemon('/usr/sbin/rsyslogd', ['-n', '-f', conf, '-i', path.join(dir, 'rsyslog.pid')], socket);
    try {
      log(socket, 'rs');
      await expectAll('rs', ['by-counted', 'by-lines', 'by-tls', 'by-udp']);
      await expectAllAfterRestart(socket, 'rs-again');
      await expectPrograms(socket, 'rs');
    } finally {
      await end(child);
    }
  });
});

describe.skipIf(SYSLOG_NG === undefined)('syslog-ng (npm test unpacks it)', () => {
  it('over UDP, TCP in both framings, and TLS: one to one, also after a restart', async () => {
    const root = SYSLOG_NG ?? '';
    const socket = path.join(dir, 'ng.sock');
    const conf = path.join(dir, 'ng.conf');
    writeFileSync(
      conf,
      `@version: 3.35
options { time-reopen(1); keep-hostname(yes); chain-hostnames(no); stats-freq(0); };
source local { unix-dgram("${socket}"); };
destination udp { network("127.0.0.1" port(${ports.udp}) transport("udp")); };
destination lines { network("127.0.0.1" port(${ports.lines}) transport("tcp")); };
destination counted { syslog("127.0.0.1" port(${ports.counted}) transport("tcp")); };
destination tls { syslog("127.0.0.1" port(${ports.tls}) transport("tls")
  tls(ca-file("${certificates.ca}") cert-file("${certificates.clientCert}") key-file("${certificates.clientKey}") peer-verify(required-trusted))); };
log { source(local); destination(udp); destination(lines); destination(counted); destination(tls); };
`,
    );
    const lib = path.join(root, 'usr', 'lib', 'syslog-ng');
    const state = [
      '--control',
      path.join(dir, 'ng.ctl'),
      '--pidfile',
      path.join(dir, 'ng.pid'),
      '--persist-file',
      path.join(dir, 'ng.persist'),
    ];
    const args = ['--foreground', '--no-caps', '--cfgfile', conf, '--module-path', path.join(lib, '3.38'), ...state];
    const child = await daemon(path.join(root, 'usr', 'sbin', 'syslog-ng'), args, socket, { LD_LIBRARY_PATH: lib });
    try {
      log(socket, 'ng');
      await expectAll('ng', ['by-counted', 'by-lines', 'by-tls', 'by-udp']);
      await expectAllAfterRestart(socket, 'ng-again');
      await expectPrograms(socket, 'ng');
    } finally {
      await end(child);
    }
  });
});

describe('logger(1)', () => {
  it.each([
    ['by-udp', 'udp', ['--udp', '--rfc3164']],
    ['by-lines', 'lines', ['--tcp', '--rfc5424']],
    ['by-counted', 'counted', ['--tcp', '--octet-count', '--rfc5424']],
  ] as const)('%s', async (source, port, how) => {
    const prefix = `lg${port}`;
    const input = LINES.map((line) => line.replace(' for u', ` for ${prefix}`)).join('\n');
    const to = ['--server', '127.0.0.1', '--port', String(ports[port]), ...how];
    const { status, stderr } = spawnSync('logger', [...to, '--tag', 'sshd', '--id=9', '--priority', 'auth.info'], { input });
    expect([status, stderr.toString()]).toEqual([0, '']);
    await expectAll(prefix, [source]);
  });
});

it('refuses a client without a certificate', async () => {
  const { stderr } = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${ports.tls}`, '-CAfile', certificates.ca, '-quiet'], {
    input: '<38>Oct 11 22:14:15 web1 sshd[1]: Accepted password for intruder from 192.0.2.1 port 1 ssh2\n',
    timeout: 10_000,
  });
  expect(stderr.toString()).toMatch(/certificate required|handshake failure|alert/i);
  expect(await daybook.sql("SELECT count() FROM access_logs WHERE user_id = 'intruder'")).toBe('0');
});
