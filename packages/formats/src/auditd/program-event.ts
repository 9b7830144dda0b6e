import { addressOf } from '../addresses.ts';
import { redactedCommand } from '../redaction/command-line.ts';
import { type AuditRecord, decoded, field, innerOf, lastField, outerOf, untrusted } from './record.ts';
import type { RecordType } from './record-types.ts';
import { add, present } from './syscall-event.ts';
import { whoOf, type Who } from './who.ts';

type Fields = Readonly<Record<string, unknown>> & { readonly attributes?: Readonly<Record<string, unknown>> };

/** Programs that act for someone who is logged in already: `acct` is whom they make of him. */
const CHANGES_USER = /\/(?:su|sudo|sudo-rs|runuser|pkexec|doas|newgrp|sg|ksu|systemd-run|run0|systemd)$/;

/**
 * Records of PAM, sshd, login, sudo and the account tools (audit-userspace lib/audit_logging.c): the kernel's part with pid, uid, auid and ses, then
 * `msg='op=… acct="…" exe="…" hostname=… addr=… terminal=… res=…'`. Before RHEL 6 `msg='PAM: authentication acct="…" : exe="…" (hostname=…, addr=…,
 * terminal=… res=…)'`, and `result=` before that.
 */
export function programFields(record: AuditRecord, type: RecordType, records: readonly AuditRecord[]): Fields | undefined {
  const inner = innerOf(record.body);
  const text = inner === '' ? record.body : inner;
  const who = whoOf(outerOf(record.body), record.enriched);
  if (record.type === 'LOGIN') return loginUid(record, who);
  if (record.type.endsWith('TTY')) return keystrokes(record, who);
  const exe = untrusted(text, 'exe');
  // sudo's record has no address, and a command that may hold anything.
  const hostname = record.type === 'USER_CMD' ? undefined : lastField(text, 'hostname');
  const address = record.type === 'USER_CMD' ? undefined : (lastField(text, 'addr') ?? hostname);
  const ip = addressOf(address) ?? addressOf(hostname);
  const made = add({}, resultOf(record, type, text));
  if (ip !== undefined) made['ip_address'] = ip;
  if (exe?.includes('/sshd') === true) made['protocol'] = 'ssh';
  if (who.session !== undefined) made['session_id'] = who.session;
  const attributes = detailsOf(record, text, exe);
  if (ip === undefined && address !== undefined) attributes['client_host'] = address;
  if (records.length > 1) attributes['records'] = records.map((each) => each.type);
  made['attributes'] = attributes;
  if (type.kind === 'account') return add(made, accountOf(record, text, who));
  return add(made, record.type === 'USER_CMD' ? commandOf(text, who) : subjectOf({ record, text, who, exe }));
}

function resultOf({ type }: AuditRecord, { kind }: RecordType, text: string): Fields {
  const result = (lastField(text, 'res') ?? lastField(text, 'result') ?? '').toLowerCase();
  // Their `res` says whether the refusal was carried out.
  if (type.startsWith('ANOM_LOGIN') || type === 'ANOM_ORIGIN') return { outcome: 'denied', status_code: result };
  if (result === 'success' || result === '1' || result === 'yes') return { outcome: 'success' };
  if (result === '' && kind === 'account') return { outcome: 'unknown' };
  if (result === 'failed' || result === '0' || result === 'no' || result === 'failure' || result === 'denied')
    return { outcome: type === 'USER_ACCT' || result === 'denied' ? 'denied' : 'failure', status_code: result };
  return { outcome: 'unknown' };
}

function detailsOf({ body }: AuditRecord, text: string, exe: string | undefined): Record<string, unknown> {
  return present({
    op: operationOf(text),
    grantors: field(text, 'grantors'),
    exe,
    terminal: lastField(text, 'terminal'),
    pid: field(body, 'pid'),
    auid: field(body, 'auid'),
    uid: field(body, 'uid'),
    subj: field(body, 'subj'),
  });
}

/** `op=PAM:authentication`, or the words before the first field: `PAM: authentication acct=…`, `op=adding user id=…`. */
function operationOf(text: string): string | undefined {
  const named = /^(?:.*? )?op=(.*?)(?= [\w-]+=|$)/.exec(text.slice(0, 200))?.[1];
  const words = named ?? /^([^=]*?) ?:? [\w-]+=/.exec(text.slice(0, 200))?.[1];
  return words === undefined || words === '' ? undefined : words.replace(/^"(.*)"$/, '$1');
}

/** The account that a program names: by name, else by number; auditd adds the number's name. */
function accountName({ type, enriched }: AuditRecord, text: string): string | undefined {
  const name = nameInWords(text) ?? untrusted(text, 'acct');
  // Before RHEL 6 a colon ends it, and its quotes do not stand around that: `acct=28…29: exe="…"`.
  if (name !== undefined) return name.endsWith(':') ? decoded(name.slice(0, -1)) : name;
  // pam_faillock and pam_tally2 name the account whose limit is reached by `uid` or `suid`, within what they say.
  const id = field(text, 'id') ?? (/^(?:ANOM_LOGIN|RESP_ACCT)/.test(type) ? (field(text, 'suid') ?? field(text, 'uid')) : undefined);
  return id === undefined ? undefined : (field(enriched, 'ID') ?? id);
}

/** `ausearch -i` writes the words without quotes that stand for a name which nobody has. */
function nameInWords(text: string): string | undefined {
  return /(?:^| )acct=(\((?:invalid user|unknown user|unknown)\))(?= )/.exec(text)?.[1];
}

interface Said {
  readonly record: AuditRecord;
  readonly text: string;
  readonly who: Who;
  readonly exe: string | undefined;
}

