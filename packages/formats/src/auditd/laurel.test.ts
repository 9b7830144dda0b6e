import { expect, it } from 'vitest';
import { recognise } from '../recognise.ts';
import { expectNeverThrows, read } from '../test-formats.ts';
import { AUDITD } from './auditd.ts';

const WHO =
  '"ppid":1,"pid":7,"auid":1000,"uid":0,"gid":0,"euid":0,"tty":"pts0","ses":5,"comm":"cat","exe":"/usr/bin/cat","key":"k","ARCH":"x86_64","AUID":"alice","UID":"root","EUID":"root"';
const EXEC = `{"ID":"1704103200.123:9","NODE":"web","SYSCALL":{"arch":"0xc000003e","syscall":59,"success":"yes","exit":0,"items":2,${WHO},"SYSCALL":"execve","PPID":{"EVENT_ID":"1.1:1","comm":"bash"}},"EXECVE":{"argc":2,"ARGV":["cat","/etc/a \\"b\\""]},"CWD":{"cwd":"/root"},"PATH":[{"item":0,"name":"/usr/bin/cat","nametype":"NORMAL"}],"PROCTITLE":{"ARGV":["cat","x"]},"PARENT_INFO":{"ID":"x"}}\n`;
const OPEN = `{"ID":"1704103200.123:10","SYSCALL":{"arch":"0xc000003e","syscall":257,"success":"no","exit":-13,"a0":"0xffffff9c","a2":"0x0","items":1,${WHO},"SYSCALL":"openat"},"CWD":{"cwd":"/"},"PATH":[{"item":0,"name":"/etc/shadow","nametype":"NORMAL"}]}\n`;
const CONNECT = `{"ID":"1704103200.123:11","SYSCALL":{"arch":"0xc000003e","syscall":42,"success":"yes","exit":0,${WHO},"SYSCALL":"connect"},"SOCKADDR":[{"saddr":"020001BBCB0071050000000000000000","SADDR":{"saddr_fam":"inet","laddr":"203.0.113.5","lport":443}}]}\n`;
const LOGIN = `{"ID":"1704103200.123:12","NODE":"web","USER_LOGIN":{"pid":7,"uid":0,"auid":4294967295,"ses":4294967295,"op":"login","acct":"root","exe":"/usr/sbin/sshd","hostname":"?","addr":"192.0.2.3","terminal":"ssh","res":"failed","UID":"root","AUID":"unset"}}\n`;

it('reads events of LAUREL', () => {
  const text = EXEC + OPEN + CONNECT + LOGIN;
  expect(recognise(text)?.name).toBe('auditd');
  expect(read(AUDITD, text).map(({ event }) => event)).toMatchObject([
    { event_type: 'SYSCALL', action: 'execute', user_id: 'alice', effective_user_id: 'root', host: 'web', resource: 'cat /etc/a "b"', timestamp: '2024-01-01T10:00:00.123Z', source_event_id: 'web:1704103200.123:9' },
    { action: 'read', outcome: 'denied', status_code: 'EACCES', resource: '/etc/shadow' },
    { action: 'connect', outcome: 'success', resource: '203.0.113.5:443' },
    { event_type: 'USER_LOGIN', outcome: 'failure', user_id: 'root', ip_address: '192.0.2.3', host: 'web' },
  ]); // biome-ignore format: a table
});

it('keeps no secret of a command, and takes no other object for an event', () => {
  const [result] = read(AUDITD, EXEC.replace('["cat","/etc/a \\"b\\""]', '["mysql","-phunter2"]'));
  expect(result?.event?.['resource']).toBe('mysql -p[redacted]');
  expect(result?.text).not.toContain('hunter2');
  expect(read(AUDITD, '{"ID":"x"}\n{"ID":"1.1:1","OTHER":{}}\n{\n').map(({ code }) => code)).toEqual(Array(3).fill('no_audit_record'));
  expectNeverThrows(AUDITD, EXEC + OPEN);
});

it('believes no field that stands within another', () => {
  const forged = LOGIN.replace('"acct":"root"', JSON.stringify({ acct: "x addr=10.0.0.1 msg='acct=y" }).slice(1, -1)).replace(
    '"addr"',
    '"laddr":"a","addr"',
  );
  const [{ event } = {}] = read(AUDITD, forged);
  expect(event).toMatchObject({ user_id: "x addr=10.0.0.1 msg='acct=y", ip_address: '192.0.2.3' });
});
