import { FIELDS } from '@daybook/protocol';

/** What an attribute means: a field, and which of several attributes for one field is believed first (the lowest). */
export interface Meaning {
  readonly field: string;
  readonly rank: number;
  readonly type: 'string' | 'enum' | 'bool' | 'uint' | 'float' | 'ip' | 'strings';
}

/**
 * OpenTelemetry's semantic conventions (1.x, and the older names that instrumentations still send) → fields. In each row the first attribute that a record
 * has wins; the others stay among the attributes.
 */
const CONVENTIONS: Readonly<Record<string, string>> = {
  user_id: 'user.id enduser.id user.name enduser.pseudo.id user.hash',
  user_name: 'user.full_name user.name',
  user_email: 'user.email',
  roles: 'user.roles enduser.role',
  session_id: 'session.id',
  event_type: 'event.name',
  action: 'event.action',
  outcome: 'event.outcome',
  ip_address: 'client.address source.address http.client_ip net.sock.peer.addr network.peer.address net.peer.ip',
  user_agent: 'user_agent.original http.user_agent',
  method: 'http.request.method http.method db.operation.name db.operation rpc.method messaging.operation.name gen_ai.operation.name',
  protocol: 'network.protocol.name net.protocol.name db.system.name db.system rpc.system.name rpc.system messaging.system',
  resource:
    'url.path http.target http.route url.full http.url db.collection.name db.sql.table db.namespace db.name file.path messaging.destination.name rpc.service',
  resource_id: 'aws.s3.key',
  resource_parent: 'db.namespace db.name aws.s3.bucket',
  query_text: 'db.query.text db.statement',
  row_count: 'db.response.returned_rows',
  bytes_out: 'http.response.body.size http.response_content_length',
  status_code: 'http.response.status_code http.status_code db.response.status_code rpc.response.status_code rpc.grpc.status_code',
  reason: 'exception.message error.message exception.type error.type',
  host: 'host.name host.id',
  environment: 'deployment.environment.name deployment.environment',
  request_id: 'http.request.id http.request.header.x-request-id',
};

/** Not what a record may say of itself here: the record has its own times, the token tells source and tenant, and these are the server's. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['timestamp', 'observed_at', 'source', 'tenant_id', 'importance', 'channel', 'redactions', 'attributes', 'labels', 'changes', 'ip_chain', 'event_id']); // biome-ignore format: a word list
/** Aliases that are words of any log. */
const TOO_COMMON: ReadonlySet<string> = new Set(['event', 'type', 'object', 'target', 'path', 'status', 'result', 'success', 'sub', 'principal']); // biome-ignore format: a word list
/** Behind all conventions. */
const ALIAS_RANK = 100;

/** Of attributes of the record. */
export const RECORD_TABLE: ReadonlyMap<string, readonly Meaning[]> = table(true);
/** Of attributes of the resource, which stay among the attributes whole: where it runs. */
export const RESOURCE_TABLE: ReadonlyMap<string, readonly Meaning[]> = new Map(
  [...table(false)].filter(([, meanings]) => meanings.some(({ field }) => field === 'host' || field === 'environment')),
);

function table(own: boolean): Map<string, readonly Meaning[]> {
  const all = new Map<string, Meaning[]>();
  const add = (key: string, meaning: Meaning) => all.set(key, [...(all.get(key) ?? []), meaning]);
  for (const { name, type, serverOnly, aliases = [] } of FIELDS) {
    if (serverOnly === true || type === 'time' || type === 'json' || type === 'map') continue;
    if (own && !NOT_TAKEN.has(name)) {
      add(name, { field: name, rank: 0, type });
      for (const alias of aliases) if (!TOO_COMMON.has(alias)) add(alias, { field: name, rank: ALIAS_RANK, type });
    }
    for (const [i, key] of (CONVENTIONS[name] ?? '').split(' ').entries()) if (key !== '') add(key, { field: name, rank: i + 1, type });
  }
  return all;
}
