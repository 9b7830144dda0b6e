import { AZURE_PRODUCERS } from './azure-producers.ts';
import { web, WEB_PRODUCERS } from './web-producers.ts';
import { WINDOWS_PRODUCERS } from './windows.ts';

/** Programs whose records are told by names that only they write; what they mean by the others is known then, also where an alias would have it otherwise. */
export interface Producer {
  readonly title: string;
  /** Each must be there: names of which one suffices, separated by `|`; with `=`, one of the values. */
  readonly when: readonly string[];
  /** As WELL_KNOWN, but exactly these names. `'…'` is a constant; nothing: the field is not what its name says here. */
  readonly names: Readonly<Record<string, string>>;
}

/** The first of several wins. Fields that one of them does not name are taken from WELL_KNOWN. */
export const PRODUCERS: readonly Producer[] = [
  // https://schema.ocsf.io: in an authentication the account that logs in is `user`, else `user` is the account acted upon.
  {
    title: 'OCSF, class Authentication',
    when: ['class_uid=3002'],
    names: {
      ...ocsf(),
      user_id: 'user.uid user.name user.email_addr actor.user.uid actor.user.name',
      user_name: 'user.full_name user.name',
      mfa: 'is_mfa',
      auth_method: 'auth_protocol',
    },
  },
  {
    title: 'OCSF',
    when: ['class_uid'],
    names: {
      ...ocsf(),
      user_id: 'actor.user.uid actor.user.name actor.user.email_addr actor.session.uid',
      user_name: 'actor.user.full_name actor.user.name',
      target_user_id: 'user.uid user.name',
    },
  },
  // Elasticsearch's audit log (x-pack/plugin/security, LoggingAuditTrail).
  {
    title: "Elasticsearch's audit log",
    when: ['event.action', 'origin.type|origin.address|user.realm'],
    names: {
      event_type: 'event.action',
      outcome: 'event.action:word_end',
      action: 'event.action:elastic',
      user_id: 'user.name',
      effective_user_id: 'user.run_as.name',
      ip_address: 'origin.address',
      ip_chain: 'x_forwarded_for',
      resource: 'url.path indices request.name action',
      method: 'request.method action',
      auth_method: 'authentication.type',
      credential_id: 'apikey.id',
      roles: 'user.roles',
      request_id: 'request.id',
      host: 'node.name',
    },
  },
  // MongoDB's auditing: result 0 is success, any other an error code. A failed log-in has no user but the one that was tried.
  {
    title: "MongoDB's audit log",
    when: ['atype=authenticate|logout', 'param'],
    names: { ...mongo(), user_id: 'param.user users.user', auth_method: 'param.mechanism', resource_parent: 'param.db' },
  },
  {
    title: "MongoDB's audit log",
    when: ['atype', 'param|remote|users'],
    names: { ...mongo(), user_id: 'users.user', target_user_id: 'param.user' },
  },
  // Keycloak: EventType has an …_ERROR of each; what has none was EventBuilder.success().
  {
    title: "Keycloak's events",
    when: ['realmId', 'type', 'clientId|userId|ipAddress'],
    names: { ...keycloak(), outcome: 'type:keycloak', user_id: 'userId details.username', user_name: 'details.username', resource: 'clientId' },
  },
  {
    title: "Keycloak's admin events",
    when: ['realmId', 'operationType'],
    names: {
      ...keycloak(),
      event_type: 'operationType',
      action: 'operationType',
      outcome: 'error:failed',
      category: "'iam'",
      user_id: 'authDetails.userId authUserId',
      ip_address: 'authDetails.ipAddress authIpAddress',
      resource: 'resourcePath',
      resource_type: 'resourceType',
    },
  },
  // GitLab's audit_json.log (lib/gitlab/audit).
  {
    title: "GitLab's audit_json.log",
    when: ['author_id', 'entity_type|entity_path|target_type'],
    names: {
      user_id: 'author_id',
      user_name: 'author_name',
      event_type: 'event_name event_type change:named add:named remove:named custom_message',
      resource: 'target_details entity_path',
      resource_type: 'target_type entity_type',
      resource_id: 'target_id entity_id',
      resource_parent: 'entity_path',
    },
  },
  ...WEB_PRODUCERS,
  // Microsoft 365's unified audit log.
  {
    title: "Microsoft 365's audit log",
    when: ['Operation', 'Workload'],
    names: {
      event_type: 'Operation',
      user_id: 'UserId UserKey',
      ip_address: 'ClientIP ClientIPAddress ActorIpAddress',
      resource: 'ObjectId',
      resource_type: 'ItemType',
      source_event_id: 'Id',
      session_id: 'SessionId',
      outcome: 'ResultStatus Operation:word_end',
    },
  },
  {
    title: "Google Workspace's activities",
    when: ['id.applicationName', 'actor'],
    names: {
      timestamp: 'id.time',
      event_type: 'events.name',
      outcome: 'events.name:word_end',
      user_id: 'actor.email actor.profileId',
      user_email: 'actor.email',
      ip_address: 'ipAddress',
      source_event_id: 'id.uniqueQualifier',
    },
  },
  {
    title: "Slack's audit logs",
    when: ['date_create', 'actor.user', 'action'],
    names: {
      timestamp: 'date_create',
      event_type: 'action',
      user_id: 'actor.user.id',
      user_name: 'actor.user.name',
      user_email: 'actor.user.email',
      resource: 'entity.file.name entity.channel.name entity.user.name entity.workspace.name entity.app.name entity.type',
      resource_type: 'entity.type',
      ip_address: 'context.ip_address',
      user_agent: 'context.ua',
      session_id: 'context.session_id',
      source_event_id: 'id',
    },
  },
  // HashiCorp's Consul, Boundary and Nomad.
  {
    title: "Consul's, Nomad's and Boundary's audit logs",
    when: ['payload.request', 'payload.type|payload.stage'],
    names: {
      timestamp: 'payload.timestamp',
      event_type: 'payload.request.operation',
      user_id: 'payload.auth.name payload.auth.user_id payload.auth.accessor_id',
      method: 'payload.request.operation',
      resource: 'payload.request.endpoint payload.request.path',
      ip_address: 'payload.request.remote_addr payload.request.client_ip payload.request.request_meta.remote_address',
      user_agent: 'payload.request.user_agent payload.request.request_meta.user_agent',
      outcome: 'payload.response.status:http payload.response.status_code:http payload.response.error:failed',
      status_code: 'payload.response.status payload.response.status_code',
      reason: 'payload.response.error',
      request_id: 'payload.request.id',
      source_event_id: 'payload.id',
    },
  },
  // Fortinet's FortiOS: a type says the kind of log, an action what was done.
  {
    title: "FortiGate's event log",
    when: ['logid', 'devname|devid|subtype|type'],
    names: {
      timestamp: 'eventtime date+time',
      event_type: 'action logdesc subtype',
      user_id: 'user unauthuser xauthuser',
      ip_address: 'srcip remip',
      target_user_id: 'dstuser',
      host: 'devname',
      outcome: 'status action:blocked',
      reason: 'reason msg',
      resource: 'cfgpath url dstip',
    },
  },
  // Grafana's log: user 0 is nobody.
  {
    title: "Grafana's log",
    when: ['orgId', 'uname', 'logger'],
    names: { ...web(), timestamp: 't', user_id: 'uname', ip_address: 'remote_addr' },
  },
  // CloudEvents 1.0 and Amazon EventBridge: the envelope says what and when.
  {
    title: 'CloudEvents',
    when: ['specversion', 'type'],
    names: { event_type: 'type', source_event_id: 'id', resource: 'subject' },
  },
  ...AZURE_PRODUCERS,
  ...WINDOWS_PRODUCERS,
]; // biome-ignore format: a table

