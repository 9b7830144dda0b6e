import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recognise } from '../recognise.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { AUDITD } from './auditd.ts';
import { socketAddress } from './sockaddr.ts';
import { syscallName } from './syscall-names.ts';

const fixture = readFileSync(path.join(import.meta.dirname, 'fixtures', 'audit.log'), 'utf8');
const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();

/** `action outcome user effective address resource` of each event, or its code. */
function short(input: string): string[] {
  return read(AUDITD, input).map(({ result, code, event }) =>
    event === undefined
      ? `${result} ${code ?? ''}`
      : ['action', 'outcome', 'user_id', 'effective_user_id', 'ip_address', 'resource']
          .map((name) => (typeof event[name] === 'string' ? event[name] : '-'))
          .join(' '),
  );
}

const IDS = 'ppid=1 pid=9 auid=1000 uid=1000 gid=1000 euid=1000 ses=3';

/** One event of a SYSCALL record and others. */
function call(number: number, rest: string, others: readonly string[] = []): string {
  const id = 'msg=audit(1704103200.100:7):';
  return [
    `type=SYSCALL ${id} arch=c000003e syscall=${number} ${rest} ${IDS} comm="x" exe="/bin/x" key=(null)`,
    ...others.map((text) => text.replace(' ', ` ${id} `)),
  ].join('\n');
}

/** One record of user space. */
const user = (type: string, inner: string, outer = 'pid=9 uid=0 auid=1000 ses=3') =>
  `type=${type} msg=audit(1704103200.100:7): ${outer} msg='${inner}'`;

it('takes the names that auditd looked up, also as rsyslog writes what separates them', () => {
  const who = (text: string) => read(AUDITD, text).map(({ event }) => event?.['user_id']);
  const command = (more: string) => user('USER_CMD', `cwd="/" cmd="id"${more} exe="/usr/bin/sudo" terminal=pts/0 res=success`);
  for (const separator of ['\u001D', '#035']) expect(who(`${command('')}${separator}UID="root" AUID="alice"`)).toEqual(['alice']);
  // Written by others: a file's name, a host's.
  const named = call(257, 'success=yes exit=3', ['type=PATH item=0 name="/tmp/x#035AUID=root" inode=1 nametype=NORMAL']);
  expect(who(named)).toEqual(['1000']);
  expect(who(call(257, 'success=yes exit=3', ['type=CWD cwd="/tmp/x#035AUID=root"']))).toEqual(['1000']);
  expect(who(command(' hostname=x#035AUID=root'))).toEqual(['1000']);
});

it('makes of a whole file what the golden file says', async () => {
  const made = read(AUDITD, fixture).map(({ text: _text, ...result }) => JSON.stringify(result));
  await expect(`${made.join('\n')}\n`).toMatchFileSnapshot(path.join(import.meta.dirname, 'fixtures', 'audit.golden.jsonl'));
});

it('puts mixed records together', () => {
  expect(short(fixture).filter((text) => /shadow|grep/.test(text))).toEqual([
    'read denied 1000 - - /etc/shadow',
    'execute success 1000 0 - grep two words /etc/passwd',
    'read denied - - - shadow',
  ]);
});

