import { describe, it } from 'vitest';
import { f } from './test-said.ts';

describe('programs for administering from afar', () => {
  it('reads Webmin', () => {
    f('webmin', 'Successful login as root from 192.0.2.3', 'login success root 192.0.2.3', { category: 'authentication' });
    f('webmin', 'Invalid login as root from 192.0.2.3', 'login failure root 192.0.2.3', { actor_type: 'user' });
    f('webmin', 'Non-existent login as x from 10.0.0.1 from 192.0.2.3', 'login failure x from 10.0.0.1 192.0.2.3', { actor_type: 'unknown' }); // biome-ignore format: one line
    f('webmin', 'Logout by root from 192.0.2.3', 'logout success root 192.0.2.3');
    f('webmin', 'Timeout of session for root', 'logout success root -');
    f('webmin', 'Security alert: Host 192.0.2.3 blocked after 5 failed logins for user root', 'login denied - 192.0.2.3');
    f('webmin', 'Webmin starting', 'noise web_admin');
  });

  it('reads xrdp, Apple’s screen sharing and locked screens', () => {
    f('xrdp-sesman', '[INFO ] Access permitted for user: bob', 'login success bob -', { protocol: 'rdp' });
    f('xrdp-sesman', '[INFO ] AUTHFAIL: user=bob ip=192.0.2.3 time=1717236001', 'login failure bob 192.0.2.3');
    f('xrdp-sesman', '[ERROR] Username or password error for user: bob', 'login failure bob -');
    f('screensharingd', 'Authentication: FAILED :: User Name: bob :: Viewer Address: 192.0.2.3 :: Type: DH', 'login failure bob 192.0.2.3'); // biome-ignore format: one line
    f('screensharingd', 'Authentication: SUCCEEDED :: User Name: bob :: Viewer Address: 192.0.2.3 :: Type: DH', 'login success bob 192.0.2.3'); // biome-ignore format: one line
    f('xscreensaver', 'FAILED LOGIN 1 ON DISPLAY ":0", FOR "alice"', 'login failure alice -');
    f('kcheckpass', 'Authentication failure for alice (invoked by uid 1000)', 'login failure alice -');
  });
});
