import type { MappingRow } from '../format.ts';

/** Fields of what programs say, whether a file or the journal kept it. */
export const AUTH_MAPPING: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: 'the stamp; year and zone are guessed when it has none, and `attributes.time_guessed` says so' },
  { record: '*', field: 'host', from: 'the host of the syslog line' },
  { record: '*', field: 'attributes.program, attributes.pid', from: 'the tag' },
  { record: '*', field: 'attributes.repeated', from: 'N of `message repeated N times` and `last message repeated N times`' },
  {
    record: 'sshd: Accepted, Failed, Postponed, Partial',
    field: 'user_id',
    from: 'the name behind `for`; `actor_type` is unknown when sshd says invalid user',
  },
  {
    record: 'sshd: Accepted, Failed, Postponed, Partial',
    field: 'ip_address, attributes.port',
    from: 'the address that sshd itself wrote; none when the client’s text makes it uncertain',
  },
  { record: 'sshd: Accepted, Failed, Postponed, Partial', field: 'auth_method', from: 'the method with its submethod' },
  {
    record: 'sshd: Accepted, Failed, Postponed, Partial',
    field: 'credential_id',
    from: 'fingerprint of the key; of a certificate its own, else its CA and serial',
  },
  {
    record: 'sshd: Accepted, Failed, Postponed, Partial',
    field: 'outcome',
    from: 'Accepted success, Failed failure; Postponed and Partial unknown',
  },
  { record: 'sshd: not allowed because, ROOT LOGIN REFUSED, drop connection', field: 'outcome', from: 'denied' },
  {
    record: 'sshd: Connection closed, reset, Disconnected, Received disconnect',
    field: 'outcome',
    from: 'failure before authentication, else success',
  },
  { record: 'sshd, sftp-server', field: 'user_id, ip_address', from: 'an earlier line of the same process; `attributes.joined` says so' },
  { record: 'sftp-server, internal-sftp', field: 'resource, method, bytes_out', from: 'path, operation, bytes read' },
  { record: 'pam_*: session opened, session closed', field: 'user_id, effective_user_id', from: 'who opened it, and whose it is' },
  { record: 'pam_*: authentication failure', field: 'user_id, ip_address', from: '`user=`, the last `rhost=`; of su and sudo `ruser=`' },
  { record: 'sudo', field: 'user_id, effective_user_id', from: 'the name before the colon, `USER=`' },
  { record: 'sudo', field: 'resource, resource_id', from: '`COMMAND=` to the end of the line with secrets masked, and its first word' },
  {
    record: 'sudo',
    field: 'outcome, reason',
    from: 'what stands before `TTY=`: passwords failure, the rest denied; success when nothing does',
  },
  { record: 'su, login, doas, pkexec, polkitd', field: 'user_id, effective_user_id, outcome', from: 'the message' },
  { record: 'systemd-logind', field: 'session_id, user_id', from: 'New session, Removed session (joined)' },
  {
    record: 'useradd, usermod, userdel, groupadd, gpasswd, passwd, chage …',
    field: 'target_user_id, resource',
    from: 'the account, and the group or account changed',
  },
  {
    record: 'dropbear, vsftpd (vsftpd.log, too), xferlog, proftpd, Pure-FTPd, ftpd, klogind, rshd, Webmin, xrdp, screensharingd',
    field: 'user_id, ip_address, outcome',
    from: 'the message; of an anonymous login no name',
  },
  {
    record: 'dovecot, postfix/smtpd, saslauthd, xinetd',
    field: 'user_id, ip_address, outcome',
    from: '`user=<…>` before the last `rip=`; `sasl_username=`, `HOST[ADDRESS]`; `[user=…]`; `from=`',
  },
  {
    record: 'audit, kernel, audispd: records of the audit system',
    field: 'everything',
    from: 'as auditd reads one record alone; what the kernel and the journal both say is taken once',
  },
  { record: 'cron, crontab', field: 'user_id, resource', from: '`(USER)`, `CMD (…)` or the crontab' },
];
