import { accountsFinding, accountsServiceFinding } from './accounts.ts';
import type { Finding, Message } from './claim.ts';
import { atFinding, cronFinding } from './cron.ts';
import { ftpdFinding, klogindFinding, pureFtpdFinding, rshdFinding, wrappedFinding } from './daemons.ts';
import { dropbearFinding, proftpdFinding, vsftpdFinding, xferlogFinding } from './file-servers.ts';
import { loginFinding } from './login.ts';
import { logindFinding } from './logind.ts';
import { dovecotFinding, saslauthdFinding, smtpdFinding, xinetdFinding } from './mail.ts';
import { pamText } from './pam.ts';
import { doasFinding, pkexecFinding, polkitFinding } from './polkit.ts';
import { cockpitFinding, screenLockFinding, screenSharingFinding, webminFinding, xrdpFinding } from './remote-admin.ts';
import { sftpFinding } from './sftp.ts';
import { sshdFinding } from './sshd.ts';
import { newgrpFinding, suFinding } from './su.ts';
import { sudoFinding } from './sudo.ts';

type Judge = (message: Message) => Finding;

const ACCOUNT_TOOLS = [
  'useradd', 'usermod', 'userdel', 'groupadd', 'groupmod', 'groupdel', 'gpasswd', 'passwd', 'chpasswd', 'chgpasswd', 'newusers', 'chage', 'chsh', 'chfn',
  'groupmems', 'vipw', 'vigr', 'pwconv', 'grpconv', 'adduser', 'addgroup', 'deluser',
] as const; // biome-ignore format: a word list

/** What PAM's modules run or call themselves when they log. */
const MODULES = ['unix_chkpwd', 'pam_duo', 'login_duo'] as const;

function moduleFinding({ program, text }: Message): Finding {
  return pamText({ module: program, service: program, type: 'auth', text });
}

/** Who says what about accesses. */
export const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['sshd', sshdFinding],
  ['sshd-session', sshdFinding],
  ['sshd-auth', sshdFinding],
  ['sftp-server', (message) => sftpFinding(message.text)],
  ['internal-sftp', (message) => sftpFinding(message.text)],
  ['sudo', sudoFinding],
  ['sudo-rs', sudoFinding],
  ['su', suFinding],
  ['su-l', suFinding],
  ['runuser', suFinding],
  ['runuser-l', suFinding],
  ['newgrp', newgrpFinding],
  ['sg', newgrpFinding],
  ['login', loginFinding],
  ['remote', loginFinding],
  ['systemd-logind', logindFinding],
  ['elogind-daemon', logindFinding],
  ['cron', cronFinding],
  ['crond', cronFinding],
  ['crontab', cronFinding],
  ['atd', atFinding],
  ['polkitd', polkitFinding],
  ['polkit-agent-helper-1', polkitFinding],
  ['pkexec', pkexecFinding],
  ['doas', doasFinding],
  ['dropbear', dropbearFinding],
  ['vsftpd', vsftpdFinding],
  ['xferlog', xferlogFinding],
  ['ftpd', ftpdFinding],
  ['in.ftpd', ftpdFinding],
  ['wu-ftpd', ftpdFinding],
  ['klogind', klogindFinding],
  ['kshd', klogindFinding],
  ['in.telnetd', wrappedFinding],
  ['in.rshd', rshdFinding],
  ['rshd', rshdFinding],
  ['proftpd', proftpdFinding],
  ['pure-ftpd', pureFtpdFinding],
  ['webmin', webminFinding],
  ['usermin', webminFinding],
  ['xrdp-sesman', xrdpFinding],
  ['screensharingd', screenSharingFinding],
  ['xscreensaver', screenLockFinding],
  ['kcheckpass', screenLockFinding],
  ['accounts-daemon', accountsServiceFinding],
  ['cockpit-ws', cockpitFinding],
  ['cockpit-session', cockpitFinding],
  ['dovecot', dovecotFinding],
  ['smtpd', smtpdFinding],
  ['saslauthd', saslauthdFinding],
  ['xinetd', xinetdFinding],
  ...MODULES.map((name) => [name, moduleFinding] as const),
  ...ACCOUNT_TOOLS.map((name) => [name, accountsFinding] as const),
]);

/** The names that these call themselves by, in lower case. */
export const AUTH_PROGRAMS: readonly string[] = [...JUDGES.keys()];

/** Programs that write into the same files, and tell of no access. Others are counted together, for whoever may log may call himself anything. */
const QUIET = new Set([
  'kernel', 'systemd', 'systemd-user', 'rsyslogd', 'syslogd', 'syslog-ng', 'systemd-journald', 'systemd-networkd', 'systemd-resolved', 'systemd-timesyncd',
  'systemd-udevd', 'systemd-machined', 'dbus-daemon', 'dbus', 'networkmanager', 'dhclient', 'dhcpd', 'ntpd', 'chronyd', 'anacron', 'run-parts', 'postfix',
  'named', 'snapd', 'containerd', 'dockerd', 'docker', 'cloud-init', 'auditd', 'gnome-keyring-daemon', 'gdm', 'lightdm', 'sddm', 'seahorse', 'smartd', 'snmpd',
  'haproxy', 'keepalived', 'fail2ban', 'puppet-agent', 'cockpit-tls', 'realmd', 'sssd', 'nslcd', 'winbindd', 'smbd', 'logger', 'realm',
  'qmgr', 'pickup', 'cleanup', 'mtp-probe', 'thermald', 'rtkit-daemon', 'packagekit', 'firewalld', 'multipathd', 'udisksd',
]); // biome-ignore format: a word list

export function quietCode(program: string): string {
  if (program === '') return 'no_program';
  return QUIET.has(program) ? program.replace(/[^a-z]/g, '_') : 'other_program';
}

/** The program's name in a tag: without path, brackets and what stands in parentheses; in lower case, for cron calls itself CRON when it runs something. */
export function programOf(tag: string): string {
  const bare = tag.startsWith('(') ? tag.slice(1) : tag;
  const paren = bare.indexOf('(');
  const named = paren > 0 ? bare.slice(0, paren) : bare;
  return named
    .slice(named.lastIndexOf('/') + 1)
    .replace(/[\])]+$/, '')
    .toLowerCase();
}
