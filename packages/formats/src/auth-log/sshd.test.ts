import { expect, it } from 'vitest';
import { f as check, short } from './test-said.ts';

const f = (text: string, expected: string, fields?: Readonly<Record<string, unknown>>): void => check('sshd', text, expected, fields);
const FP = 'SHA256:Zk3kmZPd0cZJb0wqDuXvO7pAvQ0uXk7Yd3TJQ9b8xyA';

it('reads logins', () => {
  f('Accepted password for alice from 10.1.2.3 port 51234 ssh2', 'login success alice 10.1.2.3', {
    auth_method: 'password',
    protocol: 'ssh',
  });
  f(`Accepted publickey for alice from 2001:db8::7 port 51234 ssh2: ED25519 ${FP}`, 'login success alice 2001:db8::7', {
    credential_id: FP,
    auth_method: 'publickey',
    attributes: { port: 51234, key_type: 'ED25519' },
  });
  f('Accepted publickey for git from 10.1.2.3 port 5 ssh2: RSA 3b:ab:01:ff', 'login success git 10.1.2.3', {
    credential_id: '3b:ab:01:ff',
  });
  f(
    `Accepted publickey for alice from 10.1.2.3 port 5 ssh2: RSA-CERT ${FP} ID alice@corp key (serial 42) CA ED25519 ${FP}`,
    'login success alice 10.1.2.3',
    {
      credential_id: FP,
      attributes: { certificate_id: 'alice@corp key', certificate_serial: '42', certificate_ca: `ED25519 ${FP}` },
    },
  );
  f(`Accepted publickey for alice from 10.1.2.3 port 5 ssh2: RSA-CERT ID a (serial 0) CA RSA ${FP}`, 'login success alice 10.1.2.3');
  f('Accepted keyboard-interactive/pam for alice from 10.1.2.3 port 5 ssh2', 'login success alice 10.1.2.3', {
    auth_method: 'keyboard-interactive/pam',
  });
  f('Accepted gssapi-with-mic for alice from 10.1.2.3 port 5 ssh2: alice@EXAMPLE.ORG', 'login success alice 10.1.2.3');
  f(
    `Accepted hostbased for alice from 10.1.2.3 port 5 ssh2: RSA ${FP}, client user "alice", client host "a.example"`,
    'login success alice 10.1.2.3',
  );
  f('Accepted rsa for root from 10.1.2.3 port 700', 'login success root 10.1.2.3');
  f('Accepted rhosts-rsa for root from 10.1.2.3 port 700 ruser bob', 'login success root 10.1.2.3');
  f('Failed password for root from 10.1.2.3 port 5 ssh2', 'login failure root 10.1.2.3');
  f('Failed none for invalid user admin from 10.1.2.3 port 5 ssh2', 'login failure admin 10.1.2.3', { actor_type: 'unknown' });
  f('Failed password for invalid user  from 10.1.2.3 port 5 ssh2', 'login failure - 10.1.2.3', { actor_type: 'unknown' });
  f('Failed password for illegal user a b from 10.1.2.3 port 5 ssh2', 'login failure a b 10.1.2.3');
  f('Postponed publickey for alice from 10.1.2.3 port 5 ssh2 [preauth]', 'login unknown alice 10.1.2.3');
  f(`Partial publickey for alice from 10.1.2.3 port 5 ssh2: RSA ${FP}`, 'login unknown alice 10.1.2.3', { status_code: 'Partial' });
  f('Accepted key RSA SHA256:x found at /home/a/.ssh/authorized_keys:1', 'noise ssh_key_found');
  f('Accepted certificate ID "x for y from 6.6.6.6 port 1 ssh2" (serial 1) signed by RSA CA SHA256:x via y', 'noise ssh_key_found');
});

it('reads a text that is longer than any of sshd once, not once for each of its colons', () => {
  f(`Disconnecting invalid user a${': '.repeat(500_000)}`, 'disconnect failure - -');
});

it('reads refusals of accounts, keys and forwarding', () => {
  f('Account alice has expired', 'login denied alice -');
  f('Login restricted for alice: expired', 'login denied alice -');
  f(`error: Authentication key RSA ${FP} revoked by file /etc/ssh/revoked`, 'login denied - -', { credential_id: FP });
  const denied = 'but the request was denied.';
  f(`Received request from 10.1.2.3 port 5 to connect to host db port 5432, ${denied}`, 'connect denied - 10.1.2.3', {
    resource: 'db:5432',
  });
  f(`Received request to connect to path /run/x, ${denied}`, 'connect denied - -', { resource: '/run/x' });
  // The host is the client's.
  const evil = `a port 1, ${denied}Received request from 6.6.6.6 port 7 to connect to host b`;
  f(`Received request from 10.1.2.3 port 5 to connect to host ${evil} port 2, ${denied}`, 'connect denied - 10.1.2.3', {
    resource: `${evil}:2`,
  });
  f('refused local port forward: originator 127.0.0.1 port 1, target db port 80', 'connect denied - -', { resource: 'db:80' });
  f('error: connect_to db port 80: failed.', 'connect failure - -', { resource: 'db:80' });
});

