import type { Claim, Finding } from './claim.ts';
import { type Remote, remoteAt } from './remote.ts';
import { nameOf } from './sshd-login.ts';

/**
 * Lines about connections. openssh-portable packet.c sshpkt_fmt_connection_id() names the other end as
 *
 *     [(authenticating|invalid) user USER |user USER ]ADDRESS port N
 *
 * (before 7.2 the address alone). USER is the client's when it is invalid, and stands before the address: so the address is the last that leaves a text of
 * this form, or the one that is followed by `: ` and the text the message ends with.
 */
export interface Peer {
  readonly remote: Remote;
  readonly user: string | undefined;
  readonly invalid: boolean;
  /** Whether the client had proved who it is. */
  readonly known: boolean;
}

const PREAMBLES = [
  ['authenticating user ', false, false],
  ['invalid user ', true, false],
  ['illegal user ', true, false],
  ['user ', false, true],
] as const;

/** The peer of which `text` from `at` on consists. */
export function peerOf(text: string, at: number): Peer | undefined {
  for (const [words, invalid, known] of PREAMBLES) {
    if (!text.startsWith(words, at)) continue;
    const from = at + words.length;
    // `ADDRESS port N` is the end: the last two blanks but one are its.
    const port = text.lastIndexOf(' port ');
    const blank = port < 0 ? text.lastIndexOf(' ') : text.lastIndexOf(' ', port - 1);
    const start = Math.max(blank, from - 1);
    const remote = remoteAt(text, start + 1);
    if (remote?.end !== text.length) return undefined;
    return { remote, user: text.slice(from, Math.max(from, start)), invalid, known };
  }
  const remote = remoteAt(text, at);
  return remote?.end === text.length ? { remote, user: undefined, invalid: false, known: false } : undefined;
}

/** sshd cuts its messages at 1,024 (log.c MSGBUFSIZ). A longer text is not its own, and would cost the square of its length. */
const MESSAGE_CHARS_MAX = 4096;

/** As `peerOf`, with `: ` and a text behind it. The text may be the client's; so may the name, when it is invalid: then it is read only when there is one way. */
export function peerAndText(text: string, at: number): { readonly peer: Peer | undefined; readonly said: string } {
  if (text.length > MESSAGE_CHARS_MAX) return { peer: undefined, said: text.slice(at) };
  const ways: { peer: Peer; said: string }[] = [];
  for (let colon = text.indexOf(': ', at); colon >= 0 && ways.length < 2; colon = text.indexOf(': ', colon + 1)) {
    const peer = peerOf(text.slice(0, colon), at);
    if (peer !== undefined && (peer.user === undefined || peer.remote.port !== undefined)) ways.push({ peer, said: text.slice(colon + 2) });
  }
  const [first] = ways;
  if (first === undefined) return { peer: undefined, said: text.slice(at) };
  // Only an unknown name can hold blanks, and with them another peer.
  if (ways.length > 1 && first.peer.invalid) return { peer: undefined, said: text.slice(at) };
  return first;
}

export interface Connection {
  readonly type: string;
  readonly peer: Peer | undefined;
  readonly action: 'connect' | 'disconnect';
  /** What became of the attempt when the client had not yet proved who it is. */
  readonly outcome: 'failure' | 'denied' | 'success' | 'unknown';
  readonly reason?: string | undefined;
  readonly status?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export function connectionClaim({ type, peer, action, outcome, reason, status, attributes }: Connection): Claim {
  const user = peer?.user;
  return {
    type,
    action,
    category: peer?.known === true ? 'session' : 'authentication',
    outcome,
    user,
    actor: peer?.invalid === true ? 'unknown' : user === undefined || user === '' ? 'anonymous' : 'user',
    from: peer?.remote.from,
    protocol: 'ssh',
    reason,
    status,
    port: peer?.remote.port,
    invalid: peer?.invalid,
    attributes,
  };
}

/** `Connection closed by PEER`, `Connection reset by PEER`, `Disconnected from PEER`, `Closing connection to PEER`. */
export function ended(text: string, words: string, preauth: boolean): Finding {
  const peer = peerOf(text, words.length + 1);
  if (peer === undefined) return undefined;
  return connectionClaim({ type: words, peer, action: 'disconnect', outcome: outcomeOf(peer, preauth) });
}

/** `Disconnecting PEER: TEXT`, `Unable to negotiate with PEER: TEXT`, `Timeout, client not responding from PEER`, `Read error from remote host PEER: TEXT`. */
export function endedBecause(text: string, words: string, preauth: boolean): Finding {
  const { peer, said } = peerAndText(text, words.length + 1);
  const attributes = peer === undefined ? { said } : {};
  if (peer === undefined && !words.startsWith('Disconnecting')) return undefined;
  return connectionClaim({ type: words, peer, action: 'disconnect', outcome: outcomeOf(peer, preauth), reason: said, attributes });
}

/** `Received disconnect from ADDRESS[ port N]:CODE: TEXT`; before 7.0 `ADDRESS: CODE: TEXT`. The text is the client's, and last. */
export function receivedDisconnect(text: string, preauth: boolean): Finding {
  // An IPv6 address has colons of its own, but no blanks.
  const found =
    /^Received disconnect from (\S{1,255}) port (\d{1,5}):(\d{1,10}): ?/.exec(text) ??
    /^Received disconnect from (\S{1,255})(): (\d{1,10}): ?/.exec(text);
  if (found === null) return undefined;
  const [whole, from = '', port, code] = found;
  const peer = { remote: { from, port: port === '' ? undefined : port, end: 0 }, user: undefined, invalid: false, known: !preauth };
  const claim = connectionClaim({
    type: 'Received disconnect',
    peer,
    action: 'disconnect',
    outcome: preauth ? 'failure' : 'success',
    reason: text.slice(whole.length),
    status: code,
  });
  // Behind a login it is somebody, who is not named here.
  return preauth ? claim : { ...claim, actor: 'unknown' };
}

/** An attempt that ends before the client proved who it is has failed. */
function outcomeOf(peer: Peer | undefined, preauth: boolean): 'failure' | 'success' | 'unknown' {
  if (preauth || peer?.invalid === true) return 'failure';
  return peer?.known === true ? 'success' : peer === undefined || peer.user !== undefined ? 'failure' : 'unknown';
}

/** `maximum authentication attempts exceeded for USER from ADDRESS port N ssh2`. */
export function tooManyAttempts(text: string): Finding {
  const words = 'maximum authentication attempts exceeded';
  const ssh2 = text.endsWith(' ssh2') ? text.slice(0, -5) : text;
  const start = ssh2.lastIndexOf(' from ');
  const remote = start < 0 ? undefined : remoteAt(ssh2, start + 6);
  if (remote?.end !== ssh2.length) return undefined;
  const { name, invalid } = nameOf(ssh2.slice(words.length + 5, start));
  return {
    ...connectionClaim({
      type: words,
      peer: { remote, user: name, invalid, known: false },
      action: 'connect',
      outcome: 'denied',
      reason: words,
    }),
    action: 'login',
  };
}
