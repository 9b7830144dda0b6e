import type { Finding } from './claim.ts';
import { forwardingFinding } from './sshd-forwarding.ts';
import { pamText } from './pam.ts';
import { remoteAt, remoteBefore } from './remote.ts';
import { chrootFailed, triedFromElsewhere } from './sshd-refused.ts';
import { connectionClaim, peerAndText, peerOf } from './sshd-connection.ts';

/** Messages of sshd that are not told by their first word: of protocol errors, of name resolution, of its own life. */
export function oddity(text: string, preauth: boolean): Finding {
  if (text.includes('POSSIBLE BREAK-IN ATTEMPT') || /^(?:reverse mapping checking|Address|Nasty PTR record) /.test(text))
    return breakIn(text);
  const dispatch = /^(ssh_dispatch_run_fatal|banner exchange|ssh_packet_[a-z_]+|packet_write_[a-z_]+|userauth_[a-z_]+): /.exec(text);
  if (dispatch !== null) return protocolError(text, dispatch[0]);
  if (text.startsWith('scanned from ') || text.startsWith('probed from ')) return scanned(text);
  if (text.startsWith('Could not write ident string to ')) return known(text, 'Could not write ident string', 32);
  if (text.startsWith('Protocol major versions differ for ')) return majorVersions(text);
  if (text.startsWith('refused connect from ')) return refusedConnect(text);
  if (text.startsWith('Refusing certificate ID ')) return refusedCertificate(text);
  if (/^[A-Z][a-z]+ Duo login for /.test(text)) return pamText({ module: 'pam_duo', service: 'sshd', type: 'auth', text });
  if (text.startsWith('Authorized to ')) return 'ssh_key_found';
  if (text.includes('Authentication tried for ')) return triedFromElsewhere(text);
  if (text.startsWith('input_userauth_request: ')) return unknownUser(text);
  return forwardingFinding(text) ?? refusedAccount(text) ?? chrootFailed(text) ?? serverNoise(text, preauth);
}

/** canohost.c: `reverse mapping checking getaddrinfo for NAME [ADDRESS] failed…`, `Nasty PTR record "NAME" is set up for ADDRESS, ignoring`, `Address ADDRESS maps to NAME, but this does not map back to the address…`. */
function breakIn(text: string): Finding {
  const mapped = /^reverse mapping checking get(?:addrinfo|nameinfo) for (\S+?)\.? \[([^\]\s]+)\] failed/.exec(text);
  const back = /^Address (\S+) maps to (\S+), but this does not/.exec(text);
  const nasty = /^Nasty PTR record "(.*)" is set up for (\S+), ignoring$/.exec(text);
  const from = mapped?.[2] ?? back?.[1] ?? nasty?.[2];
  if (from === undefined)
    return text.includes('POSSIBLE BREAK-IN')
      ? connectionClaim({ type: 'POSSIBLE BREAK-IN ATTEMPT', peer: undefined, action: 'connect', outcome: 'unknown', reason: text })
      : undefined;
  const name = mapped?.[1] ?? back?.[2] ?? nasty?.[1];
  const peer = { remote: { from, port: undefined, end: 0 }, user: undefined, invalid: false, known: false };
  return connectionClaim({
    type: 'reverse mapping',
    peer,
    action: 'connect',
    outcome: 'unknown',
    reason: text,
    attributes: { claimed_host: name },
  });
}

/** `FUNCTION: Connection from PEER: TEXT`; without a peer it is part of another line's story. */
function protocolError(text: string, head: string): Finding {
  const found = /Connection (?:from|to) /.exec(text.slice(head.length, head.length + 60));
  if (found === null) return 'ssh_protocol';
  const at = head.length + found.index + found[0].length;
  const { peer, said } = peerAndText(text, at);
  if (peer === undefined) return 'ssh_protocol';
  return connectionClaim({ type: head.slice(0, -2), peer, action: 'disconnect', outcome: 'failure', reason: said });
}

function scanned(text: string): Finding {
  const at = text.indexOf(' from ') + 6;
  const remote = remoteAt(text, at);
  if (remote === undefined) return undefined;
  const peer = { remote, user: undefined, invalid: false, known: false };
  return connectionClaim({ type: text.slice(0, at - 6), peer, action: 'connect', outcome: 'failure', reason: text.slice(remote.end + 1) });
}

function known(text: string, type: string, at: number): Finding {
  const peer = peerOf(text, at);
  return peer === undefined ? undefined : connectionClaim({ type, peer, action: 'connect', outcome: 'failure', reason: type });
}

