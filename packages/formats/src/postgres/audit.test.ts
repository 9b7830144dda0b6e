import { describe, expect, it } from 'vitest';
import { csvLine, judged, readLog } from './test-postgres.ts';

const f = (message: string, fields: object, attributes: object = {}) =>
  it(`${message.slice(0, 90)} …`, () => {
    const { result, event } = judged(`AUDIT: ${message}`);
    expect(result).toBe('event');
    expect(event).toMatchObject({ user_id: 'alice', protocol: 'postgres', timestamp: '2024-01-02T10:00:00.123Z', ...fields });
    expect(event?.['attributes']).toMatchObject(attributes);
  });

describe('records of pgaudit', () => {
  f('SESSION,1,1,READ,SELECT,TABLE,public.account,select * from account,<none>', {
    event_type: 'SELECT', action: 'read', category: 'data', resource: 'public.account', resource_type: 'table', resource_parent: 'shop', outcome: 'unknown', query_text: 'select * from account',
  }, { audit_type: 'SESSION', statement_id: 1, substatement_id: 1, class: 'READ' }); // biome-ignore format: short
  f(
    'OBJECT,2,1,WRITE,UPDATE,TABLE,public.account,"update account set a = 1, b = ""x""",<not logged>',
    { action: 'update', outcome: 'unknown', query_text: 'update account set a = 1, b = "x"' },
    { audit_type: 'OBJECT', parameter: '<not logged>' },
  );
  f('SESSION,3,1,READ,SELECT,TABLE,public.account,select 1 from account,<none>,42', { row_count: 42, outcome: 'success' });
  f('SESSION,3,1,WRITE,MERGE,TABLE,public.account,merge into account,<none>,0', { row_count: 0, outcome: 'success', action: 'update' });
  f('SESSION,4,1,READ,COPY,,,copy account to stdout,<none>', { action: 'export', outcome: 'unknown', resource: 'account' });
  f('SESSION,4,1,WRITE,COPY,,,copy account from stdin,<none>', { action: 'create', outcome: 'unknown' });
  f('SESSION,5,1,FUNCTION,EXECUTE,FUNCTION,public.f,select f(),<none>', {
    action: 'execute',
    outcome: 'unknown',
    resource: 'public.f',
    resource_type: 'function',
  });
  f('SESSION,5,1,FUNCTION,DO,,,do $$ begin end $$,<none>,0', { action: 'execute', outcome: 'unknown' });
  f('SESSION,6,1,ROLE,CREATE ROLE,,,create role bob login password <REDACTED>,<none>', {
    action: 'create',
    category: 'iam',
    target_user_id: 'bob',
    outcome: 'success',
    resource: 'bob',
    resource_type: 'role',
  });
  f('SESSION,6,1,ROLE,GRANT,TABLE,,grant select on account to bob,<none>', {
    action: 'grant',
    category: 'iam',
    target_user_id: 'bob',
    resource: 'account',
  });
  f('SESSION,6,1,ROLE,REVOKE ROLE,,,revoke admin from bob,<none>', { action: 'revoke', category: 'iam', target_user_id: 'bob' });
  f('SESSION,7,1,DDL,CREATE TABLE,TABLE,public.t,"create table t (id int,\n\tb int)",<none>', {
    action: 'create',
    category: 'config',
    outcome: 'success',
    query_text: 'create table t (id int,\nb int)',
  });
  f('SESSION,7,1,DDL,DROP TABLE,TABLE,public.t,drop table t,<none>', { action: 'delete', category: 'config', outcome: 'success' });
  f('SESSION,7,1,DDL,CREATE EXTENSION,,,create extension x,<none>', { outcome: 'unknown' });
  f("SESSION,7,1,DDL,ALTER SYSTEM,,,alter system set pgaudit.log = 'none',<none>", {
    action: 'configure',
    category: 'config',
    resource: 'pgaudit.log',
    resource_type: 'setting',
  });
  f('SESSION,8,1,MISC,SET,,,set work_mem = 1,<none>', { action: 'configure', category: 'session', outcome: 'success' });
  f('SESSION,8,1,MISC_SET,SET,,,set work_mem = 1,<none>', { action: 'configure', outcome: 'success' });
  f('SESSION,8,1,MISC,VACUUM,,,vacuum account,<none>', { outcome: 'success', resource: 'account' });
  f('SESSION,9,1,READ,SELECT,TABLE,public.t,select $1,"1,""a,b"","', { query_text: 'select $1' }, { parameter: '1,"a,b",' });
  f('SESSION,9,1,READ,SELECT,TABLE,public.t,<not logged>,<not logged>', { resource: 'public.t' }, { statement: '<not logged>' });
  f("SESSION,9,1,DDL,CREATE SUBSCRIPTION,,,create subscription s connection 'host=a password=hunter2 user=u' publication p,<none>", {
    query_text: "create subscription s connection 'host=a password=[redacted] user=u' publication p",
  });
  f('SESSION,9,1,WRITE,INSERT,TABLE,public.users,insert into users (password) values ($1),hunter2', {}, { parameter: '[redacted]' });

  it('finds the text that was logged before', () => {
    const log = [
      'AUDIT: SESSION,7,1,READ,SELECT,TABLE,public.a,select * from a join b,<none>',
      'AUDIT: SESSION,7,1,READ,SELECT,TABLE,public.b,<previously logged>,<previously logged>',
      'AUDIT: SESSION,8,1,READ,SELECT,TABLE,public.b,<previously logged>,<previously logged>',
    ];
    const results = readLog('pgaudit-csv', log.map((message) => csvLine(message)).join(''));
    expect(results.map(({ event }) => event?.['query_text'])).toEqual(['select * from a join b', 'select * from a join b', undefined]);
    expect(results.map(({ event }) => event?.['resource'])).toEqual(['public.a', 'public.b', 'public.b']);
  });

  it.each([
    ['SESSION,1,1,READ,SELECT', 'bad_audit'],
    ['SESSION,x,1,READ,SELECT,,,a,<none>', 'bad_audit'],
    ['SESSION,1,1,READ,SELECT,,,"open,<none>', 'bad_audit'],
    ['SESSION,1,1,READ,SELECT,,,a,<none>,many', 'bad_audit'],
    ['session,1,1,READ,SELECT,,,a,<none>', 'bad_audit'],
  ])('says what is wrong with %s', (message, code) => expect(judged(`AUDIT: ${message}`)).toMatchObject({ result: 'quarantine', code }));

  it('does not believe a function that imitates it', () => {
    const message = 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.x,select 1,<none>';
    const context = '"PL/pgSQL function forge() line 3 at RAISE"';
    expect(readLog('pgaudit-csv', csvLine(message, { 18: context }))).toMatchObject([{ result: 'quarantine', code: 'imitated_audit' }]);
    const log = `2024-01-02 10:00:00 UTC [7] LOG:  ${message}\n2024-01-02 10:00:00 UTC [7] CONTEXT:  PL/pgSQL function forge() line 3 at RAISE\n`;
    expect(readLog('pgaudit-stderr', log)).toMatchObject([{ result: 'quarantine', code: 'imitated_audit', line: 1, lastLine: 2 }]);
  });

  it.each(['NOTICE', 'WARNING', 'INFO', 'DEBUG1'])('reads it at pgaudit.log_level %s', (severity) =>
    expect(judged('AUDIT: SESSION,1,1,READ,SELECT,,,select 1,<none>', { severity }).result).toBe('event'),
  );
});