function ocsf(): Record<string, string> {
  return {
    timestamp: 'time time_dt',
    event_type: 'activity_name api.operation type_name',
    outcome: 'status_id:ocsf_status status disposition:decided',
    status_code: 'status_code http_response.code',
    reason: 'status_detail',
    severity: 'severity_id:ocsf_severity',
    ip_address: 'src_endpoint.ip',
    host: 'dst_endpoint.hostname device.hostname device.name',
    session_id: 'session.uid actor.session.uid',
    user_agent: 'http_request.user_agent',
    method: 'http_request.http_method api.operation',
    resource: 'http_request.url.path resources.name resources.uid resource.name file.path api.service.name',
    resource_type: 'resources.type resource.type',
    source_event_id: 'metadata.uid',
  };
}

function mongo(): Record<string, string> {
  return {
    timestamp: 'ts.$date ts.$date.$numberLong',
    event_type: 'atype',
    outcome: 'result:zero',
    status_code: 'result',
    ip_address: 'remote.ip',
    roles: 'roles.role',
    method: 'param.command',
    resource: 'param.ns param.db',
  };
}

function keycloak(): Record<string, string> {
  return { timestamp: 'time', event_type: 'type', ip_address: 'ipAddress', reason: 'error', session_id: 'sessionId', resource_parent: 'realmName realmId', source_event_id: 'id' };
} // biome-ignore format: a row