it('reads system calls', () => {
  const f = (input: string, expected: string) => expect(short(input)).toEqual([expected]);
  const path1 = 'PATH item=0 name="/srv/a" inode=1 nametype=';
  f(
    call(257, 'success=yes exit=3 a0=ffffff9c a1=7f a2=241 a3=1b6', ['type=CWD cwd="/"', `type=${path1}CREATE`]),
    'create success 1000 - - /srv/a',
  );
  f(call(2, 'success=yes exit=3 a0=7f a1=2', [`type=${path1}NORMAL`]), 'update success 1000 - - /srv/a');
  f(
    call(87, 'success=no exit=-1 a0=7f', ['type=PATH item=0 name="/srv/" nametype=PARENT', `type=${path1}DELETE`]),
    'delete denied 1000 - - /srv/a',
  );
  f(call(87, 'success=no exit=-2 a0=7f', [`type=${path1}UNKNOWN`]), 'delete failure 1000 - - /srv/a');
  f(
    call(82, 'success=yes exit=0', ['type=PATH item=2 name="/srv/old" nametype=DELETE', `type=${path1}CREATE`]),
    'update success 1000 - - /srv/old',
  );
  f(
    call(43, 'success=yes exit=4', ['type=SOCKADDR saddr=020000160A0102030000000000000000']),
    'connect success 1000 - 10.1.2.3 10.1.2.3:22',
  );
  f(
    call(42, 'success=no exit=-115', ['type=SOCKADDR saddr=0A0001BB0000000020010DB800000000000000000000000700000000']),
    'connect unknown 1000 - - [2001:db8::7]:443',
  );
  f(call(42, 'success=yes exit=0', [`type=SOCKADDR saddr=0100${hex('/run/x')}00`]), 'connect success 1000 - - /run/x');
  f(call(313, 'success=yes exit=0', ['type=KERN_MODULE name="evil"']), 'configure success 1000 - - evil');
  f(call(165, 'a0=1'), 'configure unknown 1000 - - /bin/x');
  f(
    call(257, `success=yes exit=3 a0=ffffff9c a2=0`, [`type=PATH item=0 name=${hex('/srv/a "b" ü')} nametype=NORMAL`]),
    'read success 1000 - - /srv/a "b" ü',
  );
});

it('reads what was said last of a program, and who it was about', () => {
  const f = (input: string, expected: string, fields: Readonly<Record<string, unknown>> = {}) => {
    expect(short(input)).toEqual([expected]);
    expect(read(AUDITD, input)[0]?.event).toMatchObject(fields);
  };
  const ssh = 'exe="/usr/sbin/sshd" hostname=10.1.2.3 addr=10.1.2.3 terminal=ssh res=';
  const unset = 'pid=9 uid=0 auid=4294967295 ses=4294967295';
  // As `ausearch -i` shows it.
  f(
    user('USER_AUTH', `op=PAM:authentication acct=x addr=6.6.6.6 res=success ${ssh.replaceAll('"', '')}failed`, unset),
    'login failure x - 10.1.2.3 /usr/sbin/sshd',
  );
  f(
    user('USER_CMD', `cwd=/ cmd=ls addr=6.6.6.6 res=success exe=/usr/bin/sudo terminal=pts/0 res=failed`),
    'execute failure 1000 - - ls addr=6.6.6.6 res=success',
  );
  f(user('USER_ERR', `op=PAM:bad_ident grantors=? acct="?" ${ssh}failed`, unset), 'login failure - - 10.1.2.3 /usr/sbin/sshd', {
    actor_type: 'unknown',
  });
  f(user('ANOM_LOGIN_FAILURES', `pam_faillock uid=1007 ${ssh}success`, unset), 'login denied 1007 - 10.1.2.3 /usr/sbin/sshd');
  f(user('RESP_ACCT_LOCK', `pam_faillock uid=1007 ${ssh}success`, unset), 'update success 0 - 10.1.2.3 1007', {
    target_user_id: '1007',
    category: 'iam',
  });
});

it('keeps no secret of a process beside what it did', () => {
  const title = hex('mysql\0-phunter2');
  const made = read(
    AUDITD,
    call(257, 'success=yes exit=3 a0=0 a2=0', ['type=PATH item=0 name="/srv/a" nametype=NORMAL', `type=PROCTITLE proctitle=${title}`]),
  );
  expect(made).toHaveLength(1);
  expect(JSON.stringify(made)).not.toContain(title);
  expect(
    JSON.stringify(
      read(AUDITD, `type=TTY msg=audit(1704103200.100:7): tty pid=1 uid=0 auid=1000 ses=3 comm="bash" data=${hex('mysql -phunter2\r')}\n`),
    ),
  ).not.toContain(hex('hunter2'));
});

