import { addressOf } from '../addresses.ts';
import { type AuditRecord, field, innerOf, outerOf, untrusted } from './record.ts';
import { actorFields, add, outcomeOf } from './syscall-event.ts';
import { whoOf } from './who.ts';

type Fields = Readonly<Record<string, unknown>> & { readonly attributes?: Readonly<Record<string, unknown>> };

/** What of the record names the thing changed, by the first that is there. */
const OBJECTS = [
  'unit',
  'sw',
  'vm',
  'name',
  'dir',
  'watch',
  'path',
  'key',
  'table',
  'dev',
  'bool',
  'prog-id',
  'map',
  'ctx',
  'exe',
] as const;
/** Numbers and words of the kernel's own: never in hexadecimal, though they may look so. */
const NUMBERED: ReadonlySet<string> = new Set(['table', 'dev', 'bool', 'prog-id', 'ctx']);
const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  SERVICE_START: 'service',
  SERVICE_STOP: 'service',
  SOFTWARE_UPDATE: 'package',
  CONFIG_CHANGE: 'audit-rule',
  KERN_MODULE: 'module',
  NETFILTER_CFG: 'firewall',
  BPF: 'bpf-program',
};

/**
 * Changes of the machine: audit rules, services, packages, kernel modules, firewall, SELinux' policy, the audit daemon itself. Who did it stands in the record,
 * or in the SYSCALL of the same event.
 */
export function systemFields(record: AuditRecord, records: readonly AuditRecord[]): Fields {
  const { type, body, enriched } = record;
  const inner = innerOf(body);
  const text = inner === '' ? body : inner;
  const call = records.find((each) => each.type === 'SYSCALL');
  const own = whoOf(outerOf(body), enriched);
  const actor = actorFields(own.user === undefined && call !== undefined ? call : record);
  const who =
    own.user === undefined && call !== undefined
      ? actor
      : { user_id: own.user, actor_type: own.actor === 'unknown' ? 'system' : own.actor, session_id: own.session };
  const name = OBJECTS.find((each) => field(text, each) !== undefined);
  // `audit_enabled=0 old=1`, and `op=set` before it since 4.19.
  const setting = type === 'CONFIG_CHANGE' ? /^(?:op=set )?(audit_[a-z_]{1,40})=/.exec(text)?.[1] : undefined;
  const object =
    setting !== undefined ? setting : name === undefined ? undefined : NUMBERED.has(name) ? field(text, name) : untrusted(text, name);
  const address = field(text, 'addr') ?? field(text, 'hostname');
  const op = field(text, 'op');
  const attributes = add({}, actor.attributes);
  add(attributes, {
    exe: untrusted(text, 'exe'),
    comm: call === undefined ? undefined : untrusted(call.body, 'comm'),
    detail: detail(inner === '' ? body : inner),
  });
  const made = add({}, who);
  return add(made, {
    outcome: resultOf(text, call),
    method: op,
    resource: object ?? op ?? type.toLowerCase(),
    resource_type:
      setting !== undefined
        ? 'audit-setting'
        : Object.hasOwn(RESOURCE_TYPES, type)
          ? RESOURCE_TYPES[type]
          : type.startsWith('DAEMON')
            ? 'audit'
            : 'system',
    ip_address: addressOf(address),
    attributes,
  });
}

function resultOf(text: string, call: AuditRecord | undefined): string {
  const result = (field(text, 'res') ?? field(text, 'result') ?? '').toLowerCase();
  if (result === 'success' || result === '1' || result === 'yes') return 'success';
  if (result === 'failed' || result === '0' || result === 'no') return 'failure';
  return call === undefined ? 'unknown' : outcomeOf(call.body).outcome;
}

/** A change has fields of its own kind: they are kept as they stand, in bounds. */
const DETAIL_CHARS_MAX = 1000;

function detail(text: string): string {
  return text.trim().slice(0, DETAIL_CHARS_MAX);
}
