import type { Claim, Finding, Message } from './claim.ts';

/** Who was changed how. `target` is an account; `group` the group that it is about. */
interface Change {
  readonly action: Claim['action'];
  readonly outcome?: Claim['outcome'];
  readonly target?: string | undefined;
  readonly group?: string | undefined;
  readonly by?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

type Read = (groups: readonly (string | undefined)[]) => Change;

/** Until 4.1.4 it opens with a backquote. */
const Q = "[`']([^']*)'";

/** shadow (src/useradd.c, usermod.c, userdel.c, groupadd.c, groupmod.c, groupdel.c, gpasswd.c, passwd.c, chage.c, chsh.c, chfn.c) and util-linux chsh, chfn. */
const CHANGES: readonly (readonly [RegExp, Read])[] = [
  [/^new user: name=([^,]*), UID=(\d+), GID=(\d+), home=(.*), shell=([^,]*)(?:, from=(.*))?$/, ([, target, uid, gid, home, shell, from]) => ({ action: 'create', target, attributes: present({ uid, gid, home, shell, tty: from }) })],
  [/^new group: name=([^,]*), GID=(\d+)$/, ([, group, gid]) => ({ action: 'create', group, attributes: present({ gid }) })],
  [/^group added to (\S+): name=([^,]*)(?:, GID=(\d+))?$/, ([, file, group, gid]) => ({ action: 'create', group, attributes: present({ file, gid }) })],
  [new RegExp(`^add ${Q} to (?:shadow )?group ${Q}$`), ([, target, group]) => ({ action: 'grant', target, group })],
  [new RegExp(`^(?:delete|removed?) ${Q} from (?:shadow )?group ${Q}$`), ([, target, group]) => ({ action: 'revoke', target, group })],
  [new RegExp(`^delete user ${Q}$`), ([, target]) => ({ action: 'delete', target })],
  [new RegExp(`^removed (?:shadow )?group ${Q} owned by ${Q}$`), ([, group]) => ({ action: 'delete', group })],
  [new RegExp(`^group ${Q} removed(?: from (\\S+))?$`), ([, group, file]) => ({ action: 'delete', group, attributes: present({ file }) })],
  [new RegExp(`^(?:remove|delete) (?:shadow )?group ${Q}`), ([, group]) => ({ action: 'delete', group })],
  [/^group changed in (\S+) \(group ([^/,)]*)\/?(\d*)(?:, (.*))?\)$/, ([, file, group, gid, detail]) => ({ action: 'update', group, attributes: present({ file, gid, detail }) })],
  [new RegExp(`^change group ${Q}(.*)$`), ([, group, detail]) => ({ action: 'update', group, attributes: present({ detail: detail?.trim() }) })],
  [new RegExp(`^change user name ${Q} to ${Q}$`), ([, target, name]) => ({ action: 'update', target, attributes: present({ new_name: name }) })],
  [new RegExp(`^change user ${Q} (password|.*)$`), ([, target, detail]) => ({ action: 'update', target, attributes: present({ detail }) })],
  [new RegExp(`^change ${Q} to ${Q} in (?:shadow )?group ${Q}$`), ([, target, name, group]) => ({ action: 'update', target, group, attributes: present({ new_name: name }) })],
  [new RegExp(`^(lock|unlock) user ${Q} password$`), ([, what, target]) => ({ action: 'update', target, attributes: present({ detail: `${what ?? ''} password` }) })],
  [/^user (\S+) added by (\S+) to group (\S+)$/, ([, target, by, group]) => ({ action: 'grant', target, by, group })],
  [/^user (\S+) removed by (\S+) from group (\S+)$/, ([, target, by, group]) => ({ action: 'revoke', target, by, group })],
  [/^(members|administrators) of group (\S+) set by (\S+) to (.*)$/, ([, what, group, by, list]) => ({ action: 'grant', group, by, attributes: present({ [what ?? '']: list }) })],
  [/^set (members|administrators) of (\S+) to (.*)$/, ([, what, group, list]) => ({ action: 'grant', group, attributes: present({ [what ?? '']: list }) })],
  [/^password of group (\S+) (changed|removed) by (\S+)$/, ([, group, detail, by]) => ({ action: 'update', group, by, attributes: present({ detail: `password ${detail ?? ''}` }) })],
  [/^access to group (\S+) restricted by (\S+)$/, ([, group, by]) => ({ action: 'revoke', group, by })],
  [/^(?:add|added) member (\S+) to group (\S+) by (\S+)$/, ([, target, group, by]) => ({ action: 'grant', target, by, group })],
  [/^(?:remove|removed) member (\S+) from group (\S+) by (\S+)$/, ([, target, group, by]) => ({ action: 'revoke', target, by, group })],
  [/^set list of group (\S+) (members|administrators) to (.*)$/, ([, group, what, list]) => ({ action: 'grant', group, attributes: present({ [what ?? '']: list }) })],
  [/^password for [`']?(.+?)'? changed by [`']?(.+?)'?$/, ([, target, by]) => ({ action: 'update', target, by, attributes: { detail: 'password' } })],
  [/^changed (password expiry|aging|expiration).* for (\S+)$/, ([, detail, target]) => ({ action: 'update', target, attributes: present({ detail }) })],
  [/^changed user [`']?(.+?)'? (shell to .*|information)$/, ([, target, detail]) => ({ action: 'update', target, attributes: present({ detail }) })],
  [/^failed (adding|to (?:add|change|delete|remove)) user [`']?([^',]*)'?,? ?(.*)$/, ([, what, target, detail]) => ({ action: what === 'adding' || what?.endsWith('add') === true ? 'create' : 'update', outcome: 'failure', target, attributes: present({ detail }) })],
  [/^failed to (add|remove) group ([^\s:]+)(?: (?:to|from) (\S+))?$/, ([, what, group, file]) => ({ action: what === 'add' ? 'create' : 'delete', outcome: 'failure', group, attributes: present({ file }) })],
  [/^(\S+) failed to (add|remove) user (\S+) (?:to|from) group (\S+): (.*)$/, ([, by, what, target, group, detail]) => ({ action: what === 'add' ? 'grant' : 'revoke', outcome: 'failure', by, target, group, attributes: present({ detail }) })],
  [new RegExp(`^change admin ${Q} to ${Q} in (?:shadow )?group ${Q}$`), ([, target, name, group]) => ({ action: 'update', target, group, attributes: present({ new_name: name }) })],
  [/^incorrect password for '?([^']+?)'?$/, ([, target]) => ({ action: 'update', outcome: 'failure', by: target, target })],
  [/^file (\S+) edited$/, ([, file]) => ({ action: 'update', attributes: present({ file }) })],
  [/^(?:can't|cannot|can not|failed to) .*? (?:user|for) '?([^'\s]+)'?/, ([, target]) => ({ action: 'update', outcome: 'failure', target })],
]; // biome-ignore format: a table, one row a line

export function accountsFinding({ program, text }: Message): Finding {
  for (const [pattern, read] of CHANGES) {
    const found = pattern.exec(text);
    if (found !== null) return claimOf(program, text, read(found));
  }
  return 'account_tool';
}

function claimOf(program: string, text: string, { action, outcome = 'success', target, group, by, attributes }: Change): Claim {
  return {
    type: program,
    action,
    category: 'iam',
    outcome,
    user: by,
    target,
    resource: group ?? target,
    resourceType: group === undefined ? 'user' : 'group',
    resourceId: group ?? target,
    reason: outcome === 'failure' ? text : undefined,
    attributes: { ...attributes },
  };
}

function present(texts: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, text] of Object.entries(texts)) if (text !== undefined && text !== '') kept[name] = text;
  return kept;
}

/** AccountsService (src/util.c sys_log()), which the settings of a desktop ask: `request by SENDER [COMMAND pid:N uid:N]: TEXT`. */
const REQUEST = /^request by \S{1,255} \[.* pid:\d{1,10} uid:(\d{1,10})\]: (create|delete|uncache|cache|change|set) (.*)$/s;
const NAMED_USER = /user '([^']*)'/;

export function accountsServiceFinding({ program, text }: Message): Finding {
  const found = REQUEST.exec(text);
  const target = found === null ? undefined : NAMED_USER.exec(found[3] ?? '')?.[1];
  if (found === null || target === undefined) return 'account_tool';
  const [, by, word = '', detail] = found;
  const action = word === 'create' || word === 'delete' ? word : 'update';
  return claimOf(program, text, { action, target, by, attributes: present({ detail: `${word} ${detail ?? ''}` }) });
}
