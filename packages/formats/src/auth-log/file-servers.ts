import type { Claim, Finding, Message } from './claim.ts';

/** vsftpd logging.c with syslog_enable: `[NAME] (OK|FAIL) WHAT: Client "ADDRESS"[, "PATH"][, N bytes][, …]`. The name is before the address, the path behind it. */
export function vsftpdFinding({ text: said }: Message): Finding {
  // A collector sends the lines of vsftpd.log with their own stamp.
  const text = said.replace(/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} (?=\[pid )/, '');
  const connected = /^(?:\[pid \d{1,10}\] )?CONNECT: Client "([^"]+)"/.exec(text);
  if (connected !== null) return ftp('CONNECT', 'connect', 'success', { from: connected[1] });
  const found =
    /^(?:\[pid \d{1,10}\] )?\[(.{0,256})\] (OK|FAIL) ([A-Z]+): Client "([^"\s]+)"(?:, "(.*?)")?(?:, (\d+) bytes)?(?:, .*)?$/.exec(text);
  if (found === null) return /^\[.*\] (?:FTP|DEBUG)|^(?:FTP|DEBUG)/.test(text) ? 'ftp_command' : undefined;
  const [, user, result, what = '', from, path, bytes] = found;
  const action = Object.hasOwn(TRANSFERS, what) ? TRANSFERS[what] : undefined;
  const claim = ftp(`${result ?? ''} ${what}`, action ?? 'login', result === 'OK' ? 'success' : 'failure', { user, from });
  if (action === undefined) return claim;
  const sent = what === 'DOWNLOAD' && bytes !== undefined ? Number(bytes) : undefined;
  return { ...claim, category: 'file', resource: path, resourceType: 'file', resourceId: path, bytesOut: sent };
}

const TRANSFERS: Readonly<Record<string, Claim['action']>> = {
  DOWNLOAD: 'read',
  UPLOAD: 'create',
  MKDIR: 'create',
  DELETE: 'delete',
  RENAME: 'update',
  RMDIR: 'delete',
  CHMOD: 'update',
  APPEND: 'update',
};

/**
 * xferlog(5), behind the time: `SECONDS HOST SIZE FILE TYPE ACTION DIRECTION MODE USER SERVICE METHOD ID STATUS`. The file's name may hold blanks, so that the
 * end is read from the right.
 */
const XFER = /^\d{1,10} (\S{1,256}) (\d{1,19}) (.*) [ab] [CUT_]{1,3} ([oid]) ([arg]) (\S{1,256}) (\S{1,64}) [01] \S{1,256}(?: ([ci]))?$/;
const DIRECTIONS: Readonly<Record<string, Claim['action']>> = { o: 'read', i: 'create', d: 'delete' };

export function xferlogFinding({ text }: Message): Finding {
  const found = XFER.exec(text);
  if (found === null) return undefined;
  const [, from, size = '', path, direction = '', mode, user, service, status] = found;
  const outcome = status === 'c' ? 'success' : status === 'i' ? 'failure' : 'unknown';
  const claim = ftp('transfer', DIRECTIONS[direction] ?? 'access', outcome, { user, from });
  return {
    ...claim,
    category: 'file',
    actor: mode === 'a' ? 'anonymous' : undefined,
    resource: path,
    resourceType: 'file',
    resourceId: path,
    bytesOut: direction === 'o' ? Number(size) : undefined,
    attributes: { service, direction, mode },
  };
}

/** proftpd: `SERVER (NAME[ADDRESS]) - TEXT`, in older versions with a colon for the dash. */
export function proftpdFinding({ text }: Message): Finding {
  const head = /^\S+ \((\S*?)\[([\da-f.:%]+)\]\)(?:(?: \S*)? ?-|:) /i.exec(text) ?? /^\S+ \(\S+\)(?: -|:) /.exec(text);
  if (head === null) return 'ftp_server';
  const from = head[2];
  const said = text.slice(head[0].length);
  const good = /^(?:USER|ANON) (\S+): Login successful/.exec(said);
  if (good !== null) return ftp('Login successful', 'login', 'success', { user: good[1], from });
  const bad = /^USER (.*) \(Login failed\): (.*)$/.exec(said);
  if (bad !== null) return { ...ftp('Login failed', 'login', 'failure', { user: bad[1], from }), reason: bad[2] };
  const nobody = /^USER (.*): no such user found from /.exec(said);
  if (nobody !== null)
    return { ...ftp('no such user', 'login', 'failure', { user: nobody[1], from }), actor: 'unknown', reason: 'no such user found' };
  if (said.startsWith('Maximum login attempts ')) return { ...ftp('Maximum login attempts', 'login', 'denied', { from }), reason: said };
  if (said.startsWith('SECURITY VIOLATION')) return { ...ftp('SECURITY VIOLATION', 'login', 'denied', { from }), reason: said };
  if (said.startsWith('FTP session opened')) return ftp('FTP session opened', 'connect', 'success', { from });
  if (said.startsWith('FTP session closed'))
    return { ...ftp('FTP session closed', 'disconnect', 'success', { from }), category: 'session' };
  return 'ftp_server';
}

