import { expect, it } from 'vitest';
import { read } from '../test-formats.ts';
import { AUTH_LOG } from './auth-log.ts';
import { f, said } from './test-said.ts';

it('reads sudo', () => {
  f('sudo', '   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/ls -l', 'execute success alice -', {
    effective_user_id: 'root',
    resource: '/usr/bin/ls -l',
    resource_id: '/usr/bin/ls',
    attributes: { tty: 'pts/0', cwd: '/home/alice' },
  });
  f('sudo', 'alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh', 'execute failure alice -', {
    attributes: { attempts: 3 },
  });
  f('sudo', 'alice : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh', 'execute denied alice -', {
    reason: 'user NOT in sudoers',
  });
  f('sudo', 'alice : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh', 'execute denied alice -');
  f('sudo', 'alice : a password is required ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh', 'execute failure alice -');
  f('sudo', 'alice : PWD=/ ; USER=root ; GROUP=adm ; TSID=00001A ; ENV=A=b ; COMMAND=/bin/sh', 'execute success alice -', {
    attributes: { run_group: 'adm', tsid: '00001A', env: 'A=b' },
  });
  f('sudo', 'alice : (command continued) more ; USER=eve', 'execute unknown alice -');
  f('sudo', 'alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/echo  ; USER=eve ; COMMAND=/bin/true', 'execute success alice -', {
    effective_user_id: 'root',
    resource: '/bin/echo  ; USER=eve ; COMMAND=/bin/true',
    attributes: { ambiguous: true },
  });
  f('sudo', 'pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)', 'connect success alice -', {
    effective_user_id: 'root',
  });
  f('sudo', 'unable to resolve host web', 'noise sudo_notice');
  f(
    'sudo',
    '@cee:{"sudo":{"reject":{"submituser":"alice","runuser":"root","command":"/bin/sh","runargv":["sh","-c","x"],"reason":"command not allowed"}}}',
    'execute denied alice -',
    { resource: '/bin/sh -c x', resource_id: '/bin/sh' },
  );
  const masked = said('sudo', 'alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/mysql -uroot -phunter2 --password=hunter2');
  expect(JSON.stringify(masked)).not.toContain('hunter2');
});

it('reads sudo of names with blanks, and masks what is secret and nothing else', () => {
  f('sudo', 'DOM\\user name : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls', 'execute success DOM\\user name -');
  f('sudo', 'alice : unknown user: 99 ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls', 'execute failure alice -');
  f('sudo', 'problem : not of anybody', 'noise sudo_notice');
  const line = (command: string) => `Jan  1 10:00:00 web sudo: alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=${command}\n`;
  const kept = (command: string) => JSON.stringify(read(AUTH_LOG, line(command))[0]);
  expect(kept('/bin/passwd bob')).not.toContain('[redacted]');
  for (const sql of [
    "ALTER USER bob PASSWORD 'hunter2 and more'",
    "CREATE USER bob IDENTIFIED BY 'hunter2 and more'",
    'x --password="hunter2 and more"',
    `x --password="hunter2 ${'x'.repeat(2000)} and more"`,
  ])
    expect(kept(`/usr/bin/psql -c ${sql}`)).not.toMatch(/hunter2|and more/);
});

it('says who became whom, and who is himself again', () => {
  f('sudo', 'pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1001)', 'connect success 1001 -', {
    effective_user_id: 'root',
  });
  f('su', 'pam_unix(su:session): session closed for user root', 'disconnect success - -', {
    effective_user_id: 'root',
    actor_type: 'unknown',
  });
  f('su', 'pam_unix(su:session): session opened for user bob(uid=1002) by (uid=0)', 'connect success bob -');
});

