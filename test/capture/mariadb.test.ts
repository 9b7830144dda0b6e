import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatNamed, recognise, type Result } from '@daybook/formats';
import { runCommand } from '../harness/daybook.ts';
import { until } from '../harness/until.ts';
import { freePort } from '../support/free-port.ts';
import { hasPrograms, readAll, told } from './linux-machine.ts';

/** A real MariaDB with its audit plugin: what was done is compared, one to one, with what is read from its log. */
const PLUGINS = process.env['DAYBOOK_TEST_MARIADB_PLUGINS'] ?? '/usr/lib/mysql/plugin';
const runs = hasPrograms('/usr/sbin/mariadbd', '/usr/bin/mariadb', '/usr/bin/mariadb-install-db', path.join(PLUGINS, 'server_audit.so'));
/** Names that a client may claim: a whole record among them. */
const ODD = 'o\'brien, "x"';
const FORGED = 'x,10.9.9.9,1,0,CONNECT,y';

/** What alice did in the database `shop`, and what must be recorded of it: verb, resource, action, outcome, status. */
const DONE: readonly (readonly [sql: string, recorded: string])[] = [
  ['create table account (id int primary key, name varchar(20))', 'CREATE | shop.account | create | success | 0'],
  ["insert into account values (1, 'a, \"b\"\n\t''c\\\\')", 'INSERT | shop.account | create | success | 0'],
  ["select * from account where name <> ',0,10.9.9.9,1,0,QUERY,x,'", 'SELECT | shop.account | read | success | 0'],
  ["update account set name = 'x' where id = 1", 'UPDATE | shop.account | update | success | 0'],
  ['delete from account', 'DELETE | shop.account | delete | success | 0'],
  ['call nope()', 'CALL | nope | execute | failure | 1305'],
  ['select * from nosuch', 'SELECT | shop.nosuch | read | failure | 1146'],
  ['truncate account', 'TRUNCATE | shop.account | delete | success | 0'],
  ['rename table account to a2', 'RENAME | shop.account | update | success | 0'],
  ['drop table a2', 'DROP | shop.a2 | delete | success | 0'],
  ["set password = password('hunter2')", 'SET | shop | update | success | 0'],
];