function majorVersions(text: string): Finding {
  const { peer, said } = peerAndText(text, 35);
  const type = 'Protocol major versions differ';
  return peer === undefined ? undefined : connectionClaim({ type, peer, action: 'connect', outcome: 'failure', reason: said });
}

/** TCP wrappers: `refused connect from NAME (ADDRESS)`. */
function refusedConnect(text: string): Finding {
  const address = /\(([\da-f.:]+)\)$/i.exec(text)?.[1];
  const remote = address === undefined ? remoteBefore(text, ' from ') : { from: address, port: undefined, end: 0 };
  if (remote === undefined) return undefined;
  const peer = { remote, user: undefined, invalid: false, known: false };
  return connectionClaim({ type: 'refused connect', peer, action: 'connect', outcome: 'denied', reason: 'refused connect' });
}

/** auth.c allowed_user() and auth_key_is_revoked(), auth-shadow.c, AIX's: the account is the server's own word. */
function refusedAccount(text: string): Finding {
  const account = /^(?:Account (\S+) has expired|Login restricted for (\S+): )/.exec(text);
  const revoked = /^Authentication key (\S+) (\S+) revoked by file /.exec(text);
  if (account === null && revoked === null) return undefined;
  return {
    ...connectionClaim({
      type: revoked === null ? (account?.[1] === undefined ? 'Login restricted' : 'has expired') : 'key revoked',
      peer: undefined,
      action: 'connect',
      outcome: 'denied',
      reason: text,
    }),
    action: 'login',
    actor: revoked === null ? undefined : 'unknown',
    user: account?.[1] ?? account?.[2],
    authMethod: revoked === null ? undefined : 'publickey',
    credential: revoked?.[2],
    attributes: { key_type: revoked?.[1] },
  };
}

function refusedCertificate(text: string): Finding {
  return {
    ...connectionClaim({ type: 'Refusing certificate', peer: undefined, action: 'connect', outcome: 'denied', reason: text }),
    action: 'login',
    actor: 'unknown',
    authMethod: 'publickey',
  };
}

/** Before 7.2 auth2.c says of whom it does not know the name once more: `input_userauth_request: (invalid|illegal) user NAME`. */
function unknownUser(text: string): Finding {
  const user = /^input_userauth_request: (?:invalid|illegal) user (.*)$/s.exec(text)?.[1];
  if (user === undefined) return 'ssh_protocol';
  const type = 'invalid user';
  const from = undefined;
  return {
    type,
    action: 'login',
    category: 'authentication',
    outcome: 'failure',
    user,
    from,
    actor: 'unknown',
    protocol: 'ssh',
    reason: type,
    invalid: true,
  };
}

const SERVER =
  /^(?:Server listening|Received (?:signal|SIG)|Exiting on signal|sshd: |Set |rexec |Missing privilege|Could not load host key|Cannot bind|Bind to port|socket: |Generating |RSA key generation|Unable to load host key|User child|Forked child|Postauth|Deprecated option|Unsupported option|rekey|kex_protocol|Transferred: |Exit(?:ing)? |dispatch_protocol|Server will not fork|beginning MaxStartups|exited MaxStartups|in MaxStartups|srclimit|no matching|Found matching|Authentication refused: |Root login accepted|rsa_verify|Attempt to write login records|lastlog_|syslogin_|FIPS|Local version|Remote protocol|Client protocol|permanently_set_uid|list_hostkey|monitor_|mm_|auth_|input_userauth|userauth_|fatal: |Environment |rlogin|X11 |channel |session_|Allocated|kex_exchange_identification|ssh_|temporarily|trying public key|matching key found|Certificate |key_|error loading|SSH: |Change of username|cleanup_exit|Couldn't create pid|PAM service|PAM \d|PAM: |Write failed|Read from socket failed|Timeout, client not responding\.|Authorized(?:Keys|Principals)Command|(?:Uns|uns)afe Authorized|Could not |Unable to |Changed root directory|reprocess config|\/etc\/ssh\/|no more sessions|Kerberos |buffer_|bind \[|cannot listen|USER_PROCESS|DEAD_PROCESS|in openpam_|openpty|setlogin|login_|attempt \d|inetd sockets|Login name |Bad prime|WARNING: |connect |Failed to |chown |do_)/;
const PREAUTH_NOISE =
  /^(?:Corrupted MAC|Bad packet length|padding error|Packet integrity|fatal|kex_|ssh_|userauth|input_userauth|dispatch_)/;

function serverNoise(text: string, preauth: boolean): Finding {
  if (preauth && PREAUTH_NOISE.test(text)) return 'ssh_protocol';
  return SERVER.test(text) ? 'ssh_server' : undefined;
}
