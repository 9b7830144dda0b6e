import type { Claim, Finding, Message } from './claim.ts';

/**
 * login(1) of util-linux (login-utils/login.c log_syslog(), loginpam_err()) and of shadow (login.c). The name that was typed may hold anything; the host
 * is named by who called login (telnetd), and stands before it.
 */
export function loginFinding({ text }: Message): Finding {
  const root = /^ROOT LOGIN +ON (\S+)(?: FROM (\S+))?$/i.exec(text);
  if (root !== null)
    return claimOf('LOGIN', 'success', { user: 'root', tty: root[1]?.replaceAll("'", ''), from: root[2]?.replaceAll("'", '') });
  const on = /^LOGIN ON (\S+) BY (\S+)(?: FROM (\S+))?$/.exec(text);
  if (on !== null) return claimOf('LOGIN', 'success', { user: on[2], tty: on[1], from: on[3] });
  const dialup = /^DIALUP AT (\S+) BY (\S+)$/.exec(text);
  if (dialup !== null) return claimOf('DIALUP', 'success', { user: dialup[2], tty: dialup[1], from: undefined });
  return failed(text) ?? shadow(text) ?? 'login_notice';
}

/** `FAILED LOGIN N FROM HOST FOR NAME, ERROR`, `FAILED LOGIN SESSION FROM …`, `TOO MANY LOGIN TRIES (N) FROM …`; without a host it is the terminal. */
function failed(text: string): Finding {
  const head = /^(FAILED LOGIN SESSION|FAILED LOGIN|TOO MANY LOGIN TRIES)(?: \(?(\d+)\)?)? (?:FROM|ON) (\S+) FOR /.exec(text);
  if (head === null) return undefined;
  const [whole, type = '', count, place = ''] = head;
  const comma = text.lastIndexOf(', ');
  const end = comma < whole.length ? text.length : comma;
  const quoted = text.slice(whole.length, end).replace(/^[`'](.*)'$/, '$1');
  const tty = /^'?\/dev\/|^'?tty|^pts\/|^console$|^\(null\)$/.test(place);
  const claim = claimOf(type, type.startsWith('TOO') ? 'denied' : 'failure', {
    user: quoted === 'UNKNOWN' || quoted === '(unknown)' ? undefined : quoted,
    tty: tty ? place.replaceAll("'", '') : undefined,
    from: tty ? undefined : place,
  });
  return {
    ...claim,
    reason: end === text.length ? undefined : text.slice(end + 2),
    attributes: { ...claim.attributes, ...(count === undefined ? {} : { attempts: Number(count) }) },
  };
}

/**
 * shadow (src/login.c), whose names and places stand in quotes, two blanks before ` on` since 4.1: `FAILED LOGIN (N) on 'TTY'[ from 'HOST'] FOR 'NAME', ERROR`,
 * `TOO MANY LOGIN TRIES (N) on … FOR 'NAME'`, `invalid password for 'NAME' on …`, `LOGIN 'NAME' REFUSED on …`, `'NAME' logged in on …`.
 */
function shadow(text: string): Finding {
  const counted = /^(FAILED LOGIN|TOO MANY LOGIN TRIES) \((\d+)\) +on '([^']*)'(?: from '([^']*)')? FOR '(.*)'(?:, (.*))?$/.exec(text);
  if (counted !== null) {
    const [, type = '', , tty, from, name, reason] = counted;
    return { ...claimOf(type, type.startsWith('TOO') ? 'denied' : 'failure', { user: accountOf(name), tty, from }), reason };
  }
  for (const [pattern, type, outcome] of SHADOW) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const { name, tty, from } = found.groups ?? {};
    const user = type.includes('ROOT') ? 'root' : accountOf(name);
    return { ...claimOf(type, outcome, { user, tty, from }), reason: outcome === 'success' ? undefined : type };
  }
  return undefined;
}

/** Where: the end of the line, which the caller of login says; a name before it may hold anything. */
const ON = / +on '(?<tty>[^']*)'(?: from '(?<from>[^']*)')?$/.source;
const SHADOW: readonly (readonly [RegExp, string, Claim['outcome']])[] = [
  [new RegExp(`^invalid password for '(?<name>.*?)'${ON}`), 'invalid password', 'failure'],
  [new RegExp(`^exceeded failure limit for '(?<name>.*?)'${ON}`), 'exceeded failure limit', 'denied'],
  [new RegExp(`^REPEATED login failures${ON}`), 'REPEATED login failures', 'failure'],
  [new RegExp(`^LOGIN '(?<name>.*?)' REFUSED ?${ON}`), 'LOGIN REFUSED', 'denied'],
  [new RegExp(`^ILLEGAL ROOT LOGIN${ON}`), 'ILLEGAL ROOT LOGIN', 'denied'],
  [new RegExp(`^ROOT LOGIN${ON}`, 'i'), 'ROOT LOGIN', 'success'],
  [new RegExp(`^'(?<name>.*?)' logged in ?${ON}`), 'logged in', 'success'],
  [new RegExp(`^LOGIN(?: by)? '(?<name>[^']*)'${ON}`, 'i'), 'LOGIN', 'success'],
];

/** What was typed is not told when it is nobody's name: it may be a password. */
function accountOf(name: string | undefined): string | undefined {
  return name === 'UNKNOWN' ? undefined : name;
}

function claimOf(
  type: string,
  outcome: Claim['outcome'],
  { user, tty, from }: Readonly<Record<'user' | 'tty' | 'from', string | undefined>>,
): Claim {
  return {
    type,
    action: 'login',
    category: 'authentication',
    outcome,
    user,
    from,
    attributes: tty === undefined ? {} : { tty },
  };
}

/** linux-pam's unix_chkpwd, which looks into the shadow file for programs that may not: `password check failed for user (NAME)`. */
export function passwordCheck({ text }: Message): Finding {
  const found = /^password check failed for user \((.*)\)$/.exec(text);
  return found === null
    ? 'unix_chkpwd'
    : { ...claimOf('password check failed', 'failure', { user: found[1], tty: undefined, from: undefined }), reason: text.slice(0, 21) };
}
