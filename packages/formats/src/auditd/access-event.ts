import { type AuditRecord, field, innerOf, untrusted } from './record.ts';
import type { Action, Category } from './record-types.ts';
import { actorFields, add, outcomeOf, present, syscallFields } from './syscall-event.ts';
import { whoOf } from './who.ts';

type Fields = Readonly<Record<string, unknown>> & { readonly attributes?: Readonly<Record<string, unknown>> };

/** Decisions about accesses: SELinux and AppArmor, seccomp, fanotify, integrity. Who asked stands in the SYSCALL record of the same event. */
export function accessFields(record: AuditRecord, records: readonly AuditRecord[]): Fields | undefined {
  // `avc:  received policyload notice (seqno=2)`: the kernel's own record of the change says it.
  if (record.type === 'USER_AVC' && /^avc: +received \w+ notice/.test(innerOf(record.body))) return undefined;
  const call = records.find(({ type }) => type === 'SYSCALL' || type === 'URINGOP');
  const base: Fields =
    call === undefined ? (record.type === 'USER_AVC' ? askedBy(record) : ownActor(record)) : syscallFields(call, records);
  const decided = decisionOf(record, call);
  const attributes = add(add({}, base.attributes), decided.attributes);
  const merged = add(add({}, base), decided);
  // SELinux names the last part of the path; the whole stands in the call's.
  const whole = base['resource'];
  const part = decided['resource_id'];
  if (typeof whole === 'string' && typeof part === 'string' && whole.endsWith(`/${part}`))
    merged['resource'] = merged['resource_id'] = whole;
  merged['attributes'] = attributes;
  return merged;
}

/** Who asks the program that decides stands in its message; the record's own ids are that program's. */
function askedBy(record: AuditRecord): Fields {
  const own = ownActor(record);
  const who = whoOf(innerOf(record.body), record.enriched);
  if (!who.byLogin) return own;
  return { ...own, user_id: who.user, actor_type: who.actor, effective_user_id: who.effective };
}

function ownActor(record: AuditRecord): Fields {
  const { body, enriched } = record;
  const who = whoOf(body, enriched);
  const owner = field(body, 'fsuid');
  if (who.user !== undefined) return actorFields(record);
  return { ...actorFields(record), user_id: owner, actor_type: owner === undefined ? 'unknown' : 'system' };
}

/** linux/seccomp.h: SECCOMP_RET_LOG and SECCOMP_RET_ALLOW let the call happen. `ausearch -i` writes the words. */
const SECCOMP_ALLOWED = /^(?:0x7ff[cf]0000|log|allow)$/;

function decisionOf(record: AuditRecord, call: AuditRecord | undefined): Fields {
  const { type, body } = record;
  if (type === 'SECCOMP')
    return {
      outcome: SECCOMP_ALLOWED.test(field(body, 'code') ?? '') ? 'success' : 'denied',
      action: 'execute',
      category: 'api',
      resource: untrusted(body, 'exe') ?? 'seccomp',
      resource_type: 'program',
      attributes: present({ syscall: field(body, 'syscall'), sig: field(body, 'sig'), code: field(body, 'code') }),
    };
  if (type === 'FANOTIFY')
    return {
      outcome: field(body, 'resp') === '2' ? 'denied' : field(body, 'resp') === '1' ? 'success' : 'unknown',
      resource: call === undefined ? 'file' : undefined,
    };
  if (field(body, 'apparmor') !== undefined) return appArmor(body);
  if (/avc: +(?:denied|granted)/.test(body.slice(0, 4096))) return selinux(body, call);
  const result = field(body, 'res');
  return {
    outcome:
      result === '0' || result === 'no'
        ? 'denied'
        : result === '1' || result === 'yes'
          ? 'success'
          : call === undefined
            ? 'unknown'
            : outcomeOf(call.body).outcome,
    resource: untrusted(body, 'name') ?? untrusted(body, 'path') ?? (call === undefined ? type : undefined),
    attributes: present({ op: field(body, 'op'), cause: field(body, 'cause') }),
  };
}

