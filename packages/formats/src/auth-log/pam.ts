import type { Claim, Finding, Message } from './claim.ts';
import { MODULE_TEXTS } from './pam-module-texts.ts';

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
