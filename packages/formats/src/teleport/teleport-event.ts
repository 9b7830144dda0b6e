import { type ActorType, type JsonRecord, outcomeOfStatus, recordOf } from '@daybook/protocol';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { address, bool, firstOf, msBetweenTimes, str, strings, time, uint } from '../json/values.ts';
import { withoutSecretArguments } from '../kubernetes-audit/request-uri.ts';
import { noise, quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { accessOfEvent, statementOf } from './event-access.ts';
import { noiseOf } from './teleport-access.ts';
import { resourceOf } from './teleport-resource.ts';
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
  if (code !== undefined && !isFailedResult(record, type)) return noise(code);
  const timestamp = time(record['time']);
  if (timestamp === undefined) return quarantine('no_time', 'this audit event has no time');
  const query = statementOf(record, type);
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
    accessOfEvent(record, type),
    resourceOf(record, type),
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
      attributes: attributesOf(rest(record, type)),
    },
  );
}

/** A statement is written when it is sent; only what the database answered tells that it failed. */
function isFailedResult(record: JsonRecord, type: string): boolean {
  return type === 'db.session.result' && successOf(record) === false;
}

/** Arguments of commands have no names by which a secret among them would be found, nor has the query of an address. */
function rest(record: JsonRecord, type: string): Record<string, unknown> {
  const kept = without(record, MAPPED);
  const { command } = record;
  if (typeof command === 'string') kept['command'] = redactedCommand(command);
  if (type.startsWith('session.')) for (const name of ARGUMENTS) maskArguments(kept, name, record[name]);
  else if (type === 'kube.request') maskBy(kept, 'request_path', withoutSecretArguments);
  else if (REQUESTS.test(type)) {
    maskBy(kept, 'query', maskSql);
    maskBy(kept, 'raw_query', (query) => maskText(`?${query}`).slice(1));
  } else maskArguments(kept, 'argv', record['argv']);
  return kept;
}

const ARGUMENTS = ['argv', 'initial_command'];
const REQUESTS = /^(?:app|db|secreports)\./;

function maskArguments(kept: Record<string, unknown>, name: string, list: unknown): void {
  if (list === undefined) return;
  const typed = ['command', ...strings(list)].join(' ');
  if (redactedCommand(typed) !== typed) kept[name] = [redactedCommand(typed).slice('command '.length)];
}

function maskBy(kept: Record<string, unknown>, name: string, mask: (text: string) => string): void {
  const text = kept[name];
  if (typeof text === 'string') kept[name] = mask(text);
}

function who(record: JsonRecord, type: string): Record<string, unknown> {
  const identity = recordOf(record['identity']);
  const named = firstOf(
    // Whoever decides on a request stands in a member of their own.
    type === 'access_request.review' ? record['reviewer'] : undefined,
    record['user'],
    type === 'bot.join' ? record['bot_name'] : undefined,
    identity['user'],
  );
  // Of a resource (an access list, a request's state): who changed it.
  const user_id = named ?? firstOf(record['updated_by'], type.startsWith('access_request.') ? record['delegator'] : undefined);
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
      onlyOne(record['kubernetes_users']),
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
  if (type.startsWith('access_list.member.')) return onlyOne(members(record['members']));
  const name = str(record['name']);
  return name !== undefined && NAMES_ACCOUNT.test(type) ? name : undefined;
}

/** Events whose `name` is an account's. */
const NAMES_ACCOUNT = /^(?:user\.(?!login)|(?:reset_password|recovery|privilege)_token\.)/;

function members(list: unknown): string[] {
  return (Array.isArray(list) ? list : []).map((member) => str(recordOf(member)['member_name']) ?? '');
}

function onlyOne(list: unknown): string | undefined {
  if (!Array.isArray(list) || list.length !== 1) return undefined;
  return str(list[0]);
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
  if (user === undefined) return type === 'instance.join' ? 'system' : 'unknown';
  if (type === 'bot.join' || kind === '2' || kind === 'USER_KIND_BOT' || user.startsWith('bot-')) return 'service';
  return user === 'system' || /^[\da-f-]{36}\.[\w.-]+$/.test(user) ? 'system' : 'user';
}

