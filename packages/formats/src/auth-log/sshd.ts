import type { Claim, Finding, Message } from './claim.ts';
import { type Remote, remoteBefore } from './remote.ts';
import { sftpFinding } from './sftp.ts';
import { connectionClaim, ended, endedBecause, peerOf, receivedDisconnect, tooManyAttempts } from './sshd-connection.ts';
import { loginOf, nameOf } from './sshd-login.ts';
import { oddity } from './sshd-odd.ts';
import { prohibited, rejectedSignature, tooLongName, triedFromElsewhere } from './sshd-refused.ts';

type Reader = (text: string, preauth: boolean) => Finding;

/** Messages of sshd, sshd-session and sshd-auth (OpenSSH 3 … 10) by their first word. */
const READERS: Readonly<Record<string, Reader>> = {
  Accepted: (text) => (isKeyNotice(text) ? 'ssh_key_found' : loginOf(text)),
  Failed: loginOf,
  Postponed: loginOf,
  Partial: loginOf,
  Invalid: invalidUser,
  Illegal: invalidUser,
  User: userOf,
  Received: (text, preauth) =>
    text.startsWith('Received disconnect ')
      ? receivedDisconnect(text, preauth)
      : text.startsWith('Received request ')
        ? undefined
        : 'ssh_server',
  Disconnected: (text, preauth) => ended(text, 'Disconnected from', preauth),
  Disconnecting: (text, preauth) =>
    endedBecause(text, text.startsWith('Disconnecting from ') ? 'Disconnecting from' : 'Disconnecting', preauth),
  'Disconnecting:': disconnecting,
  Connection: connection,
  Closing: (text, preauth) => ended(text, 'Closing connection to', preauth),
  Unable: (text) => (text.startsWith('Unable to negotiate with ') ? endedBecause(text, 'Unable to negotiate with', true) : undefined),
  terminating: (text) => ended(text, 'terminating inactive connection from', false),
  maximum: tooManyAttempts,
  administratively: prohibited,
  public: rejectedSignature,
  Username: tooLongName,
  Authentication: triedFromElsewhere,
  Rhosts: triedFromElsewhere,
  'WARNING:': triedFromElsewhere,
  ROOT: rootRefused,
  Starting: startedSession,
  Close: closedSession,
  subsystem: subsystem,
  'PAM:': pamError,
  Access: (text) =>
    named(text, /^Access denied for user (.+?) by PAM account configuration$/, { type: 'Access denied', outcome: 'denied' }),
  Did: (text) => from(text, ' from ', 'Did not receive identification string'),
  Bad: (text) => (text.startsWith('Bad protocol version') ? from(text, ' from ', 'Bad protocol version identification') : undefined),
  Timeout: timeout,
  'Timeout,': timeout,
  drop: dropped,
  Read: (text, preauth) => endedBecause(text, 'Read error from remote host', preauth),
  Write: (text, preauth) => endedBecause(text, 'Write error to remote host', preauth),
};

/** Levels that sshd writes before messages of other than informational ones; FreeBSD gives the functions that write some a prefix of their library. */
const LEVEL = /^(?:(?:error|fatal|debug[123]?|verbose): (?:Fssh_)?|Fssh_)/;
const PHASE = /^(.*) \[(preauth|postauth)\]$/;

export function sshdFinding({ text }: Message): Finding {
  let said = text;
  let preauth = false;
  if (said.endsWith(']')) {
    const phase = PHASE.exec(said);
    if (phase !== null) {
      said = phase[1] ?? '';
      preauth = phase[2] === 'preauth';
    }
  }
  const level = said.charCodeAt(0) > 0x60 || said.startsWith('Fssh_') ? LEVEL.exec(said) : null;
  if (level !== null) said = said.slice(level[0].length);
  const blank = said.indexOf(' ');
  const word = blank < 0 ? said : said.slice(0, blank);
  const reader = Object.hasOwn(READERS, word) ? READERS[word] : undefined;
  return reader?.(said, preauth) ?? oddity(said, preauth) ?? sftpFinding(said);
}

/** `Accepted key RSA SHA256:… found at …`, `Accepted certificate ID "…"`: the login itself is another line. */
function isKeyNotice(text: string): boolean {
  return text.startsWith('Accepted key ') || text.startsWith('Accepted certificate ID ');
}

/** `Invalid user NAME from ADDRESS[ port N]`: the name may be empty and hold blanks. auth.c getpwnamallow(). */
function invalidUser(text: string): Finding {
  const remote = remoteBefore(text, ' from ');
  const words = text.slice(0, 12);
  if (remote === undefined || (words !== 'Invalid user' && words !== 'Illegal user')) return undefined;
  return {
    type: words,
    action: 'login',
    category: 'authentication',
    outcome: 'failure',
    user: text.slice(13, Math.max(13, remote.start)),
    actor: 'unknown',
    from: remote.from,
    protocol: 'ssh',
    port: remote.port,
    reason: words,
    invalid: true,
  };
}