it('reads su, login, doas, pkexec, polkit', () => {
  f('su', '(to root) alice on pts/0', 'login success alice -', { effective_user_id: 'root', attributes: { tty: 'pts/0' } });
  f('su', 'FAILED SU (to root) alice on pts/0', 'login failure alice -');
  f('su', 'Successful su for root by alice', 'login success alice -');
  f('su', '- /dev/pts/0 alice:root', 'login failure alice -');
  f('su', "'su root' failed for alice on /dev/pts/8", 'login failure alice -');
  f('su', 'BAD SU alice to root on /dev/pts/0', 'login failure alice -');
  f('login', 'pam_unix(login:session): session opened for user bob(uid=1) by LOGIN(uid=0)', 'login success bob -');
  f('login', "ROOT LOGIN  on '/dev/tty1'", 'login success root -', { attributes: { tty: '/dev/tty1' } });
  f(
    'sshd',
    'pam_krb5(sshd:auth): authentication failure; logname=bob uid=0 euid=0 tty=ssh ruser= rhost=10.1.2.3',
    'login failure bob 10.1.2.3',
  );
  f('newgrp', "user 'bob' (login 'bob' on pts/0) switched to group 'adm'", 'login success bob -', { resource: 'adm' });
  f('newgrp', "Invalid password for group 'adm' from 'bob'", 'login failure bob -', { resource: 'adm' });
  f('login', 'LOGIN ON tty1 BY alice', 'login success alice -');
  f('login', 'LOGIN ON pts/1 BY alice FROM 10.1.2.3', 'login success alice 10.1.2.3');
  f('login', 'ROOT LOGIN ON tty1', 'login success root -');
  f(
    'login',
    'FAILED LOGIN 1 FROM 10.1.2.3 FOR x FROM 6.6.6.6 FOR y, Authentication failure',
    'login failure x FROM 6.6.6.6 FOR y 10.1.2.3',
  );
  f('login', "FAILED LOGIN (1) on '/dev/tty1' FOR 'alice', Authentication failure", 'login failure alice -');
  f('login', 'TOO MANY LOGIN TRIES (5) FROM tty1 FOR alice, Authentication failure', 'login denied alice -');
  f('doas', 'alice ran command ls as root from /home/alice', 'execute success alice -', { effective_user_id: 'root', resource: 'ls' });
  f('doas', 'command not permitted for alice: ls', 'execute denied alice -');
  f('doas', 'failed auth for alice', 'execute failure alice -');
  f('pkexec', 'alice: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home] [COMMAND=/bin/ls x]', 'execute success alice -', {
    effective_user_id: 'root',
  });
  f(
    'pkexec',
    'alice: Error executing command as another user: Not authorized [USER=root] [TTY=unknown] [CWD=/] [COMMAND=/bin/ls]',
    'execute denied alice -',
  );
  const operator = 'authorization for action org.x for unix-process:1:2 [a (owned by unix-user:root)] (owned by unix-user:alice)';
  f('polkitd(authority=local)', `Operator of unix-session:2 FAILED to authenticate to gain ${operator}`, 'grant failure alice -');
  f(
    'polkitd',
    `Operator of unix-session:2 successfully authenticated as unix-user:root to gain TEMPORARY ${operator}`,
    'grant success alice -',
  );
});

it('reads PAM', () => {
  f('sshd', 'pam_unix(sshd:session): session opened for user alice by (uid=0)', 'connect success alice -');
  f('sshd', 'pam_unix(sshd:session): session closed for user alice', 'logout success alice -');
  f('gdm-password]', 'pam_unix(gdm-password:session): session opened for user alice(uid=1000) by (uid=0)', 'login success alice -');
  f('CRON', 'pam_unix(cron:session): session closed for user root', 'disconnect success root -');
  f(
    'sshd',
    'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.1.2.3  user=root',
    'login failure root 10.1.2.3',
  );
  f(
    'sshd',
    'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.1.2.3 ',
    'login failure - 10.1.2.3',
  );
  f(
    'vsftpd',
    'pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=6.6.6.6 rhost=10.1.2.3',
    'login failure x rhost=6.6.6.6 10.1.2.3',
  );
  f('sshd', 'PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=h.example  user=root', 'login failure root -', {
    attributes: { attempts: 2, client_host: 'h.example' },
  });
  f(
    'su',
    'pam_unix(su:auth): authentication failure; logname=alice uid=1000 euid=0 tty=pts/0 ruser=alice rhost=  user=root',
    'login failure alice -',
    { effective_user_id: 'root' },
  );
  f(
    'sshd',
    'pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.1.2.3 user=bob',
    'login success bob 10.1.2.3',
    { event_type: 'authentication success' },
  );
  f('sshd', 'pam_sss(sshd:account): Access denied for user bob: 6 (Permission denied)', 'login denied bob -');
  f('sshd', 'pam_faillock(sshd:auth): Consecutive login failures for user bob account temporarily locked', 'login denied bob -');
  f('sshd', 'pam_tally2(sshd:auth): user bob (1001) tally 6, deny 5', 'login denied bob -');
  f('sshd(pam_google_authenticator)', 'Accepted google_authenticator for bob', 'login success bob -', { mfa: true });
  f('sshd(pam_unix)', 'session opened for user bob by (uid=0)', 'connect success bob -');
  f('passwd', 'pam_unix(passwd:chauthtok): password changed for bob', 'update success - -', { target_user_id: 'bob', category: 'iam' });
  f('sshd', 'pam_unix(sshd:auth): check pass; user unknown', 'noise pam_other');
});