describe.skipIf(!runs)('MariaDB with server_audit (root; npm test installs it)', () => {
  let dir = '';
  let child: ChildProcess;
  let results: readonly Result[] = [];
  let port = 0;

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'daybook-mariadb-'));
    const data = path.join(dir, 'data');
    const common = ['--no-defaults', '--user=root', `--datadir=${data}`];
    execFileSync('mariadb-install-db', [...common, '--auth-root-authentication-method=normal', '--skip-test-db'], { stdio: 'ignore' });
    port = await freePort();
    const log = path.join(dir, 'audit.log');
    const socket = path.join(dir, 'socket');
    const network = [`--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve', `--socket=${socket}`, `--pid-file=${dir}/pid`];
    const audit = [
      `--plugin-dir=${PLUGINS}`,
      '--plugin-load-add=server_audit',
      '--server-audit-logging=ON',
      `--server-audit-file-path=${log}`,
    ];
    child = spawn('/usr/sbin/mariadbd', [...common, ...network, ...audit], { stdio: 'ignore', cwd: dir, env: { TZ: 'UTC' } });
    await until('the database listens', () => (existsSync(socket) ? true : undefined), {
      ms: 30_000,
      giveUp: () => (child.exitCode === null ? undefined : 'it ended'),
    });
    await work();
    const isLast = (text: string) => / from, end,127\.0\.0\.1,\d+,0,DISCONNECT/.test(text);
    const text = await until('the last record', () => [readFileSync(log, 'utf8')].find(isLast), { ms: 10_000 });
    const format = recognise(text);
    if (format !== formatNamed('mariadb-audit') || format === undefined) throw new Error('the log is not known for what it is');
    results = readAll(format, text);
  });

  afterAll(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(dir, { recursive: true, force: true });
  });

  async function ask(user: string, password: string, sql: string, database?: string): Promise<void> {
    // -e ends --force, so that stands behind it.
    const args = ['--no-defaults', '-h127.0.0.1', `-P${port}`, `-u${user}`, `-p${password}`, '-e', sql, '--force'];
    await runCommand(['/usr/bin/mariadb', ...args, ...(database === undefined ? [] : [database])], { cwd: dir, env: {} });
  }

  async function work(): Promise<void> {
    const accounts = ['alice', 'bob', ODD].map((name) => `create user '${name.replaceAll("'", "''")}'@'127.0.0.1' identified by 'right';`);
    await ask(
      'root',
      '',
      `create database shop; ${accounts.join('')} grant all on shop.* to alice@'127.0.0.1'; revoke drop on shop.* from alice@'127.0.0.1'; grant drop on shop.* to alice@'127.0.0.1'`,
    );
    await ask('alice', 'right', DONE.map(([sql]) => sql).join(';\n'), 'shop');
    await ask('bob', 'right', 'select * from shop.account; drop database shop; load data infile "/etc/passwd" into table shop.account');
    await ask('bob', 'wrong', 'select 1');
    await ask('nobody', 'x', 'select 1');
    await ask(FORGED, 'x', 'select 1');
    await ask('bob', 'right', 'select 1', 'nosuch');
    await ask(ODD, 'right', 'select 7');
    await ask(' from, end', 'x', 'select 1');
  }

  const ofType = (type: string, user?: string) =>
    results.filter(({ event }) => event?.['event_type'] === type && (user === undefined || event['user_id'] === user));

  it('records each statement, one to one', () => {
    const fields = ['method', 'resource', 'action', 'outcome', 'status_code'];
    expect(told(ofType('QUERY', 'alice'), fields)).toEqual(DONE.map(([, recorded]) => recorded));
    expect(told(ofType('QUERY', 'bob'), fields)).toEqual([
      'SELECT | shop.account | read | denied | 1142',
      'DROP | shop | delete | denied | 1044',
      'LOAD | shop.account | create | denied | 1045',
    ]);
    expect(told(ofType('QUERY', ODD), fields)).toEqual([`SELECT | ${hostname()} | read | success | 0`]);
  });

  it('records each account that was made, and who was given what', () => {
    const iam = ofType('QUERY', 'root').filter(({ event }) => event?.['category'] === 'iam');
    expect(told(iam, ['method', 'action', 'target_user_id', 'outcome'])).toEqual([
      'CREATE | create | alice | success',
      'CREATE | create | bob | success',
      `CREATE | create | ${ODD} | success`,
      'GRANT | grant | alice | success',
      'REVOKE | revoke | alice | success',
      'GRANT | grant | alice | success',
    ]);
  });

  it('records each login and each refusal, with the address of the client', () => {
    const logins = results.filter(({ event }) => event?.['action'] === 'login');
    expect(told(logins, ['event_type', 'outcome', 'user_id', 'ip_address', 'status_code'])).toEqual([
      'CONNECT | success | root | 127.0.0.1 | 0',
      'CONNECT | success | alice | 127.0.0.1 | 0',
      'CONNECT | success | bob | 127.0.0.1 | 0',
      'FAILED_CONNECT | failure | bob | 127.0.0.1 | 1045',
      'FAILED_CONNECT | failure | nobody | 127.0.0.1 | 1045',
      `FAILED_CONNECT | failure | ${FORGED} | 127.0.0.1 | 1045`,
      // The end of that connection: that it was no login can't be told from its record alone.
      'CONNECT | unknown | - | - | 0',
      'FAILED_CONNECT | denied | bob | 127.0.0.1 | 1044',
      `CONNECT | success | ${ODD} | 127.0.0.1 | 0`,
      'FAILED_CONNECT | failure |  from, end | 127.0.0.1 | 1045',
    ]);
  });

  it('records the tables that were touched', () => {
    const tables = results.filter(
      ({ event }) => event?.['user_id'] === 'alice' && event['resource_parent'] === 'shop' && event['query_text'] === undefined,
    );
    expect(told(tables, ['event_type', 'action', 'resource', 'outcome'])).toEqual([
      'CREATE | create | shop.account | unknown',
      'WRITE | update | shop.account | unknown',
      'READ | read | shop.account | unknown',
      'WRITE | update | shop.account | unknown',
      'WRITE | update | shop.account | unknown',
      'WRITE | update | shop.account | unknown',
      'RENAME | update | shop.account | unknown',
      'DROP | delete | shop.a2 | unknown',
    ]);
  });

  it('quarantines nothing, and shows no password', () => {
    expect(results.filter(({ result }) => result === 'quarantine')).toEqual([]);
    expect(JSON.stringify(results)).not.toMatch(/hunter2|'right/);
  });
});
