import type { Claim, Finding, Message } from './claim.ts';

/** Programs by which a machine is administered or its screen is used from afar. Of a name that a client chose the end is the program's own. */

/** cockpit-ws and cockpit-session. */
export function cockpitFinding({ text }: Message): Finding {
  const opened = /^New connection to session from (\S+)$/.exec(text);
  if (opened !== null)
    return { type: 'New connection', action: 'connect', category: 'session', outcome: 'success', from: opened[1], protocol: 'http' };
  const closed = /^WebSocket from (\S+) for session closed$/.exec(text);
  if (closed !== null)
    return { type: 'WebSocket closed', action: 'disconnect', category: 'session', outcome: 'success', from: closed[1], protocol: 'http' };
  return 'cockpit_notice';
}

function login(type: string, outcome: Claim['outcome'], user: string | undefined, from?: string): Claim {
  return { type, action: 'login', category: 'authentication', outcome, user, from };
}

/** Webmin and Usermin (miniserv.pl): `(Successful|Invalid|Non-existent) login as NAME from ADDRESS`, `Logout by NAME from ADDRESS`, `Security alert: Host ADDRESS blocked after …`. */
export function webminFinding({ text }: Message): Finding {
  const tried = /^(Successful|Invalid|Non-existent|Expired) login as (.*) from ([\da-fA-F.:]{2,45})$/s.exec(text);
  if (tried !== null) {
    const [, word = '', user, from] = tried;
    const claim = { ...login(`${word} login`, word === 'Successful' ? 'success' : 'failure', user, from), protocol: 'http' };
    return word === 'Non-existent' ? { ...claim, actor: 'unknown', invalid: true } : claim;
  }
  const left = /^(Logout by|Timeout of session for) (.*?)(?: from ([\da-fA-F.:]{2,45}))?$/s.exec(text);
  if (left !== null)
    return { type: 'Logout', action: 'logout', category: 'session', outcome: 'success', user: left[2], from: left[3], protocol: 'http' };
  const blocked = /^Security alert: (?:Host ([\da-fA-F.:]{2,45})|User (\S+)) blocked after /.exec(text);
  if (blocked === null) return 'web_admin';
  return { ...login('Security alert', 'denied', blocked[2], blocked[1]), protocol: 'http', reason: text };
}

/** xrdp-sesman (sesman/auth.c, session_list.c): `[LEVEL] Access permitted for user: NAME`, `Username or password error for user: NAME`, `Terminal Server … denied for user`. */
export function xrdpFinding({ text }: Message): Finding {
  const said = text.replace(/^\[[A-Z]{4,6} *\] /, '');
  const found =
    /^(Access permitted|AUTHFAIL|Username or password error|Username okey but group problem|TerminalServer(?:Users|Admins)[\w ]{0,60}) for user:? (.*?)(?: from (\S+))?$/s.exec(
      said,
    ) ?? /^(AUTHFAIL): user=(.*) ip=(\S+) time=\d+$/s.exec(said);
  if (found === null) return 'remote_desktop';
  const [, type = '', user, from] = found;
  const outcome = type === 'Access permitted' ? 'success' : type.includes('group problem') ? 'denied' : 'failure';
  const claim = { ...login(type, outcome, user, from?.replace(/:\d{1,5}$/, '')), protocol: 'rdp' };
  return outcome === 'success' ? claim : { ...claim, reason: type };
}

/** Apple's screen sharing: `Authentication: (FAILED|SUCCEEDED) :: User Name: NAME :: Viewer Address: ADDRESS :: Type: TYPE`. */
export function screenSharingFinding({ text }: Message): Finding {
  const found = /^Authentication: (FAILED|SUCCEEDED) :: User Name: (.*) :: Viewer Address: (\S+) :: Type: (.*)$/s.exec(text);
  if (found === null) return 'remote_desktop';
  const [, word, user, from, method] = found;
  return {
    ...login('Authentication', word === 'SUCCEEDED' ? 'success' : 'failure', user === 'N/A' ? undefined : user, from),
    protocol: 'vnc',
    authMethod: method,
  };
}

/** A screen that is locked: `FAILED LOGIN N ON DISPLAY "D", FOR "NAME"` of xscreensaver, `Authentication failure for NAME (invoked by uid N)` of kcheckpass. */
export function screenLockFinding({ text }: Message): Finding {
  const found =
    /^FAILED LOGIN \d{1,6} ON DISPLAY ".*", FOR "(.*)"$/s.exec(text) ??
    /^Authentication failure for (.*) \(invoked by uid \d{1,10}\)$/s.exec(text);
  return found === null ? 'screen_lock' : login('FAILED LOGIN', 'failure', found[1]);
}
