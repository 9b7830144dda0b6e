import { type Json, type Outcome, actionOf } from '@daybook/protocol';
import { asideOf, at, type Delivery, eventOf, firstText, headerOf, isObject, noiseOf, textAt, type Verdict } from '../delivery.ts';

/**
 * GitHub's webhooks (docs.github.com, "Webhook events and payloads"): `X-GitHub-Event` names the event, `action` in the body what became of it,
 * `X-GitHub-Delivery` the delivery; a delivery that is sent again keeps its id.
 *
 * What releases becomes `deploy`, what changes settings `configure`, who may do what `grant` and `revoke`; everything else that somebody did is an event
 * with the verb of its action.
 */
export function github({ headers, body }: Delivery): Verdict[] {
  const event = headerOf(headers, 'x-github-event');
  if (event === undefined) return [asideOf('no_event', 'the header X-GitHub-Event is missing: this is no delivery of GitHub')];
  if (event === 'ping') return [noiseOf('ping')];
  if (DETAILS.has(event)) return [noiseOf('ci_detail')];
  const common = commonFields(event, body);
  const own = OWN[event]?.(body) ?? settings(event, body);
  const delivery = headerOf(headers, 'x-github-delivery');
  return [
    eventOf({ ...common, ...own, event_id: delivery, source_event_id: delivery, attributes: { ...facts(body), ...attributesOf(own) } }),
  ];
}

type Fields = Record<string, unknown>;

/** They repeat a workflow's run check by check; nobody did anything. */
const DETAILS: ReadonlySet<string> = new Set(['check_run', 'check_suite', 'status', 'page_build']);

function commonFields(event: string, body: Json): Fields {
  const action = textAt(body, 'action');
  const type = textAt(body, 'sender', 'type');
  const user = textAt(body, 'sender', 'login');
  return {
    event_type: action === undefined ? event : `${event}.${action}`,
    user_id: user,
    user_email: undefined,
    actor_type: user === undefined ? 'unknown' : type === 'Bot' || user.endsWith('[bot]') ? 'service' : 'user',
    resource: firstText(textAt(body, 'repository', 'full_name'), textAt(body, 'organization', 'login'), textAt(body, 'enterprise', 'slug')),
    resource_type: at(body, 'repository') === undefined ? 'organization' : 'repository',
    resource_parent: firstText(textAt(body, 'organization', 'login'), textAt(body, 'repository', 'owner', 'login')),
    outcome: 'success',
  };
}

/** A conclusion or state in our words; what is not yet decided is unknown. */
function resultOf(word: string | undefined): Outcome {
  if (word === 'success') return 'success';
  return word === 'failure' || word === 'error' || word === 'timed_out' || word === 'startup_failure'
    ? 'failure'
    : word === 'rejected'
      ? 'denied'
      : 'unknown';
}

const OWN: Readonly<Record<string, (body: Json) => Fields>> = {
  deployment: (body) => deployment(body, undefined),
  deployment_status: (body) => deployment(body, textAt(body, 'deployment_status', 'state')),
  deployment_review: (body) => ({
    ...RELEASE,
    outcome: textAt(body, 'action') === 'approved' ? 'success' : resultOf(textAt(body, 'action')),
    status_code: textAt(body, 'action'),
    user_id: firstText(textAt(body, 'approver', 'login'), textAt(body, 'sender', 'login')),
    environment: firstText(textAt(body, 'environment'), textAt(body, 'workflow_job_runs', '0', 'environment')),
    reason: textAt(body, 'comment'),
  }),
  workflow_run: workflowRun,
  workflow_job: workflowJob,
  workflow_dispatch: (body) => ({ action: 'execute', category: 'config', method: textAt(body, 'workflow'), attributes: { ref: at(body, 'ref') } }),
  repository_dispatch: () => ({ action: 'execute', category: 'config' }),
  release,
  registry_package: (body) => ({ ...RELEASE, resource_type: 'package', resource_id: textAt(body, 'registry_package', 'name') }),
  package: (body) => ({ ...RELEASE, resource_type: 'package', resource_id: textAt(body, 'package', 'name') }),
  push,
  create: (body) => reference(body, 'create'),
  delete: (body) => reference(body, 'delete'),
  member: (body) => membership(body, textAt(body, 'member', 'login')),
  membership: (body) => membership(body, textAt(body, 'member', 'login')),
  organization: (body) => organization(body),
  team_add: (body) => ({ ...IAM, action: 'grant', resource_id: textAt(body, 'team', 'name') }),
  team,
  org_block: (body) => ({ ...IAM, action: textAt(body, 'action') === 'unblocked' ? 'grant' : 'revoke', target_user_id: textAt(body, 'blocked_user', 'login') }),
  deploy_key: (body) => ({ ...IAM, action: textAt(body, 'action') === 'deleted' ? 'revoke' : 'grant', resource_type: 'deploy_key', resource_id: firstText(textAt(body, 'key', 'title'), textAt(body, 'key', 'id')) }),
  github_app_authorization: () => ({ ...IAM, action: 'revoke' }),
}; // biome-ignore format: a table