it('reads account tools', () => {
  f('useradd', 'new user: name=bob, UID=1001, GID=1001, home=/home/bob, shell=/bin/sh, from=/dev/pts/0', 'create success - -', {
    target_user_id: 'bob',
    category: 'iam',
  });
  f('usermod', "add 'bob' to group 'sudo'", 'grant success - -', { target_user_id: 'bob', resource: 'sudo', resource_type: 'group' });
  f('gpasswd', 'user bob added by root to group adm', 'grant success root -', { target_user_id: 'bob', resource: 'adm' });
  f('gpasswd', 'user bob removed by root from group adm', 'revoke success root -');
  f('userdel', "delete user 'bob'", 'delete success - -', { target_user_id: 'bob' });
  f('usermod', "change user 'bob' shell from '/bin/sh' to '/bin/bash'", 'update success - -');
  f('usermod', "lock user 'bob' password", 'update success - -');
  f('groupadd', 'group added to /etc/group: name=dev, GID=1002', 'create success - -', { resource: 'dev' });
  f('passwd', "password for 'bob' changed by 'root'", 'update success root -', { target_user_id: 'bob' });
  f('chage', 'changed password expiry for bob', 'update success - -');
  f('useradd', "failed adding user 'bob', data deleted", 'create failure - -');
});

it('reads sessions, cron and others', () => {
  f('systemd-logind', 'New session 5 of user alice.', 'connect success alice -', { session_id: '5' });
  f('systemd-logind', "New session '5' of user 'alice' with class 'user' and type 'tty'.", 'connect success alice -', { session_id: '5' });
  f('systemd-logind', 'Removed session 5.', 'disconnect success - -', { session_id: '5' });
  f('systemd-logind', 'New seat seat0.', 'noise systemd_logind');
  f('CRON', '(root) CMD (   cd / && run-parts --report /etc/cron.hourly)', 'execute success root -');
  f('crontab', '(alice) REPLACE (alice)', 'update success alice -', { category: 'config' });
  f('crontab', '(alice) AUTH (crontab command not allowed)', 'update denied alice -');
  f('cron', '(CRON) INFO (Running @reboot jobs)', 'noise cron_notice');
  f('dropbear', "Password auth succeeded for 'root' from 10.1.2.3:5", 'login success root 10.1.2.3');
  f('dropbear', "Pubkey auth succeeded for 'root' with ssh-ed25519 key SHA256:abc from 10.1.2.3:5", 'login success root 10.1.2.3', {
    credential_id: 'SHA256:abc',
  });
  f('dropbear', "Bad password attempt for 'root' from 10.1.2.3:5", 'login failure root 10.1.2.3');
  f('dropbear', 'Login attempt for nonexistent user from 10.1.2.3:5', 'login failure - 10.1.2.3');
  f('dropbear', 'Exit (root) from <10.1.2.3:5>: Disconnect received', 'disconnect success root 10.1.2.3');
  f(
    'dropbear',
    "Exit before auth from <10.1.2.3:5>: (user 'root', 3 fails): Max auth tries reached - user 'root'",
    'disconnect failure root 10.1.2.3',
  );
  f('vsftpd', '[alice] OK LOGIN: Client "10.1.2.3"', 'login success alice 10.1.2.3');
  f('vsftpd', '[x] FAIL LOGIN: Client "::ffff:10.1.2.3"', 'login failure x ::ffff:10.1.2.3');
  f('vsftpd', '[alice] OK DOWNLOAD: Client "10.1.2.3", "/a", 12 bytes, 1.2Kbyte/sec', 'read success alice 10.1.2.3', { bytes_out: 12 });
  f('proftpd', 'web (h.example[10.1.2.3]) - USER bob (Login failed): Incorrect password', 'login failure bob 10.1.2.3');
  f('proftpd', 'web (h.example[10.1.2.3]) - USER bob: Login successful.', 'login success bob 10.1.2.3');
  f('kernel', '[1] x', 'noise kernel');
  f('whatever', 'x', 'noise other_program');
});

