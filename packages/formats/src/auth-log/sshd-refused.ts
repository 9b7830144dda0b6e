import type { Claim, Finding } from './claim.ts';
import { type Remote, remoteAt, remoteBefore } from './remote.ts';
import { nameOf } from './sshd-login.ts';

/** Messages of sshd that refuse one who has, or nearly has, proved who he is; and those that name an account which does not exist. */

interface Refused {
  readonly type: string;
  readonly outcome: 'denied' | 'failure';
  readonly user?: string | undefined;
  readonly invalid?: boolean;
  readonly remote?: Remote | undefined;
  readonly reason?: string;
  readonly more?: Partial<Claim>;
}

function claimOf({ type, outcome, user, invalid, remote, reason, more }: Refused): Claim {
  return {
    type,
    action: 'login',
    category: 'authentication',
    outcome,
    user,
    actor: invalid === true ? 'unknown' : undefined,
    from: remote?.from,
    protocol: 'ssh',
    reason: reason ?? type,
    port: remote?.port,
    invalid,
    ...more,
  };
}

/** monitor.c mm_answer_pwnamallow(): `administratively prohibited connection for [invalid user ]NAME from ADDRESS port N`. */
export function prohibited(text: string): Finding {
  const type = 'administratively prohibited connection';
  const remote = remoteBefore(text, ' from ');
  if (remote === undefined || !text.startsWith(`${type} for `)) return undefined;
  const { name, invalid } = nameOf(text.slice(type.length + 5, Math.max(type.length + 5, remote.start)));
  return claimOf({ type, outcome: 'denied', user: name, invalid, remote });
}

/** auth2-pubkey.c: `public key TYPE[ FINGERPRINT] signature for [invalid user ]NAME from ADDRESS port N rejected: WHY`. The reason is one of sshd's own. */
export function rejectedSignature(text: string): Finding {
  const end = text.lastIndexOf(' rejected: ');
  const found = /^public key (\S+) (?:(\S+) )?signature for /.exec(text);
  const remote = end < 0 ? undefined : remoteBefore(text.slice(0, end), ' from ');
  if (found === null || remote === undefined || remote.start < found[0].length - 1) return undefined;
  const { name, invalid } = nameOf(text.slice(found[0].length, Math.max(found[0].length, remote.start)));
  const more = { authMethod: 'publickey', credential: found[2], attributes: { key_type: found[1] } };
  return claimOf({ type: 'signature rejected', outcome: 'denied', user: name, invalid, remote, reason: text.slice(end + 11), more });
}

/** auth-pam.c: `Username too long from ADDRESS port N`. */
export function tooLongName(text: string): Finding {
  const type = 'Username too long';
  const remote = remoteAt(text, type.length + 6);
  return text.startsWith(`${type} from `) && remote?.end === text.length
    ? claimOf({ type, outcome: 'failure', invalid: true, remote })
    : undefined;
}

const ELSEWHERE =
  /^(?:\/.{1,512}:\d{1,10}: )?Authentication tried for (\S{1,255}) with (?:correct key but not from a permitted host \(host=\S{1,255}, ip=([^\s,)]{1,64})(?:, required=(.*))?\)|valid certificate but not from a permitted source address \(([^\s)]{1,64})\))\.$/s;
const OWNERS = /^(?:Rhosts authentication|Authentication) refused for (\S{1,255}): /;

/**
 * auth-options.c, auth2-pubkeyfile.c: `[PLACE: ]Authentication tried for NAME with correct key but not from a permitted host (host=H, ip=A[, required=LIST]).`,
 * `… with valid certificate but not from a permitted source address (A).`; auth.c: `Authentication refused for NAME: bad owner or modes for FILE`. All of it is
 * the server's own, the name an account's.
 */
export function triedFromElsewhere(text: string): Finding {
  const owners = OWNERS.exec(text);
  if (owners !== null) return claimOf({ type: 'Authentication refused', outcome: 'denied', user: owners[1], reason: text });
  const revoked = /^WARNING: revoked key for (\S{1,255}) attempted authentication$/.exec(text);
  if (revoked !== null)
    return claimOf({ type: 'revoked key', outcome: 'denied', reason: text, more: { actor: 'unknown', from: revoked[1] } });
  const found = text.includes('Authentication tried for ') ? ELSEWHERE.exec(text) : null;
  if (found === null) return undefined;
  const [, user, ip, list, address] = found;
  const remote = { from: ip ?? address ?? '', port: undefined, end: 0 };
  const reason = ip === undefined ? 'not from a permitted source address' : 'not from a permitted host';
  return claimOf({
    type: 'Authentication tried',
    outcome: 'denied',
    user,
    remote,
    reason,
    more: { authMethod: 'publickey', attributes: { required: list } },
  });
}

const CHROOT =
  /^(?:bad ownership or modes for chroot directory (?:component )?"(.*)"|chroot\("(.*)"\): .*|Unable to chdir to chroot path "(.*)": .*|chroot path (?:component )?"(.*)" is not a directory)$/s;

/** session.c safely_chroot(): who has logged in gets no session, for the folder that is to be his root can not be trusted or is not there. */
export function chrootFailed(text: string): Finding {
  const found = CHROOT.exec(text);
  if (found === null) return undefined;
  const folder = found[1] ?? found[2] ?? found[3] ?? found[4];
  return {
    type: 'chroot',
    action: 'connect',
    category: 'session',
    outcome: 'failure',
    protocol: 'ssh',
    resource: folder,
    resourceType: 'directory',
    resourceId: folder,
    reason: text,
  };
}
