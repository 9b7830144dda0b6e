import { expect, it } from 'vitest';
import { read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';
import { f } from './test-said.ts';

it('reads what account tools failed at, and groups without a number', () => {
  f('useradd', "failed adding user `bob', data deleted", 'create failure - -', { target_user_id: 'bob' });
  f('groupadd', 'failed to add group dev', 'create failure - -', { resource: 'dev', resource_type: 'group' });
  f('groupdel', 'failed to remove group dev from /etc/gshadow', 'delete failure - -', { resource: 'dev' });
  f('groupmod', 'group changed in /etc/gshadow (group dev, new name: ops)', 'update success - -', { resource: 'dev' });
});

it('reads what the settings of a desktop asked AccountsService for', () => {
  const by = 'request by system-bus-name::1.66 [gnome-control-center user-accounts pid:2101 uid:1000]: ';
  f('accounts-daemon', `${by}create user 'bob'`, 'create success 1000 -', { target_user_id: 'bob', category: 'iam' });
  f('accounts-daemon', `${by}set password and hint of user 'bob' (1001)`, 'update success 1000 -', { target_user_id: 'bob' });
  f('accounts-daemon', `${by}delete user 'bob' (1001)`, 'delete success 1000 -');
  f('accounts-daemon', 'started daemon version 23.13.9', 'noise account_tool');
});

it('reads jobs of Busybox’s crond', () => {
  f('crond', 'USER root pid  4711 cmd mysql -phunter2 run', 'execute success root -', { resource: 'mysql -p[redacted] run' });
  f('crond', 'wakeup dt=60', 'noise cron_notice');
});

it('reads sudo’s failures that are no refusals', () => {
  const on = 'TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls';
  f('sudo', '   bob : auth could not identify password for [bob]', 'execute failure bob -');
  f('sudo', '   bob : conversation failed', 'execute failure bob -');
  f('sudo', `   bob : unable to open /run/sudo/ts/bob: Read-only file system ; ${on}`, 'execute failure bob -');
  f('sudo', `   bob : unable to resolve host web ; ${on}`, 'execute unknown bob -');
  f('sudo-rs', `   bob : ${on}`, 'execute success bob -', { effective_user_id: 'root' });
});

it('hides nothing of a sudo line that has no command', () => {
  const line = 'Jan  1 10:00:00 web sudo: bob : problem with defaults entries ; TTY=pts/0 ; PWD=/home/bob ; USER=root ;';
  expect(read(AUTH_LOG, `${line}\n`).map(({ text }) => text)).toEqual([line]);
});
