import { type ActorType, type JsonRecord, outcomeOfStatus, recordOf } from '@daybook/protocol';
import { attributesOf, maskText, without } from '../json/attributes.ts';
import { address, bool, firstOf, str, strings, time, uint } from '../json/values.ts';
import { quarantine, type Verdict } from '../result.ts';
import { eventOf } from '../json/event-of.ts';
import { objectIn } from '../json/json-text.ts';
import { accessOf } from './github-access.ts';

/*
 * An entry of the audit log of an organisation, enterprise or GitHub Enterprise Server (docs.github.com, "Audit log events", "Reviewing the audit log"):
 *
 *   @timestamp (ms; older and Git entries also created_at), action, _document_id, actor, actor_id, actor_ip, actor_is_bot, actor_location {country_code},
 *   user, user_id, org, org_id, business, repo or repository, team, operation_type, user_agent, request_id, hashed_token, token_id,
 *   programmatic_access_type, transport_protocol_name, external_identity_nameid, data …; actor_ip and others only when the owner discloses them.
 */
const MAPPED = new Set([
  '@timestamp', '_document_id', 'action', 'actor', 'actor_ip', 'user_agent', 'request_id', 'hashed_token', 'user', 'request_method', 'status_code',
  'external_identity_nameid', 'actor_session',
]); // biome-ignore format: a word list
const ACTION = /^[a-z][a-z\d_]*(?:\.[\w-]+)+$/;
/** What only these entries have. */
const MARKS = [
  '_document_id',
  'actor',
  'actor_id',
  'org',
  'business',
  'operation_type',
  'actor_ip',
  'repo',
  'repository',
  'user_id',
  'actor_location',
  'hashed_token',
  'programmatic_access_type',
  'token_scopes',
  'actor_is_bot',
  'url_path',
  'org_id',
  'repo_id',
  'repository_id',
  'business_id',
  'external_identity_nameid',
];

export function isGithubEntry(object: JsonRecord): boolean {
  const stamp = object['@timestamp'] ?? object['created_at'];
  if (typeof stamp !== 'number' && typeof stamp !== 'string') return false;
  if (typeof object['action'] !== 'string' || !ACTION.test(object['action'])) return false;
  let marks = 0;
  for (const mark of MARKS) if (mark in object && ++marks >= 2) return true;
  return false;
}

export function judgeGithubEntry(entry: JsonRecord): Verdict {
  const timestamp = time(entry['@timestamp'] ?? entry['created_at']);
  if (timestamp === undefined) return quarantine('no_time', 'this audit log entry has no time');
  const name = str(entry['action']) ?? '';
  const access = accessOf(name, entry['operation_type']);
  const method = str(entry['request_method']);
  const place = recordOf(entry['actor_location']);
  const country = firstOf(place['country_code'], entry['country_code']);
  return eventOf(
    {
      timestamp,
      source_event_id: str(entry['_document_id']),
      request_id: str(entry['request_id']),
    },
    who(entry, { name, signsIn: access.category === 'authentication' }),
    {
      event_type: name,
      action: name === 'api.request' && method !== undefined ? actionOfMethod(method) : access.action,
      category: access.category,
    },
    what(entry),
    {
      ip_address: address(entry['actor_ip']),
      country_code: country !== undefined && /^[A-Za-z]{2}$/.test(country) ? country.toUpperCase() : undefined,
      city: str(place['city']),
      user_agent: str(entry['user_agent']),
      method,
      protocol: str(entry['transport_protocol_name']),
    },
    outcome(entry, name),
    {
      attributes: attributesOf(rest(entry)),
    },
  );
}

/** What was asked of the API, its body and its query, in which secrets have been sent. */
function rest(entry: JsonRecord): Record<string, unknown> {
  const kept = without(entry, MAPPED);
  const body = typeof kept['request_body'] === 'string' ? objectIn(kept['request_body']) : undefined;
  if (body !== undefined) kept['request_body'] = body;
  const query = kept['query_string'];
  if (typeof query === 'string') kept['query_string'] = maskText(`?${query.replace(/^\?/, '')}`).slice(1);
  return kept;
}

const ACTION_OF_METHOD: ReadonlyMap<string, string> = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'update'],
  ['DELETE', 'delete'],
]);

function actionOfMethod(method: string): string {
  return ACTION_OF_METHOD.get(method.toUpperCase()) ?? 'access';
}

