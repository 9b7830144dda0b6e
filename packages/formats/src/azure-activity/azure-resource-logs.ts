import type { JsonRecord } from '@daybook/protocol';
import { maskText } from '../json/attributes.ts';
import { address, firstOf, str, uint } from '../json/values.ts';
import { maskSql } from '../mysql/mask-sql.ts';
import { actionOfTag, categoryOfTag, sqlOf, targetRole } from '../postgres/sql.ts';
import type { EventFields } from '../result.ts';
import { bastionFields, cosmosFields, desktopFields } from './azure-connection-logs.ts';
import { appServiceFields, firewallFields, frontDoorFields, gatewayFields, graphFields, isFirewallLog } from './azure-http-logs.ts';
import { mysqlFields } from './azure-mysql.ts';
import type { AzureRecord } from './azure-record.ts';
import { databricksFields, logQueryFields, provisioningFields } from './azure-service-logs.ts';
import { said } from './said.ts';

/**
 * Resource logs whose properties say who and what in words of their own (learn.microsoft.com, "SQL Database audit log format", "App Service logs"); by their
 * category.
 */
type Reader = (p: JsonRecord, record: AzureRecord) => EventFields;
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['sqlsecurityauditevents', sqlFields],
  ['devopsoperationsaudit', sqlFields],
  ['mysqlauditlogs', mysqlFields],
  ['appserviceauditlogs', loginFields],
  ['appservicehttplogs', appServiceFields],
  ['appserviceipsecauditlogs', restrictionFields],
  ['applicationgatewayaccesslog', gatewayFields],
  ['frontdooraccesslog', frontDoorFields],
  ['azurecdnaccesslog', frontDoorFields],
  ['microsoftgraphactivitylogs', graphFields],
  ['laquerylogs', logQueryFields],
  ['provisioninglogs', provisioningFields],
  ['bastionauditlogs', bastionFields],
  ['microsoftazurebastionauditlogs', bastionFields],
  ['wvdconnections', desktopFields],
  ['dataplanerequests', cosmosFields],
  ['cdbdataplanerequests', cosmosFields],
]);

export function isOwnResourceLog(category: unknown): boolean {
  return typeof category === 'string' && READERS.has(category.toLowerCase());
}

/** undefined: not one of these logs. */
export function resourceLogFields(record: AzureRecord): EventFields | undefined {
  const reader = READERS.get(record.category.toLowerCase()) ?? readerOf(record);
  return reader?.(record.properties, record);
}

/** Of logs whose category says too little: any service may call one `Audit`, and Databricks has a category for each of its own. */
function readerOf({ category, operation, properties }: AzureRecord): Reader | undefined {
  if (operation.startsWith('Microsoft.Databricks/') && said(properties, 'ActionName') !== undefined) return databricksFields;
  if (category === 'Connection' && said(properties, 'SessionHostName') !== undefined) return desktopFields;
  if (isFirewallLog(category, properties)) return firewallFields;
  return category === 'Audit' && said(properties, 'QueryText') !== undefined ? logQueryFields : undefined;
}

/** action_id of sys.fn_get_audit_file that is no statement: who comes and goes. */
const SQL_SESSIONS: ReadonlyMap<string, readonly [action: string, failed: boolean]> = new Map([
  ['DBAS', ['login', false]],
  ['DBAF', ['login', true]],
  ['LGIS', ['login', false]],
  ['LGIF', ['login', true]],
  ['LGO', ['logout', false]],
  ['DBL', ['logout', false]],
]);