it('reads what mail servers and super servers say of logins', () => {
  const peer = 'rip=10.1.2.3, lip=10.0.0.1, TLS, session=<a+b>';
  f(
    'dovecot',
    `imap-login: Login: user=<bob>, method=PLAIN, rip=10.1.2.3, lip=10.0.0.1, mpid=5, TLS, session=<a>`,
    'login success bob 10.1.2.3',
    {
      protocol: 'imap',
      auth_method: 'plain',
    },
  );
  f(
    'dovecot',
    `imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, ${peer}`,
    'login failure bob 10.1.2.3',
    {
      reason: 'Disconnected (auth failed, 1 attempts in 2 secs)',
    },
  );
  f(
    'dovecot',
    `pop3-login: Disconnected: user=<x>, method=PLAIN, rip=6.6.6.6, lip=1>, method=PLAIN, ${peer}`,
    'login failure x>, method=PLAIN, rip=6.6.6.6, lip=1 10.1.2.3',
  );
  f('dovecot', `imap-login: Disconnected: Inactivity: user=<Login: user=<root>>, ${peer}`, 'login failure Login: user=<root> 10.1.2.3');
  f('dovecot', `imap-login: Disconnected (no auth attempts in 0 secs): user=<>, ${peer}`, 'disconnect failure - 10.1.2.3', {
    actor_type: 'anonymous',
  });
  f('dovecot', 'imap(bob): Logged out in=1 out=2', 'noise dovecot');
  f('postfix/smtpd', 'warning: unknown[10.1.2.3]: SASL LOGIN authentication failed: UGFzc3dvcmQ6', 'login failure - 10.1.2.3');
  f(
    'postfix/smtpd',
    'warning: h.example[10.1.2.3]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=bob',
    'login failure bob 10.1.2.3',
  );
  f('postfix/smtpd', 'ABC12: client=h.example[10.1.2.3], sasl_method=PLAIN, sasl_username=bob', 'login success bob 10.1.2.3');
  f('postfix/smtpd', 'connect from h.example[10.1.2.3]', 'noise smtpd');
  f('saslauthd', 'do_auth         : auth failure: [user=a] [service=x] [realm=] [mech=pam] [reason=PAM auth error]', 'login failure a -');
  f('xinetd', 'START: telnet pid=4 from=::ffff:10.1.2.3', 'connect success - ::ffff:10.1.2.3', { resource: 'telnet' });
  f('xinetd', 'FAIL: telnet address from=10.1.2.3', 'connect denied - 10.1.2.3', { reason: 'address' });
  f('xinetd', 'EXIT: telnet status=0 pid=4 duration=1(sec)', 'noise xinetd_notice');
});

it('reads what modules say in words of their own', () => {
  f('sshd', "pam_krb5[12]: authentication succeeds for 'bob' (bob@EXAMPLE.COM)", 'login success bob -');
  f(
    'sshd',
    "pam_krb5[12]: authentication fails for 'bob' (bob@EXAMPLE.COM): Authentication failure (Decrypt integrity check failed)",
    'login failure bob -',
  );
  f('sshd', 'pam_ldap(sshd:auth): Authentication failure; user=bob', 'login failure bob -');
  f('sshd', 'pam_ldap: error trying to bind as user "uid=bob,dc=x" (Invalid credentials)', 'login failure uid=bob,dc=x -');
  f('sshd', 'pam_succeed_if(sshd:auth): error retrieving information about user x', 'login failure x -', { actor_type: 'unknown' });
  f('lightdm', 'pam_succeed_if(lightdm:auth): requirement "user ingroup nopasswdlogin" not met by user "bob"', 'noise pam_other');
  f('unix_chkpwd', 'password check failed for user (bob)', 'login failure bob -');
  f('unix_chkpwd', 'could not obtain user info (x)', 'login failure x -', { actor_type: 'unknown' });
  for (const program of ['sshd', 'pam_duo', 'login_duo']) {
    f(program, "Successful Duo login for 'bob' from 10.1.2.3", 'login success bob 10.1.2.3', { mfa: true });
    f(program, "Skipped Duo login for 'bob' from 10.1.2.3: Allowed by policy", 'login success bob 10.1.2.3', { mfa: false });
    f(program, "Aborted Duo login for 'x' from 6.6.6.6: y' from 10.1.2.3: no", "login denied x' from 6.6.6.6: y 10.1.2.3");
  }
  f('pkexec', 'pam_unix(polkit-1:session): session opened for user root(uid=0) by (uid=1000)', 'connect success 1000 -', {
    effective_user_id: 'root',
  });
});

