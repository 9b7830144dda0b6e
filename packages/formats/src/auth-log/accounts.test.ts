import { it } from 'vitest';
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
