import type { Claim, Finding, Message } from './claim.ts';

/** Daemons of mail, files and old remote shells that share the log with sshd. What a client chose stands in brackets or quotes of the daemon's own, or last. */

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

/**
 * dovecot (login-common/client-common.c): `PROTOCOL-login: Login: user=<NAME>, method=M, rip=ADDRESS, …`, `… (auth failed, N attempts in N secs): user=<NAME>, …`.
 * The name is made printable, without `<`, `>` and blanks of its own, by dovecot.
 */
export function dovecotFinding({ text }: Message): Finding {
  const found =
    /^(\w{1,20})-login: (?:Info: )?(.{1,200}?): user=<([^<>]{0,1000})>, (?:method=([\w-]{0,40}), )?rip=([\da-fA-F.:]{1,45})(?:,|$)/.exec(
      text,
    );
  if (found === null) return 'dovecot';
  const [, protocol, word = '', user, method, from] = found;
  const type = word.split(' (', 1)[0] ?? word;
  if (word === 'Login') return { ...claimOf({ type, action: 'login', outcome: 'success', user, from, protocol }), authMethod: method };
  if (!/auth failed|Login failed|unknown user|disabled/i.test(word)) return 'dovecot';
  return { ...claimOf({ type, action: 'login', outcome: 'failure', user, from, protocol, reason: word }), authMethod: method };
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

/** xinetd: `START: SERVICE [pid=N ]from=ADDRESS`, `FAIL: SERVICE REASON from=ADDRESS`, `EXIT: …`. tcp_wrappers: `connect from HOST`, `refused connect from HOST`. */
export function inetdFinding({ text, program }: Message): Finding {
  const started = /^(START|FAIL): (\S{1,64}) (?:(?:pid=\d{1,10}|(\S{1,64})) )?from=(\S{1,255})$/.exec(text);
  if (started !== null) {
    const [, type = '', service, reason, from] = started;
    const outcome = type === 'START' ? 'success' : 'denied';
    return {
      ...claimOf({ type, action: 'connect', outcome, from, protocol: service, reason }),
      actor: 'anonymous',
      resource: service,
      resourceType: 'service',
    };
  }
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

/** cyrus-sasl saslauthd: `do_auth         : auth (success|failure): [user=NAME] [service=S] [realm=R] [mech=M][ [reason=TEXT]]`. */
export function saslauthdFinding({ text }: Message): Finding {
  const found =
    /^do_auth *: auth (success|failure)(?: \(cached\))?: \[user=(.{0,256})\] \[service=([\w.-]{0,64})\] \[realm=(.{0,256})\] \[mech=(\w{1,32})\](?: \[reason=(.*)\])?$/.exec(
      text,
    );
  if (found === null) return 'saslauthd';
  const [, outcome, user, service, realm, mech, reason] = found;
  const type = `auth ${outcome ?? ''}`;
  const made = claimOf({ type, action: 'login', outcome: outcome === 'success' ? 'success' : 'failure', user, protocol: service, reason });
  return { ...made, authMethod: mech, attributes: realm === '' ? {} : { realm } };
}
