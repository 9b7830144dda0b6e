import { beforeAll, describe, expect, it } from 'vitest';
import { formatNamed, recognise } from '@daybook/formats';
import { freePort } from '../support/free-port.ts';
import { hasPrograms, onMachine, readAll, sections, told } from './linux-machine.ts';

const runs = hasPrograms('/usr/sbin/sshd', '/usr/bin/sudo', '/usr/sbin/rsyslogd', '/usr/bin/sftp');

describe.skipIf(!runs)('logins on a real machine (root, openssh-server, sudo, rsyslog; npm test installs them)', () => {
  let logs: ReadonlyMap<string, string> = new Map();

  beforeAll(async () => {
    logs = sections(await onMachine('logins.sh', [String(await freePort())]));
  });

  it('tells the same from each of the three kinds of file', () => {
    const fields = [
      'event_type',
      'action',
      'outcome',
      'user_id',
      'effective_user_id',
      'target_user_id',
      'ip_address',
      'resource',
      'reason',
      'host',
    ];
    const [classic, ...others] = ['classic', 'iso', '5424'].map((name) => told(read(name), fields));
    expect(classic?.length).toBeGreaterThan(60);
    for (const other of others) expect(other).toEqual(classic);
  });

  it('understands every line', () => {
    const results = read('iso');
    expect(results.filter(({ result }) => result === 'quarantine')).toEqual([]);
    expect(new Set(results.flatMap(({ code }) => code ?? []))).toEqual(
      new Set(['ssh_server', 'pam_other', 'sftp_protocol', 'sftp_status']),
    );
  });

  it('records each login and each refusal, with the address of the client', () => {
    const logins = read('iso').filter(
      ({ event }) => event?.['protocol'] === 'ssh' && event['action'] === 'login' && !String(event['event_type']).startsWith('auth'),
    );
    const evil = 'nobody-here from 6.6.6.6 port 22 ssh2';
    expect(told(logins, ['event_type', 'outcome', 'user_id', 'actor_type', 'ip_address'])).toEqual([
      'Accepted password | success | alice | user | 127.0.0.1',
      'Failed password | failure | alice | user | 127.0.0.1',
      `Invalid user | failure | ${evil} | unknown | 127.0.0.1`,
      `Failed password | failure | ${evil} | unknown | 127.0.0.1`,
      'not allowed | denied | bob | user | 127.0.0.1',
      'Failed password | failure | bob | unknown | 127.0.0.1',
      'Failed password | failure | root | user | 127.0.0.1',
      'Accepted publickey | success | alice | user | 127.0.0.1',
      'Accepted publickey | success | alice | user | 127.0.0.1',
      'Failed password | failure | alice | user | 127.0.0.1',
      'Failed password | failure | alice | user | 127.0.0.1',
      'Failed password | failure | alice | user | 127.0.0.1',
      'maximum authentication attempts exceeded | denied | alice | user | 127.0.0.1',
      'Accepted publickey | success | alice | user | 127.0.0.1',
    ]);
    const certified = logins.find(({ event }) => JSON.stringify(event).includes('certificate_id'));
    expect(certified?.event).toMatchObject({ attributes: { certificate_id: 'alice from 6.6.6.6 port 1 ssh2', certificate_serial: '42' } });
  });

  it('records each session and its end', () => {
    const sessions = read('iso').filter(
      ({ event }) => event?.['event_type'] === 'session opened' || event?.['event_type'] === 'session closed',
    );
    const ssh = sessions.filter(({ event }) => event?.['protocol'] === 'ssh');
    const pair = ['connect | alice | 127.0.0.1', 'logout | alice | 127.0.0.1'];
    expect(told(ssh, ['action', 'user_id', 'ip_address'])).toEqual([...pair, ...pair, ...pair, ...pair]);
    expect(read('iso').filter(({ event }) => event?.['event_type'] === 'Disconnected from')).toHaveLength(4);
    const refused = read('iso').filter(({ event }) => event?.['action'] === 'disconnect' && event['outcome'] === 'failure');
    expect(refused).toHaveLength(6);
  });

  it('records each file that was moved over SFTP, and by whom', () => {
    const files = read('iso').filter(({ event }) => event?.['category'] === 'file' && !String(event['method']).endsWith('stat'));
    expect(told(files, ['method', 'action', 'resource', 'user_id', 'ip_address', 'bytes_out'])).toEqual([
      'open | read | /home/alice/read.txt | alice | 127.0.0.1 | -',
      'close | read | /home/alice/read.txt | alice | 127.0.0.1 | 7',
      'open | update | /home/alice/written.txt | alice | 127.0.0.1 | -',
      'close | update | /home/alice/written.txt | alice | 127.0.0.1 | 0',
      'posix-rename | update | /home/alice/written.txt | alice | 127.0.0.1 | -',
      'remove | delete | /home/alice/moved.txt | alice | 127.0.0.1 | -',
    ]);
  });

  it('records each sudo and su', () => {
    const became = read('iso').filter(({ event }) => event?.['event_type'] === 'sudo' || event?.['event_type'] === 'su');
    expect(told(became, ['outcome', 'user_id', 'effective_user_id', 'resource', 'reason'])).toEqual([
      'success | alice | root | /usr/bin/id | -',
      'failure | alice | root | /usr/bin/true | a password is required',
      'failure | alice | root | /usr/bin/true | 2 incorrect password attempts',
      'denied | alice | root | /usr/bin/env | command not allowed',
      'denied | bob | root | /usr/bin/id | user NOT in sudoers',
      "success | alice | root | /usr/bin/id '; USER=eve ; COMMAND=/bin/true' | -",
      'success | alice | root | root | -',
      'failure | bob | root | root | -',
      'success | root | alice | alice | -',
    ]);
  });

  it('records each change of an account', () => {
    const changes = read('iso').filter(({ event }) => event?.['category'] === 'iam');
    expect(told(changes, ['action', 'resource_type', 'resource', 'target_user_id'])).toEqual([
      'create | group | alice | -',
      'create | user | alice | alice',
      'create | group | bob | -',
      'create | user | bob | bob',
      'create | group | carol | -',
      'create | user | carol | carol',
      ...['alice', 'bob', 'carol', 'root'].map((name) => `update | user | ${name} | ${name}`),
      ...['create', 'create', 'create'].map((action) => `${action} | group | ops | -`),
      'grant | group | ops | alice',
      'grant | group | ops | alice',
      'revoke | group | ops | alice',
      'delete | user | carol | carol',
      'delete | group | carol | -',
      'delete | group | carol | -',
    ]);
  });

  function read(name: string): ReturnType<typeof readAll> {
    const text = logs.get(name) ?? '';
    const format = formatNamed('auth-log');
    if (format === undefined) throw new Error('no such format');
    expect(recognise(text)?.name).toBe('auth-log');
    return readAll(format, text);
  }
});
