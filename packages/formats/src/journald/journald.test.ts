import { parseJson } from '@daybook/protocol';
import { expect, it } from 'vitest';
import { recognise } from '../recognise.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { JOURNALD } from './journald.ts';

const entry = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    __CURSOR: 's=1;i=2',
    __REALTIME_TIMESTAMP: '1704103200000005',
    _HOSTNAME: 'web',
    _TRANSPORT: 'syslog',
    SYSLOG_IDENTIFIER: 'sshd',
    _PID: '7',
    _UID: '0',
    _AUDIT_LOGINUID: '4294967295',
    ...fields,
  });
const LOGIN = 'Accepted password for alice from 10.1.2.3 port 5 ssh2';

function one(fields: Readonly<Record<string, unknown>>): unknown {
  const [result] = read(JOURNALD, `${entry(fields)}\n`);
  return result?.event ?? result?.code;
}

it('reads entries', () => {
  expect(one({ MESSAGE: LOGIN })).toEqual({
    source_event_id: 's=1;i=2',
    timestamp: '2024-01-01T10:00:00.000005Z',
    actor_type: 'user',
    user_id: 'alice',
    auth_method: 'password',
    event_type: 'Accepted password',
    action: 'login',
    category: 'authentication',
    protocol: 'ssh',
    outcome: 'success',
    status_code: 'Accepted',
    resource: 'web',
    resource_type: 'host',
    host: 'web',
    ip_address: '10.1.2.3',
    attributes: { program: 'sshd', pid: '7', port: 5, _TRANSPORT: 'syslog', _UID: '0' },
  });
  expect(one({ MESSAGE: LOGIN, _SOURCE_REALTIME_TIMESTAMP: '1704103199999999' })).toMatchObject({
    timestamp: '2024-01-01T09:59:59.999999Z',
  });
  expect(one({ MESSAGE: [...Buffer.from(LOGIN)], _AUDIT_SESSION: '3' })).toMatchObject({ user_id: 'alice', session_id: '3' });
  expect(one({ MESSAGE: 'x', SYSLOG_IDENTIFIER: 'kernel' })).toBe('kernel');
  expect(one({ MESSAGE: null })).toBe('other_message');
});

it('believes no program that writes in the name of another', () => {
  expect(one({ MESSAGE: LOGIN, _COMM: 'logger', _UID: '1000' })).toBe('forged_sender');
  expect(one({ MESSAGE: 'x', SYSLOG_IDENTIFIER: 'backup', _COMM: 'logger' })).toBe('other_program');
});

it('reads the kernel’s audit records', () => {
  const MESSAGE = `USER_LOGIN pid=9 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct="bob" exe="/usr/sbin/sshd" hostname=? addr=10.1.2.3 terminal=ssh res=failed'`;
  expect(one({ _TRANSPORT: 'audit', _AUDIT_TYPE: '1112', _AUDIT_TYPE_NAME: 'USER_LOGIN', _AUDIT_ID: '88', MESSAGE })).toMatchObject({
    user_id: 'bob',
    ip_address: '10.1.2.3',
    outcome: 'failure',
    event_type: 'USER_LOGIN',
    host: 'web',
    source_event_id: 's=1;i=2',
    attributes: { audit_id: '88' },
  });
  expect(one({ _TRANSPORT: 'audit', _AUDIT_TYPE: '1327', MESSAGE: 'PROCTITLE proctitle=6C73' })).toBe('audit_fragment');
});

it('keeps no secret', () => {
  const MESSAGE = 'alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/mysql --password=hunter2';
  const made = read(JOURNALD, entry({ MESSAGE, SYSLOG_IDENTIFIER: 'sudo', _CMDLINE: 'sudo mysql --password=hunter2' }));
  expect(JSON.stringify(made)).not.toContain('hunter2');
  expect(made[0]?.event).toMatchObject({ user_id: 'alice', effective_user_id: 'root' });
});

it('reads pretty output, quarantines the rest, and is recognised', () => {
  const pretty = JSON.stringify(parseJson(entry({ MESSAGE: LOGIN })), null, '\t');
  expect(read(JOURNALD, pretty)[0]?.event).toMatchObject({ user_id: 'alice' });
  expect(recognise(pretty)?.name).toBe('journald');
  expect(recognise(entry({ MESSAGE: LOGIN }))?.name).toBe('journald');
  expect(read(JOURNALD, '{"a":1}\n{"MESSAGE":\n').map(({ code }) => code)).toEqual(['no_journal_entry', 'cut_off']);
});

it('holds wherever the input is cut, and never throws', () => {
  const input = `${entry({ MESSAGE: LOGIN })}\n${entry({ MESSAGE: 'x' })}\n`;
  expectCutsHold(JOURNALD, input);
  expectNeverThrows(JOURNALD, input, 100);
});

it('says whose session was removed, when its beginning was not read', () => {
  const entry = {
    __REALTIME_TIMESTAMP: '1704103200000000',
    _HOSTNAME: 'web',
    SYSLOG_IDENTIFIER: 'systemd-logind',
    _COMM: 'systemd-logind',
    MESSAGE: 'Removed session 5.',
    USER_ID: 'alice',
    SESSION_ID: '5',
  };
  const [{ event } = {}] = read(JOURNALD, `${JSON.stringify(entry)}\n`);
  expect(event).toMatchObject({ action: 'disconnect', user_id: 'alice', session_id: '5' });
  const [forged] = read(JOURNALD, `${JSON.stringify({ ...entry, _COMM: 'python3' })}\n`);
  expect(forged?.event?.['user_id']).toBeUndefined();
});

it('reads what the kernel says of records, once', () => {
  const avc =
    'apparmor="DENIED" operation="open" profile="snap.x" name="/etc/fstab" pid=3001 comm="x" requested_mask="r" denied_mask="r" fsuid=1000 ouid=0';
  const kernel = { _TRANSPORT: 'kernel', SYSLOG_IDENTIFIER: 'kernel', MESSAGE: `audit: type=1400 audit(1704103200.123:9): ${avc}` };
  const audit = {
    _TRANSPORT: 'audit',
    SYSLOG_IDENTIFIER: 'audit',
    _AUDIT_TYPE: '1400',
    _AUDIT_TYPE_NAME: 'AVC',
    _AUDIT_ID: '9',
    MESSAGE: `AVC ${avc}`,
  };
  const results = read(JOURNALD, [kernel, audit, audit, kernel, kernel].map((fields) => `${entry(fields)}\n`).join(''));
  expect(results.map(({ event, code }) => event?.['outcome'] ?? code)).toEqual([
    'denied',
    'audit_twice',
    'denied',
    'audit_twice',
    'denied',
  ]);
  expect(results[0]?.event).toMatchObject({
    event_type: 'AVC',
    resource: '/etc/fstab',
    host: 'web',
    source_event_id: 's=1;i=2',
    timestamp: '2024-01-01T10:00:00.123Z',
  });
  expect(read(JOURNALD, `${entry({ ...kernel, MESSAGE: 'usb 1-1: new' })}\n`)[0]?.code).toBe('kernel');
});
