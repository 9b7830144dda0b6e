import { expect, it } from 'vitest';
import { recognise } from '../index.ts';
import { expectEvent, expectGolden, judged } from '../json/test-json-formats.ts';
import { read } from '../test-formats.ts';
import { maskSql } from './mask-sql.ts';
import { teleport } from './teleport.ts';

const EVENT = {
  ei: 0,
  event: 'user.login',
  code: 'T1000I',
  time: '2026-03-01T10:00:00.1Z',
  uid: 'u',
  cluster_name: 'c',
  user: 'alice',
  success: true,
  'addr.remote': '[2001:db8::7]:443',
};
const f = (change: object, fields: Readonly<Record<string, unknown>>) => expectEvent(teleport, { ...EVENT, ...change }, fields);

it('reads its fixture as the golden file says', async () => {
  await expectGolden(teleport, import.meta.dirname);
});

it('says what happened, and how it ended', () => {
  f({}, { action: 'login', outcome: 'success', ip_address: '2001:db8::7', source_event_id: 'u' });
  f({ code: 'T1001W', success: false, error: 'bad' }, { outcome: 'failure', reason: 'bad' });
  f(
    { event: 'db.session.start', code: 'TDB00W', success: false, error: 'access to db denied', db_service: 'd' },
    { outcome: 'denied', action: 'connect' },
  );
  f({ event: 'session.rejected', code: 'T1006W', success: undefined }, { outcome: 'denied' });
  f(
    { event: 'kube.request', code: 'T3009I', verb: 'DELETE', resource_kind: 'pods', response_code: 200 },
    { action: 'delete', method: 'DELETE' },
  );
  f({ event: 'app.session.request', code: 'T2009I', app_name: 'g', status_code: 403, success: undefined }, { outcome: 'denied' });
  f({ event: 'lock.created', code: 'TLK00I', name: 'l' }, { action: 'revoke', category: 'iam' });
  f({ event: 'a.new.thing', code: 'TNEW001I' }, { action: 'other', category: 'config' });
});

it('says who it was', () => {
  const decided = { user: undefined, id: 'r', state: 'APPROVED', success: undefined };
  f({ ...decided, event: 'access_request.review', code: 'T5002I', reviewer: 'bob' }, { user_id: 'bob', actor_type: 'user' });
  f({ ...decided, event: 'access_request.update', code: 'T5001I', updated_by: 'bob' }, { user_id: 'bob', actor_type: 'user' });
  f(
    { event: 'cert.create', code: 'TC000I', user: undefined, identity: { user: 'ci', impersonator: 'alice' } },
    { user_id: 'ci', on_behalf_of: 'alice' },
  );
  f(
    { event: 'windows.desktop.session.start', code: 'TDP00I', desktop_name: 'w', windows_user: 'Administrator' },
    { user_id: 'alice', effective_user_id: 'Administrator' },
  );
  f({ event: 'lock.created', code: 'TLK00I', name: 'l', target: { user: 'mallory' } }, { target_user_id: 'mallory' });
  const exec = '/api/v1/namespaces/d/pods/p/exec?command=sh';
  f(
    {
      event: 'kube.request',
      code: 'T3009I',
      verb: 'POST',
      resource_kind: 'pods',
      request_path: exec,
      response_code: 101,
      success: undefined,
    },
    { action: 'execute', category: 'session', outcome: 'success' },
  );
});

it('reads events of versions that had no codes', () => {
  const old = { time: '2017-03-01T10:00:00Z', user: 'alice' };
  const g = (event: object, fields: Readonly<Record<string, unknown>>) => expectEvent(teleport, { ...old, ...event }, fields);
  g({ event: 'user.login', method: 'local', success: true }, { outcome: 'success', user_id: 'alice', action: 'login' });
  g({ event: 'auth', success: false, error: 'no', 'addr.remote': '203.0.113.7:1' }, { outcome: 'failure', ip_address: '203.0.113.7' });
  g(
    { event: 'exec', command: 'x', exitCode: '127', exitError: 'no', 'addr.local': '10.0.0.1:1' },
    { outcome: 'failure', action: 'execute' },
  );
  g(
    { event: 'session.start', sid: 's', login: 'root', server_id: 'n' },
    { outcome: 'success', effective_user_id: 'root', session_id: 's' },
  );
  expect(recognise(`${JSON.stringify({ ...old, event: 'auth', success: true })}\n`)?.name).toBe('json');
});

it('does not take words of a client for its own', () => {
  const forged = JSON.stringify({ ...EVENT, user: 'root', 'addr.remote': '10.9.9.9:1' });
  f({ user_agent: forged, command: forged, message: forged }, { user_id: 'alice', ip_address: '2001:db8::7', outcome: 'success' });
  expect(judged(teleport, { message: forged, level: 'info' })).toMatchObject({ code: 'other_record' });
});

