import { AUTH_PROGRAMS } from '@daybook/formats';

/**
 * Which format judges what a program says, by its tag. `none`: known not to tell of accesses. A program that is in no table is noise by its own name.
 */
export type Judge = string;

/** Programs that say nothing of their own, and load PAM, whose modules speak in their names. */
const PAM_USERS = [
  'CRON', 'anacron', 'gdm', 'gdm-password', 'gdm-session-worker', 'lightdm', 'sddm', 'sddm-helper', 'kdm', 'xdm', 'systemd', 'systemd-user', 'elogind', 'pam_unix',
  'realmd', 'sssd', 'krb5_child', 'smbd', 'perl', 'auth', 'dovecot-auth',
]; // biome-ignore format: a word list

const FORMAT_OF: ReadonlyMap<string, Judge> = new Map([
  ...[...AUTH_PROGRAMS, ...PAM_USERS].map((program) => [program, 'auth-log'] as const),
  ['audit', 'auditd'],
  ['auditd', 'auditd'],
  ['audispd', 'auditd'],
  ['audisp-syslog', 'auditd'],
  ['nginx', 'nginx'],
  ['httpd', 'apache'],
  ['apache', 'apache'],
  ['apache2', 'apache'],
  ['postgres', 'pgaudit-stderr'],
  ['postgresql', 'pgaudit-stderr'],
  ['mysql-server_auditing', 'mariadb-audit'],
  ['mariadb-server_auditing', 'mariadb-audit'],
  ['percona-audit', 'mysql-audit'],
  ['vault', 'vault'],
  ['teleport', 'teleport'],
  ['kube-apiserver', 'kubernetes-audit'],
]);

/** Formats that take a whole syslog line, where what they need may stand in its header; others take the message alone. */
const WHOLE_LINE: ReadonlySet<string> = new Set(['auth-log', 'pgaudit-stderr', 'apache-error', 'mariadb-audit']);
/** Some write their own log under one name with their accesses: the line tells which it is. */
const ERROR_LINE =
  /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[|\[[A-Z][a-z]{2} |\[(?:[\w.-]{0,64}:)?(?:emerg|alert|crit|error|warn|notice|info|debug|trace\d)\] )/;

/** `nginx`, `apache`: access or error log, by how the message begins. */
export function formatOf(judge: Judge, message: string): string {
  if (judge === 'nginx') return ERROR_LINE.test(message) ? 'nginx-error' : 'nginx-access';
  if (judge === 'apache') return ERROR_LINE.test(message) ? 'apache-error' : 'apache-access';
  return judge;
}

export function takesWholeLine(format: string): boolean {
  return WHOLE_LINE.has(format);
}

/** The judge of a program: the operator's table first. `/usr/sbin/cron` is `cron`; PAM's `sshd(pam_unix)` is `sshd`. undefined: nobody's. */
export function judgeOf(program: string, own: ReadonlyMap<string, string>): Judge | undefined {
  const asked = own.get(program) ?? FORMAT_OF.get(program);
  if (asked !== undefined) return asked;
  const name = program.slice(program.lastIndexOf('/') + 1).replace(/[([].*$/, '');
  return own.get(name) ?? FORMAT_OF.get(name);
}

/** The kernel tells of accesses when no audit daemon takes its records: `audit: type=1100 audit(…): …`. */
export function kernelAudit(message: string): string | undefined {
  const at = message.indexOf('audit: type=');
  // Before it stands at the most the kernel's own time, `[   12.345678] `.
  return at >= 0 && at <= 20 ? message.slice(at + 'audit: '.length) : undefined;
}
