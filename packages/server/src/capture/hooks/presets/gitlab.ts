import { actionOf, type Json, type Outcome } from '@daybook/protocol';
import { asideOf, at, type Delivery, eventOf, firstText, headerOf, noiseOf, textAt, type Verdict } from '../delivery.ts';

type Fields = Record<string, unknown>;

/**
 * GitLab's webhooks and system hooks (docs.gitlab.com, "Webhook events", "System hooks"): `object_kind` names the event, or `event_name` in system and group
 * hooks. `Idempotency-Key` stays the same when a delivery is sent again.
 */
export function gitlab({ headers, body }: Delivery): Verdict[] {
  const kind = firstText(textAt(body, 'object_kind'), textAt(body, 'event_name'));
  if (kind === undefined) return [asideOf('no_event', 'there is neither object_kind nor event_name: this is no delivery of GitLab')];
  if (NOISE.has(kind)) return [noiseOf(kind)];
  const own = OWN[kind]?.(body) ?? other(kind, body);
  const id = firstText(headerOf(headers, 'idempotency-key'), headerOf(headers, 'x-gitlab-event-uuid'));
  const fields = { ...commonFields(kind, body), ...own };
  return [
    eventOf({
      ...fields,
      event_id: id === undefined ? undefined : `${id}:${kind}`,
      source_event_id: id,
      attributes: present(fields['attributes']),
    }),
  ];
}

/** They tell again what other deliveries tell, or what nobody did. */
const NOISE: ReadonlySet<string> = new Set(['repository_update', 'access_token', 'resource_access_token', 'emoji']);

function commonFields(kind: string, body: Json): Fields {
  const user = firstText(textAt(body, 'user', 'username'), textAt(body, 'user_username'), textAt(body, 'user', 'name'));
  const verb = firstText(textAt(body, 'object_attributes', 'action'), textAt(body, 'action'));
  return {
    event_type: verb === undefined ? kind : `${kind}.${verb}`,
    user_id: user,
    user_name: firstText(textAt(body, 'user', 'name'), textAt(body, 'user_name')),
    user_email: mail(firstText(textAt(body, 'user', 'email'), textAt(body, 'user_email'))),
    actor_type: user === undefined ? 'unknown' : 'user',
    resource: firstText(
      textAt(body, 'project', 'path_with_namespace'),
      textAt(body, 'path_with_namespace'),
      textAt(body, 'project_path_with_namespace'),
      textAt(body, 'group_path'),
      textAt(body, 'full_path'),
      textAt(body, 'project_name'),
      textAt(body, 'group', 'group_path'),
    ),
    resource_type: 'project',
    outcome: 'success',
  };
}

/** GitLab writes `[REDACTED]` where a mail address is private. */
function mail(text: string | undefined): string | undefined {
  return text?.includes('@') === true ? text : undefined;
}

function resultOf(status: string | undefined): Outcome {
  return status === 'success' ? 'success' : status === 'failed' ? 'failure' : 'unknown';
}

const NO_COMMIT = /^0{40}(?:0{24})?$/;

const OWN: Readonly<Record<string, (body: Json) => Fields>> = {
  push: (body) => pushed(body, 'branch'),
  tag_push: (body) => pushed(body, 'tag'),
  pipeline,
  build,
  deployment,
  release,
  feature_flag: (body) => ({ action: 'configure', category: 'config', resource_type: 'feature_flag', resource_id: textAt(body, 'object_attributes', 'name'), attributes: { active: at(body, 'object_attributes', 'active') } }),
  merge_request: (body) => ({ action: textAt(body, 'object_attributes', 'action') === 'merge' ? 'update' : actionOf(textAt(body, 'object_attributes', 'action') ?? ''), category: 'data', resource_type: 'merge_request', resource_id: textAt(body, 'object_attributes', 'iid'), attributes: { title: at(body, 'object_attributes', 'title'), target: at(body, 'object_attributes', 'target_branch'), url: at(body, 'object_attributes', 'url') } }),
  user_failed_login: (body) => ({ action: 'login', category: 'authentication', outcome: 'failure', user_id: firstText(textAt(body, 'username'), textAt(body, 'email')), actor_type: 'user', resource: 'gitlab', reason: textAt(body, 'state') }),
}; // biome-ignore format: a table