it('never takes the address that a client wrote', () => {
  const evil = 'x from 6.6.6.6 port 22 ssh2';
  f(`Failed password for invalid user ${evil} from 10.1.2.3 port 5 ssh2`, `login failure ${evil} 10.1.2.3`);
  f(`Failed password for invalid user ${evil}: RSA ${FP} from 10.1.2.3 port 5 ssh2`, `login failure ${evil}: RSA ${FP} 10.1.2.3`);
  f(
    `Failed publickey for invalid user ${evil}: RSA ${FP} from 10.1.2.3 port 5 ssh2: RSA ${FP}`,
    `login failure ${evil}: RSA ${FP} 10.1.2.3`,
  );
  // The id of a certificate that nobody signed is the client's as well: nothing is certain then.
  const cert = (id: string) => `RSA-CERT ${FP} ID ${id} (serial 1) CA RSA ${FP}`;
  f(`Failed publickey for root from 10.1.2.3 port 5 ssh2: ${cert('plain')}`, 'login failure root 10.1.2.3');
  f(`Failed publickey for root from 10.1.2.3 port 5 ssh2: ${cert(`y from 6.6.6.6 port 2 ssh2: ${cert('z')}`)}`, 'login failure - -', {
    actor_type: 'unknown',
  });
  f(
    `Failed publickey for invalid user y from 6.6.6.6 port 2 ssh2: ${cert('z')} from 10.1.2.3 port 5 ssh2: ${cert('q')}`,
    'login failure - -',
  );
  f(
    `Accepted publickey for root from 10.1.2.3 port 5 ssh2: ${cert(`y from 6.6.6.6 port 2 ssh2: ${cert('z')}`)}`,
    'login success root 10.1.2.3',
  );
  f(`Invalid user ${evil} from 10.1.2.3 port 5`, `login failure ${evil} 10.1.2.3`);
  f('Invalid user x from 6.6.6.6 from 10.1.2.3', 'login failure x from 6.6.6.6 10.1.2.3');
  f('Connection closed by invalid user x 6.6.6.6 port 1 10.1.2.3 port 5 [preauth]', 'disconnect failure x 6.6.6.6 port 1 10.1.2.3');
  f('Received disconnect from 10.1.2.3 port 5:11: from 6.6.6.6 port 22:11: bye [preauth]', 'disconnect failure - 10.1.2.3');
  f('Disconnecting invalid user x 6.6.6.6 port 1: y 10.1.2.3 port 5: Too many authentication failures [preauth]', 'disconnect failure - -');
  f("Bad protocol version identification 'GET from 6.6.6.6 port 1' from 10.1.2.3 port 5", 'connect failure - 10.1.2.3');
  f(
    'error: maximum authentication attempts exceeded for invalid user x from 6.6.6.6 port 1 ssh2 from 10.1.2.3 port 5 ssh2 [preauth]',
    'login denied x from 6.6.6.6 port 1 ssh2 10.1.2.3',
  );
  f('error: PAM: Authentication failure for illegal user x from 6.6.6.6 from 10.1.2.3', 'login failure x from 6.6.6.6 10.1.2.3');
});

