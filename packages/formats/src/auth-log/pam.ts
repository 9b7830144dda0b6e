import type { Claim, Finding, Message } from './claim.ts';

/**
 * Lines of PAM modules (Linux-PAM pam_syslog.c): `MODULE(SERVICE:TYPE): TEXT`, and before 0.99 the tag `SERVICE(MODULE)`; pam_krb5 of Red Hat and pam_ldap of PADL
 * write `MODULE[PID]: TEXT` and `MODULE: TEXT`. The service is the program's own
 * word; TYPE is auth, account, session or chauthtok (setcred counts as auth).
 */
const HEAD = /^(pam_[a-z0-9_-]{1,40}|PAM-[\w-]{1,40})(?:\(([^\s():]{0,64})(?::([a-z_]{1,16}))?\)|\[\d{1,10}\])?: /;

export function pamFinding(message: Message): Finding {
  const head = HEAD.exec(message.text);
  if (head === null) return undefined;
  const [whole, module = '', service = '', type = ''] = head;
  return pamText({ module, service: service === '' ? message.program : service, type, text: message.text.slice(whole.length) });
}

export interface PamLine {
  readonly module: string;
  readonly service: string;
  readonly type: string;
  readonly text: string;
}

/** Services whose program writes a line of its own about who came in: PAM's tells of the session. */
const SPEAK_THEMSELVES = new Set([
  'sshd',
  'sudo',
  'sudo-i',
  'su',
  'su-l',
  'cron',
  'crond',
  'atd',
  'systemd-user',
  'runuser',
  'runuser-l',
  'polkit-1',
  'doas',
  'samba',
]);
/** Someone who is there already becomes another. */
const ELEVATES = new Set(['sudo', 'sudo-i', 'su', 'su-l', 'runuser', 'runuser-l', 'doas', 'polkit-1']);
/** Sessions that are no one's presence at the machine. */
const NO_PRESENCE = new Set([
  'sudo',
  'sudo-i',
  'su',
  'su-l',
  'cron',
  'crond',
  'atd',
  'systemd-user',
  'runuser',
  'runuser-l',
  'polkit-1',
  'doas',
  'samba',
]);
const PROTOCOLS: Readonly<Record<string, string>> = { sshd: 'ssh', vsftpd: 'ftp', proftpd: 'ftp', dropbear: 'ssh', cockpit: 'http' };

export function pamText(line: PamLine): Finding {
  const { text } = line;
  if (text.startsWith('session ')) return sessionOf(line);
  const failure = /^(?:(\d+) more )?authentication (failures?|success)[;,] /.exec(text);
  if (failure !== null) return authentication(line, failure);
  if (line.type === 'chauthtok' || text.startsWith('password changed for ')) return passwordChange(line);
  // A question of the display managers that decides whether to ask for a password: nobody was refused.
  if (text.startsWith('requirement "user ingroup nopasswdlogin" ')) return 'pam_other';
  return moduleText(line) ?? 'pam_other';
}