/** By the permission that was asked for; the first that says most. */
const BY_PERMISSION: readonly (readonly [RegExp, Action, Category])[] = [
  [/\b(?:name_connect|connectto|connect)\b/, 'connect', 'session'],
  [/\b(?:execute|execute_no_trans|exec|entrypoint|transition)\b/, 'execute', 'session'],
  [/\b(?:unlink|rmdir|remove_name|delete)\b/, 'delete', 'file'],
  [/\b(?:create|add_name|mknod|link)\b/, 'create', 'file'],
  [/\b(?:write|append|setattr|rename|relabelto|relabelfrom|truncate|chmod|chown)\b/, 'update', 'file'],
  [/\b(?:read|getattr|open|map|search|lock|ioctl)\b/, 'read', 'file'],
]; // biome-ignore format: a table

function byPermission(permission: string): Pick<Fields, 'action' | 'category'> {
  const found = BY_PERMISSION.find(([pattern]) => pattern.test(permission));
  return found === undefined ? { action: 'access', category: 'api' } : { action: found[1], category: found[2] };
}

/**
 * security/selinux/avc.c: `avc:  denied  { read } for  pid=1 comm="x" name="y" … scontext=… tcontext=… tclass=file permissive=0`. A denial in permissive mode
 * is written and not enforced: what became of it the system call says.
 */
function selinux(body: string, call: AuditRecord | undefined): Fields {
  const found = /avc: +(denied|granted) +\{ ([^}]{0,1000}) \}/.exec(body);
  const permission = found?.[2]?.trim() ?? '';
  const enforced = field(body, 'permissive') !== '1';
  const refused = found?.[1] === 'denied';
  const outcome = refused ? (enforced ? 'denied' : call === undefined ? 'unknown' : outcomeOf(call.body).outcome) : 'success';
  const name = untrusted(body, 'path') ?? untrusted(body, 'name');
  const port = field(body, 'dest');
  const object = port === undefined ? (field(body, 'tcontext') ?? field(body, 'tclass')) : `port ${port}`;
  // A record that was cut names nothing.
  const resource = name ?? object ?? (call === undefined ? 'avc' : undefined);
  return {
    ...byPermission(permission),
    outcome,
    resource,
    resource_type: field(body, 'tclass'),
    resource_id: name,
    reason: `${refused ? 'denied' : 'granted'} { ${permission} }`,
    attributes: present({ scontext: field(body, 'scontext'), tcontext: field(body, 'tcontext'), permissive: field(body, 'permissive') }),
  };
}

/** security/apparmor/audit.c: `apparmor="DENIED" operation="open" profile="…" name="…" requested_mask="r" denied_mask="r" fsuid=0 ouid=0`. */
function appArmor(body: string): Fields {
  const decision = field(body, 'apparmor') ?? '';
  const operation = field(body, 'operation') ?? '';
  const mask = field(body, 'requested_mask') ?? '';
  const words = `${operation} ${/[wa]/.test(mask) ? 'write' : ''} ${mask.includes('x') ? 'exec' : ''} ${mask.includes('r') ? 'read' : ''} ${mask.includes('c') ? 'create' : ''}`;
  return {
    ...(decision === 'STATUS' ? { action: 'configure', category: 'config' } : byPermission(words)),
    outcome:
      decision === 'DENIED' || decision === 'KILLED'
        ? 'denied'
        : decision === 'ALLOWED' || decision === 'AUDIT' || decision === 'STATUS'
          ? 'success'
          : 'unknown',
    resource: untrusted(body, 'name') ?? field(body, 'profile') ?? operation,
    resource_type: operation.startsWith('profile_') ? 'profile' : 'file',
    reason: decision,
    method: operation,
    attributes: present({ profile: untrusted(body, 'profile'), requested_mask: mask, denied_mask: field(body, 'denied_mask') }),
  };
}
