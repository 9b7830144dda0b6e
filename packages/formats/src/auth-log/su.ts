import type { Claim, Finding, Message } from './claim.ts';

/** Each form: the pattern's groups, in this order of names, and whether it tells of a refusal. */
interface Form {
  readonly pattern: RegExp;
  readonly groups: readonly ('target' | 'user' | 'tty')[];
  readonly outcome: Claim['outcome'];
}

/** util-linux login-utils/su-common.c, shadow su.c, coreutils and BSD. */
const FORMS: readonly Form[] = [
  { pattern: /^\(to (\S+)\) (\S+) on (\S+)$/, groups: ['target', 'user', 'tty'], outcome: 'success' },
  { pattern: /^FAILED (?:SU|RUNUSER) \(to (\S+)\) (\S+) on (\S+)$/, groups: ['target', 'user', 'tty'], outcome: 'failure' },
  { pattern: /^Successful su for (\S+) by (\S+)$/, groups: ['target', 'user'], outcome: 'success' },
  { pattern: /^FAILED su for (.+) by (\S+)$/, groups: ['target', 'user'], outcome: 'failure' },
  { pattern: /^'su (\S+)' succeeded for (\S+) on (\S+)$/, groups: ['target', 'user', 'tty'], outcome: 'success' },
  { pattern: /^'su (\S+)' failed for (\S+) on (\S+)$/, groups: ['target', 'user', 'tty'], outcome: 'failure' },
  { pattern: /^BAD SU (\S+) to (\S+)(?: on (\S+))?$/, groups: ['user', 'target', 'tty'], outcome: 'failure' },
  { pattern: /^(\S+) to (\S+) on (\S+)$/, groups: ['user', 'target', 'tty'], outcome: 'success' },
];

export function suFinding({ text }: Message): Finding {
  // shadow: `+ pts/0 alice:root` came in, `- …` did not; the line that says it in words stands beside it.
  const signed = /^([+-]) (\S+) ([^\s:]+)[:-](\S+)$/.exec(text);
  if (signed !== null) {
    const [, sign, tty, user, target] = signed;
    return claimOf(sign === '+' ? 'success' : 'failure', { tty, user, target });
  }
  for (const { pattern, groups, outcome } of FORMS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const parts: Record<string, string | undefined> = {};
    for (const [index, name] of groups.entries()) parts[name] = found[index + 1];
    return claimOf(outcome, parts);
  }
  const unknown = /^(?:No passwd entry for user|unknown user) '?(.+?)'?$/i.exec(text);
  return unknown === null ? 'su_notice' : { ...claimOf('failure', {}), effectiveUser: unknown[1], reason: text };
}

/** shadow src/newgrp.c: who takes on the rights of a group. */
export function newgrpFinding({ text }: Message): Finding {
  const found = /^user '(.+)' \(login '.*' on (\S+)\) (switched|returned) to group '(.+)'$/.exec(text);
  const refused = /^Invalid password for group '(.+)' from '(.+)'$/.exec(text);
  const group = found?.[4] ?? refused?.[1];
  if (group === undefined) return undefined;
  return {
    type: 'newgrp',
    action: found?.[3] === 'returned' ? 'disconnect' : 'login',
    category: 'authentication',
    outcome: refused === null ? 'success' : 'failure',
    user: found?.[1] ?? refused?.[2],
    resource: group,
    resourceType: 'group',
    resourceId: group,
    attributes: found === null ? {} : { tty: found[2] },
  };
}

function claimOf(outcome: Claim['outcome'], { user, target, tty }: Readonly<Record<string, string | undefined>>): Claim {
  return {
    type: 'su',
    action: 'login',
    category: 'authentication',
    outcome,
    user,
    effectiveUser: target,
    resource: target,
    resourceType: 'user',
    resourceId: target,
    attributes: tty === undefined || tty === 'none' ? {} : { tty },
  };
}