function refused(type: string, remote: Remote | undefined, user: string | undefined): Claim {
  return {
    type,
    action: 'login',
    category: 'authentication',
    outcome: 'denied',
    user,
    from: remote?.from,
    protocol: 'ssh',
    port: remote?.port,
  };
}

/** auth.c allowed_user(): `User NAME from HOST not allowed because REASON`. The name is an account's, the host's name is DNS's: neither has blanks. */
function userOf(text: string): Finding {
  if (text.startsWith('User child is on pid')) return 'ssh_server';
  const at = text.lastIndexOf(' not allowed because ');
  if (at >= 0) {
    const head = text.slice(0, at);
    const remote = remoteBefore(head, ' from ');
    const user = head.slice(5, remote?.start ?? head.length);
    return { ...refused('not allowed', remote, user), reason: text.slice(at + 1) };
  }
  const expired = /^User (\S+) password has expired/.exec(text);
  return expired === null ? undefined : { ...refused('password has expired', undefined, expired[1]), reason: text };
}

/** Before 7.2: `Disconnecting: Too many authentication failures for [invalid user ]NAME[ from ADDRESS port N ssh2]`, with the peer since 6.7. */
function disconnecting(text: string): Finding {
  const reason = text.slice(15);
  const type = 'Disconnecting';
  const peer = undefined;
  const words = 'Too many authentication failures for ';
  if (!reason.startsWith(words)) return connectionClaim({ type, peer, action: 'disconnect', outcome: 'failure', reason });
  const named = reason.endsWith(' ssh2') ? reason.slice(0, -5) : reason;
  const remote = remoteBefore(named, ' from ');
  const known = remote?.port === undefined ? undefined : remote;
  const { name, invalid } = nameOf(named.slice(words.length, known === undefined ? undefined : Math.max(words.length, known.start)));
  return { ...refused(type, known, name), actor: invalid ? 'unknown' : undefined, reason: words.slice(0, -5), invalid };
}

/** `Connection from ADDRESS port N on ADDRESS port N`, `Connection closed by PEER`, `Connection reset by PEER`. */
function connection(text: string, preauth: boolean): Finding {
  if (text.startsWith('Connection closed by ')) return ended(text, 'Connection closed by', preauth);
  // An error's own words, of which a peer's name is no part.
  if (text === 'Connection reset by peer' || text === 'Connection closed by remote host') return 'ssh_protocol';
  if (text.startsWith('Connection reset by ')) return ended(text, 'Connection reset by', preauth);
  const found = /^Connection from (\S+) port (\d+)(?: on (\S+) port (\d+)(?: rdomain ".*")?)?$/.exec(text);
  if (found === null) return refusedConnection(text);
  const [, address = '', port, local, localPort] = found;
  const peer = { remote: { from: address, port, end: 0 }, user: undefined, invalid: false, known: false };
  const attributes = local === undefined ? {} : { local_address: local, local_port: Number(localPort) };
  return connectionClaim({ type: 'Connection from', peer, action: 'connect', outcome: 'success', attributes });
}

/** `Connection from PEER: refusing non-sftp session`, and what comes with options of IP, which sshd closes: `Connection from ADDRESS port N with IP opts: …`. */
function refusedConnection(text: string): Finding {
  const options = /^Connection from (\S+) port (\d+) with IP opts:/.exec(text);
  const refusing = ': refusing non-sftp session';
  const peer =
    options === null
      ? text.endsWith(refusing)
        ? peerOf(text.slice(0, -refusing.length), 'Connection from '.length)
        : undefined
      : { remote: { from: options[1] ?? '', port: options[2], end: 0 }, user: undefined, invalid: false, known: false };
  if (peer === undefined) return undefined;
  const reason = options === null ? refusing.slice(2) : 'IP options';
  return connectionClaim({ type: 'Connection from', peer, action: 'connect', outcome: 'denied', reason });
}

function rootRefused(text: string): Finding {
  const remote = remoteBefore(text, 'ROOT LOGIN REFUSED FROM ');
  if (remote !== undefined) return { ...refused('ROOT LOGIN REFUSED', remote, 'root'), reason: 'ROOT LOGIN REFUSED' };
  return text.startsWith('ROOT LOGIN REFUSED') ? { ...refused('ROOT LOGIN REFUSED', undefined, 'root'), reason: text } : undefined;
}