/** Who comes in is the account; through su and its kin it is who was there before, and the account what he becomes. */
function subjectOf({ record, text, who, exe }: Said): Fields {
  const account = accountName(record, text);
  const changes = exe !== undefined && CHANGES_USER.test(exe) && (who.byLogin || !exe.endsWith('/systemd'));
  const user = changes ? who.user : (account ?? who.user);
  const invalid = account === '?' || account === '(unknown)' || account === '(invalid user)' || account === '(unknown user)';
  const effective = changes && account !== user ? account : undefined;
  return {
    user_id: invalid ? undefined : user,
    actor_type: invalid || user === undefined ? 'unknown' : account === undefined && !changes ? who.actor : 'user',
    effective_user_id: effective,
    resource: record.node === '' ? (exe ?? record.type) : record.node,
    resource_type: record.node === '' ? 'program' : 'host',
  };
}

function accountOf(record: AuditRecord, text: string, who: Who): Fields {
  const group = untrusted(text, 'grp');
  const target = accountName(record, text);
  const isGroup = /GROUP|GRP/.test(record.type);
  const membership = MEMBERSHIP.exec(operationOf(text) ?? '');
  if (membership !== null && (group !== undefined || isGroup)) return memberOf(membership[1] ?? '', { target, group, isGroup, who });
  return {
    user_id: who.user,
    actor_type: who.actor,
    // `chage -l`: USER_CHAUTHTOK with `op=display aging info`.
    ...(/^display\b/.test(operationOf(text) ?? '') ? { action: 'read' } : {}),
    target_user_id: isGroup ? undefined : target,
    resource: isGroup ? (group ?? target) : (target ?? field(text, 'exe')),
    resource_type: isGroup ? 'group' : 'user',
    resource_id: isGroup ? (group ?? target) : target,
  };
}

/** shadow's useradd.c, usermod.c, userdel.c, groupmod.c: `op=add-user-to-group grp="wheel" acct="carol"`, `op=deleting user from group`. */
const MEMBERSHIP = /^(add|delet|remov)\w*[- ](?:(?:user|member)s?[- ])?(?:to|from)[- ](?:shadow[- ])?group/;

interface Membership {
  readonly target: string | undefined;
  readonly group: string | undefined;
  readonly isGroup: boolean;
  readonly who: Who;
}

/** Of a group's record that names no group apart, the account that is named is the group. */
function memberOf(verb: string, { target, group, isGroup, who }: Membership): Fields {
  return {
    user_id: who.user,
    actor_type: who.actor,
    action: verb === 'add' ? 'grant' : 'revoke',
    target_user_id: group === undefined && isGroup ? undefined : target,
    resource: group ?? target,
    resource_type: 'group',
    resource_id: group ?? target,
  };
}

/** sudo: `cwd="…" cmd=… terminal=… res=…`. */
function commandOf(text: string, who: Who): Fields {
  const command = redactedCommand(bareCommand(text) ?? untrusted(text, 'cmd') ?? '');
  return {
    user_id: who.user,
    actor_type: who.actor,
    resource: command === '' ? 'sudo' : command,
    resource_type: 'command',
    resource_id: command.split(' ', 1)[0],
  };
}

/** `ausearch -i` writes a command with its blanks: it ends where sudo's last fields begin. */
function bareCommand(text: string): string | undefined {
  const found = /(?:^| )cmd=(?!")(.*?)(?: exe=\S+)? terminal=\S+ res=\w+\s*$/.exec(text)?.[1];
  return found?.includes(' ') === true ? found : undefined;
}

/**
 * kernel/audit.c audit_log_set_loginuid(): `pid=1 uid=0 subj=… old-auid=… auid=1000 tty=… old-ses=… ses=3 res=1`. Before 3.13 (auditsc.c audit_set_loginuid())
 * `login pid=1 uid=0 old auid=… new auid=1000 old ses=… new ses=3`, written only when it was so.
 */
function loginUid(record: AuditRecord, whoOfBody: Who): Fields {
  const old = /(?:^|\s)old (auid=\S+) new (auid=\S+)(?: old ses=\S+ new (ses=\S+))?/.exec(record.body);
  const who = old === null ? whoOfBody : whoOf(`${old[2] ?? ''} ${old[3] ?? ''}`, record.enriched);
  const result = field(record.body, 'res') ?? (old === null ? undefined : '1');
  return {
    user_id: who.user,
    actor_type: who.actor,
    session_id: who.session,
    outcome: result === '1' || result === 'yes' ? 'success' : result === undefined ? 'unknown' : 'failure',
    resource: record.node === '' ? 'session' : record.node,
    resource_type: record.node === '' ? 'session' : 'host',
    attributes: present({
      pid: field(record.body, 'pid'),
      tty: field(record.body, 'tty'),
      old_auid: old === null ? field(record.body, 'old-auid') : old[1]?.slice(5),
    }),
  };
}

/** What was typed at a terminal (pam_tty_audit; without log_passwd nothing that was not shown). */
function keystrokes(record: AuditRecord, who: Who): Fields {
  const inner = innerOf(record.body);
  const text = inner === '' ? record.body : inner;
  const data = redactedCommand(untrusted(text, 'data') ?? '');
  return {
    user_id: who.user,
    actor_type: who.actor,
    session_id: who.session,
    outcome: 'unknown',
    resource: data === '' ? 'terminal' : data,
    resource_type: 'command',
    attributes: present({
      comm: untrusted(record.body, 'comm'),
      exe: untrusted(text, 'exe'),
      pid: field(record.body, 'pid'),
      terminal: field(text, 'terminal'),
    }),
  };
}
