import { type JsonRecord, recordOf } from '@daybook/protocol';
import { address, firstOf, str, uint } from '../json/values.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { outcomeOf } from '../mysql/outcome.ts';
import { actionOfTag as mysqlAction, categoryOfTag as mysqlCategory, statementOf } from '../mysql/statement.ts';
import { redactSql } from '../postgres/redact.ts';
import { actionOfTag, categoryOfTag, sqlOf, verbOf } from '../postgres/sql.ts';

/** Members of `request` that an entry's fields hold. */
const MAPPED = ['user', 'statement', 'query', 'database', 'databaseSessionId', 'threadId'];
const KIND = /^type\.googleapis\.com\/google\.cloud\.sql\.audit\.v1\.(Pg|Mysql)AuditEntry$/;

/**
 * What the databases of Cloud SQL audit themselves (pgaudit; its own plug-in for MySQL) stands in the request of `cloudsql.instances.query`: the account of the
 * database, which is no account of Google, and the statement. `authenticationInfo` names nobody there. Takes what it maps out of the request. Undefined for other entries.
 */
export function databaseAudit(payload: JsonRecord): Record<string, unknown> | undefined {
  const request = recordOf(payload['request']);
  const kind = KIND.exec(str(request['@type']) ?? '')?.[1];
  if (kind === undefined) return undefined;
  const access = kind === 'Pg' ? postgres(request) : mysql(request);
  const user = str(request['user']);
  const database = str(request['database']);
  const found = {
    ...access,
    user_id: user,
    actor_type: user === undefined ? undefined : 'user',
    resource_parent: database,
    session_id: sessionOf(request['databaseSessionId'] ?? request['threadId']),
  };
  for (const name of MAPPED) Reflect.deleteProperty(request, name);
  return found;
}

const sessionOf = (id: unknown): string | undefined => (typeof id === 'number' ? String(id) : str(id));

/** A READ or WRITE is written before it is executed: what became of it, nothing says. */
function postgres(request: JsonRecord): Record<string, unknown> {
  const sql = redactSql(str(request['statement']) ?? '');
  const read = sqlOf(sql);
  const tag = str(request['command']) ?? read.tag;
  const group = str(request['auditClass']) ?? '';
  const object = firstOf(request['object'], read.object);
  return {
    event_type: tag === '' ? undefined : tag,
    action: actionOfTag(tag),
    category: group === 'ROLE' ? 'iam' : group === 'DDL' ? 'config' : categoryOfTag(tag),
    method: verbOf(tag),
    protocol: 'postgres',
    resource: object ?? str(request['database']),
    resource_type: object === undefined ? 'database' : (str(request['objectType'])?.toLowerCase() ?? read.objectType),
    resource_id: object,
    query_text: sql,
    outcome: group === 'READ' || group === 'WRITE' ? 'unknown' : 'success',
  };
}

function mysql(request: JsonRecord): Record<string, unknown> {
  const sql = maskSql(str(request['query']) ?? '');
  const { tag, object, objectType } = statementOf(sql);
  const code = uint(request['errCode']);
  const named = object === '' ? undefined : object;
  return {
    event_type: firstOf(request['cmd'], tag),
    action: mysqlAction(tag),
    category: mysqlCategory(tag),
    method: tag === '' ? undefined : tag.split(' ', 1)[0],
    protocol: 'mysql',
    resource: named ?? str(request['database']),
    resource_type: named === undefined ? undefined : objectType,
    resource_id: named,
    query_text: sql,
    ip_address: address(request['ip']),
    outcome: outcomeOf(code),
    status_code: code === undefined ? undefined : String(code),
  };
}