const RELEASE: Fields = { action: 'deploy', category: 'config' };
const IAM: Fields = { category: 'iam' };
const ATTRIBUTES = 'attributes';

function attributesOf(own: Fields): Fields {
  const value = own[ATTRIBUTES];
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined && one !== null))
    : {};
}

function deployment(body: Json, state: string | undefined): Fields {
  const made = at(body, 'deployment');
  return {
    ...RELEASE,
    outcome: resultOf(state),
    status_code: state,
    environment: textAt(made, 'environment'),
    resource_type: 'deployment',
    resource_id: textAt(made, 'id'),
    reason: firstText(textAt(body, 'deployment_status', 'description'), textAt(made, 'description')),
    attributes: {
      ref: at(made, 'ref'),
      sha: at(made, 'sha'),
      task: at(made, 'task'),
      creator: at(made, 'creator', 'login'),
      url: firstText(textAt(body, 'deployment_status', 'environment_url'), textAt(body, 'deployment_status', 'target_url')),
    },
  };
}

function workflowRun(body: Json): Fields {
  const run = at(body, 'workflow_run');
  const conclusion = textAt(run, 'conclusion');
  return {
    ...RELEASE,
    outcome: resultOf(conclusion),
    status_code: firstText(conclusion, textAt(run, 'status')),
    user_id: firstText(textAt(run, 'triggering_actor', 'login'), textAt(run, 'actor', 'login'), textAt(body, 'sender', 'login')),
    method: firstText(textAt(run, 'name'), textAt(body, 'workflow', 'name')),
    resource_type: 'workflow',
    resource_id: textAt(run, 'id'),
    attributes: {
      ref: at(run, 'head_branch'),
      sha: at(run, 'head_sha'),
      trigger: at(run, 'event'),
      attempt: at(run, 'run_attempt'),
      workflow: at(run, 'path'),
      url: at(run, 'html_url'),
    },
  };
}

function workflowJob(body: Json): Fields {
  const job = at(body, 'workflow_job');
  const conclusion = textAt(job, 'conclusion');
  return {
    action: 'execute',
    category: 'config',
    outcome: resultOf(conclusion),
    status_code: firstText(conclusion, textAt(job, 'status')),
    method: firstText(textAt(job, 'workflow_name'), textAt(job, 'name')),
    resource_type: 'job',
    resource_id: textAt(job, 'id'),
    environment: textAt(body, 'deployment', 'environment'),
    attributes: {
      job: at(job, 'name'),
      ref: at(job, 'head_branch'),
      sha: at(job, 'head_sha'),
      runner: at(job, 'runner_name'),
      run: at(job, 'run_id'),
    },
  };
}

function release(body: Json): Fields {
  const made = at(body, 'release');
  const verb = textAt(body, 'action') ?? '';
  return {
    ...RELEASE,
    action: /^(?:published|released|prereleased)$/.test(verb)
      ? 'deploy'
      : actionOf(verb === 'unpublished' ? 'delete' : verb.replace(/d$/, '')),
    resource_type: 'release',
    resource_id: firstText(textAt(made, 'tag_name'), textAt(made, 'id')),
    attributes: {
      name: at(made, 'name'),
      ref: at(made, 'target_commitish'),
      prerelease: at(made, 'prerelease'),
      draft: at(made, 'draft'),
      url: at(made, 'html_url'),
    },
  };
}

