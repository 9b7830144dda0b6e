import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { complaints, expectEvent } from '../json/test-json-formats.ts';
import { expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';
import { azureActivity } from './azure-activity.ts';

const f = (object: object, fields: Readonly<Record<string, unknown>>) => expectEvent(azureActivity, object, fields);
const AROUND = { time: '2026-03-01T10:00:01Z', resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.WEB/SITES/APP' };

it('reads the audit of Azure SQL', () => {
  const audit = (properties: object) => ({ ...AROUND, category: 'SQLSecurityAuditEvents', operationName: 'AuditEvent', properties });
  const batch = {
    event_time: '2026-03-01T10:00:00Z',
    action_id: 'BCM ',
    action_name: 'BATCH COMPLETED',
    succeeded: 'true',
    session_server_principal_name: 'ann@example.com',
    server_principal_name: 'root',
    database_name: 'shop',
    object_name: 'shop',
    statement: "ALTER LOGIN bob WITH PASSWORD = 'hunter2'",
    client_ip: '203.0.113.7',
    event_id: 'e1',
  };
  const event = f(audit(batch), {
    timestamp: '2026-03-01T10:00:00Z',
    source_event_id: 'e1',
    user_id: 'ann@example.com',
    effective_user_id: 'root',
    event_type: 'BATCH COMPLETED',
    action: 'update',
    outcome: 'success',
    ip_address: '203.0.113.7',
    query_text: "ALTER LOGIN bob WITH PASSWORD = '[redacted]'",
  });
  expect(JSON.stringify(event)).not.toContain('hunter2');
  f(audit({ ...batch, action_id: 'DBAF', succeeded: 'false', statement: '' }), {
    action: 'login',
    category: 'authentication',
    outcome: 'failure',
  });
  f(audit({ ...batch, statement: 'SELECT 1', succeeded: 'false' }), { action: 'read', outcome: 'failure' });
  const row = {
    TimeGenerated: '2026-03-01T10:00:00Z',
    Category: 'SQLSecurityAuditEvents',
    OperationName: 'AuditEvent',
    succeeded_s: 'true',
  };
  const ofTable = f(
    { ...row, action_name_s: 'BATCH COMPLETED', server_principal_name_s: 'ann', client_ip_s: '203.0.113.7', statement_s: batch.statement },
    { user_id: 'ann', ip_address: '203.0.113.7', outcome: 'success' },
  );
  expect(JSON.stringify(ofTable)).not.toContain('hunter2');
});

it('reads the logs of App Service, whose properties are text', () => {
  const log = (category: string, properties: object) => ({
    ...AROUND,
    category,
    operationName: 'x',
    properties: JSON.stringify(properties),
  });
  f(log('AppServiceAuditLogs', { User: 'deployer', UserAddress: '203.0.113.7', Protocol: 'FTP' }), {
    user_id: 'deployer',
    ip_address: '203.0.113.7',
    action: 'login',
    outcome: 'success',
    protocol: 'ftp',
  });
  const http = {
    CsMethod: 'DELETE',
    CsUriStem: '/a',
    CsUriQuery: 'token=hunter2hunter2',
    CIp: '203.0.113.7',
    ScStatus: 403,
    CsUsername: 'bob',
    Cookie: 'sid=hunter2',
  };
  const event = f(log('AppServiceHTTPLogs', http), {
    user_id: 'bob',
    action: 'delete',
    outcome: 'denied',
    status_code: '403',
    ip_address: '203.0.113.7',
  });
  expect(JSON.stringify(event)).not.toContain('hunter2');
  f(
    {
      TimeGenerated: '2026-03-01T10:00:00Z',
      Type: 'AppServiceHTTPLogs',
      CsMethod: 'GET',
      CsUriStem: '/',
      CIp: '203.0.113.7',
      ScStatus: '200',
    },
    { outcome: 'success' },
  );
  f(log('AppServiceIPSecAuditLogs', { CIp: '203.0.113.7', Result: 'Denied' }), { action: 'connect', outcome: 'denied' });
});

it('reads requests to gateways, and believes no header of them', () => {
  const gateway = {
    httpMethod: 'GET',
    requestUri: '/a',
    requestQuery: 'token=hunter2hunter2',
    clientIP: '203.0.113.7',
    httpStatus: 403,
    timeTaken: 0.25,
  };
  const event = f(
    { ...AROUND, category: 'ApplicationGatewayAccessLog', operationName: 'ApplicationGatewayAccess', properties: gateway },
    { action: 'read', category: 'http', outcome: 'denied', ip_address: '203.0.113.7', duration_ms: 250, actor_type: 'unknown' },
  );
  expect(JSON.stringify(event)).not.toContain('hunter2');
  const door = { httpMethod: 'POST', requestUri: 'https://h/a', clientIp: '10.9.9.9', socketIp: '203.0.113.7', httpStatusCode: '200' };
  f(
    { ...AROUND, category: 'FrontDoorAccessLog', operationName: 'x', properties: door },
    { outcome: 'success', ip_address: '203.0.113.7', ip_chain: ['10.9.9.9', '203.0.113.7'] },
  );
});

it('takes what a firewall stopped for denied, and nothing else of it for an access', () => {
  const blocked = { clientIp: '203.0.113.7', requestUri: '/?a=<script>', action: 'Blocked', message: 'XSS', hostname: 'h' };
  const waf = (category: string, properties: object) => ({ ...AROUND, category, operationName: category, properties });
  f(waf('ApplicationGatewayFirewallLog', blocked), {
    outcome: 'denied',
    ip_address: '203.0.113.7',
    reason: 'XSS',
    host: 'h',
    category: 'http',
  });
  f(
    waf('FrontDoorWebApplicationFirewallLog', {
      clientIP: '10.9.9.9',
      socketIP: '203.0.113.7',
      action: 'Block',
      ruleName: 'r',
      requestUri: '/',
    }),
    { outcome: 'denied', ip_address: '203.0.113.7', reason: 'r' },
  );
  const noticed = JSON.stringify(waf('ApplicationGatewayFirewallLog', { ...blocked, action: 'Matched' }));
  expect(read(azureActivity, `${noticed}\n`)[0]).toMatchObject({ result: 'noise', code: 'resource_log' });
});

it('says who asked Microsoft Graph, Log Analytics and Databricks', () => {
  const graph = { requestMethod: 'PATCH', requestUri: 'https://graph.microsoft.com/v1.0/users/u2', responseStatusCode: 403, userId: 'u1', appId: 'a', ipAddress: '203.0.113.7' }; // biome-ignore format: a record
  const around = { ...AROUND, category: 'MicrosoftGraphActivityLogs', operationName: 'Microsoft Graph Activity' };
  const asked = { user_id: 'u1', actor_type: 'user', agent_id: 'a', action: 'update', outcome: 'denied', ip_address: '203.0.113.7' };
  f({ ...around, properties: graph }, asked);
  f({ ...around, properties: { ...graph, userId: '', servicePrincipalId: 'sp' } }, { user_id: 'sp', actor_type: 'service' });
  const row = { TimeGenerated: '2026-03-01T10:00:00Z', Type: 'MicrosoftGraphActivityLogs', RequestMethod: 'PATCH', RequestUri: 'x', ResponseStatusCode: 403, UserId: 'u1', AppId: 'a', IPAddress: '203.0.113.7' }; // biome-ignore format: a record
  f(row, asked);
  const query = { AADEmail: 'ann@example.com', AADClientId: 'c', QueryText: 'SigninLogs', ResponseCode: 200, ResponseRowCount: 7 };
  f(
    { ...AROUND, category: 'Audit', operationName: 'query', properties: query },
    { user_id: 'ann@example.com', action: 'query', query_text: 'SigninLogs', row_count: 7, outcome: 'success' },
  );
  f(
    { TimeGenerated: '2026-03-01T10:00:00Z', Type: 'LAQueryLogs', ...query, AADEmail: '', AADObjectId: 'o' },
    { user_id: 'o', actor_type: 'service' },
  );
  const bricks = (actionName: string, statusCode: number) => ({
    ...AROUND,
    category: 'accounts',
    operationName: `Microsoft.Databricks/accounts/${actionName}`,
    identity: '{"email":"ann@example.com"}',
    properties: { serviceName: 'accounts', actionName, sourceIPAddress: '203.0.113.7', response: `{"statusCode":${statusCode}}` },
  });
  const by = { user_id: 'ann@example.com', actor_type: 'user', ip_address: '203.0.113.7' };
  f(bricks('tokenLogin', 401), { ...by, action: 'login', category: 'authentication', outcome: 'denied' });
  f(bricks('deleteUser', 200), { ...by, action: 'delete', category: 'iam', outcome: 'success' });
});

it('reads log-ins to registries, what Intune sets, and what is provisioned', () => {
  const registry = {
    ...AROUND,
    category: 'ContainerRegistryLoginEvents',
    operationName: 'Login',
    resultType: 'HttpStatusCode',
    identity: 'ann@example.com',
  };
  f(
    { ...registry, resultDescription: '401', callerIpAddress: '203.0.113.7' },
    { user_id: 'ann@example.com', action: 'login', category: 'authentication', outcome: 'denied', status_code: '401' },
  );
  f({ ...registry, resultDescription: '200' }, { outcome: 'success' });
  const intune = { Actor: { ObjectId: 'o', UPN: 'ann@example.com' }, TargetDisplayNames: ['Policy'], TargetObjectIds: ['t'] };
  f(
    {
      ...AROUND,
      category: 'AuditLogs',
      operationName: 'Create DeviceConfiguration',
      resultType: 'Success',
      properties: JSON.stringify(intune),
    },
    { user_id: 'o', user_email: 'ann@example.com', action: 'create', resource: 'Policy', resource_id: 't', outcome: 'success' },
  );
  const provisioning = { provisioningAction: 'disable', initiatedBy: { id: 'sp', name: 'Provisioning' }, targetIdentity: { id: 'bob' }, provisioningStatusInfo: { status: 'success' } }; // biome-ignore format: a record
  f(
    { ...AROUND, category: 'ProvisioningLogs', operationName: 'Automated provisioning', properties: provisioning },
    { user_id: 'sp', actor_type: 'service', action: 'revoke', category: 'iam', target_user_id: 'bob', outcome: 'success' },
  );
});

it('says who came to machines and data through Bastion, Virtual Desktop and Cosmos DB', () => {
  const bastion = { userName: 'azureuser', clientIpAddress: '203.0.113.7', protocol: 'ssh', targetResourceId: '/S/VIRTUALMACHINES/VM', message: 'Successfully Connected.', tunnelId: 't' }; // biome-ignore format: a record
  const around = { ...AROUND, category: 'BastionAuditLogs', operationName: 'Microsoft.Network/BastionHost/connect' };
  f(
    { ...around, properties: bastion },
    {
      user_id: 'azureuser',
      action: 'connect',
      category: 'session',
      outcome: 'success',
      resource_id: 'VM',
      session_id: 't',
      protocol: 'ssh',
    },
  );
  f(
    { ...around, properties: { ...bastion, userEmail: 'ann@example.com', message: 'Login failed' } },
    { user_id: 'ann@example.com', effective_user_id: 'azureuser', outcome: 'failure', ip_address: '203.0.113.7' },
  );
  const desktop = (State: string) => ({
    ...AROUND,
    category: 'Connection',
    operationName: 'Connection',
    properties: { UserName: 'ann@example.com', SessionHostName: 'host-1', State, ClientSideIPAddress: '203.0.113.7' },
  });
  f(desktop('Connected'), {
    user_id: 'ann@example.com',
    action: 'connect',
    outcome: 'success',
    resource: 'host-1',
    ip_address: '203.0.113.7',
  });
  f(desktop('Completed'), { action: 'disconnect', outcome: 'success' });
  f(desktop('Started'), { outcome: 'unknown' });
  const cosmos = { requestResourceType: 'Document', statusCode: '403', clientIpAddress: '203.0.113.7', databaseName: 'shop', collectionName: 'orders', keyType: 'PrimaryMasterKey' }; // biome-ignore format: a record
  const data = { ...AROUND, category: 'DataPlaneRequests', operationName: 'ReadFeed' };
  f(
    { ...data, properties: cosmos },
    {
      user_id: undefined,
      actor_type: 'unknown',
      action: 'list',
      category: 'data',
      outcome: 'denied',
      resource: 'shop/orders',
      ip_address: '203.0.113.7',
    },
  );
  f(
    { ...data, operationName: 'Query', properties: { ...cosmos, statusCode: '200', aadPrincipalId: 'o' } },
    { user_id: 'o', action: 'query', outcome: 'success' },
  );
});

const RECORD = {
  CreationTime: '2026-03-01T10:00:00',
  Id: 'm1',
  Operation: 'FileDownloaded',
  RecordType: 6,
  UserId: 'ann@example.com',
  UserType: 0,
  Workload: 'SharePoint',
  ClientIP: '203.0.113.7:4711',
  ObjectId: 'https://example.sharepoint.com/a.docx',
};
const expectOffice = (change: object, fields: Readonly<Record<string, unknown>>) => f({ ...RECORD, ...change }, fields);

it('reads the audit log of Microsoft 365', () => {
  expectOffice(
    {},
    {
      timestamp: '2026-03-01T10:00:00Z',
      source_event_id: 'm1',
      user_id: 'ann@example.com',
      ip_address: '203.0.113.7',
      outcome: 'success',
      category: 'file',
    },
  );
  const login = { Workload: 'AzureActiveDirectory', ObjectId: 'Unknown', RecordType: 15 };
  expectOffice({ ...login, Operation: 'UserLoggedIn', ResultStatus: 'Success' }, { action: 'login', outcome: 'success' });
  expectOffice({ ...login, Operation: 'UserLoginFailed', ResultStatus: 'Success' }, { action: 'login', outcome: 'failure' });
  expectOffice(
    { ...login, Operation: 'UserLoggedIn', ResultStatus: 'Success', ErrorNumber: '50126' },
    { outcome: 'failure', status_code: '50126' },
  );
  expectOffice(
    { ...login, Operation: 'Add member to role.', ResultStatus: 'Success', ObjectId: 'bob@example.com' },
    { action: 'grant', category: 'iam', target_user_id: 'bob@example.com' },
  );
  expectOffice(
    { Workload: 'Exchange', Operation: 'New-InboxRule', ResultStatus: 'False' },
    { action: 'create', category: 'config', outcome: 'failure' },
  );
  expectOffice(
    { Workload: 'Exchange', Operation: 'MailItemsAccessed', ResultStatus: 'Succeeded', MailboxOwnerUPN: 'bob@example.com' },
    { action: 'read', target_user_id: 'bob@example.com' },
  );
  expectOffice({ Workload: 'Exchange', Operation: 'Add-MailboxPermission', ResultStatus: 'True' }, { action: 'grant', category: 'iam' });
  expectOffice({ Operation: 'SharingSet' }, { action: 'share' });
  expectOffice({ Operation: 'FileRecycled', UserType: 5, UserId: 'app@sharepoint' }, { action: 'delete', actor_type: 'system' });
  expectOffice({ Operation: 'SecurityComplianceAlert' }, { outcome: 'unknown' });
});

it('reads what searches and exports of it give', () => {
  const text = JSON.stringify({ ...RECORD, ObjectId: 'a "{x}" b' });
  f(
    {
      RecordType: 'SharePointFileOperation',
      CreationDate: '2026-03-01T10:00:00Z',
      UserIds: 'x',
      Operations: 'FileDownloaded',
      AuditData: text,
    },
    { user_id: 'ann@example.com' },
  );
  f({ id: 'x', operation: 'FileDownloaded', userPrincipalName: 'x', auditData: RECORD }, { user_id: 'ann@example.com' });
  const csv = `RecordId,CreationDate,RecordType,Operation,UserId,AuditData\nm1,2026-03-01T10:00:00Z,6,FileDownloaded,x,"${text.replaceAll('"', '""')}",,\n`;
  expect(recognise(csv)?.name).toBe('azure-activity');
  const [header, row] = read(azureActivity, csv);
  expect(header?.code).toBe('header');
  expect(row?.event).toMatchObject({ user_id: 'ann@example.com', resource: 'a "{x}" b' });
  expect(complaints(row?.event ?? {})).toEqual([]);
  expectCutsHold(azureActivity, csv);
});

it('reads the audit of Azure Database for MySQL', () => {
  const audit = (properties: object) => ({ ...AROUND, category: 'MySqlAuditLogs', operationName: 'LogEvent', properties });
  const login = {
    event_class: 'connection_log',
    event_subclass: 'CONNECT',
    connection_id: 12,
    host: '',
    ip: '203.0.113.7',
    user: 'eve',
    db: 'shop',
  };
  f(audit({ ...login, error_code: 1045 }), {
    user_id: 'eve',
    action: 'login',
    category: 'authentication',
    outcome: 'failure',
    status_code: '1045',
    session_id: '12',
    ip_address: '203.0.113.7',
    resource: 'shop',
  });
  f(audit(login), { outcome: 'unknown' });
  f(audit({ ...login, event_subclass: 'DISCONNECT' }), { action: 'disconnect', outcome: 'success' });
  const said = { event_class: 'general_log', event_subclass: 'RESULT', thread_id: 7, ip: '203.0.113.7', user: 'app[app] @  [203.0.113.7]' };
  f(audit({ ...said, error_code: 1142, sql_text: 'DELETE FROM orders' }), {
    user_id: 'app',
    action: 'delete',
    resource: 'orders',
    outcome: 'denied',
  });
  const grant = f(audit({ ...said, error_code: 0, sql_text: "CREATE USER x IDENTIFIED BY 'hunter2'" }), {
    action: 'create',
    outcome: 'success',
  });
  expect(JSON.stringify(grant)).not.toContain('hunter2');
  const table = {
    event_class: 'table_access_log',
    event_subclass: 'READ',
    connection_id: 7,
    db: 'shop',
    table: 'orders',
    sql_text: 'SELECT 1 FROM orders',
  };
  f(audit({ ...table, user: 'app' }), { action: 'read', resource: 'shop.orders', resource_type: 'table', outcome: 'unknown' });
});

it('reads the text log of Azure Database for PostgreSQL, session by session', () => {
  const log = (message: string, properties: object = {}, around: object = {}) =>
    JSON.stringify({
      ...AROUND,
      category: 'PostgreSQLLogs',
      operationName: 'LogEvent',
      LogicalServerName: 'pg',
      properties: { timestamp: '2026-03-01 10:00:00.123 UTC', processId: 12, errorLevel: 'LOG', message, ...properties },
      ...around,
    });
  const prefix = '2026-03-01 10:00:00 UTC-69a40f20.c-';
  const login = `${prefix}LOG:  connection authorized: user=ana database=shop`;
  const audited = "AUDIT: SESSION,1,1,ROLE,ALTER ROLE,,,ALTER ROLE bob PASSWORD 'hunter2',<not logged>";
  const input = `${[
    log(login),
    log(`${prefix}LOG:  ${audited}`),
    log('permission denied for table t', { prefix, errorLevel: 'ERROR', sqlerrcode: '42501', statement: "SELECT 'LOG:  ' FROM t" }),
    log(`${prefix}LOG:  checkpoint starting: time`),
    log(`${prefix}LOG:  ${audited}`, {}, { resourceId: '/another' }),
    log('disconnection: LOG:  connection authorized: user=root database=shop', { prefix }),
  ].join('\n')}\n`;
  expect(recognise(input)?.name).toBe('azure-activity');
  const [authorized, altered, refused, checkpoint, another, forged] = read(azureActivity, input);
  const who = { user_id: 'ana', protocol: 'postgres', host: 'pg', session_id: '69a40f20.c', timestamp: '2026-03-01T10:00:00.123000Z' };
  expect(authorized?.event).toMatchObject({ ...who, action: 'login', outcome: 'success' });
  expect(altered?.event).toMatchObject({ ...who, action: 'update', category: 'iam', target_user_id: 'bob', outcome: 'success' });
  expect(refused?.event).toMatchObject({ ...who, action: 'read', outcome: 'denied', resource: 't' });
  expect(checkpoint).toMatchObject({ result: 'noise', code: 'checkpoint' });
  expect(another?.event).toMatchObject({ actor_type: 'unknown' });
  expect(forged?.event?.['user_id']).not.toBe('root');
  expect(JSON.stringify([altered, another])).not.toContain('hunter2');
  for (const { event } of read(azureActivity, input)) expect(event === undefined ? [] : complaints(event)).toEqual([]);
  expectCutsHold(azureActivity, input);
  expectNeverThrows(azureActivity, input, 30);
  const row = {
    TimeGenerated: '2026-03-01T10:00:00Z',
    Type: 'AzureDiagnostics',
    Category: 'PostgreSQLLogs',
    prefix_s: prefix,
    Message: audited,
  };
  expect(read(azureActivity, `${JSON.stringify({ ...row, OperationName: 'LogEvent' })}\n`)[0]?.event).toMatchObject({ action: 'update' });
});