it('reads records of programs', () => {
  const f = (input: string, expected: string) => expect(short(input)).toEqual([expected]);
  const ssh = 'exe="/usr/sbin/sshd" hostname=10.1.2.3 addr=10.1.2.3 terminal=ssh res=';
  const unset = 'pid=9 uid=0 auid=4294967295 ses=4294967295';
  f(user('USER_LOGIN', `op=login acct="alice" ${ssh}failed`, unset), 'login failure alice - 10.1.2.3 /usr/sbin/sshd');
  f(user('USER_LOGIN', `op=login id=1000 ${ssh}success`), 'login success 1000 - 10.1.2.3 /usr/sbin/sshd');
  f(
    user('USER_LOGIN', `op=login acct=${hex('a from 6.6.6.6 addr=6.6.6.6')} ${ssh}0`, unset),
    'login failure a from 6.6.6.6 addr=6.6.6.6 - 10.1.2.3 /usr/sbin/sshd',
  );
  f(user('USER_ACCT', `op=PAM:accounting acct="bob" ${ssh}failed`, unset), 'access denied bob - 10.1.2.3 /usr/sbin/sshd');
  f(
    user(
      'USER_AUTH',
      `PAM: authentication acct="bob" : exe="/usr/sbin/sshd" (hostname=10.1.2.3, addr=10.1.2.3, terminal=ssh res=success)`,
      unset,
    ),
    'login success bob - 10.1.2.3 /usr/sbin/sshd',
  );
  f(
    user('USER_AUTH', 'op=PAM:authentication acct="root" exe="/usr/bin/su" hostname=? addr=? terminal=pts/0 res=failed'),
    'login failure 1000 root - /usr/bin/su',
  );
  f(user('USER_END', `op=PAM:session_close acct="alice" ${ssh}success`), 'disconnect success alice - 10.1.2.3 /usr/sbin/sshd');
  f(user('USER_CMD', `cwd="/" cmd=${hex('ls -l')} terminal=pts/0 res=success`), 'execute success 1000 - - ls -l');
  f(
    user('ADD_USER', 'op=adding user id=1001 exe="/usr/sbin/useradd" hostname=? addr=? terminal=? res=success'),
    'create success 1000 - - 1001',
  );
  f(
    user('ADD_GROUP', 'op=add-group grp="dev" acct="dev" exe="/usr/sbin/groupadd" hostname=? addr=? terminal=? res=success'),
    'create success 1000 - - dev',
  );
  f(
    user('USER_CHAUTHTOK', 'op=PAM:chauthtok acct="bob" exe="/usr/bin/passwd" hostname=? addr=? terminal=pts/0 res=success'),
    'update success 1000 - - bob',
  );
  f(
    user('SERVICE_STOP', 'unit=auditd comm="systemd" exe="/lib/systemd/systemd" hostname=? addr=? terminal=? res=success', unset),
    'configure success 0 - - auditd',
  );
  f(
    user(
      'SOFTWARE_UPDATE',
      'sw="x-1.rpm" sw_type=rpm key_enforce=0 gpg_res=1 root_dir="/" comm="dnf" exe="/usr/bin/python3" hostname=? addr=? terminal=? res=success',
    ),
    'deploy success 1000 - - x-1.rpm',
  );
  f(user('CRYPTO_KEY_USER', `op=destroy kind=server ${ssh}success`), 'noise crypto_key_user');
});

it('reads what older and newer tools name in other places', () => {
  const f = (input: string, expected: string, fields: Readonly<Record<string, unknown>> = {}) => {
    expect(short(input)).toEqual([expected]);
    expect(read(AUDITD, input)[0]?.event).toMatchObject(fields);
  };
  const unset = 'user pid=9 uid=0 auid=4294967295';
  const old = ' exe="/usr/sbin/sshd" (hostname=?, addr=10.1.2.3, terminal=sshd res=failed)';
  f(user('USER_LOGIN', `acct=${hex('(unknown user)')}:${old}`, unset), 'login failure - - 10.1.2.3 /usr/sbin/sshd', {
    actor_type: 'unknown',
  });
  f(user('USER_LOGIN', `acct=${hex('a b')}:${old}`, unset), 'login failure a b - 10.1.2.3 /usr/sbin/sshd');
  f(user('USER_LOGIN', `acct="bob":${old}`, unset), 'login failure bob - 10.1.2.3 /usr/sbin/sshd');
  f(
    'type=LOGIN msg=audit(1704103200.100:7): login pid=9 uid=0 old auid=4294967295 new auid=500 old ses=4294967295 new ses=3',
    'connect success 500 - - session',
    { session_id: '3', actor_type: 'user' },
  );
  const tool = 'exe="/usr/sbin/usermod" hostname=? addr=? terminal=pts/0 res=';
  f(user('USER_MGMT', `op=add-user-to-group grp="wheel" acct="carol" ${tool}success`), 'grant success 1000 - - wheel', {
    target_user_id: 'carol',
    resource_type: 'group',
  });
  f(user('USER_MGMT', `op=deleting user from group grp="wheel" acct="carol" ${tool}failed`), 'revoke failure 1000 - - wheel');
  f(user('USER_CHAUTHTOK', `op=display aging info acct="carol" ${tool}success`), 'read success 1000 - - carol');
  f(
    call(59, 'success=no exit=-13 a0=1', ['type=PATH item=0 name="/opt/x" nametype=NORMAL', `type=PROCTITLE proctitle="-bash"`]),
    'execute denied 1000 - - /opt/x',
  );
  const group = read(AUDITD, user('ADD_GROUP', `op=add-group acct="dev" ${tool}success`))[0]?.event;
  expect(group).toMatchObject({ resource: 'dev', resource_type: 'group' });
  expect(group?.['target_user_id']).toBeUndefined();
});

