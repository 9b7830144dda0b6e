import type { JsonRecord } from '@daybook/protocol';
import { type Format, type MappingRow, stateless } from '../format.ts';
import { type JsonKind, jsonFormat, judgeText, lineSureness } from '../json/json-format.ts';
import { noise } from '../result.ts';
import { isTeleportEvent, judgeTeleportEvent } from './teleport-event.ts';

const mapping: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '`time`' },
  { record: '*', field: 'source_event_id', from: '`uid`' },
  { record: '*', field: 'user_id', from: '`user`, `identity.user`; of bot.join `bot_name`; of reviews `reviewer`; else `updated_by`' },
  { record: '*', field: 'actor_type', from: '`user_kind`: bot service; a host or `system` system; absent unknown; else user' },
  { record: '*', field: 'effective_user_id', from: '`login`; of databases `db_user`; `windows_user`, `aws_role_arn`, `azure_identity`, `gcp_service_account`; the one of `kubernetes_users`' },
  { record: '*', field: 'on_behalf_of', from: '`impersonator`' },
  { record: '*', field: 'roles, mfa', from: '`user_roles`; `with_mfa`, of user.login `mfa_device`' },
  { record: 'user.login', field: 'auth_method', from: '`method`' },
  { record: '*', field: 'session_id', from: '`sid`' },
  { record: '*', field: 'event_type', from: '`event`' },
  { record: '*', field: 'action, category', from: 'the beginning of `event`: session.start → connect, exec → execute, db.session.query → query, or what its SQL changes, role.created → grant, access_request → iam; scp, sftp by `code` and `flags`; kube.request by `verb`, app.session.request by `method`' },
  { record: 'db.*', field: 'resource, query_text, row_count', from: '`db_service`/`db_name`, `db_query` or `query` without passwords, `affected_records`' },
  { record: 'app.*', field: 'resource', from: '`app_name` and `path`' },
  { record: 'kube.request, sessions in Kubernetes', field: 'resource, resource_…', from: '`request_path`, `resource_kind`, `resource_name`, `resource_namespace`, `kubernetes_cluster`' },
  { record: 'scp, sftp, session.disk', field: 'resource', from: '`path`, on `server_hostname`' },
  { record: 'session.network', field: 'resource', from: '`dst_addr`, `dst_port`' },
  { record: '*', field: 'resource', from: '`name`, else the node, else `cluster_name`' },
  { record: 'user.*, …_token.*, lock.created, access_list.member.*', field: 'target_user_id', from: '`name`; `target.user`; the one of `members`' },
  { record: '*', field: 'host', from: '`server_hostname`' },
  { record: '*', field: 'ip_address', from: '`addr.remote`, without its port' },
  { record: '*', field: 'protocol', from: '`proto`, `db_protocol`' },
  { record: '*', field: 'outcome', from: "`success`, and the code's last letter: E, W failure, denied when the error says so; `response_code`, `status_code` of HTTP; of session.command and session.disk `return_code`; a log-in that was only asked for unknown; else success" },
  { record: '*', field: 'status_code, reason', from: '`response_code`, `exitCode`; `error`, `exitError`, `message`, `reason`' },
  { record: 'access_request.*', field: 'purpose', from: '`reason`, as the requester gave it' },
  { record: 'lines of Teleport’s own log', field: '(noise)', from: '`server_log`; an audit event among its `fields` is an event' },
  { record: 'db.session.result', field: '(event)', from: 'only of a failure; of a success noise' },
  { record: 'session.end', field: 'duration_ms', from: '`session_stop` − `session_start`' },
  { record: 'print, resize, session.data, session.upload, app.session.chunk, desktop.recording, db … close, reset, fetch', field: '(noise)', from: 'parts of a session or statement that has its own event' },
]; // biome-ignore format: a table, one row a line

/** Teleport's own log, on the standard output with its events: a line of text, or an object. */
const SERVER_LOG = 'server_log';
const SERVER_LINE =
  /^(?:\S{20,40} std(?:out|err) [FP] )?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:TRACE?|DEBU?G?|INFO|WARN|ERROR?|FATAL?) +\[(?!AUDIT\])[\w:. -]{1,40}\] /;

const kind: JsonKind = {
  name: 'teleport',
  title: 'Teleport audit events',
  source: 'teleport',
  mapping,
  owns: isTeleportEvent,
  judge: judgeTeleportEvent,
  noise: (object) => (isServerObject(object) ? SERVER_LOG : undefined),
};
const asJson = jsonFormat(kind);

export const teleport: Format = {
  ...asJson,
  framing: 'mixed',
  recognise: (head) => Math.max(asJson.recognise(head), lineSureness(kind, head)),
  open: stateless((text, context, object) =>
    !text.startsWith('{') && SERVER_LINE.test(text) ? noise(SERVER_LOG) : judgeText(kind, text, context, object),
  ),
};

/** Events in it have `fields`. */
function isServerObject(object: JsonRecord): boolean {
  const { caller, level, message, timestamp } = object;
  const said = [level, message, timestamp].every((member) => typeof member === 'string');
  return said && typeof caller === 'string' && /\.go:\d{1,6}$/.test(caller) && object['fields'] === undefined;
}