function who(entry: JsonRecord, { name, signsIn }: { name: string; signsIn: boolean }): Record<string, unknown> {
  // A failed log-in has no actor: the account that was tried is the user.
  const user_id = str(entry['actor']) ?? (signsIn ? str(entry['user']) : undefined);
  const nameId = str(entry['external_identity_nameid']);
  return {
    user_id,
    actor_type: user_id === undefined && isPublicGit(entry, name) ? 'anonymous' : actorOf(entry, user_id),
    user_name: str(entry['external_identity_username']),
    user_email: nameId?.includes('@') === true ? nameId : undefined,
    agent_id: firstOf(entry['application_client_id'], entry['oauth_application_id']),
    session_id: str(entry['actor_session']),
    credential_id: str(entry['hashed_token']),
    auth_method: str(entry['programmatic_access_type']),
  };
}

/** Whoever clones or fetches a public repository needs no account. */
function isPublicGit(entry: JsonRecord, name: string): boolean {
  return (
    name.startsWith('git.') && bool(entry['repository_public'] ?? entry['public_repo']) === true && str(entry['hashed_token']) === undefined
  );
}

function actorOf(entry: JsonRecord, user: string | undefined): ActorType {
  if (bool(entry['actor_is_agent']) === true) return 'agent';
  if (user === undefined) return 'unknown';
  if (bool(entry['actor_is_bot']) === true || user.endsWith('[bot]') || user === 'deploy_key' || user === 'github-actions')
    return 'service';
  return user === 'GitHub System' || user === 'ghost' ? 'system' : 'user';
}

/** What an entry is about, the smallest that it names. Enterprise entries have lists of organisations. */
function what(entry: JsonRecord): Record<string, unknown> {
  const user = str(entry['user']);
  const target_user_id =
    user !== undefined && user !== entry['actor'] && entry['actor'] !== undefined && entry['actor'] !== null ? user : undefined;
  const org = strings(entry['org'])[0];
  const business = strings(entry['business'])[0];
  const repo = firstOf(strings(entry['repo'])[0], strings(entry['repository'])[0]);
  const parent = org ?? business;
  if (repo !== undefined)
    return {
      resource: maskText(repo),
      resource_type: 'repository',
      resource_id: firstOf(entry['repo_id'], entry['repository_id']),
      resource_parent: parent ?? repo.split('/')[0],
      target_user_id,
    };
  const team = str(entry['team']);
  if (team !== undefined) return { resource: team, resource_type: 'team', resource_parent: parent, target_user_id };
  if (org !== undefined)
    return { resource: org, resource_type: 'organization', resource_id: str(entry['org_id']), resource_parent: business, target_user_id };
  if (business !== undefined) return { resource: business, resource_type: 'enterprise', target_user_id };
  const path = str(entry['url_path']);
  if (path !== undefined) return { resource: maskText(path), resource_type: 'url', target_user_id };
  return {
    resource: firstOf(user, entry['name'], entry['action']),
    resource_type: user === undefined ? undefined : 'user',
    target_user_id,
  };
}

/** An entry is written of what was done; what was not done has names of its own. */
function outcome(entry: JsonRecord, name: string): Record<string, unknown> {
  // Tables and collectors make texts of numbers.
  const status = uint(entry['status_code']);
  const byStatus = status === undefined ? undefined : outcomeOfStatus(status);
  const reason = firstOf(entry['reason'], entry['explanation'], entry['message']);
  return {
    outcome: byStatus ?? outcomeOfRun(name, str(entry['conclusion'])) ?? outcomeOfName(name),
    status_code: str(entry['status_code']),
    reason: reason === undefined ? undefined : maskText(reason),
  };
}

/** A workflow's run was done well or badly by what it concluded with: `success`, `failure`, `timed_out`, `startup_failure`, `cancelled`, `skipped` … */
function outcomeOfRun(name: string, conclusion: string | undefined): string | undefined {
  if (name !== 'workflows.completed_workflow_run' || conclusion === undefined || conclusion === 'success') return undefined;
  return /fail|timed_out/.test(conclusion) ? 'failure' : 'unknown';
}

/** The log-in goes on: a second factor is asked for. */
const GOES_ON = new Set([
  'two_factor_requested',
  'correct_password_from_unrecognized_device',
  'device_verification_requested',
  'sign_in_fallback_sms',
]);

function outcomeOfName(name: string): string {
  const verb = name.slice(name.indexOf('.') + 1);
  if (GOES_ON.has(verb)) return 'unknown';
  if (/(?:^|_)(?:failed|failure|fail|error)(?:_|$)/.test(verb)) return 'failure';
  return /^rejected_|^(?:access_)?denied$|^blocked$|rate_limit_exceeded$/.test(verb) ? 'denied' : 'success';
}