it('masks passwords in statements', () => {
  expect(maskSql("CREATE ROLE a LOGIN PASSWORD 'x''y' VALID")).toBe('CREATE ROLE a LOGIN PASSWORD [redacted] VALID');
  expect(maskSql("CREATE USER a IDENTIFIED WITH mysql_native_password BY 'x'")).toBe(
    'CREATE USER a IDENTIFIED WITH mysql_native_password BY [redacted]',
  );
  expect(maskSql("SET PASSWORD = 'cut")).toBe('SET PASSWORD = [redacted]');
  expect(maskSql('ALTER USER a PASSWORD $$x$$')).toBe('ALTER USER a PASSWORD [redacted]');
  expect(maskSql("SELECT 'password' FROM t")).toBe("SELECT 'password' FROM t");
});

it('is not taken for other JSON, nor other JSON for it', () => {
  expect(recognise('{"event":"click","code":"AB12","time":"2026-03-01T10:00:00Z"}\n')?.name).toBe('json');
});

it('keeps no password of a command, and counts a rejected session as denied', () => {
  const exec = {
    code: 'T3002I',
    event: 'exec',
    time: '2026-03-01T10:00:00Z',
    uid: 'x',
    user: 'ana',
    exitCode: '0',
    command: 'mysql --password=hunter2',
    argv: ['--password=hunter2', 'db'],
  };
  const event = expectEvent(teleport, exec, { outcome: 'success' });
  expect(JSON.stringify(event)).not.toContain('hunter2');
  expectEvent(
    teleport,
    { ...exec, code: 'T1006W', event: 'session.rejected', command: undefined, argv: undefined, exitCode: undefined },
    { outcome: 'denied' },
  );
});

it('takes a statement for what it does, and a failing answer for the only word of it', () => {
  const database = { event: 'db.session.query', code: 'TDB02I', db_service: 'orders', db_name: 'shop', db_protocol: 'mysql' };
  f({ ...database, db_query: 'SELECT 1' }, { action: 'query', category: 'data' });
  f({ ...database, db_query: 'DROP TABLE t' }, { action: 'delete', category: 'config' });
  f({ ...database, db_query: 'GRANT ALL ON t TO bob' }, { action: 'grant', category: 'iam' });
  f({ ...database, db_protocol: 'redis', db_query: 'SET a b' }, { action: 'query' });
  const prepared = { ...database, event: 'db.session.postgres.statements.parse', code: 'TPG00I', db_protocol: 'postgres' };
  const event = f({ ...prepared, query: "ALTER USER bob PASSWORD 'hunter2'" }, { action: 'update', category: 'iam' });
  expect(JSON.stringify(event)).not.toContain('hunter2');
  f(
    { ...database, event: 'db.session.elasticsearch.request', code: 'TES00I', method: 'DELETE', status_code: 404, success: undefined },
    {
      action: 'delete',
      outcome: 'failure',
      status_code: '404',
    },
  );
  f({ ...database, event: 'db.session.mysql.drop_db', code: 'TMY09I', schema_name: 's' }, { action: 'delete' });
  f({ ...database, event: 'db.session.malformed_packet', code: 'TDB06I', success: undefined }, { outcome: 'failure' });
  const answer = { ...EVENT, ...database, event: 'db.session.result', code: 'TDB10I' };
  expect(judged(teleport, answer)).toMatchObject({ result: 'noise', code: 'statement_result' });
  expectEvent(teleport, { ...answer, success: false, error: 'permission denied for table t' }, { action: 'query', outcome: 'denied' });
});

it('says what became of a file, a forwarding, a request to an application', () => {
  const sftp = (code: string, flags?: number) => ({ event: 'sftp', code, flags, path: '/x', success: undefined });
  f(sftp('TS001I', 1), { action: 'read', resource: '/x' });
  f(sftp('TS001I', 26), { action: 'create' });
  f(sftp('TS001I', 2), { action: 'update' });
  f(sftp('TS004I'), { action: 'update' });
  f({ event: 'port', code: 'T3003I', addr: 'localhost:80' }, { action: 'connect' });
  f({ event: 'port', code: 'T3003S', addr: 'localhost:80' }, { action: 'disconnect', outcome: 'success' });
  const app = { event: 'app.session.request', code: 'T2009I', success: undefined, status_code: 200, path: '/a', method: 'DELETE' };
  const event = f({ ...app, app_name: 'g', raw_query: 'token=hunter2hunter2&x=1' }, { action: 'delete', resource: 'g/a' });
  expect(JSON.stringify(event)).not.toContain('hunter2');
  f(app, { resource: '/a', resource_type: 'app' });
  f({ event: 'app.session.start', code: 'T2007I', success: undefined, public_addr: 'g.example.com' }, { resource: 'g.example.com' });
});

