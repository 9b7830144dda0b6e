import { redactedCommand } from '../redaction/command-line.ts';
import { commandOf } from './command.ts';
import { errnoName } from './errno-names.ts';
import { type AuditRecord, field, untrusted } from './record.ts';
import type { Action } from './record-types.ts';
import { socketAddress } from './sockaddr.ts';
import { syscallName } from './syscall-names.ts';
import { flagsArgument, openAction, type SyscallRule, syscallRule } from './syscall-rules.ts';
import { whoOf } from './who.ts';

type Fields = Readonly<Record<string, unknown>> & { readonly attributes?: Readonly<Record<string, unknown>> };

/** SYSCALL with its CWD, PATH, EXECVE, SOCKADDR and PROCTITLE (kernel/auditsc.c audit_log_exit()). */
export function syscallFields(record: AuditRecord, records: readonly AuditRecord[]): Fields {
  const { body } = record;
  const name = nameOf(record);
  const rule = syscallRule(name);
  const { user, actor, effective, session } = whoOf(body, record.enriched);
  const objects = objectOf({ record, records, name, rule });
  const { outcome, status_code } = outcomeOf(body);
  const made: Record<string, unknown> = {
    user_id: user,
    actor_type: actor,
    effective_user_id: effective,
    session_id: session,
    action: rule.action,
    category: rule.category,
    method: name,
    outcome,
    status_code,
  };
  for (const key in objects) if (objects[key] !== undefined) made[key] = objects[key];
  made['attributes'] = add(actorAttributes(body), objects.attributes);
  return made;
}

/** Who, by which program, out of which terminal: the part of a SYSCALL record that events of other records take over. */
export function actorFields({ body, enriched }: AuditRecord): Fields & { readonly attributes: Readonly<Record<string, unknown>> } {
  const { user, actor, effective, session } = whoOf(body, enriched);
  return { user_id: user, actor_type: actor, effective_user_id: effective, session_id: session, attributes: actorAttributes(body) };
}

function actorAttributes(body: string): Record<string, unknown> {
  return present({
    key: keyOf(body),
    exe: untrusted(body, 'exe'),
    comm: untrusted(body, 'comm'),
    pid: field(body, 'pid'),
    ppid: field(body, 'ppid'),
    tty: field(body, 'tty'),
    auid: field(body, 'auid'),
    uid: field(body, 'uid'),
    subj: field(body, 'subj'),
  });
}

/** Several keys of one rule are joined by 0x01, and then written in hexadecimal. */
function keyOf(body: string): string | undefined {
  return untrusted(body, 'key')?.replaceAll('\u0001', ' ');
}

function nameOf({ body, enriched, type }: AuditRecord): string {
  const known = field(enriched, 'SYSCALL');
  if (known !== undefined) return known;
  const number = field(body, type === 'URINGOP' ? 'uring_op' : 'syscall') ?? '';
  if (!/^\d+$/.test(number)) return number;
  return (
    (type === 'SYSCALL' ? syscallName(field(body, 'arch') ?? '', Number(number)) : undefined) ??
    (type === 'SYSCALL' ? `syscall ${number}` : `uring_op ${number}`)
  );
}

const DENIED = new Set(['EACCES', 'EPERM']);

/** `success=yes|no`, absent of a call that never returned. What the rights forbid is a denial, any other error a failure. */
export function outcomeOf(body: string): { readonly outcome: string; readonly status_code?: string } {
  const success = field(body, 'success');
  if (success === 'yes') return { outcome: 'success' };
  if (success !== 'no') return { outcome: 'unknown' };
  const code = errnoName(field(body, 'exit') ?? '');
  return { outcome: UNDECIDED.has(code) ? 'unknown' : DENIED.has(code) ? 'denied' : 'failure', status_code: code };
}

/** The call goes on: a connection that nobody waits for, or a call that the kernel begins anew. */
const UNDECIDED = new Set(['EINPROGRESS', 'EALREADY', 'EINTR', '-512']);

interface Call {
  readonly record: AuditRecord;
  readonly records: readonly AuditRecord[];
  readonly name: string;
  readonly rule: SyscallRule;
}

function objectOf(call: Call): Fields {
  const { record, records, name, rule } = call;
  if (name.startsWith('execve')) return executed(record, records);
  const socket = records.find(({ type }) => type === 'SOCKADDR');
  if (socket !== undefined) return connected(socket, name);
  const paths = pathsOf(call);
  if (paths.length > 0) return touched(call, paths);
  const module = records.find(({ type }) => type === 'KERN_MODULE');
  const title = commandOf(records);
  return {
    resource: module === undefined ? (untrusted(record.body, 'exe') ?? name) : untrusted(module.body, 'name'),
    resource_type: module === undefined ? 'program' : 'module',
    action: rule.action,
    attributes: title === undefined ? {} : { command: redactedCommand(title) },
  };
}

