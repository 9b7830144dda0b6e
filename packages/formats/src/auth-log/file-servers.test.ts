import { describe, it } from 'vitest';
import { f } from './test-said.ts';

describe('file servers', () => {
  it('reads Pure-FTPd', () => {
    f('pure-ftpd', '(?@192.0.2.3) [INFO] New connection from 192.0.2.3', 'connect success - 192.0.2.3', { actor_type: 'anonymous' });
    f('pure-ftpd', '(?@192.0.2.3) [INFO] bob is now logged in', 'login success bob 192.0.2.3');
    f('pure-ftpd', '(?@192.0.2.3) [INFO] Anonymous user logged in', 'login success - 192.0.2.3', { actor_type: 'anonymous' });
    f('pure-ftpd', '(?@h.example) [WARNING] Authentication failed for user [a] [10.0.0.1]', 'login failure a] [10.0.0.1 -', { attributes: { client_host: 'h.example' } }); // biome-ignore format: one line
    f('pure-ftpd', '(bob@192.0.2.3) [NOTICE] /home/bob//a b.txt downloaded  (100 bytes, 2.0KB/sec)', 'read success bob 192.0.2.3', { resource: '/home/bob//a b.txt', bytes_out: 100, category: 'file' }); // biome-ignore format: one line
    f('pure-ftpd', '(bob@192.0.2.3) [NOTICE] /home/bob//x uploaded  (100 bytes, 2.0KB/sec)', 'create success bob 192.0.2.3');
    f('pure-ftpd', '(bob@192.0.2.3) [NOTICE] Deleted /home/bob//x', 'delete success bob 192.0.2.3', { resource: '/home/bob//x' });
    f('pure-ftpd', '(bob@192.0.2.3) [INFO] Logout.', 'logout success bob 192.0.2.3');
    f('pure-ftpd', '(bob@192.0.2.3) [DEBUG] Command [cwd] [/]', 'noise ftp_server');
  });

  it('reads proftpd of older versions, and who tried too often', () => {
    f('proftpd', 'web (h.example[192.0.2.3]): USER bob: Login successful', 'login success bob 192.0.2.3');
    f('proftpd', 'web (h.example[192.0.2.3]): FTP session opened.', 'connect success - 192.0.2.3');
    f('proftpd', 'web (h.example[192.0.2.3]) - Maximum login attempts (3) exceeded, connection refused', 'login denied - 192.0.2.3');
  });

  it('reads where dropbear’s refused came from, when it stands last', () => {
    f('dropbear', "Exit before auth (user 'root', 3 fails): Max auth tries reached - user 'root' from 192.0.2.3:40000", 'disconnect failure root 192.0.2.3'); // biome-ignore format: one line
    f('dropbear', "Pubkey auth attempt with unknown algo for 'root' from 192.0.2.3:40000", 'login failure root 192.0.2.3');
  });

  it('reads dovecot 2.4, and why it ended an attempt', () => {
    f('dovecot', 'imap-login: Logged in: user=<bob>, method=PLAIN, rip=192.0.2.3, lip=10.0.0.4, mpid=1, TLS, session=<x>', 'login success bob 192.0.2.3'); // biome-ignore format: one line
    f('dovecot', 'imap-login: Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): user=<bob>, method=PLAIN, rip=192.0.2.3, lip=10.0.0.4', 'login failure bob 192.0.2.3', { event_type: 'Login aborted', reason: 'Login aborted: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed)' }); // biome-ignore format: one line
    f('dovecot', 'imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.3, lip=10.0.0.4', 'login failure bob 192.0.2.3', { event_type: 'Disconnected', reason: 'Disconnected: Connection closed (auth failed, 1 attempts in 2 secs)' }); // biome-ignore format: one line
  });
});