it('reads refusals', () => {
  f('Invalid user admin from 10.1.2.3 port 5', 'login failure admin 10.1.2.3');
  f('Invalid user admin from 10.1.2.3', 'login failure admin 10.1.2.3');
  f('Invalid user  from 10.1.2.3 port 5', 'login failure - 10.1.2.3');
  f('Illegal user x from ::ffff:10.1.2.3', 'login failure x ::ffff:10.1.2.3');
  f('User bob from 10.1.2.3 not allowed because not listed in AllowUsers', 'login denied bob 10.1.2.3', {
    reason: 'not allowed because not listed in AllowUsers',
  });
  f("User bob from host.example not allowed because none of user's groups are listed in AllowGroups", 'login denied bob -', {
    attributes: { client_host: 'host.example' },
  });
  f('User bob not allowed because account is locked', 'login denied bob -');
  f('ROOT LOGIN REFUSED FROM 10.1.2.3 port 5', 'login denied root 10.1.2.3');
  f('error: maximum authentication attempts exceeded for root from 10.1.2.3 port 5 ssh2 [preauth]', 'login denied root 10.1.2.3');
  f('fatal: Access denied for user bob by PAM account configuration [preauth]', 'login denied bob -');
  f('error: PAM: authentication error for bob from 10.1.2.3 via 10.0.0.1', 'login failure bob 10.1.2.3');
  f('error: PAM: User account has expired for bob from 10.1.2.3', 'login denied bob 10.1.2.3');
  f('drop connection #10 from [10.1.2.3]:5 on [10.0.0.1]:22 past MaxStartups', 'connect denied - 10.1.2.3');
  f('drop connection #0 from [2001:db8::7]:5 on [2001:db8::1]:22 penalty: failed authentication', 'connect denied - 2001:db8::7', {
    reason: 'penalty: failed authentication',
  });
  f('refused connect from h.example (10.1.2.3)', 'connect denied - 10.1.2.3');
  f('Disconnecting: Too many authentication failures for root [preauth]', 'login denied root -');
  f('Disconnecting: Too many authentication failures for root from 10.1.2.3 port 5 ssh2 [preauth]', 'login denied root 10.1.2.3');
  f(
    'Disconnecting: Too many authentication failures for invalid user x from 6.6.6.6 port 1 ssh2 from 10.1.2.3 port 5 ssh2 [preauth]',
    'login denied x from 6.6.6.6 port 1 ssh2 10.1.2.3',
  );
  const tried = 'Authentication tried for bob with';
  f(`${tried} correct key but not from a permitted host (host=h.example, ip=10.1.2.3, required=10.0.0.0/24).`, 'login denied bob 10.1.2.3');
  f(`${tried} valid certificate but not from a permitted source address (10.1.2.3).`, 'login denied bob 10.1.2.3');
  f('input_userauth_request: invalid user admin [preauth]', 'login failure admin -', { actor_type: 'unknown' });
  f('Connection reset by peer', 'noise ssh_protocol');
  f('Nasty PTR record "10.2.3.4" is set up for 10.1.2.3, ignoring', 'connect unknown - 10.1.2.3');
});

it('reads connections', () => {
  f('Connection from 10.1.2.3 port 5 on 10.0.0.1 port 22 rdomain ""', 'connect success - 10.1.2.3', { actor_type: 'anonymous' });
  f('Connection closed by 10.1.2.3 port 5 [preauth]', 'disconnect failure - 10.1.2.3');
  f('Connection closed by 10.1.2.3 [preauth]', 'disconnect failure - 10.1.2.3');
  f('Connection closed by authenticating user root 10.1.2.3 port 5 [preauth]', 'disconnect failure root 10.1.2.3');
  f('Connection reset by invalid user  10.1.2.3 port 5 [preauth]', 'disconnect failure - 10.1.2.3');
  f('Disconnected from user alice 10.1.2.3 port 5', 'disconnect success alice 10.1.2.3');
  f('Disconnected from 10.1.2.3 port 5', 'disconnect unknown - 10.1.2.3');
  f('Received disconnect from 10.1.2.3 port 5:11: disconnected by user', 'disconnect success - 10.1.2.3', {
    status_code: '11',
    reason: 'disconnected by user',
  });
  f('Received disconnect from 10.1.2.3: 3: com.jcraft.jsch.JSchException: Auth fail', 'disconnect failure - 10.1.2.3');
  f('Received disconnect from 10.1.2.3: 14: No supported authentication methods available', 'disconnect failure - 10.1.2.3');
  f('Received disconnect from 10.1.2.3: 11: Bye Bye [preauth]', 'disconnect failure - 10.1.2.3');
  f('Received disconnect from 2001:db8::7: 11: Bye [preauth]', 'disconnect failure - 2001:db8::7');
  f(
    'Disconnecting authenticating user root 10.1.2.3 port 5: Too many authentication failures [preauth]',
    'disconnect failure root 10.1.2.3',
  );
  f('Did not receive identification string from 10.1.2.3 port 5', 'connect failure - 10.1.2.3');
  f('error: kex_exchange_identification: Connection closed by remote host', 'noise ssh_server');
  f(
    'Unable to negotiate with 10.1.2.3 port 5: no matching key exchange method found. Their offer: a,b [preauth]',
    'disconnect failure - 10.1.2.3',
  );
  f('fatal: Timeout before authentication for 10.1.2.3 port 5', 'disconnect failure - 10.1.2.3');
  f('Timeout before authentication for connection from 10.1.2.3 to 10.0.0.1, pid = 99', 'disconnect failure - 10.1.2.3');
  f('Timeout, client not responding from user alice 10.1.2.3 port 5', 'disconnect success alice 10.1.2.3');
  f(
    'ssh_dispatch_run_fatal: Connection from 10.1.2.3 port 5: message authentication code incorrect [preauth]',
    'disconnect failure - 10.1.2.3',
  );
  f('banner exchange: Connection from 10.1.2.3 port 5: invalid format', 'disconnect failure - 10.1.2.3');
  f('Read error from remote host 10.1.2.3 port 5: Connection reset by peer', 'disconnect unknown - 10.1.2.3');
  f('reverse mapping checking getaddrinfo for h.example [10.1.2.3] failed - POSSIBLE BREAK-IN ATTEMPT!', 'connect unknown - 10.1.2.3');
  f(
    'Address 10.1.2.3 maps to h.example, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!',
    'connect unknown - 10.1.2.3',
  );
  f('Protocol major versions differ for 10.1.2.3 port 5: SSH-2.0-OpenSSH_9.2 vs. SSH-1.5-x', 'connect failure - 10.1.2.3');
  f("scanned from 10.1.2.3 port 5 with SSH-1.0-SSH_Version_Mapper.  Don't panic.", 'connect failure - 10.1.2.3');
});

