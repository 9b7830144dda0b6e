import { expect, it } from 'vitest';
import { csv } from '../csv/csv.ts';
import { type Format, recognise } from '../index.ts';
import { isOwnJson, json } from '../json/json.ts';
import { logfmt } from '../logfmt/logfmt.ts';
import { CONTEXT, expectCutsHold, expectNeverThrows, read } from '../test-formats.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The last record's event, as far as it is told here. */
function g(format: Format, input: string, fields: Fields): void {
  const { event = {}, ...verdict } = read(format, input).at(-1) ?? {};
  expect({ input, ...verdict }).toMatchObject({ input, result: 'event' });
  expect({ input, ...Object.fromEntries(Object.keys(fields).map((name) => [name, event[name]])) }).toEqual({ input, ...fields });
}

const f = (object: unknown, fields: Fields) => g(json, `${JSON.stringify(object)}\n`, fields);
const T = '2024-01-02T03:04:05Z';
const AT = '2024-01-02T03:04:05.000000Z';
const IP = '203.0.113.7';

it('knows the Elastic Common Schema, nested and with points', () => {
  const fields = { timestamp: AT, user_id: 'ana', ip_address: IP, event_type: 'ssh_login', action: 'login', outcome: 'failure', host: 'h', category: 'authentication' };
  f(
    { '@timestamp': T, event: { action: 'ssh_login', outcome: 'failure', category: ['authentication'] }, user: { name: 'ana' }, source: { ip: IP }, host: { name: 'h' } },
    { ...fields, attributes: { event: { action: 'ssh_login', outcome: 'failure', category: ['authentication'] }, user: { name: 'ana' }, source: { ip: IP }, host: { name: 'h' } } },
  );
  f({ '@timestamp': T, 'event.action': 'ssh_login', 'event.outcome': 'failure', 'event.category': 'authentication', 'user.name': 'ana', 'source.ip': IP, 'host.name': 'h' }, fields);
  f(
    { '@timestamp': T, http: { request: { method: 'GET' }, response: { status_code: 403, body: { bytes: 5 } } }, url: { path: '/a' }, user_agent: { original: 'c' }, client: { ip: IP } },
    { event_type: 'GET', action: 'read', category: 'http', outcome: 'denied', status_code: '403', resource: '/a', user_agent: 'c', bytes_out: 5, ip_address: IP },
  );
}); // biome-ignore format: records

it('knows programs by names that only they write', () => {
  f(
    { time: 1704164645000, class_uid: 3002, activity_name: 'Logon', status_id: 2, severity: 'Other', severity_id: 99, user: { name: 'ana' }, actor: { user: { name: 'SYSTEM' } }, src_endpoint: { ip: IP } },
    { timestamp: AT, user_id: 'ana', action: 'login', outcome: 'failure', ip_address: IP, severity: undefined },
  );
  f({ class_uid: 3001, activity_name: 'Create', status: 'Success', actor: { user: { uid: 'root' } }, user: { uid: 'eve' } }, { user_id: 'root', target_user_id: 'eve', outcome: 'success' });
  f(
    { ts: 1704164645, request: { remote_ip: '10.0.0.1', client_ip: IP, method: 'GET', uri: '/a?token=abcdefgh', headers: { 'User-Agent': ['c'], Authorization: ['Bearer abcdefghijk'] } }, user_id: '', duration: 0.5, status: 200 },
    { ip_address: IP, resource: '/a?token=[redacted]', user_agent: 'c', duration_ms: 500, outcome: 'success', actor_type: 'unknown' },
  );
  f({ ClientHost: IP, ClientUsername: '-', RequestMethod: 'GET', RequestPath: '/', DownstreamStatus: 500, Duration: 1_500_000, StartUTC: T }, { user_id: undefined, outcome: 'failure', duration_ms: 1.5, timestamp: AT });
  f({ start_time: T, method: 'GET', path: '/', response_code: 403, response_flags: '-', downstream_remote_address: `${IP}:5`, duration: 12 }, { outcome: 'denied', ip_address: IP, duration_ms: 12 });
  f({ level: 30, time: 1704164645000, req: { method: 'GET', url: '/x', remoteAddress: '::1', id: 7 }, res: { statusCode: 404 }, responseTime: 4 }, { outcome: 'failure', ip_address: '::1', resource: '/x', request_id: '7' });
  const mongo = { atype: 'authenticate', ts: { $date: T }, remote: { ip: IP }, users: [], param: { user: 'eve', db: 'admin' } };
  f({ ...mongo, result: 18 }, { user_id: 'eve', outcome: 'failure', status_code: '18', ip_address: IP, timestamp: AT });
  f({ ...mongo, result: 0 }, { outcome: 'success' });
  f({ ...mongo, atype: 'createUser', users: [{ user: 'root' }], result: 13 }, { user_id: 'root', target_user_id: 'eve', action: 'create', outcome: 'denied' });
  const keycloak = { time: 1704164645000, realmId: 'r', clientId: 'c', ipAddress: IP };
  f({ ...keycloak, type: 'LOGIN_ERROR', userId: null, error: 'user_not_found', details: { username: 'eve' } }, { user_id: 'eve', outcome: 'failure', reason: 'user_not_found' });
  f({ ...keycloak, type: 'LOGIN', userId: 'u' }, { user_id: 'u', outcome: 'success', action: 'login' });
  f({ realmId: 'r', authDetails: { userId: 'u', ipAddress: IP }, operationType: 'DELETE', resourcePath: 'users/x' }, { user_id: 'u', outcome: 'unknown', action: 'delete', ip_address: IP });
  f({ type: 'audit', timestamp: T, 'event.type': 'rest', 'event.action': 'access_denied', 'user.name': 'u', 'origin.type': 'rest', 'origin.address': '[::1]:5' }, { event_type: 'access_denied', outcome: 'denied', ip_address: '::1' });
  f({ author_id: 1, author_name: 'A', entity_type: 'User', change: 'password', ip_address: IP, target_details: 'bob' }, { user_id: '1', event_type: 'change', action: 'update', resource: 'bob', outcome: 'unknown' });
  f({ Operation: 'UserLoginFailed', UserId: 'a@x.example', ClientIP: IP, Workload: 'AzureActiveDirectory', ResultStatus: 'Failed' }, { user_id: 'a@x.example', action: 'login', outcome: 'failure' });
}); // biome-ignore format: records