function sqlFields(p: JsonRecord, record: AzureRecord): EventFields {
  const session = SQL_SESSIONS.get((str(p['action_id']) ?? '').trim());
  const statement = str(p['statement']);
  const sql = sqlOf(statement ?? '');
  const login = firstOf(p['session_server_principal_name'], p['server_principal_name'], p['database_principal_name']);
  const current = str(p['server_principal_name']);
  const own = [str(p['database_name']), str(p['schema_name']), str(p['object_name'])].filter((part) => part !== undefined);
  const access = session === undefined ? statementAccess(sql.tag) : { action: session[0], category: 'authentication' };
  const query_text = statement === undefined ? undefined : maskSql(statement);
  return {
    ...access,
    user_id: login,
    actor_type: login === undefined ? 'unknown' : 'user',
    user_email: login?.includes('@') === true ? login : undefined,
    effective_user_id: current !== undefined && current !== login ? current : undefined,
    event_type: firstOf(p['action_name'], p['action_id'], record.operation),
    resource: own.length > 0 ? [...new Set(own)].join('.') : firstOf(p['server_instance_name'], record.resourceId, 'Azure SQL'),
    resource_type: str(p['class_type_description'])?.toLowerCase() ?? 'database',
    resource_id: firstOf(p['object_name'], p['database_name']),
    resource_parent: str(p['database_name']),
    target_user_id: firstOf(p['target_server_principal_name'], p['target_database_principal_name'], targetRole(sql.tag, statement ?? '')),
    session_id: str(p['session_id']),
    query_text,
    method: sql.tag === '' ? undefined : sql.tag.split(' ', 1)[0],
    row_count: uint(p['response_rows']),
    duration_ms: uint(p['duration_milliseconds']),
    ip_address: address(p['client_ip']),
    user_agent: str(p['application_name']),
    protocol: 'tds',
    outcome: sqlOutcome(p, session?.[1] === true),
  };
}

function statementAccess(tag: string): EventFields {
  return tag === '' ? { action: 'access', category: 'data' } : { action: actionOfTag(tag), category: categoryOfTag(tag) };
}

function sqlOutcome(p: JsonRecord, failed: boolean): string {
  const word = str(p['succeeded'])?.toLowerCase();
  if (failed || word === 'false' || word === '0') return 'failure';
  return word === 'true' || word === '1' ? 'success' : 'unknown';
}

/** Written when somebody with a publishing profile came in by FTP or Kudu, and only then. */
function loginFields(p: JsonRecord, record: AzureRecord): EventFields {
  const user = said(p, 'User');
  return {
    user_id: user,
    actor_type: user === undefined ? 'unknown' : 'user',
    user_name: said(p, 'UserDisplayName'),
    event_type: record.operation === '' ? 'Authorization' : record.operation,
    action: 'login',
    category: 'authentication',
    resource: record.resourceId ?? 'App Service',
    resource_type: 'application',
    resource_id: record.resourceId?.split('/').at(-1),
    ip_address: address(said(p, 'UserAddress')),
    protocol: said(p, 'Protocol')?.toLowerCase(),
    outcome: 'success',
  };
}

/** Whether an address was let in. */
function restrictionFields(p: JsonRecord, record: AzureRecord): EventFields {
  const word = said(p, 'Result')?.toLowerCase();
  return {
    actor_type: 'unknown',
    event_type: record.operation === '' ? 'IPSecAudit' : record.operation,
    action: 'connect',
    category: 'http',
    resource: said(p, 'CsHost') ?? record.resourceId ?? 'App Service',
    resource_type: 'application',
    ip_address: address(said(p, 'CIp')),
    protocol: 'http',
    outcome: word === 'denied' ? 'denied' : word === 'allowed' ? 'success' : 'unknown',
    reason: said(p, 'Details'),
  };
}

/** Statements and queries of addresses have no name by which a secret in them would be found: masked in place, in a table's row as well. */
export function maskOwnTexts(kept: Record<string, unknown>): void {
  for (const name of ['statement', 'statement_s', 'Statement', 'sql_text', 'sql_text_s', 'SqlText', 'sqlText']) {
    const statement = kept[name];
    if (typeof statement === 'string') kept[name] = maskSql(statement);
  }
  for (const name of ['CsUriQuery', 'csUriQuery', 'CsUriQuery_s', 'requestQuery', 'requestQuery_s']) {
    const query = kept[name];
    if (typeof query === 'string') kept[name] = maskText(`?${query}`).slice(1);
  }
}