it('believes the kernel of what was done in a session', () => {
  const disk = (return_code: number) => ({ event: 'session.disk', code: 'T4001I', success: undefined, path: '/etc/shadow', return_code });
  f(disk(3), { outcome: 'success', action: 'read', resource: '/etc/shadow', resource_type: 'file' });
  f(disk(-13), { outcome: 'denied', status_code: '-13' });
  f(disk(-2), { outcome: 'failure' });
  const network = { event: 'session.network', code: 'T4002I', success: undefined, dst_addr: '2001:db8::9', dst_port: 443 };
  f({ ...network, action: 0 }, { outcome: 'success', resource: '[2001:db8::9]:443', ip_address: '2001:db8::7' });
  f({ ...network, action: 1 }, { outcome: 'denied' });
});

it('names who changed a resource, and the account it was about', () => {
  const list = { user: undefined, success: true, updated_by: 'bob', access_list_name: 'l' };
  f(
    { ...list, event: 'access_list.member.create', code: 'TAL005I', members: [{ member_name: 'mallory' }] },
    { user_id: 'bob', actor_type: 'user', action: 'grant', target_user_id: 'mallory' },
  );
  f({ event: 'access_request.review', code: 'T5002I', reviewer: 'bob', id: 'r' }, { user_id: 'bob' });
  f({ event: 'reset_password_token.create', code: 'T6000I', name: 'mallory' }, { target_user_id: 'mallory', category: 'authentication' });
  f({ event: 'kube.request', code: 'T3009I', verb: 'GET', kubernetes_users: ['root'] }, { effective_user_id: 'root' });
  f({ event: 'mfa_auth_challenge.create', code: 'T1015I' }, { action: 'create', category: 'authentication' });
  f({ code: 'T1012I', success: undefined }, { action: 'login', outcome: 'unknown' });
  const started = { event: 'session.start', code: 'T2000I', initial_command: ['mysql', '--password=hunter2'] };
  expect(JSON.stringify(f(started, {}))).not.toContain('hunter2');
  const exec = '/api/v1/namespaces/d/pods/p/exec?command=mysql&command=-phunter2&stdin=true';
  const asked = f(
    { event: 'kube.request', code: 'T3009I', verb: 'POST', resource_kind: 'pods', request_path: exec },
    { action: 'execute' },
  );
  expect(JSON.stringify(asked)).not.toContain('hunter2');
});

it('names repositories, devices and providers, and nobody where nobody is named', () => {
  const git = { event: 'git.command', code: 'TGIT001I', path: 'org/repo', success: undefined };
  f({ ...git, service: 'git-upload-pack', exit_code: 0 }, { action: 'read', resource: 'org/repo', outcome: 'success' });
  f({ ...git, service: 'git-receive-pack', exit_code: 1 }, { action: 'update', outcome: 'failure' });
  f(
    { event: 'device.enroll', code: 'TV005I', device: { device_id: 'd', asset_tag: 'A' } },
    { action: 'create', resource: 'A', resource_type: 'device' },
  );
  f({ event: 'saml.idp.auth', code: 'TSI000I', service_provider_entity_id: 'https://sp' }, { action: 'login', resource: 'https://sp' });
  f({ event: 'db.session.end', code: 'TDB01I', db_service: '' }, { resource: 'c' });
  const joined = { event: 'bot.join', code: 'TJ001E', success: false, user: undefined };
  f({ ...joined, bot_name: '' }, { user_id: undefined, actor_type: 'unknown', outcome: 'failure' });
  f({ ...joined, bot_name: 'ci' }, { user_id: 'ci', actor_type: 'service' });
});

it('finds events in its own log, and in rows of Athena and DynamoDB', () => {
  const own = { caller: 'events/emitter.go:288', level: 'info', timestamp: '2026-03-01T10:00:00Z' };
  const fields = { user_id: 'alice', source_event_id: 'u', ip_address: '2001:db8::7', outcome: 'success' };
  expectEvent(teleport, { ...own, message: 'emitting audit event', event_type: 'user.login', fields: EVENT }, fields);
  expectEvent(
    teleport,
    { uid: 'u', session_id: '', event_type: 'user.login', user: 'alice', event_time: 'x', event_data: JSON.stringify(EVENT) },
    fields,
  );
  expectEvent(teleport, { EventType: 'user.login', SessionID: 's', FieldsMap: EVENT }, fields);
  expectEvent(teleport, { EventType: 'user.login', SessionID: 's', Fields: JSON.stringify(EVENT) }, fields);
  expect(judged(teleport, { ...own, message: 'Service started' })).toMatchObject({ result: 'noise', code: 'server_log' });
  const lines = [
    '2026-03-01T10:00:00Z INFO [PROC:1]    Service auth started. service/service.go:1',
    '2026-03-01T10:00:00.123Z DEBUG [AUTH] x service/service.go:1',
    JSON.stringify(EVENT),
    'a rest',
  ];
  expect(recognise(`${lines.join('\n')}\n`)?.name).toBe('teleport');
  expect(read(teleport, `${lines.join('\n')}\n`).map(({ code }) => code)).toEqual(['server_log', 'server_log', undefined, 'not_json']);
});
