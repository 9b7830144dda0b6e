import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recognise } from '../recognise.ts';
import { CONTEXT, expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8');
const FAILED = 'sshd[9]: Failed password for root from 10.1.2.3 port 5 ssh2';

it('makes of a whole file what the golden file says', async () => {
  const made = read(AUTH_LOG, fixture('auth.log')).map(({ text: _text, ...result }) => JSON.stringify(result));
  await expect(`${made.join('\n')}\n`).toMatchFileSnapshot(path.join(import.meta.dirname, 'fixtures', 'auth.golden.jsonl'));
});

it('counts repetitions in one event', () => {
  const input = [
    `Jan  1 10:00:00 web ${FAILED}`,
    'Jan  1 10:00:02 web sshd[9]: message repeated 2 times: [ Failed password for root from 10.1.2.3 port 5 ssh2]',
    `Jan  1 10:00:02 db ${FAILED}`,
    'Jan  1 10:00:05 web last message repeated 4 times',
    'Jan  1 10:00:05 mail last message repeated 4 times',
  ].join('\n');
  const made = read(AUTH_LOG, input);
  expect(made.map(({ event, code }) => [event?.['ip_address'] ?? code, Object(event?.['attributes']).repeated])).toEqual([
    ['10.1.2.3', undefined],
    ['10.1.2.3', 2],
    ['10.1.2.3', undefined],
    ['10.1.2.3', 4],
    ['repeats_unknown', undefined],
  ]);
  expect(made[3]?.event).toMatchObject({ host: 'web', timestamp: '2024-01-01T10:00:05Z' });
});

it('joins what lines of one process leave out', () => {
  const input = [
    'Jan  1 10:00:00 web sshd[9]: Accepted password for alice from 10.1.2.3 port 5 ssh2',
    'Jan  1 10:00:00 web sshd[9]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
    'Jan  1 10:00:00 web sshd[8]: pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
    'Jan  1 10:00:00 web sshd[9]: pam_unix(sshd:session): session closed for user bob',
    'Jan  1 10:00:01 web sftp-server[11]: session opened for local user alice from [10.1.2.3]',
    'Jan  1 10:00:01 web sftp-server[11]: close "/a" bytes read 1 written 0',
    'Jan  1 10:00:01 web sftp-server[11]: session closed for local user alice from [10.1.2.3]',
    'Jan  1 10:00:02 web sftp-server[11]: close "/a" bytes read 1 written 0',
    'Jan  1 10:00:02 web su[12]: pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)',
    'Jan  1 10:00:02 web su[12]: pam_unix(su:session): session closed for user root',
    'Jan  1 10:00:02 web systemd-logind[1]: New session 5 of user alice.',
    'Jan  1 10:00:02 web systemd-logind[1]: Removed session 5.',
  ].join('\n');
  expect(
    read(AUTH_LOG, input).map(({ event }) => [event?.['user_id'], event?.['ip_address'], Object(event?.['attributes']).joined]),
  ).toEqual([
    ['alice', '10.1.2.3', undefined],
    ['alice', '10.1.2.3', ['ip_address']],
    ['alice', undefined, undefined],
    ['bob', undefined, undefined],
    ['alice', '10.1.2.3', undefined],
    ['alice', '10.1.2.3', ['user_id', 'ip_address']],
    ['alice', '10.1.2.3', undefined],
    [undefined, undefined, undefined],
    ['alice', undefined, undefined],
    ['alice', undefined, ['user_id']],
    ['alice', undefined, undefined],
    ['alice', undefined, ['user_id']],
  ]);
});

it('says which part of the time it guessed, and reads December in January', () => {
  const [made] = read(AUTH_LOG, `Dec 31 10:00:00 web ${FAILED}`);
  expect(made?.event).toMatchObject({ timestamp: '2023-12-31T10:00:00Z', attributes: { time_guessed: ['year', 'zone'] } });
});

it('quarantines what is no syslog line, and reads a file without headers when told whose it is', () => {
  expect(read(AUTH_LOG, 'rubbish\n-- Boot 1 --\n').map(({ result, code }) => [result, code])).toEqual([
    ['quarantine', 'no_syslog_line'],
    ['noise', 'journal_mark'],
  ]);
  const context = { ...CONTEXT, options: { program: 'sshd' } };
  const [made] = read(AUTH_LOG, 'Accepted password for alice from 10.1.2.3 port 5 ssh2\r\n', { context });
  expect(made?.event).toMatchObject({ user_id: 'alice', ip_address: '10.1.2.3' });
});

it('keeps no secret in the text', () => {
  const [made] = read(
    AUTH_LOG,
    'Jan  1 10:00:00 web sudo: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/curl -u bob:hunter2 https://x',
  );
  expect(JSON.stringify(made)).not.toContain('hunter2');
});

it('is recognised', () => {
  expect(recognise(`Jan  1 10:00:00 web ${FAILED}\n`)?.name).toBe('auth-log');
  expect(AUTH_LOG.recognise({ text: '', lines: ['2023-11-04 12:34:56.123 UTC [1] LOG:  x'], name: '' })).toBe(0);
});

it('holds wherever the input is cut, never throws, and takes no longer for long lines', () => {
  expectCutsHold(AUTH_LOG, `Jan  1 10:00:00 web ${FAILED}\nJan  1 10:00:01 web last message repeated 2 times\nübel\n`);
  expectNeverThrows(AUTH_LOG, fixture('auth.log').slice(0, 3000), 80);
});

it('reads files that FTP servers write themselves', () => {
  const stamp = 'Sat May 25 13:28:45 2013';
  const lines = [
    `${stamp} [pid 2] CONNECT: Client "10.1.2.3"`,
    `${stamp} [pid 2] [bob] FAIL LOGIN: Client "10.1.2.3"`,
    `${stamp} [pid 2] [alice] OK LOGIN: Client "10.1.2.3"`,
    `${stamp} [pid 2] [alice] OK DOWNLOAD: Client "10.1.2.3", "/home/a b.txt", 1024 bytes, 10.00Kbyte/sec`,
    `${stamp} [pid 2] [x] OK LOGIN: Client "6.6.6.6", "] FAIL LOGIN: Client "10.1.2.3"`,
    `${stamp} 1 10.1.2.3 1024 /home/a b.txt b _ o r alice ftp 0 * c`,
    `${stamp} 1 10.1.2.3 0 /in/x 1 6.6.6.6 9 /y b _ o r root ftp 0 * c b _ i r bob ftp 0 * i`,
    `${stamp} [pid 2] [alice] FTP response: Client "10.1.2.3", "226 done"`,
  ];
  const input = `${lines.join('\n')}\n`;
  expect(recognise(input)?.name).toBe('auth-log');
  const results = read(AUTH_LOG, input);
  for (const { event } of results.slice(0, -1))
    expect(event).toMatchObject({ ip_address: '10.1.2.3', timestamp: '2013-05-25T13:28:45Z', protocol: 'ftp' });
  const told = results.map(({ event }) =>
    event === undefined ? undefined : [event['action'], event['outcome'], event['user_id'], event['resource']],
  );
  expect(told).toEqual([
    ['connect', 'success', undefined, 'vsftpd'],
    ['login', 'failure', 'bob', 'vsftpd'],
    ['login', 'success', 'alice', 'vsftpd'],
    ['read', 'success', 'alice', '/home/a b.txt'],
    ['login', 'failure', 'x] OK LOGIN: Client "6.6.6.6", "', 'vsftpd'],
    ['read', 'success', 'alice', '/home/a b.txt'],
    ['create', 'failure', 'bob', '/in/x 1 6.6.6.6 9 /y b _ o r root ftp 0 * c'],
    undefined,
  ]);
});

it('reads lines of vsftpd.log that a collector sent on', () => {
  const [result] = read(AUTH_LOG, 'Jan  2 10:00:00 web vsftpd: Sat Jan  1 13:28:47 2024 [pid 2] [alice] OK LOGIN: Client "10.1.2.3"\n');
  expect(result?.event).toMatchObject({ action: 'login', outcome: 'success', user_id: 'alice', ip_address: '10.1.2.3', host: 'web' });
});
