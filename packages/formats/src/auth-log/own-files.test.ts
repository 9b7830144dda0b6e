import { expect, it } from 'vitest';
import { expectCutsHold, read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';
import { recognise } from '../recognise.ts';

const SUDO = `Jan  1 10:00:00 : bob : TTY=pts/0 ; PWD=/home/bob ; USER=root ;
    COMMAND=/usr/bin/install -m 644
    a b
Jan  1 10:00:01 2024 : bob : HOST=web ; command not allowed ; TTY=pts/0 ; PWD=/ ;
    USER=root ; COMMAND=/bin/sh
Jan  1 10:00:02 : bob : TTY=pts/0 ; PWD=/tmp ; HOST=evil ; USER=root ; COMMAND=/bin/ls
`;

it('reads sudo’s own file, whose lines are broken', () => {
  const results = read(AUTH_LOG, SUDO);
  expect(results.map(({ event }) => [event?.['outcome'], event?.['user_id'], event?.['effective_user_id'], event?.['resource'], event?.['host'], event?.['timestamp']])).toEqual([
    ['success', 'bob', 'root', '/usr/bin/install -m 644 a b', undefined, '2024-01-01T10:00:00Z'],
    ['denied', 'bob', 'root', '/bin/sh', 'web', '2024-01-01T10:00:01Z'],
    ['success', 'bob', 'root', '/bin/ls', undefined, '2024-01-01T10:00:02Z'],
  ]); // biome-ignore format: a table
  expect(results.map(({ line, lastLine }) => [line, lastLine])).toEqual([[1, 3], [4, 5], [6, 6]]); // biome-ignore format: a table
  expectCutsHold(AUTH_LOG, SUDO);
  expect(recognise(SUDO)?.name).toBe('auth-log');
});

it('reads what macOS’ log shows', () => {
  const line = '2024-01-01 10:00:00.123456+0200 0x1234     Default     0x0                  1001   0    sshd: (libsystem) [com.apple.x:y] Accepted password for bob from 192.0.2.3 port 7 ssh2'; // biome-ignore format: one line
  const [{ event } = {}] = read(AUTH_LOG, `${line}\n`);
  expect(event).toMatchObject({
    user_id: 'bob',
    ip_address: '192.0.2.3',
    timestamp: '2024-01-01T08:00:00.123456Z',
    attributes: { pid: '1001' },
  });
});

it('knows which message is repeated where macOS writes dashes for the host', () => {
  const text =
    'Jan  1 10:00:00 mac sshd[7]: Failed password for bob from 192.0.2.3 port 7 ssh2\nJan  1 10:00:30 --- last message repeated 2 times ---\n';
  expect(read(AUTH_LOG, text).map(({ event }) => event?.['attributes'])).toMatchObject([{}, { repeated: 2 }]);
});

it('reads lines of containers', () => {
  const accepted = 'Accepted password for bob from 192.0.2.3 port 7 ssh2';
  const docker = JSON.stringify({ log: `Jan  1 10:00:00 web sshd[7]: ${accepted}\n`, stream: 'stdout', time: '2024-01-01T10:00:05.1Z' });
  const text = `2024-01-01T10:00:05.123456789Z stdout F Jan  1 10:00:00 web sshd[7]: ${accepted}\n${docker}\n`;
  expect(read(AUTH_LOG, text).map(({ event }) => event)).toMatchObject([
    { user_id: 'bob', host: 'web', timestamp: '2024-01-01T10:00:00Z' },
    { user_id: 'bob', host: 'web', timestamp: '2024-01-01T10:00:00Z' },
  ]);
  // sshd -e has no header of its own: the runtime's time is its.
  const context = { writtenMs: 0, zone: { name: 'UTC', offsetMinutes: () => 0 }, options: { program: 'sshd' } };
  const bare = `2024-01-01T10:00:05.5+01:00 stderr F ${accepted}\n${JSON.stringify({ log: `${accepted}\r\n`, time: '2024-01-01T10:00:05Z' })}\n`;
  expect(read(AUTH_LOG, bare, { context }).map(({ event }) => [event?.['user_id'], event?.['timestamp']])).toEqual([
    ['bob', '2024-01-01T09:00:05.5Z'],
    ['bob', '2024-01-01T10:00:05Z'],
  ]);
});
