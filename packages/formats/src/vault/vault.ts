import type { Format, MappingRow } from '../format.ts';
import { type JsonKind, jsonFormat, judgeParsed, judgeText, lineSureness } from '../json/json-format.ts';
import { objectIn } from '../json/json-text.ts';
import { noise } from '../result.ts';
import { VaultPairs } from './vault-pairs.ts';
import { isVaultRecord, judgeVaultRecord } from './vault-record.ts';

const mapping: readonly MappingRow[] = [
  { record: 'response', field: '(event)', from: 'the access, with its outcome' },
  { record: 'request', field: '(noise)', from: '`request` when its response follows; an event of unknown outcome when it does not' },
  { record: '*', field: 'timestamp', from: '`time`' },
  { record: '*', field: 'source_event_id', from: '`request.id`:`type`' },
  { record: '*', field: 'request_id', from: '`request.id`' },
  { record: '*', field: 'user_id', from: '`auth.entity_id`, else `auth.display_name`; of a log-in those of `response.auth`, else the name in its path' },
  { record: '*', field: 'user_name, user_email', from: '`auth.display_name`, `auth.metadata`' },
  { record: '*', field: 'actor_type', from: "the auth method, by the display name's beginning and `auth.metadata`: approle, kubernetes, aws, cert … service; userpass, ldap, oidc … user" },
  { record: '*', field: 'credential_id', from: '`auth.accessor`, else `request.client_token_accessor`' },
  { record: '*', field: 'roles', from: '`auth.policies`' },
  { record: '*', field: 'event_type, method', from: '`request.operation`' },
  { record: '*', field: 'action, category', from: '`request.operation` and `path`: auth/…/login and …/callback login, kv …/delete, …/destroy delete, sys/policies grant, sys/mounts, sys/audit … configure, a snapshot export, secret ids and certificates create; identity, auth roles iam; secrets data' },
  { record: '*', field: 'resource, resource_type', from: '`request.path`, `request.mount_type`' },
  { record: '*', field: 'resource_id, resource_parent', from: 'the path below the mount; `request.namespace.path`, else the mount' },
  { record: 'auth/…/users/NAME', field: 'target_user_id', from: 'NAME' },
  { record: '*', field: 'ip_address', from: '`request.remote_address`' },
  { record: '*', field: 'user_agent', from: '`request.headers["user-agent"]`, when it is audited in clear' },
  { record: '*', field: 'outcome', from: '`error`: permission denied, invalid token → denied, others failure; `auth.policy_results.allowed` false → denied; none in a response → success' },
  { record: '*', field: 'reason', from: '`error`' },
  { record: 'lines of the server’s own log', field: '(noise)', from: '`server_log`' },
  { record: 'sys/audit/test', field: '(noise)', from: '`audit_test`: written to a new device by Vault itself' },
  { record: 'of a device with `log_raw`', field: 'attributes', from: 'tokens, and all texts in `data`, `[redacted]`' },
]; // biome-ignore format: a table, one row a line

const kind: JsonKind = {
  name: 'vault',
  title: 'HashiCorp Vault and OpenBao audit devices',
  source: 'vault',
  mapping,
  owns: isVaultRecord,
  judge: judgeVaultRecord,
  noise: (object) => (typeof object['@level'] === 'string' && typeof object['@message'] === 'string' ? SERVER_LOG : undefined),
};
const asJson = jsonFormat(kind);

/** What Vault says of itself on the same output, in containers mostly: hclog's lines, and what it begins with. */
const SERVER_LOG = 'server_log';
const SERVER_LINE =
  /^(?:\S{20,40} std(?:out|err) [FP] )?(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:?\d\d) \[(?:TRACE|DEBUG|INFO|WARN|ERROR)\] |==> (?:Vault|OpenBao) |(?:Administrative Namespace|Api Address|Cgo|Cluster Address|Environment Variables|Go Version|(?:HA )?Storage|Listener \d{1,3}|Log Level|Mlock|Recovery Mode|Version(?: Sha)?): )/;

export const vault: Format = {
  ...asJson,
  framing: 'mixed',
  recognise: (head) => Math.max(asJson.recognise(head), lineSureness(kind, head)),
  open: (context) =>
    new VaultPairs({
      record: ({ text, object: read }) => {
        const object = objectIn(text, read);
        return object !== undefined && isVaultRecord(object) ? object : undefined;
      },
      judgeRecord: (record) => judgeParsed(kind, record, context),
      judgeText: (text) => (SERVER_LINE.test(text) ? noise(SERVER_LOG) : judgeText(kind, text, context)),
    }),
};
