import type { JsonRecord } from '@daybook/protocol';
import { str, uint } from '../json/values.ts';
import { accessOfVerb } from '../kubernetes-audit/access-of-verb.ts';
import { actionOfTag, categoryOfTag, sqlOf } from '../postgres/sql.ts';
import { actionOfMethod } from '../web-access/access.ts';
import { accessOf, actionOfTransfer } from './teleport-access.ts';

/** What an event did: by its name, and where that says little by what was asked: a Kubernetes verb, an HTTP method, a statement, a file operation. */
export function accessOfEvent(record: JsonRecord, type: string): Record<string, unknown> {
  const { action, category } = accessOf(type);
  if (type === 'scp' || type === 'sftp')
    return { action: actionOfTransfer(str(record['code']) ?? '', str(record['action']), uint(record['flags']) ?? 0), category };
  if (type === 'kube.request') return kubernetesAccess(record);
  const method = str(record['method']);
  if (type === 'app.session.request') return { action: method === undefined ? action : actionOfMethod(method), category, method };
  if (type.startsWith('db.session.')) return statementAccess(record, type) ?? { action, category, method };
  // What a client runs at the other end to fetch, and to push.
  if (type === 'git.command') return { action: str(record['service']) === 'git-receive-pack' ? 'update' : 'read', category };
  // The end of a forwarding has the name of its beginning.
  if (type === 'port' && record['code'] === 'T3003S') return { action: 'disconnect', category };
  return { action, category, method };
}

function kubernetesAccess(record: JsonRecord): Record<string, unknown> {
  const method = (str(record['verb']) ?? '').toLowerCase();
  // The verb is HTTP's: who gets without a name gets all.
  const verb = method === 'get' && record['resource_kind'] !== undefined && str(record['resource_name']) === undefined ? 'list' : method;
  const subresource = SUBRESOURCE.exec(str(record['request_path']) ?? '')?.[1] ?? '';
  return { ...accessOfVerb(verb, str(record['resource_kind']) ?? '', subresource), method: str(record['verb']) };
}

/** `/api/v1/namespaces/NS/pods/NAME/exec?command=…` */
const SUBRESOURCE = /^\/api\/v1\/namespaces\/[^/?]+\/pods\/[^/?]+\/([a-z]+)(?:[/?]|$)/;

/** Databases that are asked in SQL; others' statements begin with words that would say something else in it. */
const SQL_PROTOCOLS = new Set(['postgres', 'cockroachdb', 'redshift', 'mysql', 'sqlserver', 'snowflake', 'spanner', 'oracle', 'clickhouse', 'clickhouse-http', 'cassandra']); // biome-ignore format: a word list
/** Databases that are asked by HTTP: most of what they read comes by POST. */
const HTTP_WRITES: ReadonlyMap<string, string> = new Map([
  ['DELETE', 'delete'],
  ['PUT', 'update'],
  ['PATCH', 'update'],
]);

/** A statement that changes something is more than a query. undefined: it is none. */
function statementAccess(record: JsonRecord, type: string): Record<string, unknown> | undefined {
  if (type.endsWith('.request')) {
    const method = str(record['method']);
    const action = HTTP_WRITES.get(method ?? '');
    return action === undefined ? undefined : { action, category: 'data', method };
  }
  const statement = statementOf(record, type);
  // Most only read: not worth a closer look.
  if (statement === undefined || /^select\b/i.test(statement) || !SQL_PROTOCOLS.has(str(record['db_protocol']) ?? '')) return undefined;
  const { tag } = sqlOf(statement);
  const action = actionOfTag(tag);
  return action === 'other' || action === 'read' ? undefined : { action, category: categoryOfTag(tag) };
}

/** Prepared statements have a member of their own. */
export function statementOf(record: JsonRecord, type: string): string | undefined {
  return str(record['db_query']) ?? (type.startsWith('db.session.') || type.startsWith('secreports.') ? str(record['query']) : undefined);
}