function pushed(body: Json, type: 'branch' | 'tag'): Fields {
  const ref = (textAt(body, 'ref') ?? '').replace(/^refs\/(?:heads|tags)\//, '');
  const deleted = NO_COMMIT.test(textAt(body, 'after') ?? '');
  const created = NO_COMMIT.test(textAt(body, 'before') ?? '');
  const releases = type === 'tag' ? created : ref === textAt(body, 'project', 'default_branch');
  return {
    action: deleted ? 'delete' : releases ? 'deploy' : created ? 'create' : 'update',
    category: releases ? 'config' : 'data',
    resource_type: type,
    resource_id: ref,
    attributes: {
      ref: at(body, 'ref'),
      before: at(body, 'before'),
      sha: at(body, 'after'),
      commits: at(body, 'total_commits_count'),
      message: at(body, 'message'),
    },
  };
}

function pipeline(body: Json): Fields {
  const made = at(body, 'object_attributes');
  const status = textAt(made, 'status');
  return {
    action: 'deploy',
    category: 'config',
    outcome: resultOf(status),
    status_code: status,
    event_type: status === undefined ? 'pipeline' : `pipeline.${status}`,
    resource_type: 'pipeline',
    resource_id: textAt(made, 'id'),
    duration_ms: seconds(at(made, 'duration')),
    attributes: { ref: at(made, 'ref'), tag: at(made, 'tag'), sha: at(made, 'sha'), trigger: at(made, 'source'), url: at(made, 'url') },
  };
}

/** A job; `build` by GitLab's older name. One that deploys says where. */
function build(body: Json): Fields {
  const status = textAt(body, 'build_status');
  const environment = textAt(body, 'environment', 'name');
  return {
    action: environment === undefined ? 'execute' : 'deploy',
    category: 'config',
    outcome: resultOf(status),
    status_code: status,
    event_type: status === undefined ? 'job' : `job.${status}`,
    environment,
    reason: status === 'failed' ? textAt(body, 'build_failure_reason') : undefined,
    method: textAt(body, 'build_name'),
    resource_type: 'job',
    resource_id: textAt(body, 'build_id'),
    duration_ms: seconds(at(body, 'build_duration')),
    attributes: {
      stage: at(body, 'build_stage'),
      ref: at(body, 'ref'),
      sha: at(body, 'sha'),
      pipeline: at(body, 'pipeline_id'),
      runner: at(body, 'runner', 'description'),
    },
  };
}

function deployment(body: Json): Fields {
  const status = textAt(body, 'status');
  return {
    action: 'deploy',
    category: 'config',
    outcome: resultOf(status),
    status_code: status,
    event_type: status === undefined ? 'deployment' : `deployment.${status}`,
    environment: textAt(body, 'environment'),
    resource_type: 'deployment',
    resource_id: firstText(textAt(body, 'deployment_id'), textAt(body, 'deployable_id')),
    attributes: {
      ref: at(body, 'ref'),
      sha: at(body, 'short_sha'),
      tier: at(body, 'environment_tier'),
      title: at(body, 'commit_title'),
      url: at(body, 'deployable_url'),
    },
  };
}

function release(body: Json): Fields {
  const verb = textAt(body, 'action') ?? '';
  return {
    action: verb === 'create' ? 'deploy' : actionOf(verb),
    category: 'config',
    resource_type: 'release',
    resource_id: firstText(textAt(body, 'tag'), textAt(body, 'name')),
    attributes: { name: at(body, 'name'), sha: at(body, 'commit', 'id'), url: at(body, 'url') },
  };
}

/** Members, keys and projects of group and system hooks do not say who did it: `user_…` is who it was done to. */
function other(kind: string, body: Json): Fields {
  const attributes = {
    access: firstText(textAt(body, 'group_access'), textAt(body, 'project_access'), textAt(body, 'access_level')),
    title: at(body, 'object_attributes', 'title'),
  };
  if (/^user_(?:add_to|remove_from|update_for|access_request)/.test(kind)) {
    const action = kind.startsWith('user_remove') ? 'revoke' : 'grant';
    return { ...nobody(body), action, category: 'iam', attributes };
  }
  if (kind.startsWith('key_'))
    return {
      ...nobody(body),
      action: kind === 'key_destroy' ? 'revoke' : 'grant',
      category: 'iam',
      resource_type: 'key',
      target_user_id: textAt(body, 'username'),
      attributes,
    };
  if (kind.startsWith('user_'))
    return {
      ...nobody(body),
      action: kind === 'user_create' ? 'create' : kind === 'user_destroy' ? 'delete' : 'configure',
      category: 'iam',
      resource: firstText(textAt(body, 'username'), textAt(body, 'email'), 'gitlab'),
      resource_type: 'user',
      target_user_id: textAt(body, 'username'),
      attributes,
    };
  if (/^(?:project|group|subgroup)_/.test(kind))
    return {
      ...nobody(body),
      target_user_id: undefined,
      action: 'configure',
      category: 'config',
      resource_type: kind.split('_', 1)[0],
      attributes,
    };
  return {
    action: actionOf(textAt(body, 'object_attributes', 'action') ?? kind),
    category: 'data',
    resource_type: kind,
    resource_id: firstText(textAt(body, 'object_attributes', 'iid'), textAt(body, 'object_attributes', 'id')),
    attributes,
  };
}

function nobody(body: Json): Fields {
  return {
    user_id: undefined,
    user_name: undefined,
    user_email: undefined,
    actor_type: 'unknown',
    target_user_id: firstText(textAt(body, 'user_username'), textAt(body, 'user_email')),
  };
}

function seconds(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.round(value * 1000) : undefined;
}

function present(attributes: unknown): Fields {
  return typeof attributes === 'object' && attributes !== null
    ? Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null))
    : {};
}