/** session.c do_exec(): `Starting session: WHAT for USER from ADDRESS port N id N`. Of a forced command WHAT ends in the administrator's text. */
function startedSession(text: string): Finding {
  const found = /^Starting session: (.*) for (\S+) from (\S+) port (\d+)(?: id (\d+))?$/.exec(text);
  if (found === null) return undefined;
  const [, what = '', user, address, port, id] = found;
  return {
    type: 'Starting session',
    action: 'execute',
    category: 'session',
    outcome: 'success',
    user,
    from: address,
    protocol: 'ssh',
    method: what.split(' ', 1)[0],
    port,
    attributes: { session: what, channel: id },
  };
}

function closedSession(text: string): Finding {
  const found = /^Close session: user (\S+) from (\S+) port (\d+) id (\d+)$/.exec(text);
  if (found === null) return undefined;
  const [, user, address, port, id] = found;
  const attributes = { channel: id };
  return {
    type: 'Close session',
    port,
    action: 'disconnect',
    category: 'session',
    outcome: 'success',
    user,
    from: address,
    protocol: 'ssh',
    attributes,
  };
}

/** `subsystem request for sftp[ by user NAME]`; it failed: `subsystem request for x by user NAME failed, subsystem not found`. */
function subsystem(text: string): Finding {
  const found = /^subsystem request for (.+?)(?: by user (\S+))?( failed, subsystem not found)?$/.exec(text);
  if (found === null) return undefined;
  const [, name, user, failed] = found;
  return {
    type: 'subsystem request',
    action: 'execute',
    category: 'session',
    outcome: failed === undefined ? 'success' : 'failure',
    user,
    protocol: 'ssh',
    resource: name,
    resourceType: 'subsystem',
    resourceId: name,
    reason: failed?.slice(1),
  };
}

/** auth-pam.c: `PAM: ERROR for [illegal user |invalid user ]NAME from HOST`; FreeBSD's and Apple's add ` via ADDRESS`, their own. */
function pamError(whole: string): Finding {
  const text = whole.replace(/ via [\da-fA-F.:]{2,45}$/, '');
  const remote = remoteBefore(text, ' from ');
  const at = text.indexOf(' for ');
  if (remote === undefined || at < 0 || at > remote.start) return undefined;
  const { name, invalid } = nameOf(text.slice(at + 5, Math.max(at + 5, remote.start)));
  return {
    ...refused('PAM', remote, name),
    actor: invalid ? 'unknown' : undefined,
    outcome: /denied|expired|locked|maximum number/i.test(text.slice(0, at)) ? 'denied' : 'failure',
    reason: text.slice(5, at),
    invalid,
  };
}

function named(text: string, pattern: RegExp, more: Pick<Claim, 'type' | 'outcome'>): Finding {
  const user = pattern.exec(text)?.[1];
  return user === undefined ? undefined : { ...refused(more.type, undefined, user), ...more, reason: text };
}

/** The text ends in the peer; before it may stand what the client sent. */
function from(text: string, word: string, type: string): Finding {
  const remote = remoteBefore(text, word);
  if (remote === undefined) return undefined;
  const peer = { remote, user: undefined, invalid: false, known: false };
  return connectionClaim({ type, peer, action: 'connect', outcome: 'failure', reason: type });
}

/** `Timeout before authentication for PEER`; since 9.8 `for connection from ADDRESS to ADDRESS, pid = N`. */
function timeout(text: string, preauth: boolean): Finding {
  if (text.startsWith('Timeout, client not responding from ')) return ended(text, 'Timeout, client not responding from', preauth);
  const words = 'Timeout before authentication';
  if (!text.startsWith(`${words} for `)) return undefined;
  const found = /^Timeout before authentication for connection from (\S+) to (\S+), pid = (\d+)$/.exec(text);
  const peer =
    found === null
      ? peerOf(text, words.length + 5)
      : { remote: { from: found[1] ?? '', port: undefined, end: 0 }, user: undefined, invalid: false, known: false };
  if (peer === undefined) return undefined;
  const attributes = found === null ? {} : { local_address: found[2], connection_pid: found[3] };
  return connectionClaim({ type: words, peer, action: 'disconnect', outcome: 'failure', reason: words, attributes });
}

/** `drop connection #N from [ADDRESS]:PORT on [ADDRESS]:PORT REASON`: too many at once, or a penalty for what came from there before. */
function dropped(text: string): Finding {
  const found = /^drop connection #(-?\d+) from \[([^\]]+)\]:(\d+) on \[([^\]]+)\]:(\d+) (.+)$/.exec(text);
  if (found === null) return undefined;
  const [, , address = '', port, local, localPort, reason] = found;
  const peer = { remote: { from: address, port, end: 0 }, user: undefined, invalid: false, known: false };
  const attributes = { local_address: local, local_port: Number(localPort) };
  return connectionClaim({ type: 'drop connection', peer, action: 'connect', outcome: 'denied', reason, attributes });
}