it('reads older and other systems', () => {
  f('systemd-logind', 'New session 1 of user root with class "user" and type "tty".', 'connect success root -', { session_id: '1' });
  f('vsftpd', '[pid 4] [bob] OK LOGIN: Client "10.1.2.3"', 'login success bob 10.1.2.3');
  f('sshd', 'pam_unix(sshd:auth): bad username [  ]', 'login failure - -');
  f('usermod', "add `bob' to group `wheel'", 'grant success - -', { target_user_id: 'bob', resource: 'wheel' });
  f('userdel', "delete user `bob'", 'delete success - -', { target_user_id: 'bob' });
  f('passwd', "password for `bob' changed by `root'", 'update success root -', { target_user_id: 'bob' });
  f('gpasswd', 'add member bob to group sudo by root', 'grant success root -', { target_user_id: 'bob', resource: 'sudo' });
  f('login', 'ROOT LOGIN (root) ON ttyv0', 'login success root -');
  f('login', '3 LOGIN FAILURES FROM 10.1.2.3, bob', 'login failure bob 10.1.2.3');
  f('login', '1 LOGIN FAILURE ON ttyv0', 'login failure - -');
  f('login', 'LOGIN bob REFUSED (HOST) FROM 10.1.2.3 ON TTY ttyp0', 'login denied bob 10.1.2.3');
  f('su', 'FAILED SU (to a b) bob on pts/0', 'login failure bob -', { effective_user_id: 'a b' });
  f('dropbear', "Pubkey auth succeeded for 'bob' with key md5 aa:bb from 10.1.2.3:5", 'login success bob 10.1.2.3', {
    credential_id: 'md5 aa:bb',
  });
  f('CRON', '(root) CMD (   cd / && run-parts /x)', 'execute success root -', { resource: 'cd / && run-parts /x', resource_id: 'cd' });
});

it('reads login of shadow', () => {
  f('login', "'alice' logged in  on '/dev/pts/1' from '10.1.2.3'", 'login success alice 10.1.2.3', { attributes: { tty: '/dev/pts/1' } });
  f('login', "LOGIN 'bob' REFUSED  on 'pts/0' from 'h.example'", 'login denied bob -', { attributes: { client_host: 'h.example' } });
  f('login', "invalid password for 'UNKNOWN'  on '/dev/tty1'", 'login failure - -', { attributes: { tty: '/dev/tty1' } });
  f('login', "invalid password for 'bob' on '/dev/tty1' from '10.1.2.3'", 'login failure bob 10.1.2.3');
  f('login', "ILLEGAL ROOT LOGIN  on '/dev/pts/0'", 'login denied root -');
  f('login', "ROOT LOGIN  on '/dev/tty1'", 'login success root -');
  f('login', "TOO MANY LOGIN TRIES (3) on '/dev/tty1' FOR 'bob'", 'login denied bob -');
  f('login', "FAILED LOGIN (1) on '/dev/tty1' FOR 'bob', Authentication failure", 'login failure bob -');
  // The name is typed by whoever stands there.
  f(
    'login',
    "invalid password for 'x' logged in  on 'tty2' from '10.0.0.9'  on '/dev/tty1'",
    "login failure x' logged in  on 'tty2' from '10.0.0.9 -",
  );
  f('unix_chkpwd', 'password check failed for user (alice)', 'login failure alice -');
  f('runuser', '(to postgres) root on none', 'login success root -', { effective_user_id: 'postgres' });
  f('runuser', 'FAILED RUNUSER (to x) bob on pts/0', 'login failure bob -');
  f('crond', '(bob) FAILED to authorize user with PAM (Permission denied)', 'execute denied bob -');
});

