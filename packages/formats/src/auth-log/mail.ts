import type { Claim, Finding, Message } from './claim.ts';

/**
 * dovecot login-common client-common.c: `SERVICE-login: WHAT: user=<NAME>, method=M, rip=ADDRESS, lip=ADDRESS, …`, or `Login: user=…`. The name is the client's
 * and may hold anything; nothing behind the last ` rip=` is.
 */
export function dovecotFinding({ text }: Message): Finding {
  const head = /^(imap|pop3|submission|managesieve|lmtp)-login: (?:Info: )?/.exec(text);
  const rip = text.lastIndexOf(' rip=');
  if (head === null || rip < 0) return 'dovecot';
  const [whole, protocol = ''] = head;
  const said = text.slice(whole.length, rip);
  const from = /^[\da-fA-F.:]+/.exec(text.slice(rip + 5))?.[0];
  const named = /(?:^|[ :])user=<(.*)>,(?: method=([\w-]+),)?$/s.exec(said);
  const name = said.indexOf(': user=<');
  const what = name < 0 ? (/^[^:<=]*/.exec(said)?.[0] ?? '') : said.slice(0, name);
  const user = named?.[1] === '' ? undefined : named?.[1];
  const common = { category: 'authentication', user, from, protocol, authMethod: named?.[2]?.toLowerCase() } as const;
  // Since 2.4 it is `Logged in`.
  if (what === 'Login' || what === 'Logged in') return { ...common, type: what, action: 'login', outcome: 'success' };
  const reason = what.trim();
  // What came before the client's name is dovecot's own: `Disconnected (auth failed, 1 attempts in 2 secs)`, `Aborted login (tried to use disallowed …)`.
  const type = reason.startsWith('Login aborted') ? 'Login aborted' : reason.replace(/[ (:].*$/, '');
  const tried = user !== undefined || /auth failed|tried to use/i.test(reason);
  if (tried) return { ...common, type, action: 'login', outcome: 'failure', reason };
  return { ...common, type, action: 'disconnect', outcome: 'failure', actor: 'anonymous', reason };
}

/**
 * postfix smtpd_sasl_glue.c and smtpd.c: `warning: HOST[ADDRESS]: SASL M authentication failed: REASON[, sasl_username=NAME]`, `ID: client=HOST[ADDRESS], …
 * sasl_method=M, sasl_username=NAME`. The host's name is DNS's and has neither blank nor bracket.
 */
export function smtpdFinding({ text }: Message): Finding {
  const failed = /^warning: [^\s[\]]{1,255}\[([\da-fA-F.:]{2,45})\](?::\d{1,5})?: SASL ([\w-]{1,40}) authentication (failed|aborted)/.exec(
    text,
  );
  if (failed !== null) {
    const [whole, from, method = ''] = failed;
    const user = /, sasl_username=(.*)$/s.exec(text)?.[1];
    return {
      ...smtp('SASL authentication failed', 'failure', from),
      user,
      authMethod: method.toLowerCase(),
      reason: text.slice(whole.length).split(', sasl_username=', 1)[0]?.replace(/^: /, ''),
    };
  }
  const known =
    /^[\w?]{1,40}: client=[^\s[\]]{1,255}\[([\da-fA-F.:]{2,45})\](?::\d{1,5})?, sasl_method=([\w-]{1,40}), sasl_username=(.*?)(?:, sasl_sender=.*)?$/s.exec(
      text,
    );
  if (known === null) return 'smtpd';
  const [, from, method = '', user] = known;
  return { ...smtp('client', 'success', from), user, authMethod: method.toLowerCase() };
}

function smtp(type: string, outcome: Claim['outcome'], from: string | undefined): Claim {
  return { type, action: 'login', category: 'authentication', outcome, from, protocol: 'smtp' };
}

/** cyrus-sasl saslauthd.c: the name is the client's; the fields are read from the end, where none is. */
export function saslauthdFinding({ text }: Message): Finding {
  const found =
    /^\S+ *: auth (failure|success): \[user=(.*)\] \[service=([^\]]*)\] \[realm=([^\]]*)\] \[mech=([^\]]*)\](?: \[reason=(.*)\])?$/s.exec(
      text,
    );
  if (found === null) return 'sasl_notice';
  const [, word = '', user, service, realm, mech, reason] = found;
  return {
    type: `auth ${word}`,
    action: 'login',
    category: 'authentication',
    outcome: word === 'success' ? 'success' : 'failure',
    user,
    reason,
    attributes: { service, realm: realm === '' ? undefined : realm, mech },
  };
}

/** xinetd log.c: `START: SERVICE [pid=N ][from=ADDRESS]`, `FAIL: SERVICE WHY [from=ADDRESS]`. */
export function xinetdFinding({ text }: Message): Finding {
  const found = /^(START|FAIL): (\S+)(?: (?!pid=|from=)(\S+))?(?: pid=\d+)?(?: from=(\S+))?$/.exec(text);
  if (found === null) return 'xinetd_notice';
  const [, word = '', service, why, from] = found;
  const denied = word === 'FAIL';
  return {
    type: word,
    action: 'connect',
    category: 'session',
    outcome: denied ? 'denied' : 'success',
    actor: 'anonymous',
    from: from === '<no' ? undefined : from,
    resource: service,
    resourceType: 'service',
    resourceId: service,
    reason: denied ? why : undefined,
  };
}
