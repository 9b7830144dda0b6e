import { expect, it } from 'vitest';
import { AUTH_LOG } from '../auth-log/auth-log.ts';
import { read } from '../test-formats.ts';
import { AUDITD } from './auditd.ts';

const LOGIN = `pid=7 uid=0 auid=1000 ses=5 msg='op=login id=1000 exe="/usr/sbin/sshd" hostname=192.0.2.3 addr=192.0.2.3 terminal=/dev/pts/0 res=success'`;
const short = (format: typeof AUDITD, lines: readonly string[]) =>
  read(format, lines.map((line) => `Jan  1 10:00:00 web ${line}\n`).join('')).map(({ event, result, code }) =>
    event === undefined
      ? `${result} ${code ?? ''}`
      : [event['event_type'], event['outcome'], event['user_id'], event['ip_address'], event['host']]
          .map((value) => (typeof value === 'string' ? value : '-'))
          .join(' '),
  );

it('reads what journalctl shows of records', () => {
  const lines = [
    `audit[7]: USER_LOGIN ${LOGIN}`,
    'audit: UNKNOWN[1420] subj_apparmor=unconfined',
    'audit: PATH item=0 name="/a"',
    'audit: <audit-1334> x',
  ];
  const expected = ['USER_LOGIN success 1000 192.0.2.3 web', 'noise audit_fragment', 'noise audit_fragment'];
  expect(short(AUDITD, lines)).toEqual([...expected, 'quarantine no_audit_record']);
  expect(short(AUTH_LOG, lines)).toEqual([...expected, 'noise other_program']);
});

it('reads records among the lines of other programs', () => {
  const avc =
    'apparmor="DENIED" operation="open" profile="snap.x" name="/etc/fstab" pid=3001 comm="x" requested_mask="r" denied_mask="r" fsuid=1000 ouid=0';
  expect(
    short(AUTH_LOG, [
      `kernel: [   12.345678] audit: type=1400 audit(1704103200.123:9): ${avc}`,
      `audispd: node=db type=USER_LOGIN msg=audit(1704103200.123:10): ${LOGIN}`,
      'kernel: usb 1-1: new device',
    ]),
  ).toEqual(['AVC denied 1000 - web', 'USER_LOGIN success 1000 192.0.2.3 db', 'noise kernel']);
});

it('takes once what the kernel and the journal both say, each time', () => {
  const both = [`kernel: audit: type=1112 audit(1704103200.123:9): ${LOGIN}`, `audit[7]: USER_LOGIN ${LOGIN}`];
  const once = ['USER_LOGIN success 1000 192.0.2.3 web', 'noise audit_twice'];
  expect(short(AUTH_LOG, [...both, ...both])).toEqual([...once, ...once]);
  expect(short(AUTH_LOG, [`audit[7]: USER_LOGIN ${LOGIN}`, `audit[7]: USER_LOGIN ${LOGIN}`])).toEqual([once[0], once[0]]);
});

it('keeps no secret of a command', () => {
  const line = `Jan  1 10:00:00 web audit[7]: USER_CMD pid=7 uid=1000 auid=1000 ses=5 msg='cwd="/" cmd=6D7973716C202D7068756E74657232 exe="/usr/bin/sudo" terminal=pts/0 res=success'\n`;
  for (const format of [AUTH_LOG, AUDITD]) {
    const [result] = read(format, line);
    expect(result?.event?.['resource']).toBe('mysql -p[redacted]');
    expect(result?.text).not.toContain('68756E74657232');
  }
});