function ftp(
  type: string,
  action: Claim['action'],
  outcome: Claim['outcome'],
  { user, from }: { user?: string | undefined; from: string | undefined },
): Claim {
  const actor = user === undefined || user === '' ? 'anonymous' : undefined;
  return { type, action, category: action === 'disconnect' ? 'session' : 'authentication', outcome, user, actor, from, protocol: 'ftp' };
}

const PEER = '<?\\[?([\\da-fA-F.:%]+?)\\]?:(\\d{1,5})>?';
const AUTH = new RegExp(
  `^(?:PAM )?(password|pubkey|auth)(?: auth)? succeeded (?:with blank password )?for '(.*)'(?: with (?:(\\S+) )?key (\\S+(?: [\\da-f:]+)?))? from ${PEER}$`,
  'i',
);
const BAD = new RegExp(
  `^(bad (?:PAM )?password attempt|pubkey auth bad signature|login attempt|attempt to login|user account|login|pubkey auth attempt) ?(?:for nonexistent user|for|with wrong user|with unknown algo for|)(?: '(.*)')?[^']* from ${PEER}$`,
  'i',
);
/** Said between the attempt and its end, without the peer. */
const BARRED = /^user (?:account )?'(.*)' (is locked|has invalid shell, rejected)$/i;

const CHILD = new RegExp(`^Child connection from ${PEER}$`, 'i');
const EXIT = new RegExp(
  `^Exit (before auth|(?:after auth )?\\((.{0,100}?)\\))(?: from ${PEER})?(?:[: ]*\\(user '(.{0,100})', (\\d+) fails\\))?: (.*)$`,
  'i',
);

const REASON_PEER = new RegExp(` - user '.*' from ${PEER}$`);

/** dropbear (svr-authpasswd.c, svr-authpubkey.c, svr-auth.c, svr-session.c). A name stands between quotes before the address, which is last. */
export function dropbearFinding({ text }: Message): Finding {
  const connected = CHILD.exec(text);
  if (connected !== null)
    return { ...ssh('Child connection', 'connect', 'success', { from: connected[1], port: connected[2] }), actor: 'anonymous' };
  const good = AUTH.exec(text);
  if (good !== null) {
    const [, method = '', user, type, key, from, port] = good;
    const claim = ssh(`${method} auth succeeded`, 'login', 'success', { user, from, port });
    return {
      ...claim,
      authMethod: /^pubkey$/i.test(method) ? 'publickey' : 'password',
      credential: key,
      attributes: { ...claim.attributes, ...(type === undefined ? {} : { key_type: type }) },
    };
  }
  const bad = BAD.exec(text);
  if (bad !== null) {
    const [, type = '', user, from, port] = bad;
    const claim = ssh(type, 'login', /locked|shell/.test(text) ? 'denied' : 'failure', { user, from, port });
    return /nonexistent/.test(text) ? { ...claim, actor: 'unknown', reason: 'nonexistent user' } : claim;
  }
  const barred = BARRED.exec(text);
  if (barred !== null)
    return {
      ...ssh('login', 'login', 'denied', { user: barred[1], from: undefined, port: undefined }),
      reason: barred[2],
    };
  if (/^root login rejected$/i.test(text))
    return { ...ssh('login', 'login', 'denied', { user: 'root', from: undefined, port: undefined }), reason: text };
  return exit(text);
}

/** `Exit (NAME)[ from <PEER>]: REASON`, `Exit before auth[ from <PEER>]: [(user 'NAME', N fails): ]REASON`. */
function exit(text: string): Finding {
  const found = EXIT.exec(text);
  if (found === null) return 'ssh_server';
  const [, when, known, from, port, user, , reason] = found;
  const early = /^before auth$/i.test(when ?? '');
  // Older versions name the peer last, behind a name in quotes.
  const last = from === undefined ? REASON_PEER.exec(reason ?? '') : null;
  const outcome = early ? 'failure' : 'success';
  return {
    ...ssh('Exit', 'disconnect', outcome, { user: known ?? user, from: from ?? last?.[1], port: port ?? last?.[2] }),
    category: early ? 'authentication' : 'session',
    reason,
  };
}

function ssh(
  type: string,
  action: Claim['action'],
  outcome: Claim['outcome'],
  { user, from, port }: { user?: string | undefined; from: string | undefined; port: string | undefined },
): Claim {
  return {
    type,
    action,
    category: 'authentication',
    outcome,
    user,
    from,
    protocol: 'ssh',
    attributes: port === undefined ? {} : { port: Number(port) },
  };
}
