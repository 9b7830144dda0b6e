import { type ActorType, type JsonRecord, outcomeOfStatus, recordOf } from '@daybook/protocol';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { address, bool, firstOf, msBetweenTimes, str, strings, time, uint } from '../json/values.ts';
import { accessOfVerb } from '../kubernetes-audit/access-of-verb.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOf, actionOfTransfer, noiseOf } from './teleport-access.ts';
import { redactedCommand } from '../redaction/command-line.ts';
import { maskSql } from './mask-sql.ts';

/*
 * An audit event (gravitational/teleport api/proto/teleport/legacy/types/events/events.proto, lib/events/api.go), one flat object:
 *
 *   event, code (T1000I: a letter or more, a number, I, W, E or S), time, uid, ei, cluster_name; user, login, user_kind, impersonator, user_roles;
 *   sid, with_mfa; addr.remote, addr.local, proto; server_id, server_hostname; success, error, message, reason, exitCode, exitError; db_…, app_…,
 *   kubernetes_…, resource_…, desktop_…, name, path, command …
 */
const MAPPED = new Set(['event', 'time', 'uid', 'user', 'sid', 'addr.remote', 'db_query', 'success', 'user_agent']);
const CODE = /^[A-Z]{1,8}\d{1,6}[A-Z]$/;

export function isTeleportEvent(object: JsonRecord): boolean {
  if (typeof object['event'] !== 'string' || typeof object['time'] !== 'string') return false;
  const code = object['code'];
  if (code === undefined) return isOldEvent(object, object['event']);
  return typeof code === 'string' && CODE.test(code) && ('uid' in object || 'ei' in object || 'cluster_name' in object);
}

/** Before version 3.1 events had neither code nor id. They are told by their names, and by members that only Teleport spells so. */
const OLD_EVENTS = new Set([
  'session.start', 'session.end', 'session.join', 'session.leave', 'session.upload', 'session.data', 'user.login', 'user.update', 'user.delete', 'auth',
  'exec', 'scp', 'port', 'subsystem', 'resize', 'print', 'client.disconnect', 'reset_password_token.create', 'role.created', 'role.deleted',
]); // biome-ignore format: a word list
const OLD_MARKS = ['addr.remote', 'addr.local', 'sid', 'server_id', 'exitCode'];

function isOldEvent(object: JsonRecord, type: string): boolean {
  if (!OLD_EVENTS.has(type)) return false;
  if (type === 'user.login' && typeof object['success'] === 'boolean' && typeof object['method'] === 'string') return true;
  return typeof object['user'] === 'string' && OLD_MARKS.some((mark) => mark in object);
}

export function judgeTeleportEvent(record: JsonRecord): Verdict {
  const type = str(record['event']) ?? '';
  const code = noiseOf(type);
  if (code !== undefined) return noise(code);
  const timestamp = time(record['time']);
  if (timestamp === undefined) return quarantine('no_time', 'this audit event has no time');
  const query = str(record['db_query']);
  return eventOf(
    {
      timestamp,
      source_event_id: str(record['uid']),
      duration_ms: type.endsWith('session.end') ? msBetweenTimes(record['session_start'], record['session_stop']) : undefined,
    },
    who(record, type),
    {
      event_type: type,
    },
    access(record, type),
    what(record, type),
    {
      session_id: str(record['sid']),
      query_text: query === undefined ? undefined : maskSql(query),
      row_count: type.startsWith('db.') ? uint(record['affected_records']) : undefined,
      ip_address: address(
        record['addr.remote'] ?? recordOf(record['addr'])['remote'] ?? record['remote_addr'] ?? recordOf(record['identity'])['client_ip'],
      ),
      user_agent: str(record['user_agent']),
      host: str(record['server_hostname']),
    },
    outcome(record, type),
    {
      attributes: attributesOf(rest(record)),
    },
  );
}

/** Arguments of commands have no names by which a secret among them would be found. */
function rest(record: JsonRecord): Record<string, unknown> {
  const kept = without(record, MAPPED);
  const { command, argv } = kept;
  if (typeof command === 'string') kept['command'] = redactedCommand(command);
  const typed = ['command', ...strings(argv)].join(' ');
  if (redactedCommand(typed) !== typed) kept['argv'] = [redactedCommand(typed).slice('command '.length)];
  return kept;
}

