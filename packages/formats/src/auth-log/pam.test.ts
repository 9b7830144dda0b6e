import { describe, it } from 'vitest';
import { f } from './test-said.ts';

describe('modules of PAM', () => {
  it('refuse: denied, not failed', () => {
    f('sshd', 'pam_sss(sshd:auth): received for user bob: 6 (Permission denied)', 'login denied bob -');
    f('sshd', 'pam_sss(sshd:account): received for user bob: 13 (User account has expired)', 'login denied bob -');
    f('sshd', 'pam_sss(sshd:auth): received for user bob: 7 (Authentication failure)', 'login failure bob -');
    f('sshd', 'pam_ldap(sshd:account): Permission denied; user=bob', 'login denied bob -');
    f('sshd', 'pam_ldap(sshd:auth): Authentication failure; user=bob', 'login failure bob -');
    f('sshd', "pam_krb5(sshd:account): account checks fail for 'bob@EXAMPLE.COM': user disallowed by .k5login file for 'bob'", 'login denied bob -'); // biome-ignore format: one line
    f('login', 'pam_time(login:account): user bob rejected', 'login denied bob -');
  });

  it('name accounts that are not there', () => {
    f('sshd', 'pam_unix(sshd:account): could not identify user (from getpwnam(bob))', 'login failure bob -', { actor_type: 'unknown' });
    f('sshd', 'pam_unix(sshd:auth): check pass; user (bob) unknown', 'login failure bob -', { actor_type: 'unknown' });
    f('sshd', 'pam_unix(sshd:auth): check pass; user unknown', 'noise pam_other');
    f('vsftpd', "pam_userdb(vsftpd:auth): user `bob' not found in the database", 'login failure bob -', { protocol: 'ftp' });
  });

  it('fail for a wrong password, though they call it access denied', () => {
    f('sshd', "pam_winbind(sshd:auth): user 'bob' denied access (incorrect password or invalid membership)", 'login failure bob -');
    f('vsftpd', "pam_userdb(vsftpd:auth): user `bob' denied access (incorrect password)", 'login failure bob -');
    f('vsftpd', "pam_userdb(vsftpd:auth): user 'bob' granted access", 'login success bob -');
  });

  it('let in by a key of an agent', () => {
    f('sudo', "pam_ssh_agent_auth: Authenticated: `bob' as `bob' using /etc/security/authorized_keys", 'login success bob -');
    f('sudo', "pam_ssh_agent_auth: Failed Authentication: `bob' as `root' using /etc/security/authorized_keys", 'login failure bob -');
  });

  it('name whose password did not change', () => {
    f('passwd', 'pam_sss(passwd:chauthtok): Password change failed for user bob: 20 (Authentication token manipulation error)', 'update failure - -', { target_user_id: 'bob', resource: 'bob' }); // biome-ignore format: one line
  });
});