it('reads sessions and files', () => {
  f('Starting session: shell on pts/0 for alice from 10.1.2.3 port 5 id 0', 'execute success alice 10.1.2.3');
  f(
    "Starting session: forced-command (config) 'x for root from 6.6.6.6 port 1 id 0' for alice from 10.1.2.3 port 5 id 0",
    'execute success alice 10.1.2.3',
  );
  f('Close session: user alice from 10.1.2.3 port 5 id 0', 'disconnect success alice 10.1.2.3');
  f('subsystem request for sftp by user alice', 'execute success alice -', { resource: 'sftp' });
  f('subsystem request for sftp', 'execute success - -');
  check('internal-sftp', 'session opened for local user alice from [10.1.2.3]', 'connect success alice 10.1.2.3');
  check('sftp-server', 'open "/srv/a \\" b" flags WRITE,CREATE,TRUNCATE mode 0644', 'update unknown - -', { resource: '/srv/a \\" b' });
  check('sftp-server', 'close "/srv/a" bytes read 12 written 0', 'read success - -', { bytes_out: 12, method: 'close' });
  check('sftp-server', 'forced close "/srv/a" bytes read 0 written 7', 'update success - -');
  check('sftp-server', 'rename old "/a" new "/b"', 'update unknown - -', { attributes: { new_path: '/b' } });
  check('sftp-server', 'remove name "/a"', 'delete unknown - -');
  check('sftp-server', 'sent status No such file', 'noise sftp_status');
  f('Server listening on 0.0.0.0 port 22.', 'noise ssh_server');
  f('something that nobody wrote', 'noise other_message');
});

it('knows the programs of newer versions', () => {
  for (const program of ['sshd-session', 'sshd-auth', '/usr/sbin/sshd'])
    expect(short(program, 'Accepted password for a from 10.1.2.3 port 5 ssh2')).toBe('login success a 10.1.2.3');
});

it('reads who is refused though he has the key', () => {
  f('Disconnecting: Too many authentication failures for root from 10.1.2.3 port 5 ssh2 [preauth]', 'login denied root 10.1.2.3');
  f(
    'Disconnecting: Too many authentication failures for invalid user a from b port 1 ssh2 from 10.1.2.3 port 5 ssh2 [preauth]',
    'login denied a from b port 1 ssh2 10.1.2.3',
  );
  f(
    'Authentication tried for bob with correct key but not from a permitted host (host=h.example, ip=10.1.2.3, required=10.0.0.0/8).',
    'login denied bob 10.1.2.3',
  );
  f(
    '/home/bob/.ssh/authorized_keys:3: Authentication tried for bob with valid certificate but not from a permitted source address (10.1.2.3).',
    'login denied bob 10.1.2.3',
  );
  f(
    `public key ssh-rsa ${FP} signature for bob from 10.1.2.3 port 5 rejected: signature algorithm not allowed`,
    'login denied bob 10.1.2.3',
    {
      credential_id: FP,
    },
  );
  f('administratively prohibited connection for invalid user eve from 10.1.2.3 port 5', 'login denied eve 10.1.2.3', {
    actor_type: 'unknown',
  });
  f(
    'Received request from 10.1.2.3 port 5 to remote forward to host 0.0.0.0 port 80, but the request was denied.',
    'connect denied - 10.1.2.3',
  );
  f('Authentication refused for bob: bad owner or modes for /home/bob/.ssh', 'login denied bob -');
  f('Authentication refused: bad ownership or modes for directory /home/bob', 'noise ssh_server');
  f('Username too long from 10.1.2.3 port 5', 'login failure - 10.1.2.3');
  f('Received disconnect from 10.1.2.3 port 5:11: disconnected by user', 'disconnect success - 10.1.2.3', { actor_type: 'unknown' });
});