function access(record: JsonRecord, type: string): Record<string, unknown> {
  const { action, category } = accessOf(type);
  if (type === 'scp' || type === 'sftp') return { action: actionOfTransfer(str(record['code']) ?? '', str(record['action'])), category };
  if (type === 'kube.request') {
    const method = (str(record['verb']) ?? '').toLowerCase();
    // The verb is HTTP's: who gets without a name gets all.
    const verb = method === 'get' && record['resource_kind'] !== undefined && str(record['resource_name']) === undefined ? 'list' : method;
    const subresource = SUBRESOURCE.exec(str(record['request_path']) ?? '')?.[1] ?? '';
    return { ...accessOfVerb(verb, str(record['resource_kind']) ?? '', subresource), method: str(record['verb']) };
  }
  return { action, category, method: str(record['method']) };
}

/** `/api/v1/namespaces/NS/pods/NAME/exec?command=…` */
const SUBRESOURCE = /^\/api\/v1\/namespaces\/[^/?]+\/pods\/[^/?]+\/([a-z]+)(?:[/?]|$)/;

function who(record: JsonRecord, type: string): Record<string, unknown> {
  const identity = recordOf(record['identity']);
  const user_id = firstOf(
    record['user'],
    type === 'bot.join' ? record['bot_name'] : undefined,
    identity['user'],
    // Whoever decides on a request stands in members of their own.
    type === 'access_request.review' ? record['reviewer'] : undefined,
    type.startsWith('access_request.') ? (record['updated_by'] ?? record['delegator']) : undefined,
  );
  const impersonator = firstOf(record['impersonator'], identity['impersonator']);
  const login = type.startsWith('db.') ? record['db_user'] : record['login'];
  const method = type === 'user.login' ? str(record['method']) : undefined;
  return {
    user_id,
    actor_type: actorOf(record, user_id, type),
    user_email: user_id !== undefined && EMAIL.test(user_id) ? user_id : undefined,
    effective_user_id: firstOf(
      login,
      record['windows_user'],
      record['aws_role_arn'],
      record['azure_identity'],
      record['gcp_service_account'],
    ),
    on_behalf_of: impersonator === user_id ? undefined : impersonator,
    auth_method: method,
    mfa: mfaOf(record, type),
    roles: strings(record['user_roles']).slice(0, ROLES_MAX),
    target_user_id: targetOf(record, type),
  };
}

function targetOf(record: JsonRecord, type: string): string | undefined {
  if (type === 'lock.created') return str(recordOf(record['target'])['user']);
  return type.startsWith('user.') && type !== 'user.login' ? str(record['name']) : undefined;
}