it('reads decisions', () => {
  const id = 'msg=audit(1704103200.100:7):';
  const se = (rest: string) =>
    `type=AVC ${id} avc:  denied  { write } for  pid=1 comm="x" path="/srv/a" scontext=a tcontext=b tclass=file permissive=${rest}`;
  expect(short(se('0'))).toEqual(['update denied - - - /srv/a']);
  expect(short(se('1'))).toEqual(['update unknown - - - /srv/a']);
  expect(short(`${call(1, 'success=yes exit=1')}\n${se('1')}`)).toEqual(['update success 1000 - - /srv/a']);
  const armor =
    'apparmor="DENIED" operation="open" profile="/usr/sbin/x" name="/etc/shadow" pid=1 comm="x" requested_mask="r" denied_mask="r" fsuid=33 ouid=0';
  expect(short(`Jan  1 10:00:00 web kernel: [1.2] audit: type=1400 audit(1704103200.100:7): ${armor}`)).toEqual([
    'read denied 33 - - /etc/shadow',
  ]);
  expect(
    short(
      `type=SECCOMP ${id} auid=1000 uid=1000 gid=1000 ses=3 pid=1 comm="x" exe="/bin/x" sig=31 arch=c000003e syscall=101 compat=0 ip=0x7f code=0x80000000`,
    ),
  ).toEqual(['execute denied 1000 - - /bin/x']);
});

it('takes the address of the server, not the one that a name holds', () => {
  const line = user(
    'USER_LOGIN',
    'op=login acct="x" exe="/usr/sbin/sshd" hostname=addr=6.6.6.6 addr=10.1.2.3 terminal=ssh res=failed',
    'pid=9 uid=0 auid=4294967295',
  );
  expect(short(line)).toEqual(['login failure x - 10.1.2.3 /usr/sbin/sshd']);
});

it('keeps no secret, in whatever writing', () => {
  const inputs = [
    user('USER_CMD', `cwd="/" cmd=${hex('mysql --password=hunter2')} res=success`),
    call(59, 'success=yes exit=0', [
      `type=EXECVE argc=2 a0="mysql" a1="--password=hunter2"`,
      `type=PROCTITLE proctitle=${hex('mysql\0--password=hunter2')}`,
    ]),
  ];
  for (const input of inputs) {
    const made = JSON.stringify(read(AUDITD, input));
    expect(made).toContain('[redacted]');
    expect(made).not.toMatch(new RegExp(`hunter2|${hex('hunter2')}`));
  }
});

it('is bounded: late events and floods are given out', () => {
  const open = Array.from(
    { length: 3000 },
    (_, index) => `type=SYSCALL msg=audit(1704103200.100:${index}): arch=c000003e syscall=2 success=yes exit=3 ${IDS}`,
  );
  expect(short(open.join('\n'))).toHaveLength(3000);
  const many = Array.from({ length: 5000 }, () => 'type=PATH msg=audit(1704103200.100:7): item=0 name="/a" nametype=NORMAL');
  const made = read(AUDITD, [call(2, 'success=yes exit=3'), ...many].join('\n'));
  expect(made[0]?.event).toMatchObject({ attributes: { cut: true } });
  expect(made.reduce((sum, { line, lastLine }) => sum + lastLine - line + 1, 0)).toBe(5001);
});

