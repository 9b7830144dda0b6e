/**
 * One access, in the words of Daybook's event reference. All members are optional; say at least who (`user_id`) or what (`event_type`, `resource`).
 * Members that the reference does not know are kept as attributes.
 */
export interface DaybookEvent {
  // who
  user_id?: string | undefined;
  actor_type?: 'user' | 'service' | 'agent' | 'system' | 'anonymous' | 'unknown' | undefined;
  user_name?: string | undefined;
  user_email?: string | undefined;
  effective_user_id?: string | undefined;
  on_behalf_of?: string | undefined;
  agent_id?: string | undefined;
  session_id?: string | undefined;
  /** A fingerprint, never the secret. */
  credential_id?: string | undefined;
  auth_method?: string | undefined;
  mfa?: boolean | undefined;
  roles?: readonly string[] | undefined;
  // what
  event_type?: string | undefined;
  action?: Action | undefined;
  category?: 'authentication' | 'iam' | 'data' | 'api' | 'http' | 'file' | 'session' | 'config' | undefined;
  resource?: string | undefined;
  resource_type?: string | undefined;
  resource_id?: string | undefined;
  resource_parent?: string | undefined;
  resource_sensitivity?: string | undefined;
  target_user_id?: string | undefined;
  query_text?: string | undefined;
  query_hash?: string | undefined;
  row_count?: number | undefined;
  bytes_out?: number | undefined;
  changes?: object | undefined;
  // when
  timestamp?: string | number | Date | undefined;
  observed_at?: string | number | Date | undefined;
  duration_ms?: number | undefined;
  // where
  ip_address?: string | undefined;
  ip_chain?: readonly string[] | undefined;
  location?: string | undefined;
  country_code?: string | undefined;
  city?: string | undefined;
  host?: string | undefined;
  environment?: string | undefined;
  user_agent?: string | undefined;
  // how
  channel?: 'app' | 'gateway' | 'importer' | 'api' | 'agent' | undefined;
  protocol?: string | undefined;
  method?: string | undefined;
  request_id?: string | undefined;
  trace_id?: string | undefined;
  // with what result, and why
  outcome?: Outcome | undefined;
  status_code?: string | number | undefined;
  reason?: string | undefined;
  severity?: number | undefined;
  purpose?: string | undefined;
  ticket_id?: string | undefined;
  // context
  event_id?: string | undefined;
  source_event_id?: string | undefined;
  source?: string | undefined;
  tenant_id?: string | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  attributes?: object | undefined;
  [other: string]: unknown;
}

export type Outcome = 'success' | 'failure' | 'denied' | 'unknown';
export type Action =
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'list'
  | 'query'
  | 'execute'
  | 'export'
  | 'share'
  | 'login'
  | 'logout'
  | 'connect'
  | 'disconnect'
  | 'grant'
  | 'revoke'
  | 'configure'
  | 'deploy'
  | 'access'
  | 'other';

/** The members that say who. */
export type Actor = Pick<
  DaybookEvent,
  | 'user_id'
  | 'actor_type'
  | 'user_name'
  | 'user_email'
  | 'effective_user_id'
  | 'on_behalf_of'
  | 'agent_id'
  | 'session_id'
  | 'credential_id'
  | 'auth_method'
  | 'mfa'
  | 'roles'
  | 'tenant_id'
>;
