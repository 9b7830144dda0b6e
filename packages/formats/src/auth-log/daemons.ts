import type { Claim, Finding, Message } from './claim.ts';

/** Daemons of files and old remote shells that share the log with sshd. What a client chose stands in brackets or quotes of the daemon's own, or last. */

interface Said {
  readonly type: string;
  readonly action: Claim['action'];
  readonly outcome: Claim['outcome'];
  readonly user?: string | undefined;
  readonly from?: string | undefined;
  readonly protocol?: string | undefined;
  readonly reason?: string | undefined;
  readonly attributes?: Claim['attributes'];
}

function claimOf({ user, ...said }: Said): Claim {
  const category = said.action === 'login' || said.action === 'connect' ? 'authentication' : 'session';
  const named = user !== undefined && user !== '';
  return {
    category,
    user,
    actor: named ? undefined : said.outcome === 'success' && said.action === 'login' ? 'anonymous' : 'unknown',
    ...said,
  };
}

/** BSD, wu-ftpd and vsftpd's old ftpd: `connection from ADDRESS (NAME) at DATE`, `ANONYMOUS FTP LOGIN FROM ADDRESS, WORD`, `FTP LOGIN FROM NAME [ADDRESS], USER`, `failed login from …`. */
export function ftpdFinding({ text }: Message): Finding {
  const protocol = 'ftp';
  const connected =
    /^connection from (\S{1,255}) \((\S{0,255})\)(?: at .{1,40})?$/.exec(text) ?? /^connection from (\S{1,255}) at .{1,40}$/.exec(text);
  if (connected !== null)
    return {
      ...claimOf({ type: 'connection', action: 'connect', outcome: 'success', from: connected[1], protocol }),
      actor: 'anonymous',
      attributes: connected[2] === undefined || connected[2] === '' ? {} : { client_host: connected[2] },
    };
  const login =
    /^(ANONYMOUS )?(FTP LOGIN(?: REFUSED)?|failed login|repeated login failures) from (\S{1,255})(?: \[([\da-fA-F.:]{1,45})\])?(?:, +(.*))?$/i.exec(
      text,
    );
  if (login === null) return 'ftp_server';
  const [, anonymous, type = '', host, address, who] = login;
  const good = /^FTP LOGIN$/i.test(type);
  const outcome = good ? 'success' : /refused/i.test(type) ? 'denied' : 'failure';
  // Of an anonymous login it is what the client gave for a password.
  const claim = claimOf({
    type,
    action: 'login',
    outcome,
    user: anonymous === undefined ? who : undefined,
    from: address ?? host,
    protocol,
  });
  return anonymous === undefined ? claim : { ...claim, actor: 'anonymous' };
}

/** Kerberos' klogind, kshd: `Authentication failed from ADDRESS (NAME): TEXT`; the same attempt has another line without the peer. */
export function klogindFinding({ text }: Message): Finding {
  const found = /^Authentication failed from (\S{1,255}) \((\S{0,255})\): (.*)$/.exec(text);
  if (found === null) return 'kerberos_login';
  return claimOf({ type: 'Authentication failed', action: 'login', outcome: 'failure', from: found[1], reason: found[3] });
}

/** tcp_wrappers, which speak for the daemon that they guard: `connect from HOST`, `refused connect from NAME(ADDRESS)`. */
export function wrappedFinding({ text, program }: Message): Finding {
  const wrapped = /^(refused connect|connect) from (?:(\S{1,255})\((\S{1,255})\)|(\S{1,255}))$/.exec(text);
  if (wrapped === null) return 'inetd';
  const [, type = '', , address, host] = wrapped;
  const outcome = type === 'connect' ? 'success' : 'denied';
  return {
    ...claimOf({ type, action: 'connect', outcome, from: address ?? host, protocol: program.replace(/^in\./, '') }),
    actor: 'anonymous',
  };
}

/** Berkeley's rshd and rlogind: `USER@HOST as LOCAL: cmd='COMMAND'`, `… permission denied. cmd='COMMAND'`. The user and the host are the client's words. */
export function rshdFinding({ text }: Message): Finding {
  const found = /^(\S{1,255})@(\S{1,255}) as (\S{1,255}): (permission denied\D{0,40}?\. ?)?cmd='(.*)'?$/.exec(text);
  if (found === null) return 'remote_shell';
  const [, remoteUser, from, user, denied] = found;
  return claimOf({
    type: 'rsh',
    action: 'execute',
    outcome: denied === undefined ? 'success' : 'denied',
    user,
    from,
    protocol: 'rsh',
    reason: denied?.trim(),
    attributes: { remote_user: remoteUser },
  });
}

/**
 * Pure-FTPd (ftpd.c, log_nocolor): `(NAME@HOST) [LEVEL] TEXT`, where NAME is `?` until somebody has logged in and HOST is DNS's. What a client gave stands
 * between the daemon's words or last.
 */
export function pureFtpdFinding({ text }: Message): Finding {
  const head = /^\((\S{1,256})@(\S{1,255}?)\) \[[A-Z]{4,8}\] /.exec(text);
  if (head === null) return 'ftp_server';
  const [whole, name = '', from] = head;
  const said = text.slice(whole.length);
  const user = name === '?' ? undefined : name;
  const protocol = 'ftp';
  if (said.startsWith('New connection from '))
    return { ...claimOf({ type: 'New connection', action: 'connect', outcome: 'success', from, protocol }), actor: 'anonymous' };
  const good = /^(.*) is now logged in$/s.exec(said)?.[1];
  if (good !== undefined) return claimOf({ type: 'is now logged in', action: 'login', outcome: 'success', user: good, from, protocol });
  if (said === 'Anonymous user logged in') return claimOf({ type: said, action: 'login', outcome: 'success', from, protocol });
  const bad = /^Authentication failed for user \[(.*)\]$/s.exec(said)?.[1];
  if (bad !== undefined) return claimOf({ type: 'Authentication failed', action: 'login', outcome: 'failure', user: bad, from, protocol });
  if (/^Logout\.?(?: -.*)?$|^Timeout - /.test(said))
    return claimOf({ type: 'Logout', action: 'logout', outcome: 'success', user, from, protocol });
  const moved =
    /^(.*) (uploaded|downloaded) +\((\d{1,15}) bytes, .{1,30}\)$/s.exec(said) ??
    /^(Deleted|Created|Removed) (?:directory )?\[?(.*?)\]?$/s.exec(said);
  if (moved === null) return 'ftp_server';
  const [, first, second, bytes] = moved;
  const word = bytes === undefined ? first : second;
  const path = bytes === undefined ? second : first;
  const action = word === 'downloaded' ? 'read' : word === 'uploaded' || word === 'Created' ? 'create' : 'delete';
  return {
    ...claimOf({ type: word ?? '', action, outcome: 'success', user, from, protocol }),
    category: 'file',
    resource: path,
    resourceType: 'file',
    resourceId: path,
    bytesOut: word === 'downloaded' ? Number(bytes) : undefined,
  };
}