const OPENED = /^session opened for user ([^(]*)(?:\(uid=(\d+)\))?$/;
const BY = /^([^(]*)\(uid=(-?\d+)\)$/;

/** `session opened for user NAME[(uid=N)] by [NAME](uid=N)`, `session closed for user NAME`. */
function sessionOf(line: PamLine): Finding {
  const by = line.text.indexOf(' by ');
  const opener = by < 0 ? null : BY.exec(line.text.slice(by + 4));
  const opened = opener === null ? null : OPENED.exec(line.text.slice(0, by));
  if (opened !== null) {
    const [, user, uid] = opened;
    const [, name, byUid] = opener ?? [];
    return session(line, { opened: true, user, by: name, attributes: { uid, by_uid: byUid } });
  }
  const closed = /^session (opened|closed) for user (.*?)(?:\(uid=(\d+)\))?$/.exec(line.text);
  if (closed === null) return undefined;
  const [, what, user, uid] = closed;
  return session(line, { opened: what === 'opened', user, by: undefined, attributes: { uid } });
}

interface Session {
  readonly opened: boolean;
  readonly user: string | undefined;
  readonly by: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Of su and sudo the session is the target's, and the actor is `by`: a name, or where no terminal tells it, a number. Who closes one is not said: it is joined
 * from the line that opened it.
 */
function session(line: PamLine, { opened, user, by, attributes }: Session): Claim {
  const { service } = line;
  const actor = actorOf(service, by, attributes['by_uid']);
  const other = actor !== undefined && actor !== user;
  if (!opened && ELEVATES.has(service)) return { ...ended(line), effectiveUser: user, attributes: { ...details(line), ...attributes } };
  return {
    type: opened ? 'session opened' : 'session closed',
    action: opened ? (SPEAK_THEMSELVES.has(service) ? 'connect' : 'login') : NO_PRESENCE.has(service) ? 'disconnect' : 'logout',
    category: 'session',
    outcome: 'success',
    user: other ? actor : user,
    effectiveUser: other ? user : undefined,
    protocol: protocolOf(service),
    attributes: detailed(line, attributes),
  };
}

/** In one literal: spread, they cost more than the rest of the line. */
function detailed({ module, service, type }: PamLine, { uid, by_uid }: Session['attributes']): Readonly<Record<string, unknown>> {
  return { pam_module: module, pam_service: service, pam_type: type === '' ? undefined : type, uid, by_uid };
}

function actorOf(service: string, by: string | undefined, uid: unknown): string | undefined {
  // login(1) is called by getty, which has no name but this.
  if (by !== undefined && by !== '' && by !== 'LOGIN') return by;
  return ELEVATES.has(service) && typeof uid === 'string' && uid !== '0' ? uid : undefined;
}

function ended({ service }: PamLine): Claim {
  return { type: 'session closed', action: 'disconnect', category: 'session', outcome: 'success', protocol: protocolOf(service) };
}

function details({ module, service, type }: PamLine): Readonly<Record<string, unknown>> {
  return { pam_module: module, pam_service: service, pam_type: type === '' ? undefined : type };
}

function protocolOf(service: string): string | undefined {
  return Object.hasOwn(PROTOCOLS, service) ? PROTOCOLS[service] : undefined;
}

/**
 * `authentication failure; logname=A uid=N euid=N tty=T ruser=R rhost=H  user=U`. R may be what a client sent; U is written only for an account that
 * exists. So H is the last `rhost=`, and U what follows it.
 */
function authentication(line: PamLine, [, more, word = '']: RegExpExecArray): Claim {
  const { text } = line;
  const at = text.lastIndexOf(' rhost=');
  const tail = at < 0 ? '' : text.slice(at + 7);
  const blank = tail.indexOf(' ');
  const from = blank < 0 ? tail : tail.slice(0, blank);
  const user = / user=(.*)$/.exec(blank < 0 ? '' : tail.slice(blank))?.[1]?.trim() ?? '';
  const head = at < 0 ? text : text.slice(0, at);
  const logname = /[; ]logname=(\S*)/.exec(head)?.[1] ?? '';
  const ruser = / ruser=(.*)$/.exec(head)?.[1]?.trim() ?? '';
  const tty = / tty=(\S*)/.exec(head)?.[1];
  const uid = / uid=(\d+)/.exec(head)?.[1];
  const elevates = ELEVATES.has(line.service);
  // pam_krb5 has no `user=`: its `logname` is the account.
  const named = user === '' && line.module === 'pam_krb5' ? logname : user;
  const actor = elevates && ruser !== '' ? ruser : elevates && logname !== '' ? logname : named;
  return {
    type: `authentication ${word.replace(/s$/, word === 'success' ? 's' : '')}`,
    action: 'login',
    category: 'authentication',
    outcome: word === 'success' ? 'success' : 'failure',
    user: actor === '' ? ruser : actor,
    actor: actor === '' ? 'unknown' : undefined,
    effectiveUser: actor !== '' && named !== actor ? named : undefined,
    from,
    protocol: protocolOf(line.service),
    attributes: {
      ...details(line),
      attempts: more === undefined ? undefined : Number(more),
      logname: logname || undefined,
      ruser: ruser || undefined,
      tty: tty === '' ? undefined : tty,
      uid,
    },
  };
}

function passwordChange(line: PamLine): Finding {
  const user = /^password changed for (.+)$/.exec(line.text)?.[1];
  if (user === undefined) {
    const target = /^Password change failed for user (.+): \d+ \(/.exec(line.text)?.[1];
    return /fail/i.test(line.text) ? { ...changed(line, target), outcome: 'failure', reason: line.text } : 'pam_other';
  }
  return changed(line, user);
}

function changed(line: PamLine, target: string | undefined): Claim {
  return {
    type: 'password changed',
    action: 'update',
    category: 'iam',
    outcome: 'success',
    target,
    resource: target,
    resourceType: 'user',
    resourceId: target,
    attributes: details(line),
  };
}

interface ModuleText {
  readonly pattern: RegExp;
  readonly outcome: Claim['outcome'];
  readonly mfa?: boolean;
  /** The account is none that there is. */
  readonly invalid?: boolean;
}

/** What modules say when they refuse or let in; the first group is the account, the second the other end. */
const MODULE_TEXTS: readonly ModuleText[] = [
  { pattern: /^account (\S+) has expired/, outcome: 'denied' },
  {
    pattern: /^(?:Access|access) denied for user [`'"]?(\S+?)['"]?(?: from [`'"](\S+?)['"]| from (?:`|')?(\S+))?(?::|$)/,
    outcome: 'denied',
  },
  {
    pattern:
      /^received for user (.+): (?:6|13|11) \((?:Permission denied|User account has expired|Have exhausted maximum number of retries for service)\)$/,
    outcome: 'denied',
  },
  {
    pattern: /^received for user (.+): \d+ \((?:Authentication failure|Permission denied|User account has expired|.*)\)$/,
    outcome: 'failure',
  },
  { pattern: /^Consecutive login failures for user (.+) account temporarily locked$/, outcome: 'denied' },
  { pattern: /^user (\S+) \(\d+\) (?:has )?tally \d+, deny \d+$/, outcome: 'denied' },
  { pattern: /^user (\S+) \(\d+\) has time limit/, outcome: 'denied' },
  { pattern: /^requirement ".*" not met by user "([^"]*)"$/, outcome: 'denied' },
  { pattern: /^user (\S+) inactive for \d+ days - denied$/, outcome: 'denied' },
  { pattern: /^expired password for user (\S+) \(/, outcome: 'denied' },
  { pattern: /^User (\S+) not allowed$/, outcome: 'denied' },
  { pattern: /^error retrieving information about user (.+)$/, outcome: 'failure', invalid: true },
  // nss-pam-ldapd's pam.c: what pam_strerror() says, and the account.
  { pattern: /^(?:Permission denied|Access denied|User account has expired); user=(.+)$/, outcome: 'denied' },
  { pattern: /^[A-Z][^;]{1,100}; user=(.+)$/, outcome: 'failure' },
  { pattern: /^error trying to bind as user "(.*)" \(/, outcome: 'failure' },
  { pattern: /^authentication succeeds for '(.*?)' \(\S*\)$/, outcome: 'success' },
  { pattern: /^authentication fails for '(.*?)' \(\S*\)(?:: .*)?$/, outcome: 'failure' },
  { pattern: /^account checks fail for '(.*?)(?:@[^'@]*)?': /, outcome: 'denied' },
  { pattern: /^could not obtain user info \((.*)\)$/, outcome: 'failure', invalid: true },
  { pattern: /^could not identify user \(from getpwnam\((.*)\)\)$/, outcome: 'failure', invalid: true },
  { pattern: /^check pass; user \((.*)\) unknown$/, outcome: 'failure', invalid: true },
  { pattern: /^User unknown: (.+)$/, outcome: 'failure', invalid: true },
  { pattern: /^user `(.*)' not found in the database$/, outcome: 'failure', invalid: true },
  { pattern: /^user (\S+) rejected$/, outcome: 'denied' },
  { pattern: /^password check failed for user \((.*)\)$/, outcome: 'failure' },
  { pattern: /^Refused user (\S+) for service/, outcome: 'denied' },
  { pattern: /^Too many (?:system )?logins .* for (\S+)$/, outcome: 'denied' },
  { pattern: /^Access denied (?:to|for) '([^']*)'/, outcome: 'denied' },
  { pattern: /^Access granted to '([^']*)'/, outcome: 'success' },
  { pattern: /^access denied: tty '.*' is not secure/, outcome: 'denied' },
  { pattern: /^Accepted google_authenticator for (.+)$/, outcome: 'success', mfa: true },
  { pattern: /^Invalid verification code(?: for (.+))?$/, outcome: 'failure', mfa: true },
  { pattern: /^user [`']?(\S+?)'? granted access$/, outcome: 'success' },
  { pattern: /^user [`']?(\S+?)'? denied access \(incorrect password/, outcome: 'failure' },
  { pattern: /^user [`']?(\S+?)'? denied access/, outcome: 'denied' },
  // pam_ssh_agent_auth.c: which key's account, and in whose file it stands.
  { pattern: /^Authenticated: `(.*)' as `.*' using \S+$/, outcome: 'success' },
  { pattern: /^Failed Authentication: `(.*)' as `.*' using \S+$/, outcome: 'failure' },
  { pattern: /^user (\S+) authenticated as \S+$/, outcome: 'success' },
  { pattern: /^(?:auth could not identify password for|bad username) \[(.*)\]$/, outcome: 'failure' },
  // pam_duo.c duo_log(): `EVENT for 'NAME'[ from ADDRESS][: REASON]`; let in without a second factor are those whom the service or its absence excuses.
  { pattern: /^Successful Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'success', mfa: true },
  { pattern: /^(?:Skipped|Failsafe) Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'success', mfa: false },
  { pattern: /^Failed Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'failure', mfa: true },
  { pattern: /^(?:Aborted|Failsecure) Duo login for '(.*)'(?: from '?([\da-fA-F.:]+?)'?)?(?:: .*)?$/, outcome: 'denied', mfa: true },
  { pattern: /^(?:Authentication failed|Authentication failure) for (\S+)/, outcome: 'failure' },
];

function moduleText(line: PamLine): Finding {
  for (const { pattern, outcome, mfa, invalid } of MODULE_TEXTS) {
    const found = pattern.exec(line.text);
    if (found === null) continue;
    return {
      type: line.module,
      action: 'login',
      category: 'authentication',
      outcome,
      user: found[1]?.trim(),
      actor: invalid === true ? 'unknown' : undefined,
      invalid,
      from: found[2] ?? found[3],
      mfa,
      reason: outcome === 'success' ? undefined : line.text,
      protocol: protocolOf(line.service),
      attributes: details(line),
    };
  }
  return undefined;
}

/** `sshd(pam_unix)`: the module stands in the tag. */
export function pamTag(tag: string): { readonly service: string; readonly module: string } | undefined {
  const found = tag.endsWith(')') ? /^([\w.-]{1,64})\((pam_[\w-]{1,40})\)$/.exec(tag) : null;
  return found === null ? undefined : { service: found[1] ?? '', module: found[2] ?? '' };
}