function push(body: Json): Fields {
  const ref = textAt(body, 'ref') ?? '';
  const branch = ref.replace(/^refs\/heads\//, '');
  const isDefault =
    ref.startsWith('refs/heads/') &&
    branch === firstText(textAt(body, 'repository', 'default_branch'), textAt(body, 'repository', 'master_branch'));
  const created = at(body, 'created') === true;
  const deleted = at(body, 'deleted') === true;
  const commits = at(body, 'commits');
  return {
    action: deleted ? 'delete' : isDefault ? 'deploy' : created ? 'create' : 'update',
    category: isDefault ? 'config' : 'data',
    user_id: firstText(textAt(body, 'sender', 'login'), textAt(body, 'pusher', 'name')),
    user_email: textAt(body, 'pusher', 'email'),
    resource_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    resource_id: ref.replace(/^refs\/(?:heads|tags)\//, ''),
    attributes: {
      ref,
      before: at(body, 'before'),
      sha: at(body, 'after'),
      forced: at(body, 'forced'),
      commits: Array.isArray(commits) ? commits.length : undefined,
      url: at(body, 'compare'),
    },
  };
}

function reference(body: Json, action: string): Fields {
  return { action, category: 'data', resource_type: textAt(body, 'ref_type'), resource_id: textAt(body, 'ref') };
}

function membership(body: Json, target: string | undefined): Fields {
  const verb = textAt(body, 'action');
  return {
    ...IAM,
    action: verb === 'removed' ? 'revoke' : 'grant',
    target_user_id: target,
    attributes: { team: at(body, 'team', 'name'), changes: at(body, 'changes') },
  };
}

function organization(body: Json): Fields {
  const verb = textAt(body, 'action') ?? '';
  const target = firstText(textAt(body, 'membership', 'user', 'login'), textAt(body, 'user', 'login'), textAt(body, 'invitation', 'login'));
  if (!verb.startsWith('member_')) return settings('organization', body);
  return {
    ...IAM,
    action: verb === 'member_removed' ? 'revoke' : 'grant',
    target_user_id: target,
    attributes: { role: at(body, 'membership', 'role') },
  };
}

function team(body: Json): Fields {
  const verb = textAt(body, 'action') ?? '';
  const action = verb === 'added_to_repository' ? 'grant' : verb === 'removed_from_repository' ? 'revoke' : 'configure';
  return {
    ...IAM,
    action,
    resource_id: textAt(body, 'team', 'name'),
    attributes: { permission: at(body, 'team', 'permission'), changes: at(body, 'changes') },
  };
}

/** Events that tell of a setting. */
const SETTINGS =
  /^(?:repository|public|branch_protection|repository_ruleset|repository_vulnerability|security_and_analysis|meta|installation|personal_access_token|secret_scanning|code_scanning|dependabot|custom_property|label|milestone|deployment_protection|organization|bypass_request|exemption_request|gollum|merge_group)/;

/** What has no rule of its own. */
function settings(event: string, body: Json): Fields {
  const verb = textAt(body, 'action');
  const attributes = {
    changes: at(body, 'changes'),
    title: firstText(textAt(body, 'pull_request', 'title'), textAt(body, 'issue', 'title')),
  };
  if (event === 'repository' && (verb === 'created' || verb === 'deleted'))
    return { action: verb === 'created' ? 'create' : 'delete', category: 'config', attributes };
  if (SETTINGS.test(event)) return { action: 'configure', category: 'config', attributes };
  const number = firstText(textAt(body, 'pull_request', 'number'), textAt(body, 'issue', 'number'), textAt(body, 'number'));
  return { action: actionOf((verb ?? event).replace(/ed$/, '')), category: 'data', resource_id: number, attributes };
}

/** What helps to find it there. */
function facts(body: Json): Fields {
  const installation = textAt(body, 'installation', 'id');
  const hook = at(body, 'hook');
  return {
    ...(installation === undefined ? {} : { installation }),
    ...(isObject(hook) ? { hook_events: hook['events'] } : {}),
    ...(at(body, 'repository', 'private') === undefined ? {} : { private: at(body, 'repository', 'private') }),
  };
}
