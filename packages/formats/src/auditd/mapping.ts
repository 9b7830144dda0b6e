import type { MappingRow } from '../format.ts';

export const AUDIT_MAPPING: readonly MappingRow[] = [
  { record: '*', field: 'timestamp, source_event_id', from: '`audit(time:serial)`, with the node before it where there is one' },
  { record: '*', field: 'host', from: '`node=`, or the host of the syslog line' },
  { record: '*', field: 'event_type', from: 'the type of the record that says what happened' },
  { record: '*', field: 'user_id', from: '`auid` with the name that auditd looked up; before a login `uid`, and `actor_type` is system' },
  { record: '*', field: 'effective_user_id', from: '`euid` where it differs from who logged in' },
  { record: '*', field: 'session_id', from: '`ses`' },
  { record: 'SYSCALL, URINGOP', field: 'method, action, category', from: 'the name of the system call, of its number and `arch`' },
  { record: 'SYSCALL', field: 'outcome, status_code', from: '`success`; of a failure `exit`: EACCES and EPERM are denied' },
  { record: 'PATH, CWD', field: 'resource', from: 'the file made, deleted or used, made absolute by CWD' },
  { record: 'EXECVE, PROCTITLE', field: 'resource', from: 'the command with its arguments, secrets masked' },
  { record: 'SOCKADDR', field: 'resource, ip_address', from: 'address and port; `ip_address` of who connected to us' },
  {
    record: 'USER_*, CRED_*, GRP_AUTH',
    field: 'user_id, effective_user_id',
    from: '`acct`; of su and sudo the user who logged in, and `acct` in force',
  },
  { record: 'USER_*, CRED_*', field: 'ip_address, outcome', from: '`addr` or `hostname`, `res`' },
  { record: 'USER_CMD', field: 'resource', from: '`cmd`, decoded, secrets masked' },
  {
    record: 'ADD_USER, DEL_USER, ADD_GROUP, USER_MGMT, USER_CHAUTHTOK, ACCT_LOCK, ROLE_ASSIGN …',
    field: 'target_user_id, resource',
    from: '`acct`, `id` or `grp`',
  },
  {
    record: 'AVC, USER_AVC, APPARMOR_*, SECCOMP, FANOTIFY',
    field: 'outcome, resource, resource_type',
    from: 'the decision, `path` or `name`, `tclass`',
  },
  {
    record: 'CONFIG_CHANGE, SERVICE_*, SOFTWARE_UPDATE, KERN_MODULE, NETFILTER_CFG, BPF, MAC_*, DAEMON_*',
    field: 'resource, method',
    from: 'what was changed (of CONFIG_CHANGE the setting or the rule’s key), `op`',
  },
];