it("knows Windows' security log wherever exporters put its data", () => {
  const data = { TargetUserName: 'bob', SubjectUserName: '-', IpAddress: IP };
  f({ '@timestamp': T, winlog: { event_id: 4625, computer_name: 'dc', keywords: ['Audit Failure'], event_data: data, record_id: 9 }, host: { name: 'dc' } }, { user_id: 'bob', outcome: 'failure', action: 'login', ip_address: IP, host: 'dc', event_id: undefined });
  f({ Event: { System: { EventID: 4624, Computer: 'dc' }, EventData: data } }, { user_id: 'bob', outcome: 'success', category: 'authentication' });
  // Keywords need 64 bits.
  g(json, '{"EventTime":"2024-01-02 03:04:05","EventID":4720,"EventType":"AUDIT_SUCCESS","Keywords":-9214364837600034816,"TargetUserName":"new","SubjectUserName":"adm"}', { user_id: 'adm', target_user_id: 'new', outcome: 'success', action: 'create' });
}); // biome-ignore format: records

it('never tells what nothing says, nor believes what clients write', () => {
  f({ user: 'ana', path: '/a', method: 'GET' }, { outcome: 'unknown' });
  f({ user: 'ana', status: 200, error: 'x' }, { outcome: 'success', reason: 'x' });
  f({ user: 'ana', action: 'delete', error: 'no such file' }, { outcome: 'failure' });
  f({ user: 'ana', 'response.status': 200, allowed: false }, { outcome: 'denied' });
  f({ user: 'ana', msg: 'login failed for success' }, { action: 'login', outcome: 'unknown' });
  f({ user: 'ana', op: 'login_failed' }, { outcome: 'failure' });
  f({ user: 'ana', op: 'role_granted' }, { outcome: 'unknown' });
  f({ event: 'x', params: { user_id: 'root', ip: '10.0.0.1' }, headers: { user: 'root' } }, { user_id: undefined, ip_address: undefined });
  f({ user_id: 'ana', mdc: { user: 'root' } }, { user_id: 'ana' });
  f({ event: 'x', mdc: { user: 'root' } }, { user_id: 'root' });
  f({ user_id: 'ana', event: 'x', password: 'hunter2', url: '/a?token=abcdefgh' }, { resource: '/a?token=[redacted]', attributes: { password: '[redacted]', url: '/a?token=[redacted]' } });
  f({ user_id: 'ana', severity: 'WARN', row_count: 'n/a' }, { severity: undefined, attributes: { severity: 'WARN', row_count: 'n/a' } });
}); // biome-ignore format: records