const EMAIL = /^[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+$/;
const ROLES_MAX = 256;

function mfaOf(record: JsonRecord, type: string): boolean | undefined {
  if (str(record['with_mfa']) !== undefined) return true;
  return type === 'user.login' && record['mfa_device'] !== undefined ? true : undefined;
}

/** user_kind: 1 a person, 2 a bot; as a number or by its name. */
function actorOf(record: JsonRecord, user: string | undefined, type: string): ActorType {
  const kind = str(record['user_kind']) ?? '';
  if (type === 'bot.join' || kind === '2' || kind === 'USER_KIND_BOT' || user?.startsWith('bot-') === true) return 'service';
  if (user === undefined) return type === 'instance.join' ? 'system' : 'unknown';
  return user === 'system' || /^[\da-f-]{36}\.[\w.-]+$/.test(user) ? 'system' : 'user';
}

function what(record: JsonRecord, type: string): Record<string, unknown> {
  const cluster = str(record['cluster_name']);
  if (type.startsWith('db.') && record['db_service'] !== undefined) {
    const database = str(record['db_name']);
    const resource = [str(record['db_service']), database].filter((part) => part !== undefined).join('/');
    return {
      resource,
      resource_type: 'database',
      resource_id: database,
      resource_parent: str(record['db_service']),
      protocol: str(record['db_protocol']),
    };
  }
  if (type.startsWith('app.') && record['app_name'] !== undefined) return application(record, cluster);
  if (record['kubernetes_cluster'] !== undefined || type === 'kube.request') return kubernetes(record);
  if (record['desktop_name'] !== undefined || record['desktop_addr'] !== undefined)
    return {
      resource: firstOf(record['desktop_name'], record['desktop_addr']),
      resource_type: 'desktop',
      resource_parent: cluster,
      protocol: 'rdp',
    };
  const path = type === 'scp' || type === 'sftp' ? str(record['path']) : undefined;
  const node = firstOf(record['server_hostname'], record['server_addr'], record['server_id']);
  const protocol = firstOf(record['proto'], type === 'exec' || path !== undefined ? 'ssh' : undefined);
  if (path !== undefined) return { resource: path, resource_type: 'file', resource_id: path, resource_parent: node, protocol };
  const name = firstOf(record['name'], record['id']);
  if (name !== undefined)
    return { resource: name, resource_type: type.split('.')[0], resource_id: name, resource_parent: cluster, protocol };
  if (node !== undefined)
    return { resource: node, resource_type: 'node', resource_id: str(record['server_id']), resource_parent: cluster, protocol };
  return { resource: cluster ?? 'teleport', resource_type: 'cluster', protocol };
}

function application(record: JsonRecord, cluster: string | undefined): Record<string, unknown> {
  const path = str(record['path']);
  const name = str(record['app_name']) ?? '';
  return {
    resource: path === undefined ? name : maskText(`${name}${path}`),
    resource_type: 'app',
    resource_id: name,
    resource_parent: cluster,
    protocol: 'http',
  };
}

function kubernetes(record: JsonRecord): Record<string, unknown> {
  const cluster = str(record['kubernetes_cluster']);
  const pod = str(record['kubernetes_pod_name']);
  const name = firstOf(record['resource_name'], pod);
  const path = str(record['request_path']);
  return {
    resource: path === undefined ? (name ?? cluster ?? 'kubernetes') : maskText(path),
    resource_type: firstOf(record['resource_kind'], pod === undefined ? undefined : 'pods', 'kubernetes'),
    resource_id: name ?? (path === undefined ? cluster : undefined),
    resource_parent: firstOf(record['resource_namespace'], record['kubernetes_pod_namespace'], cluster),
    protocol: 'kubernetes',
  };
}

const DENIED = /access (?:to .{0,200} )?denied|permission denied|not allowed|unauthorized|is locked|lock targeting/i;
/** Attempts that Teleport's own rules turned away: a session limit, a disallowed transfer, a rejected log-in, a statement not let through. */
const DENIED_CODES = new Set(['T1006W', 'T1014W', 'T3010E', 'TS020E', 'TSPN001W']);

function outcome(record: JsonRecord, type: string): Record<string, unknown> {
  const error = firstOf(record['error'], record['exitError'], recordOf(record['status'])['error'], record['user_message']);
  const success = bool(record['success'] ?? recordOf(record['status'])['success']);
  const http = uint(record['response_code']) ?? (type.startsWith('app.') ? uint(record['status_code']) : undefined);
  const code = str(record['code']) ?? '';
  const purposeful = type.startsWith('access_request.');
  const reason = firstOf(error, record['message'], purposeful ? undefined : record['reason']);
  return {
    outcome: outcomeWord({
      success: success ?? exited(record),
      http,
      code,
      error,
      state: str(record['state']),
      isRejected: type.endsWith('.rejected'),
    }),
    purpose: purposeful ? maskText(str(record['reason']) ?? '') : undefined,
    status_code: firstOf(http, record['exitCode'], record['return_code']),
    reason: reason === undefined ? undefined : maskText(reason),
  };
}

/** A command's end, for events without a code that says it. */
function exited(record: JsonRecord): boolean | undefined {
  const code = str(record['exitCode']);
  return record['exitError'] !== undefined || (code !== undefined && code !== '0') ? false : undefined;
}

interface Signs {
  readonly success: boolean | undefined;
  readonly http: number | undefined;
  readonly code: string;
  readonly error: string | undefined;
  readonly state: string | undefined;
  readonly isRejected: boolean;
}

const SWITCHING = 101;

function outcomeWord({ success, http, code, error, state, isRejected }: Signs): string {
  if (DENIED_CODES.has(code) || isRejected) return 'denied';
  const level = code.at(-1);
  if (success === false || level === 'E' || level === 'W') return error !== undefined && DENIED.test(error) ? 'denied' : 'failure';
  // A connection that was upgraded, for exec or port forwarding.
  if (http === SWITCHING) return 'success';
  if (http !== undefined && http > 0) return outcomeOfStatus(http) ?? 'unknown';
  return state === 'DENIED' ? 'denied' : 'success';
}
