import { expect, it } from 'vitest';
import { read } from '../test-formats.ts';
import { AUDITD } from './auditd.ts';

const ID = 'msg=audit(1704103200.123:9):';
const CALL = `type=SYSCALL ${ID} arch=c000003e syscall=257 success=no exit=-13 a0=ffffff9c a1=7f a2=0 items=1 ppid=1 pid=7 auid=1000 uid=1000 euid=1000 tty=pts0 ses=5 comm="cat" exe="/usr/bin/cat" key="k"`;
const PATH = `type=PATH ${ID} item=0 name="/etc/shadow" nametype=NORMAL`;
const TITLE = `type=PROCTITLE ${ID} proctitle="cat"`;
const events = (...lines: string[]) => read(AUDITD, `${lines.join('\n')}\n`);

it('knows Ubuntu’s numbers of contexts by what stands in them', () => {
  const subject = `type=UNKNOWN[1420] ${ID} subj_apparmor=unconfined`;
  const [whole, ...others] = events(CALL, subject, `type=UNKNOWN[1421] ${ID} obj_selinux=x`, PATH, TITLE);
  expect(whole?.event).toMatchObject({ event_type: 'SYSCALL', outcome: 'denied', resource: '/etc/shadow' });
  expect(others).toEqual([]);
  expect(events(subject)[0]?.code).toBe('audit_fragment');
  const ipe = `type=UNKNOWN[1420] ${ID} ipe_op=EXECUTE ipe_hook=BPRM_CHECK enforcing=1 path="/tmp/a" rule="DEFAULT action=DENY"`;
  expect(events(ipe)[0]?.event).toMatchObject({ event_type: 'IPE_ACCESS', resource: '/tmp/a' });
});

it('takes the whole path of what SELinux names by its last part', () => {
  const avc = (name: string) =>
    `type=AVC ${ID} avc:  denied  { read } for  pid=7 comm="cat" name="${name}" dev="dm-0" scontext=a tcontext=b tclass=file permissive=0`;
  expect(events(avc('shadow'), CALL, PATH, TITLE)[0]?.event).toMatchObject({
    outcome: 'denied',
    resource: '/etc/shadow',
    resource_id: '/etc/shadow',
  });
  expect(events(avc('adow'), CALL, PATH, TITLE)[0]?.event).toMatchObject({ resource: 'adow' });
});

it('says which setting was changed', () => {
  expect(events(`type=CONFIG_CHANGE ${ID} op=set audit_enabled=0 old=1 auid=1000 ses=5 res=1`)[0]?.event).toMatchObject({
    resource: 'audit_enabled',
    resource_type: 'audit-setting',
    method: 'set',
    user_id: '1000',
  });
  expect(events(`type=CONFIG_CHANGE ${ID} audit_pid=0 old=1200 auid=4294967295 ses=4294967295 res=1`)[0]?.event).toMatchObject({
    resource: 'audit_pid',
  });
  expect(events(`type=CONFIG_CHANGE ${ID} auid=1000 ses=5 op=add_rule key="k" list=4 res=1`)[0]?.event).toMatchObject({
    resource: 'k',
    resource_type: 'audit-rule',
  });
});

it('takes no notice that a policy was loaded for an access', () => {
  expect(
    events(
      `type=USER_AVC ${ID} pid=1 uid=0 auid=4294967295 ses=4294967295 subj=x msg='avc:  received policyload notice (seqno=2) exe="/usr/lib/systemd/systemd" sauid=0'`,
    )[0]?.code,
  ).toBe('audit_other');
});

it('keeps blanks within arguments that ausearch -i shows', () => {
  const id = 'msg=audit(01/01/2024 10:00:00.123:9) :';
  const [{ event } = {}] = events(
    `type=EXECVE ${id} argc=3 a0=cp a1=/tmp/a b a2=/srv`,
    `type=SYSCALL ${id} arch=x86_64 syscall=execve success=yes exit=0 ppid=1 pid=2 auid=bob uid=root euid=root tty=pts0 ses=5 comm=cp exe=/usr/bin/cp key=(null)`,
  );
  expect(event?.['resource']).toBe('cp /tmp/a b /srv');
});

it('names something for a decision that was cut off', () => {
  expect(events(`type=AVC ${ID} avc:  denied  { read } for  pid=1`)[0]?.event).toMatchObject({ outcome: 'denied', resource: 'avc' });
});
