import { expect, it } from 'vitest';
import { formatOf, judgeOf, takesWholeLine } from './programs.ts';

const own = new Map<string, string>();

it('gives auth-log every program that it can read', () => {
  for (const program of [
    'sshd',
    'webmin',
    'pure-ftpd',
    'screensharingd',
    'saslauthd',
    '/usr/sbin/crond',
    'sshd(pam_unix)',
    'postfix/smtpd',
    'CRON',
    'gdm-password',
  ])
    expect([program, judgeOf(program, own)]).toEqual([program, 'auth-log']);
  expect(judgeOf('frobnicator', own)).toBeUndefined();
});

it('tells Apache’s errors, which have no time of their own in syslog, from its accesses', () => {
  expect(formatOf('apache', '[authz_core:error] [pid 12] [client 192.0.2.3:1] AH01630: client denied')).toBe('apache-error');
  expect(formatOf('apache', '[error] [client 192.0.2.3] File does not exist: /x')).toBe('apache-error');
  expect(formatOf('apache', '[Sat Jun 01 10:00:01 2024] [error] [client 192.0.2.3] x')).toBe('apache-error');
  expect(formatOf('apache', '192.0.2.3 - - [01/Jun/2024:10:00:01 +0200] "GET / HTTP/1.1" 200 12')).toBe('apache-access');
  expect(takesWholeLine('apache-error')).toBe(true);
});