function executed({ body }: AuditRecord, records: readonly AuditRecord[]): Fields {
  const exe = untrusted(body, 'exe');
  const cwd = cwdOf(records);
  // A command that did not start runs in the name of the program that tried it: the file is the first of the paths.
  const file = records.find(({ type }) => type === 'PATH');
  const failed = field(body, 'success') === 'no' && file !== undefined;
  const wanted = failed ? untrusted(file.body, 'name') : exe;
  // Its title is that program's as well, and arguments of the new one there are none.
  const own = !failed || records.some(({ type }) => type === 'EXECVE');
  const command = redactedCommand((own ? commandOf(records) : wanted) ?? wanted ?? exe ?? '');
  return { resource: command === '' ? wanted : command, resource_type: 'command', resource_id: wanted, attributes: present({ cwd }) };
}

function connected({ body, enriched }: AuditRecord, name: string): Fields {
  const enrichedAddress = field(enriched, 'laddr') ?? field(body, 'laddr');
  const socket = socketAddress(field(body, 'saddr') ?? '');
  const address = socket?.address ?? enrichedAddress;
  const at =
    address === undefined
      ? socket?.path
      : `${address.includes(':') ? `[${address}]` : address}:${String(socket?.port ?? field(enriched, 'lport') ?? field(body, 'lport') ?? '')}`;
  return {
    resource: at ?? socket?.family ?? 'socket',
    resource_type: 'socket',
    resource_id: at,
    protocol: socket?.family,
    // Whoever connected to us: of our own connections the address is where they went.
    ip_address: name.startsWith('accept') || name.startsWith('recv') ? address : undefined,
  };
}

interface Touched {
  readonly path: string;
  readonly kind: string;
  readonly body: string;
}

function pathsOf({ record, records, name }: Call): readonly Touched[] {
  const cwd = cwdOf(records);
  // Of an `…at` call with an open directory the names are relative to that.
  const at = name.endsWith('at') || name.endsWith('at2') || name === 'statx';
  const base = at && !/^(?:f*ffffff9c|AT_FDCWD)$/.test(field(record.body, 'a0') ?? '') ? undefined : cwd;
  const touched: Touched[] = [];
  for (const { type, body } of records) {
    if (type !== 'PATH') continue;
    const path = untrusted(body, 'name');
    const kind = field(body, 'nametype') ?? field(body, 'objtype') ?? '';
    if (path !== undefined && kind !== 'PARENT') touched.push({ path: absolute(path, base), kind, body });
  }
  return touched;
}

function touched({ record, name, rule, records }: Call, paths: readonly Touched[]): Fields {
  const gone = paths.find(({ kind }) => kind === 'DELETE');
  const made = paths.find(({ kind }) => kind === 'CREATE');
  const moved = name.startsWith('rename') || name.includes('link');
  const main = (moved ? gone : undefined) ?? made ?? gone ?? paths.find(({ kind }) => kind === 'NORMAL') ?? paths[0];
  const flags = flagsArgument(name);
  const opened = flags === undefined ? rule.action : openActionOf(field(record.body, flags));
  const created = made !== undefined && name.startsWith('open');
  return {
    resource: main?.path,
    resource_type: 'file',
    resource_id: main?.path,
    action: created ? 'create' : opened,
    attributes: present({
      new_path: moved && gone !== undefined ? made?.path : undefined,
      cwd: cwdOf(records),
      paths: paths.length > 1 ? paths.map(({ path }) => path) : undefined,
      inode: main === undefined ? undefined : field(main.body, 'inode'),
      mode: main === undefined ? undefined : field(main.body, 'mode'),
      owner: main === undefined ? undefined : field(main.body, 'ouid'),
    }),
  };
}

function openActionOf(flags: string | undefined): Action {
  if (flags === undefined) return 'read';
  if (flags.startsWith('O_')) return /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/.test(flags) ? 'update' : 'read';
  const number = Number.parseInt(flags, 16);
  return Number.isNaN(number) ? 'read' : openAction(number);
}

function cwdOf(records: readonly AuditRecord[]): string | undefined {
  const cwd = records.find(({ type }) => type === 'CWD');
  return cwd === undefined ? undefined : untrusted(cwd.body, 'cwd');
}

function absolute(path: string, cwd: string | undefined): string {
  if (path.startsWith('/') || cwd === undefined) return path;
  return `${cwd === '/' ? '' : cwd}/${path.startsWith('./') ? path.slice(2) : path}`;
}

/** What is known of values. Loops, not spreads: several objects spread into one cost more than to read what is in them. */
export function present(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** Adds what is known of further values; returns the same object. */
export function add(kept: Record<string, unknown>, values: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}