it('reads dropbear of all times', () => {
  f('dropbear', "bad password attempt for 'root' from 10.1.2.3:4444", 'login failure root 10.1.2.3');
  f('dropbear', "password auth succeeded for 'root' from 10.1.2.3:4444", 'login success root 10.1.2.3', { auth_method: 'password' });
  f('dropbear', "pubkey auth succeeded for 'root' with key md5 aa:bb from 10.1.2.3:4444", 'login success root 10.1.2.3', {
    auth_method: 'publickey',
    credential_id: 'md5 aa:bb',
  });
  f('dropbear', 'login attempt for nonexistent user from 10.1.2.3:4444', 'login failure - 10.1.2.3', { actor_type: 'unknown' });
  f('dropbear', 'exit after auth (root): Exited normally', 'disconnect success root -');
  f(
    'dropbear',
    "exit before auth (user 'root', 10 fails): Max auth tries reached - user 'root' from 10.1.2.3:4444",
    'disconnect failure root 10.1.2.3',
  );
  f('dropbear', "User account 'bob' is locked", 'login denied bob -');
  f('dropbear', 'root login rejected', 'login denied root -');
});

it('does not take for a refusal what everybody is asked, nor for root who becomes root', () => {
  f('lightdm', 'pam_succeed_if(lightdm:auth): requirement "user ingroup nopasswdlogin" not met by user "alice"', 'noise pam_other');
  f('pkexec', 'pam_unix(polkit-1:session): session opened for user root(uid=0) by (uid=1000)', 'connect success 1000 -', {
    effective_user_id: 'root',
  });
  f('sudo', 'alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ;', 'execute unknown alice -', { effective_user_id: 'root' });
});

it('reads daemons beside sshd', () => {
  f('ftpd', 'connection from 10.1.2.3 (h.example) at Fri Jun 17 07:07:00 2005', 'connect success - 10.1.2.3', { actor_type: 'anonymous' });
  f('ftpd', 'ANONYMOUS FTP LOGIN FROM 10.1.2.3,  (anonymous)', 'login success - 10.1.2.3', { actor_type: 'anonymous' });
  f('ftpd', 'FTP LOGIN FROM h.example [10.1.2.3], bob', 'login success bob 10.1.2.3');
  f('ftpd', 'failed login from h.example [10.1.2.3]', 'login failure - 10.1.2.3', { actor_type: 'unknown' });
  f('klogind', 'Authentication failed from 10.1.2.3 (10.1.2.3): Permission denied in replay cache code', 'login failure - 10.1.2.3');
  f('klogind', 'Kerberos authentication failed', 'noise kerberos_login');
  f('xinetd', 'START: telnet pid=123 from=10.1.2.3', 'connect success - 10.1.2.3', { resource: 'telnet' });
  f('xinetd', 'FAIL: telnet address from=10.1.2.3', 'connect denied - 10.1.2.3', { reason: 'address' });
  f('in.telnetd', 'refused connect from h(10.1.2.3)', 'connect denied - 10.1.2.3');
  f('rshd', "eve@10.1.2.3 as root: cmd='ls'", 'execute success root 10.1.2.3', { attributes: { remote_user: 'eve' } });
  f('rshd', "eve@10.1.2.3 as root: permission denied. cmd='ls'", 'execute denied root 10.1.2.3');
  f('sshd', 'pam_lastlog(sshd:account): user bob inactive for 95 days - denied', 'login denied bob -');
  f(
    'sshd',
    "pam_krb5[123]: authentication fails for 'bob' (bob@EX.COM): Authentication failure (Preauthentication failed)",
    'login failure bob -',
  );
});

it('reads what tools say of accounts', () => {
  f('gpasswd', 'root failed to add user bob to group docker: no such group', 'grant failure root -', {
    target_user_id: 'bob',
    resource: 'docker',
  });
  f('usermod', "change admin 'bob' to 'rob' in shadow group 'x'", 'update success - -', { target_user_id: 'bob' });
  f('passwd', 'incorrect password for bob', 'update failure bob -');
  f('vipw', 'file /etc/passwd edited', 'update success - -');
});

it('knows login by the name that it once had', () => {
  const [result] = read(AUTH_LOG, 'Jun 15 04:06:18 combo  -- root[2421]: ROOT LOGIN ON tty2\n');
  expect(result?.event).toMatchObject({ action: 'login', outcome: 'success', user_id: 'root', attributes: { tty: 'tty2' } });
});
