// The outside programs that tests meet Daybook with. What a machine lacks is installed where that is allowed (root, apt); else the tests that need
// it say so by name, and are skipped.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, runStep } from './steps.mjs';

/** Beside the dependencies, so that it goes when they go and git does not see it. */
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'daybook');
const PYTHON = path.join(CACHE, 'venv', 'bin', 'python');
const NODE_24 = path.join(CACHE, 'node24', 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
const SYSLOG_NG = path.join(CACHE, 'syslog-ng');
/** Where Debian's package has its plugins, and where they are unpacked to when only the server's program is installed. */
const MARIADB_PLUGINS = '/usr/lib/mysql/plugin';
const MARIADB = path.join(CACHE, 'mariadb');
const PYTHON_PACKAGES = ['clickhouse-connect==1.12.0', 'protobuf==7.36.2', 'grpcio==1.85.3', 'grpcio-tools==1.85.1'];
const PYTHON_MODULES = ['clickhouse_connect', 'google.protobuf', 'grpc_tools'];

const PACKAGES = [
  { name: 'golang-go', there: () => hasProgram('go', 'version') },
  { name: 'golang-golang-x-mod-dev', there: () => existsSync('/usr/share/gocode/src/golang.org/x/mod/sumdb') },
  { name: 'postgresql-15', there: () => existsSync('/usr/lib/postgresql/15/bin/initdb') },
  { name: 'postgresql-15-pgaudit', there: () => existsSync('/usr/lib/postgresql/15/lib/pgaudit.so') },
  { name: 'python3-venv', there: () => existsSync(PYTHON) || hasProgram('python3', '-c', 'import venv, ensurepip') },
  { name: 'default-jdk-headless', there: () => hasProgram('javac', '-version') },
  { name: 'chromium', there: () => hasProgram('chromium', '--version') },
  { name: 'curl', there: () => hasProgram('curl', '--version') },
  { name: 'systemd', there: () => hasProgram('systemd-analyze', '--version') },
  { name: 'openssh-server', there: () => existsSync('/usr/sbin/sshd') },
  { name: 'openssh-client', there: () => existsSync('/usr/bin/sftp') },
  { name: 'sudo', there: () => existsSync('/usr/bin/sudo') },
  { name: 'rsyslog', there: () => existsSync('/usr/sbin/rsyslogd') },
  { name: 'auditd', there: () => existsSync('/usr/sbin/ausearch') },
  { name: 'nginx', there: () => existsSync('/usr/sbin/nginx') },
  { name: 'apache2-bin', there: () => existsSync('/usr/sbin/apache2') },
  { name: 'mariadb-server-core', there: () => existsSync('/usr/sbin/mariadbd') },
  { name: 'mariadb-client-core', there: () => existsSync('/usr/bin/mariadb') },
  { name: 'systemd-journal-remote', there: () => existsSync('/lib/systemd/systemd-journal-remote') },
  // Syslog daemons for test/capture: rsyslog as a package, syslog-ng unpacked beside it, for the two packages exclude each other.
  { name: 'openssl', there: () => hasProgram('openssl', 'version') },
  { name: 'rsyslog-openssl', there: () => existsSync('/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_ossl.so') },
  ...['libivykis0', 'libnet1', 'libpcre3', 'libwrap0', 'libjson-c5'].map((name) => ({ name, there: () => hasLibrary(name) })),
  // For test/long alone: a clean Debian, and containers without an engine for them.
  ...(process.env['DAYBOOK_LONG'] === '1'
    ? [
        { name: 'debootstrap', there: () => hasProgram('debootstrap', '--version') },
        { name: 'systemd-container', there: () => hasProgram('systemd-nspawn', '--version') },
      ]
    : []),
  { name: 'util-linux', there: () => hasProgram('mount', '--version') },
];

/** Sets up what can be; resolves with the environment that tells tests where things are. */
export async function setUpServices() {
  const missing = PACKAGES.filter(({ there }) => !there()).map(({ name }) => name);
  if (missing.length > 0) await installPackages(missing);
  if (!existsSync(PYTHON)) await makePython();
  if (existsSync(PYTHON) && !hasProgram(PYTHON, '-c', `import ${PYTHON_MODULES.join()}`)) await installPythonPackages();
  if (!existsSync(NODE_24)) await installNode24();
  if (!existsSync(SYSLOG_NG)) await unpackPackage('syslog-ng-core', SYSLOG_NG);
  const hasAudit = existsSync(path.join(MARIADB_PLUGINS, 'server_audit.so'));
  // Of a package that would set up and start a database for the machine one file is wanted.
  if (!hasAudit && !existsSync(MARIADB)) await unpackPackage('mariadb-server', MARIADB);
  return {
    ...(existsSync(PYTHON) ? { DAYBOOK_TEST_PYTHON: PYTHON } : {}),
    ...(existsSync(NODE_24) ? { DAYBOOK_TEST_NODE24: NODE_24 } : {}),
    ...(existsSync(SYSLOG_NG) ? { DAYBOOK_TEST_SYSLOG_NG: SYSLOG_NG } : {}),
    ...(!hasAudit && existsSync(MARIADB) ? { DAYBOOK_TEST_MARIADB_PLUGINS: path.join(MARIADB, MARIADB_PLUGINS) } : {}),
  };
}

async function installPackages(names) {
  if (process.getuid?.() !== 0 || !hasProgram('apt-get', '--version')) {
    console.log(`skip ${names.join(', ')}: not installed, and only root may install (apt-get)`);
    return;
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runStep({ name: 'package lists', command: ['apt-get', 'update', '-qq'], env });
  // One by one: a name that this distribution lacks must not keep the others out.
  for (const name of names)
    await runStep({ name: `install ${name}`, command: ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name], env });
}

async function makePython() {
  if (!hasProgram('python3', '-c', 'import venv, ensurepip')) return;
  mkdirSync(CACHE, { recursive: true });
  const venv = path.join(CACHE, 'venv');
  await runStep({ name: 'python environment', command: ['python3', '-m', 'venv', venv] });
}

/** A client of ours and of others: the one that asks SQL, and what a sender of Protocol Buffers needs (its protoc among it). */
async function installPythonPackages() {
  const install = [PYTHON, '-m', 'pip', 'install', '-q', '--disable-pip-version-check'];
  await runStep({ name: 'python packages', command: [...install, ...PYTHON_PACKAGES] });
}

/** Daybook's other Node: the tests run on the one that started them, and once more, in short, on this one. */
async function installNode24() {
  const prefix = path.join(CACHE, 'node24');
  mkdirSync(prefix, { recursive: true });
  const command = [
    'npm',
    'install',
    '--prefix',
    prefix,
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    `node-${process.platform}-${process.arch}@24.21.0`,
  ];
  await runStep({ name: 'Node 24', command });
}

/** Downloads a package and unpacks it beside the machine's own: installing it would take others away, or start what nobody asked for. */
async function unpackPackage(name, to) {
  if (!hasProgram('apt-get', '--version') || !hasProgram('dpkg-deb', '--version')) return;
  const dir = mkdtempSync(path.join(tmpdir(), 'daybook-package-'));
  try {
    const got = await runStep({ name, command: ['apt-get', 'download', '-qq', name], cwd: dir });
    const [archive] = readdirSync(dir);
    if (!got.ok || archive === undefined) return;
    mkdirSync(CACHE, { recursive: true });
    // Under its name only when it is whole.
    const unpacked = path.join(dir, 'root');
    await runStep({ name: `unpack ${name}`, command: ['dpkg-deb', '-x', path.join(dir, archive), unpacked] });
    cpSync(unpacked, to, { recursive: true, verbatimSymlinks: true });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function hasLibrary(name) {
  return hasProgram('dpkg', '-s', name);
}

function hasProgram(program, ...args) {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
