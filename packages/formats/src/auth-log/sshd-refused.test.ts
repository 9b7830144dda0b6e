import { describe, it } from 'vitest';
import { f } from './test-said.ts';

describe('who is refused', () => {
  it('is told of before `required` was said, and of keys without a fingerprint', () => {
    f('sshd', 'Authentication tried for bob with correct key but not from a permitted host (host=h.example, ip=192.0.2.3).', 'login denied bob 192.0.2.3', { reason: 'not from a permitted host' }); // biome-ignore format: one line
    f('sshd', 'error: public key ED25519-SK signature for bob from 192.0.2.3 port 7 rejected: user verification requirement not met ', 'login denied bob 192.0.2.3'); // biome-ignore format: one line
  });

  it('is told of by what PAM says of the account', () => {
    f('sshd', 'error: PAM: User account has expired for bob from 192.0.2.3', 'login denied bob 192.0.2.3');
    f('sshd', 'error: PAM: Authentication failure for bob from 192.0.2.3', 'login failure bob 192.0.2.3');
  });

  it('gets no session when his root is not safe, or it is not for files alone', () => {
    f('sshd', 'fatal: bad ownership or modes for chroot directory "/srv/sftp" [postauth]', 'connect failure - -', { resource: '/srv/sftp', resource_type: 'directory' }); // biome-ignore format: one line
    f('sshd', 'fatal: bad ownership or modes for chroot directory component "/srv/"', 'connect failure - -', { resource: '/srv/' });
    f('sshd', 'fatal: chroot("/srv/a b"): Operation not permitted', 'connect failure - -', { resource: '/srv/a b' });
    f('sshd', 'Connection from user bob 192.0.2.3 port 4444: refusing non-sftp session', 'connect denied bob 192.0.2.3', { category: 'session' }); // biome-ignore format: one line
  });

  it('is refused for options of IP', () => {
    f('sshd', 'Connection from 192.0.2.3 port 33812 with IP opts:  83 03 04', 'connect denied - 192.0.2.3');
  });

  it('may not write over a session of SFTP that only reads', () => {
    f('sftp-server', 'Refusing open request in read-only mode', 'update denied - -', { method: 'open' });
    f('sftp-server', 'Refusing denylisted remove request', 'delete denied - -');
    f('internal-sftp', 'Refusing non-allowlisted posix-rename request', 'update denied - -');
  });
});

describe('other words of sshd', () => {
  it('is ended for doing nothing', () => {
    f('sshd', 'terminating inactive connection from user bob 192.0.2.3 port 22', 'disconnect success bob 192.0.2.3');
  });

  it('is no refused negotiation', () => {
    f('sshd', 'error: Unable to load host key "/etc/ssh/x": error in libcrypto', 'noise ssh_server');
  });

  it('is FreeBSD’s, with the prefix of its library', () => {
    f('sshd', 'fatal: Fssh_packet_write_wait: Connection from 192.0.2.3 port 33812: Broken pipe', 'disconnect failure - 192.0.2.3');
    f('sshd', 'Fssh_ssh_dispatch_run_fatal: Connection from 192.0.2.3 port 1: Connection corrupted [preauth]', 'disconnect failure - 192.0.2.3'); // biome-ignore format: one line
    f('sshd', 'error: Fssh_kex_exchange_identification: Connection closed by remote host', 'noise ssh_server');
  });
});
