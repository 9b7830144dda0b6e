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