it('takes off what collectors wrap around a record', () => {
  f({ log: `${JSON.stringify({ user: 'ana', op: 'read' })}\n`, stream: 'stdout', time: T }, { user_id: 'ana', timestamp: AT, attributes: { op: undefined, carrier: { stream: 'stdout', time: T } } });
}); // biome-ignore format: records

it('tells Daybook\'s own events from those of others', () => {
  const own = (...objects: unknown[]) => isOwnJson(objects.map((one) => JSON.stringify(one)).join('\n'), CONTEXT);
  expect(own({ userId: 'a', eventType: 'document:viewed', status: 200, success: false, x: { user: 'b' } }, { user_id: 'a', action: 'read', password: 'x' })).toBe(true);
  expect(own({ user_id: 'a', action: 'read' }, { 'user.name': 'b', op: 'read' })).toBe(false);
  expect(own({ user_id: 'a', host: { name: 'h' } })).toBe(false);
  expect(own({ Records: [{ user_id: 'a', action: 'read' }] })).toBe(false);
  expect(isOwnJson('{"user_id":"a","n":9007199254740993}\n{"user_id":"a","user_id":"b"}\n', CONTEXT)).toBe(true);
}); // biome-ignore format: records

it('reads times as programs write them', () => {
  for (const [time, guessed] of [['02/Jan/2024:03:04:05 +0000'], ['Tue, 02 Jan 2024 03:04:05 GMT'], ['/Date(1704164645000)/'], ['Jan 2, 2024 3:04:05 AM', ['zone']], ['2024/01/02 03:04:05', ['zone']], ['Tue Jan  2 03:04:05 UTC 2024']] as const) {
    const { event } = read(json, JSON.stringify({ user: 'a', datetime: time })).at(-1) ?? {};
    expect([time, event?.['timestamp']?.toString().slice(0, 19), event?.['attributes'] ?? undefined]).toEqual([time, '2024-01-02T03:04:05', guessed === undefined ? undefined : { time_guessed: guessed }]);
  }
  f({ user: 'a', datetime: '01/02/2024 03:04' }, { timestamp: undefined, attributes: { datetime: '01/02/2024 03:04' } });
}); // biome-ignore format: records

it('reads tables as spreadsheets and consoles export them', () => {
  const rows = 'User Name , IP Address,Event Time,Event Name,Error code,\r\nana,203.0.113.7,2024-01-02T03:04:05Z,DeleteUser,AccessDenied,\r\n';
  g(csv, `\uFEFF${rows}`, { user_id: 'ana', ip_address: IP, timestamp: AT, event_type: 'DeleteUser', action: 'delete', outcome: 'denied' });
  expect(recognise(rows)?.name).toBe('csv');
  for (const sign of [';', '\t', '|']) g(csv, `user_id${sign}event${sign}path\nana${sign}read${sign}/a,b\n`, { user_id: 'ana', resource: '/a,b' });
  g(csv, 'sep=;\nuser_id;event\nana;read\n', { user_id: 'ana', event_type: 'read' });
  g(csv, 'user_id,event,path\nana,read\n', { user_id: 'ana', attributes: { columns_missing: 1 } });
  g(csv, 'Event ID,user\n4624,ana\n', { event_id: undefined, source_event_id: undefined });
  expect(read(csv, 'user_id,path\nana,/a"b\nbob,/b\ncy,"/c\ndora,/d\neve,"/e"\n').map(({ code, event }) => code ?? event?.['user_id'])).toEqual(['header', 'csv_quotes', 'bob', 'csv_quotes', 'dora', 'eve']);
  const iis = '#Software: x\n#Fields: date time cs-method cs-uri-stem cs-username c-ip sc-status\n2024-01-02 03:04:05 GET /a - 203.0.113.7 401\n';
  g(csv, iis, { timestamp: '2024-01-02T03:04:05.000000Z', user_id: undefined, ip_address: IP, outcome: 'denied' });
  expect(recognise(iis)?.name).toBe('csv');
  expect(read(csv, `a,b\n${'"",'.repeat(349_525)}\n`).map(({ code }) => code)).toEqual(['header', 'csv_columns']);
}); // biome-ignore format: records