const DENIED = /access (?:to .{0,200} )?denied|permission denied|not allowed|unauthorized|not authorized|is locked|lock targeting/i;
/**
 * What codes say that their last letter does not. Denied: Teleport's own rules turned the attempt away: a session limit, a disallowed transfer, a rejected log-in, a
 * statement not let through. Failure: a packet that was none. Unknown: a log-in that was only asked for.
 */
const OUTCOME_OF_CODE: ReadonlyMap<string, string> = new Map([
  ['T1006W', 'denied'],
  ['T1014W', 'denied'],
  ['T3010E', 'denied'],
  ['TS020E', 'denied'],
  ['TSPN001W', 'denied'],
  ['TDB06I', 'failure'],
  ['T1012I', 'unknown'],
]);

function outcome(record: JsonRecord, type: string): Record<string, unknown> {
  const error = firstOf(record['error'], record['exitError'], recordOf(record['status'])['error'], record['user_message']);
  const http =
    uint(record['response_code']) ?? (type.startsWith('app.') || type.startsWith('db.') ? uint(record['status_code']) : undefined);
  const purposeful = type.startsWith('access_request.');
  const reason = firstOf(error, record['message'], purposeful ? undefined : record['reason']);
  return {
    outcome: outcomeWord({
      success: successOf(record) ?? exited(record),
      http,
      code: str(record['code']) ?? '',
      error,
      state: str(record['state']),
      type,
      kernel: type.startsWith('session.') ? kernelOutcome(record, type) : undefined,
    }),
    purpose: purposeful ? maskText(str(record['reason']) ?? '') : undefined,
    status_code: firstOf(http, record['exitCode'], record['return_code']),
    reason: reason === undefined ? undefined : maskText(reason),
  };
}

function successOf(record: JsonRecord): boolean | undefined {
  return bool(record['success'] ?? recordOf(record['status'])['success']);
}

/** A command's end, for events without a code that says it. */
function exited(record: JsonRecord): boolean | undefined {
  const code = str(record['exitCode'] ?? record['exit_code']);
  return record['exitError'] !== undefined || (code !== undefined && code !== '0') ? false : undefined;
}

/** EPERM and EACCES, as the kernel returns them. */
const REFUSALS = new Set([-1, -13]);

/** What the kernel answered in a session that is recorded by it: an error is below zero, else the call went through; a connection may have been blocked. */
function kernelOutcome(record: JsonRecord, type: string): string | undefined {
  if (type === 'session.network') return record['action'] === 1 || record['action'] === 'DENIED' ? 'denied' : undefined;
  const code = record['return_code'];
  if (typeof code !== 'number' || code >= 0) return undefined;
  return REFUSALS.has(code) ? 'denied' : 'failure';
}

interface Signs {
  readonly success: boolean | undefined;
  readonly http: number | undefined;
  readonly code: string;
  readonly error: string | undefined;
  readonly state: string | undefined;
  readonly type: string;
  readonly kernel: string | undefined;
}

const SWITCHING = 101;

function outcomeWord({ success, http, code, error, state, type, kernel }: Signs): string {
  const known = OUTCOME_OF_CODE.get(code) ?? kernel;
  if (known !== undefined) return known;
  if (type.endsWith('.rejected')) return 'denied';
  const level = code.at(-1);
  if (success === false || level === 'E' || level === 'W') return error !== undefined && DENIED.test(error) ? 'denied' : 'failure';
  // A connection that was upgraded, for exec or port forwarding.
  if (http === SWITCHING) return 'success';
  if (http !== undefined && http > 0) return outcomeOfStatus(http) ?? 'unknown';
  return state === 'DENIED' ? 'denied' : 'success';
}
