/**
 * The event's fields: the one table from which the aliases, the canonical form, the columns of `access_logs` and the reference page are
 * made. Rows stand in the canonical (RFC 8785) order of their names, so that a writer that walks this table writes sorted keys.
 */

/** How a field's value is written in the canonical event, and so how ClickHouse reads it. */
export type FieldType =
  | 'string' // well-formed Unicode text; absent when empty
  | 'enum' // one of `values`
  | 'time' // RFC 3339, UTC, six digits: 2023-11-04T12:34:56.000000Z
  | 'bool'
  | 'uint' // integer, 0 … 2^53-1
  | 'float' // finite number
  | 'ip' // IPv4 dotted quad, or IPv6 in RFC 5952 form
  | 'strings' // array of strings
  | 'map' // object whose values are strings
  | 'json'; // any JSON object or array; a String column holding its canonical text

export interface Field {
  readonly name: string;
  readonly group: 'id' | 'when' | 'who' | 'what' | 'where' | 'how' | 'outcome' | 'why' | 'context' | 'proof';
  readonly type: FieldType;
  /** `always`: in every event after intake. `known`: when the source knows it. `optional`: rarely. */
  readonly presence: 'always' | 'known' | 'optional';
  /** Other keys that mean this field, accepted at the edge. The canonical key wins over them, the first listed over the later. */
  readonly aliases?: readonly string[];
  readonly values?: readonly string[];
  /** Set by the server only: a producer that claims it is rejected. */
  readonly serverOnly?: true;
  readonly doc: string;
}

export const ACTOR_TYPES = ['user', 'service', 'agent', 'system', 'anonymous', 'unknown'] as const;
export const ACTIONS = [
  'create', 'read', 'update', 'delete', 'list', 'query', 'execute', 'export', 'share', 'login', 'logout', 'connect', 'disconnect',
  'grant', 'revoke', 'configure', 'deploy', 'access', 'other',
] as const; // biome-ignore format: a word list
export const CATEGORIES = ['authentication', 'iam', 'data', 'api', 'http', 'file', 'session', 'config', 'audit'] as const;
export const OUTCOMES = ['success', 'failure', 'denied', 'unknown'] as const;
export const CHANNELS = ['app', 'gateway', 'importer', 'api', 'agent'] as const;

