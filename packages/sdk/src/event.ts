/** Members that may be left out, or be undefined. */
type Said<T> = { [K in keyof T]?: T[K] | undefined };

interface Who {
  user_id: string;
  actor_type: 'user' | 'service' | 'agent' | 'system' | 'anonymous' | 'unknown';
  user_name: string;
  user_email: string;
  effective_user_id: string;
  on_behalf_of: string;
  agent_id: string;
  session_id: string;
  /** A fingerprint, never the secret. */
  credential_id: string;
  auth_method: string;
  mfa: boolean;
  roles: readonly string[];
  tenant_id: string;
}

interface Access {
  // what
  event_type: string;
  action: Action;
  category: 'authentication' | 'iam' | 'data' | 'api' | 'http' | 'file' | 'session' | 'config';
  resource: string;
  resource_type: string;
  resource_id: string;
  resource_parent: string;
  resource_sensitivity: string;
  target_user_id: string;
  query_text: string;
  query_hash: string;
  row_count: number;
  bytes_out: number;
  changes: object;
  // when
  timestamp: string | number | Date;
  observed_at: string | number | Date;
  duration_ms: number;
  // where
  ip_address: string;
  ip_chain: readonly string[];
  location: string;
  country_code: string;
  city: string;
  host: string;
  environment: string;
  user_agent: string;
  // how
  channel: 'app' | 'gateway' | 'importer' | 'api' | 'agent';
  protocol: string;
  method: string;
  request_id: string;
  trace_id: string;
  // with what result, and why
  outcome: Outcome;
  status_code: string | number;
  reason: string;
  severity: number;
  purpose: string;
  ticket_id: string;
  // context
  event_id: string;
  source_event_id: string;
  source: string;
  labels: Readonly<Record<string, string>>;
  attributes: object;
}

/** One access, in the words of Daybook's event reference: say at least who or what. Members that it does not know are kept as attributes. */
export interface DaybookEvent extends Said<Who & Access> {
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
export type Actor = Said<Who>;
