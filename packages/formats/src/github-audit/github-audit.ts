import type { Format, MappingRow } from '../format.ts';
import { jsonFormat } from '../json/json-format.ts';
import { isGithubEntry, judgeGithubEntry } from './github-entry.ts';

const mapping: readonly MappingRow[] = [
  { record: '*', field: 'timestamp', from: '`@timestamp`, else `created_at` (ms)' },
  { record: '*', field: 'source_event_id', from: '`_document_id`' },
  { record: '*', field: 'request_id', from: '`request_id`' },
  { record: '*', field: 'user_id', from: '`actor`; of a log-in without one `user`' },
  { record: '*', field: 'actor_type', from: '`actor_is_agent` agent; `actor_is_bot`, `…[bot]`, deploy keys service; absent unknown, at a clone of a public repository anonymous; else user' },
  { record: '*', field: 'user_name, user_email', from: '`external_identity_username`, `external_identity_nameid`' },
  { record: '*', field: 'agent_id', from: '`application_client_id`, `oauth_application_id`' },
  { record: '*', field: 'session_id', from: '`actor_session`' },
  { record: '*', field: 'credential_id', from: '`hashed_token`' },
  { record: '*', field: 'auth_method', from: '`programmatic_access_type`' },
  { record: '*', field: 'event_type', from: '`action`' },
  { record: '*', field: 'action', from: "the action's verb: git.clone, git.fetch → read, git.push → update, add_member → grant, remove_member → revoke, enable, disable → configure; where it says nothing, `operation_type`" },
  { record: '*', field: 'category', from: 'the first part of `action`: org, business, team, user, keys iam; hooks, protection, secrets, settings config; log-ins authentication; else data' },
  { record: '*', field: 'resource, resource_type', from: '`repo` or `repository`, else `team`, `org`, `business`, `user`' },
  { record: '*', field: 'resource_id, resource_parent', from: '`repo_id`, `org_id`; `org`, `business`' },
  { record: '*', field: 'target_user_id', from: '`user` when it is not the actor' },
  { record: '*', field: 'ip_address, country_code, city', from: '`actor_ip` (only when the owner discloses it), `actor_location.country_code`, `city`' },
  { record: '*', field: 'user_agent', from: '`user_agent`' },
  { record: 'git.*', field: 'protocol', from: '`transport_protocol_name`' },
  { record: 'api.request', field: 'method, status_code', from: '`request_method`, `status_code`' },
  { record: '*', field: 'outcome', from: '`status_code`; the `conclusion` of a completed workflow run; entries are of what was done: success, but failed_… failure, rejected_…, denied denied' },
]; // biome-ignore format: a table, one row a line

export const githubAudit: Format = jsonFormat({
  name: 'github-audit',
  title: 'GitHub audit log',
  source: 'github',
  mapping,
  owns: isGithubEntry,
  judge: judgeGithubEntry,
});