it('reads what the portals of Azure and Entra ID give out as CSV', () => {
  const signIn = (status: string, code: string, reason: string) =>
    `Date (UTC),Request ID,User ID,User,Username,Application,Resource,IP address,Status,Sign-in error code,Failure reason,Session ID\n${T},r,u1,Ana,ana@example.com,Portal,Graph,${IP},${status},${code},${reason},s\n`;
  const who = { timestamp: AT, user_id: 'u1', user_email: 'ana@example.com', ip_address: IP, action: 'login', category: 'authentication', session_id: 's' };
  expect(recognise(signIn('Success', '0', 'Other.'))?.name).toBe('csv');
  g(csv, signIn('Success', '0', 'Other.'), { ...who, outcome: 'success', resource: 'Graph' });
  g(csv, signIn('Failure', '50126', 'Invalid password.'), { ...who, outcome: 'failure', status_code: '50126', reason: 'Invalid password.' });
  g(csv, signIn('Failure', '53003', 'Blocked.'), { ...who, outcome: 'denied' });
  g(csv, signIn('Interrupted', '50074', 'Strong authentication.'), { ...who, outcome: 'unknown' });
  g(
    csv,
    `Date (UTC),CorrelationId,Service,Category,Activity,Result,ActorObjectId,ActorUserPrincipalName,IPAddress,Target1Type,Target1ObjectId,Target1UserPrincipalName\n${T},c,Core Directory,RoleManagement,Add member to role,success,u1,ana@example.com,${IP},User,t1,bob@example.com\n`,
    { user_id: 'u1', user_email: 'ana@example.com', action: 'grant', category: 'iam', outcome: 'success', target_user_id: 't1', resource: 'bob@example.com', ip_address: IP },
  );
  const activity = (operation: string, type: string, status: string) =>
    `Correlation id,Operation name,Status,Time,Event initiated by,Resource type,Resource group,Resource\nc,${operation},${status},${T},ana@example.com,${type},rg,/subscriptions/s\n`;
  const by = { timestamp: AT, user_id: 'ana@example.com', resource: '/subscriptions/s' };
  g(csv, activity('Delete role assignment', 'Microsoft.Authorization/roleAssignments', 'Succeeded'), { ...by, action: 'revoke', category: 'iam', outcome: 'success' });
  g(csv, activity('Create or Update Virtual Machine', 'Microsoft.Compute/virtualMachines', 'Failed'), { ...by, action: 'create', category: 'api', outcome: 'failure' });
}); // biome-ignore format: records

it('reads logfmt of known programs, behind carriers\' headers', () => {
  g(logfmt, '2024-01-02T03:04:05.000000+00:00 heroku[router]: at=info method=GET path="/" host=a.example fwd="198.51.100.9, 203.0.113.7" service=18ms status=200\n', { timestamp: AT, ip_address: IP, ip_chain: ['198.51.100.9', IP], outcome: 'success', duration_ms: 18 });
  g(logfmt, `<189>date=2024-01-02 time=03:04:05 logid="01" type="event" devname="fw" user="adm" srcip=${IP} action="login" status="failed"\n`, { timestamp: AT, user_id: 'adm', event_type: 'login', outcome: 'failure', host: 'fw' });
  g(logfmt, `level=info ts=${T} caller=main.go:12 msg="user logged in" user=ana remote_addr=${IP}:5555\n`, { timestamp: AT, user_id: 'ana', action: 'login', ip_address: IP, outcome: 'unknown' });
  g(logfmt, `time="${T}" level=info msg="say \\"hi\\"" user=ana level=warn\n`, { attributes: { level: 'info', msg: 'say "hi"', level_2: 'warn' } });
  g(logfmt, 'type="LOGIN_ERROR", realmId="m", clientId="c", userId="null", ipAddress="203.0.113.7", error="x", username="eve"\n', { user_id: 'eve', outcome: 'failure' });
  expect(read(logfmt, `${'a=b '.repeat(90_000)}\n`).map(({ code }) => code)).toEqual(['too_many_pairs']);
}); // biome-ignore format: records

it('holds wherever an input is cut, and on rubbish', () => {
  expectCutsHold(csv, 'a,user\n"x\n\n""y""",ana\nb"c,d\n"e,f\n"g",h\n');
  expectCutsHold(logfmt, '<1>user=ana a="b\\"c" user=eve\n');
  expectCutsHold(json, '{"kind":"L","items":[{"user":"a"}],"x":1}');
  expectNeverThrows(json, '{"class_uid":3002,"user":{"name":"a"},"ts":{"$date":[1]},"events":[{"name":"x"}]}', 50);
  expectNeverThrows(csv, 'a,user\n"x\n\n""y""",ana\nb"c,d\n', 50);
  expectNeverThrows(logfmt, '2024-01-02T03:04:05Z a=b "c" d="e\\"', 50);
});