/** Sorted by `name` (ASCII, which is RFC 8785 order for these names); a test holds it. */
export const FIELDS: readonly Field[] = [
  { name: 'action', group: 'what', type: 'enum', presence: 'always', values: ACTIONS, doc: 'The normalised verb.' },
  { name: 'actor_type', group: 'who', type: 'enum', presence: 'always', values: ACTOR_TYPES, doc: 'What kind of actor `user_id` names.' },
  { name: 'agent_id', group: 'who', type: 'string', presence: 'optional', doc: 'The AI agent or OAuth client that acted.' },
  { name: 'as_org', group: 'where', type: 'string', presence: 'optional', doc: 'Owner of the autonomous system of `ip_address`.' },
  { name: 'asn', group: 'where', type: 'uint', presence: 'optional', doc: 'Autonomous system number of `ip_address`.' },
  { name: 'attributes', group: 'context', type: 'json', presence: 'optional', doc: 'Everything not mapped to a field, unchanged.' },
  { name: 'auth_method', group: 'who', type: 'string', presence: 'optional', doc: 'How the actor proved who it is: password, key, oidc, mtls.' },
  { name: 'bytes_out', group: 'what', type: 'uint', presence: 'known', doc: 'Bytes that left with the answer.' },
  { name: 'category', group: 'what', type: 'enum', presence: 'always', values: CATEGORIES, doc: 'The family of the access.' },
  { name: 'changes', group: 'what', type: 'json', presence: 'optional', doc: 'Before and after, redacted.' },
  { name: 'channel', group: 'how', type: 'enum', presence: 'always', values: CHANNELS, doc: 'The capture path.' },
  { name: 'city', group: 'where', type: 'string', presence: 'optional', doc: 'City of `ip_address`.' },
  { name: 'country_code', group: 'where', type: 'string', presence: 'optional', doc: 'ISO 3166-1 alpha-2 country of `ip_address`.' },
  { name: 'credential_id', group: 'who', type: 'string', presence: 'known', doc: 'Fingerprint of the credential used, never the secret.' },
  { name: 'duration_ms', group: 'when', type: 'float', presence: 'optional', doc: 'How long the access took, in milliseconds.' },
  { name: 'effective_user_id', group: 'who', type: 'string', presence: 'optional', doc: 'The account in force after sudo, SET ROLE, an assumed role or impersonation.' },
  { name: 'environment', group: 'where', type: 'string', presence: 'optional', doc: 'production, staging …' },
  { name: 'event_id', group: 'id', type: 'string', presence: 'known', doc: "The producer's id of the event; when it gives none, `log:idx` is computed on reading." },
  { name: 'event_type', group: 'what', type: 'string', presence: 'always', aliases: ['eventType', 'event', 'event_name', 'eventName', 'type'], doc: "The source's own word, unchanged (`update`, `ConsoleLogin`)." },
  { name: 'host', group: 'where', type: 'string', presence: 'optional', doc: 'The machine on which the access happened.' },
  { name: 'importance', group: 'context', type: 'string', presence: 'always', doc: 'Retention class, decided at intake by rules; each class is a log of its own.' },
  { name: 'ip_address', group: 'where', type: 'ip', presence: 'known', aliases: ['ipAddress', 'ip', 'source_ip', 'sourceIp', 'sourceIPAddress', 'client_ip', 'remote_addr'], doc: 'The address that we trust to be the origin.' },
  { name: 'ip_chain', group: 'where', type: 'strings', presence: 'optional', doc: 'The claimed proxy chain.' },
  { name: 'labels', group: 'context', type: 'map', presence: 'optional', doc: "The operator's labels." },
  { name: 'location', group: 'where', type: 'string', presence: 'optional', doc: "Where, in the producer's own words (office, room, region)." },
  { name: 'method', group: 'how', type: 'string', presence: 'known', doc: 'SQL verb, HTTP method, Kubernetes verb, MCP tool.' },
  { name: 'mfa', group: 'who', type: 'bool', presence: 'optional', doc: 'Whether a second factor was used.' },
  { name: 'observed_at', group: 'when', type: 'time', presence: 'always', doc: 'When our capture point saw it.' },
  { name: 'on_behalf_of', group: 'who', type: 'string', presence: 'optional', doc: 'The person behind an agent or a service.' },
  { name: 'outcome', group: 'outcome', type: 'enum', presence: 'always', values: OUTCOMES, aliases: ['result', 'status', 'success'], doc: 'The result; never guessed as success.' },
  { name: 'protocol', group: 'how', type: 'string', presence: 'known', doc: 'postgres, ssh, http …' },
  { name: 'purpose', group: 'why', type: 'string', presence: 'optional', doc: 'Why, as stated by the actor.' },
  { name: 'query_hash', group: 'what', type: 'string', presence: 'known', doc: 'Fingerprint of the query.' },
  { name: 'query_text', group: 'what', type: 'string', presence: 'known', doc: 'The query, redacted by policy.' },
  { name: 'reason', group: 'outcome', type: 'string', presence: 'known', doc: "Why it failed or was denied, in the source's words." },
  { name: 'redactions', group: 'context', type: 'strings', presence: 'optional', serverOnly: true, doc: 'Which fields policy removed or masked.' },
  { name: 'request_id', group: 'how', type: 'string', presence: 'known', doc: 'The id of the request.' },
  { name: 'resource', group: 'what', type: 'string', presence: 'always', aliases: ['resource_accessed', 'resourceAccessed', 'target', 'object', 'path'], doc: 'What was accessed, as the source wrote it.' },
  { name: 'resource_id', group: 'what', type: 'string', presence: 'known', doc: 'Its id within its type.' },
  { name: 'resource_parent', group: 'what', type: 'string', presence: 'known', doc: 'What contains it: database, namespace, organisation.' },
  { name: 'resource_sensitivity', group: 'what', type: 'string', presence: 'optional', doc: "From the operator's catalogue: cardholder, ephi, personal, secret …" },
  { name: 'resource_type', group: 'what', type: 'string', presence: 'known', doc: 'table, pod, repository, document …' },
  { name: 'roles', group: 'who', type: 'strings', presence: 'optional', doc: 'The roles that the actor held.' },
  { name: 'row_count', group: 'what', type: 'uint', presence: 'known', doc: 'Rows read or changed.' },
  { name: 'session_id', group: 'who', type: 'string', presence: 'known', doc: 'The session.' },
  { name: 'severity', group: 'outcome', type: 'uint', presence: 'always', doc: '0 … 6 on the OCSF scale.' },
  { name: 'source', group: 'context', type: 'string', presence: 'always', doc: 'Which application or system, as registered.' },
  { name: 'source_event_id', group: 'id', type: 'string', presence: 'known', doc: "The source's own id (CloudTrail eventID, Kubernetes auditID:stage …)." },
  { name: 'status_code', group: 'outcome', type: 'string', presence: 'known', doc: "The source's status: 403, 42501, EACCES." },
  { name: 'target_user_id', group: 'what', type: 'string', presence: 'known', doc: 'The account acted upon.' },
  { name: 'tenant_id', group: 'context', type: 'string', presence: 'known', doc: 'The tenant; empty when unused.' },
  { name: 'ticket_id', group: 'why', type: 'string', presence: 'optional', doc: 'The ticket or change that allows it.' },
  { name: 'timestamp', group: 'when', type: 'time', presence: 'always', aliases: ['time', 'ts', '@timestamp', 'eventTime', 'event_time', 'occurred_at', 'published'], doc: 'When it happened.' },
  { name: 'trace_id', group: 'how', type: 'string', presence: 'known', doc: 'The trace.' },
  { name: 'user_agent', group: 'where', type: 'string', presence: 'optional', doc: "The client's own description." },
  { name: 'user_email', group: 'who', type: 'string', presence: 'optional', doc: "The actor's address." },
  { name: 'user_id', group: 'who', type: 'string', presence: 'always', aliases: ['userId', 'userID', 'uid', 'actor_id', 'principal', 'sub'], doc: 'Who; empty only with actor_type anonymous, system or unknown.' },
  { name: 'user_name', group: 'who', type: 'string', presence: 'optional', doc: "The actor's name." },
]; // biome-ignore format: a table, one row a line

export type FieldName = string;

/**
 * Which fields a set of events has: one bit per index in FIELDS, low 32 in `lo`, the others in `hi` (both unsigned 32-bit).
 * FIELDS has at most 64 rows; a test holds it.
 */
export interface FieldSet {
  readonly lo: number;
  readonly hi: number;
}