it('knows the tables', () => {
  expect([
    syscallName('c000003e', 257),
    syscallName('c00000b7', 56),
    syscallName('40000003', 11),
    syscallName('c000003e', 9999),
    syscallName('0', 1),
  ]).toEqual(['openat', 'openat', 'execve', undefined, undefined]);
  expect(socketAddress('10000000')).toEqual({ family: 'netlink' });
  expect(socketAddress('zz')).toBeUndefined();
  expect(socketAddress('0A000016000000000000000000000000000000000000000100000000')?.address).toBe('::1');
  expect(socketAddress('0A00001600000000000000000000000000000000000000000000')?.address).toBe('::');
});

it('reads what ausearch prints, and syslog lines', () => {
  const printed = `----\ntype=PROCTITLE msg=audit(01/01/2024 10:00:00.100:7) : proctitle=cat /etc/shadow \ntype=SYSCALL msg=audit(01/01/2024 10:00:00.100:8) : arch=x86_64 syscall=openat success=no exit=EACCES(Permission denied) a0=AT_FDCWD auid=alice uid=alice euid=root ses=3 exe=/usr/bin/cat key=x \n`;
  expect(short(printed)).toEqual(['noise ausearch_mark', 'noise audit_fragment', 'read denied alice root - /usr/bin/cat']);
  const logged = `Jan  1 10:00:00 web audispd: node=web2 ${user('USER_LOGIN', 'op=login acct="alice" addr=10.1.2.3 res=success')}`;
  expect(read(AUDITD, logged)[0]?.event).toMatchObject({ host: 'web2', user_id: 'alice', source_event_id: 'web2:1704103200.100:7' });
});

it('reads dates as locales have them, commands with blanks and words for nobody', () => {
  const sudo = (date: string) =>
    `type=USER_CMD msg=audit(${date} 14:36:06.243:1) : pid=3 uid=alice auid=alice ses=2 msg='cwd=/ cmd=/bin/cat /etc/shadow exe=/usr/bin/sudo terminal=pts/0 res=success' `;
  for (const date of ['03/28/2013', '28/03/13', '28.03.2013', '2013-03-28'])
    expect(read(AUDITD, sudo(date))[0]?.event).toMatchObject({
      timestamp: '2013-03-28T14:36:06.243Z',
      resource: '/bin/cat /etc/shadow',
      user_id: 'alice',
    });
  const unknown = `type=USER_LOGIN msg=audit(03/28/2013 14:36:04.243:1) : pid=3 uid=root auid=unset ses=unset msg='op=login acct=(invalid user) exe=/usr/sbin/sshd hostname=? addr=10.1.2.3 terminal=sshd res=failed' `;
  expect(short(unknown)[0]).toBe(short(unknown.replace('(invalid user)', '28696E76616C6964207573657229'))[0]);
  expect(read(AUDITD, unknown)[0]?.event).toMatchObject({ actor_type: 'unknown', ip_address: '10.1.2.3', outcome: 'failure' });
});

it('says who asked, and what was let happen', () => {
  const asked = `type=USER_AVC msg=audit(1704103200.100:7): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='avc:  denied  { start } for auid=500 uid=500 gid=500 path="/x.service" scontext=a tcontext=b tclass=service exe="/usr/lib/systemd/systemd" sauid=0 hostname=? addr=? terminal=?'`;
  expect(read(AUDITD, asked)[0]?.event).toMatchObject({ user_id: '500', actor_type: 'user', outcome: 'denied' });
  const seccomp = (code: string) =>
    `type=SECCOMP msg=audit(1704103200.100:7): auid=500 uid=500 gid=500 ses=1 pid=9 comm="x" exe="/x" sig=0 arch=c000003e syscall=91 compat=0 ip=0x7f code=${code}`;
  expect(['0x7ffc0000', '0x50000'].map((code) => read(AUDITD, seccomp(code))[0]?.event?.['outcome'])).toEqual(['success', 'denied']);
});

it('quarantines what it does not know, is recognised, holds when cut, and never throws', () => {
  expect(short('type=NEW_THING msg=audit(1704103200.100:7): a=1\nrubbish')).toEqual([
    'quarantine unknown_audit_type',
    'quarantine no_audit_record',
  ]);
  expect(recognise(fixture)?.name).toBe('auditd');
  expectCutsHold(AUDITD, fixture.slice(0, 900));
  expectNeverThrows(AUDITD, fixture.slice(0, 4000), 80);
});
