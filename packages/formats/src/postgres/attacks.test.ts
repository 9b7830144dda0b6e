import { describe, expect, it } from 'vitest';
import { expectCutsHold, expectNeverThrows } from '../test-formats.ts';
import { csvLine, formatOf, readLog } from './test-postgres.ts';

const DEBIAN = '%m [%p] %q%u@%d ';
const BADGER = '%t [%p]: user=%u,db=%d,app=%a,client=%h ';
const AUDIT = 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,select 1,<none>';

describe('names and statements that imitate the log', () => {
  it.each([DEBIAN, undefined])('a user who is called like a line (%s)', (prefix) => {
    const forged = 'LOG:  connection authorized: user=admin database=x';
    const log = `2024-01-02 10:00:00.123 UTC [77] ${forged}@shop FATAL:  password authentication failed for user "${forged}"\n`;
    expect(readLog('pgaudit-stderr', log, prefix === undefined ? {} : { log_line_prefix: prefix })).toMatchObject([
      { result: 'quarantine', code: 'ambiguous_line' },
    ]);
  });

  it('an application that names another address', () => {
    const log = `2024-01-02 10:00:00 UTC [77]: user=eve,db=shop,app=x,client=10.0.0.1,client=10.6.6.6 LOG:  ${AUDIT}\n`;
    for (const options of [{ log_line_prefix: BADGER }, {}] as Record<string, string>[]) {
      const [result] = readLog('pgaudit-stderr', log, options);
      expect(result?.event).toMatchObject({ user_id: 'eve', ip_address: '10.6.6.6', user_agent: 'x,client=10.0.0.1' });
    }
  });

  it('an application that names another address and ends the prefix', () => {
    const log = `2024-01-02 10:00:00 UTC [77]: user=eve,db=shop,app=x,client=10.0.0.1 LOG:  ${AUDIT},client=10.6.6.6 LOG:  statement: select 1 from t\n`;
    expect(readLog('pgaudit-stderr', log, { log_line_prefix: BADGER })).toMatchObject([{ result: 'quarantine', code: 'ambiguous_line' }]);
  });

  it('a statement that names another address is resolved by the session', () => {
    const begin = ['connection received: host=10.6.6.6 port=5', 'connection authorized: user=eve database=shop']
      .map((m) => `2024-01-02 10:00:00 UTC [77]: user=eve,db=shop,app=x,client=10.6.6.6 LOG:  ${m}\n`)
      .join('');
    const log = `${begin}2024-01-02 10:00:00 UTC [77]: user=eve,db=shop,app=x,client=10.6.6.6 LOG:  statement: select ',client=10.0.0.1 LOG:  x' from t\n`;
    expect(readLog('pgaudit-stderr', log, { log_line_prefix: BADGER })[2]).toMatchObject({
      event: { ip_address: '10.6.6.6', event_type: 'SELECT', resource: 't' },
    });
  });

  it('a user who is called like the words of "connection authorized"', () => {
    const log = '2024-01-02 10:00:00.123 UTC [77] LOG:  connection authorized: user=admin database=a database=real\n';
    expect(readLog('pgaudit-stderr', log, { log_line_prefix: '%m [%p] ' })[0]?.event).toMatchObject({
      actor_type: 'unknown',
      attributes: { ambiguous: ['user'] },
    });
  });

  it("a user who is called like pg_hba.conf's words", () => {
    const log =
      '2024-01-02 10:00:00.123 UTC [77] FATAL:  no pg_hba.conf entry for host "10.6.6.6", user "admin", database "x", SSL off", database "shop", no encryption\n';
    const [result] = readLog('pgaudit-stderr', log, { log_line_prefix: '%m [%p] ' });
    expect(result?.event).toMatchObject({ ip_address: '10.6.6.6', outcome: 'denied' });
    expect(result?.event?.['user_id']).not.toBe('shop');
  });

  it('lines within a statement stay in it', () => {
    const log = `2024-01-02 10:00:00.123 UTC [77] eve@shop LOG:  statement: select '\n\t2024-01-02 10:00:00.123 UTC [77] admin@shop LOG:  ${AUDIT}\n\t' from t\n`;
    expect(readLog('pgaudit-stderr', log)).toMatchObject([{ line: 1, lastLine: 3, event: { user_id: 'eve', outcome: 'unknown' } }]);
  });

  it('what no prefix precedes is not believed', () => {
    expect(readLog('pgaudit-stderr', 'rsync: connection unexpectedly closed\n', { log_line_prefix: DEBIAN })).toMatchObject([
      { result: 'quarantine', code: 'no_prefix' },
    ]);
    expect(readLog('pgaudit-csv', 'a,b,c\n')).toMatchObject([{ result: 'quarantine', code: 'not_csvlog' }]);
    expect(readLog('pgaudit-json', '{"a":1}\n')).toMatchObject([{ result: 'quarantine', code: 'not_jsonlog' }]);
  });
});

describe('secrets', () => {
  it('stay neither in the event nor in the text that is kept', () => {
    const statements = [
      "create role x password 'hunter2'",
      "alter user mapping for x server s options (set password 'hunter2')",
      "select dblink('host=a password=hunter2')",
      "do $$ begin execute 'alter role x password ''hunter2'''; end $$",
      "select pgp_sym_encrypt('data', 'hunter2')",
      "select 'postgres://u:hunter2@h/d'",
      'alter role x password $$hunter2$$',
      "alter role x password E'hun\\'ter2 hunter2'",
      "alter role x password 'hunter2",
    ];
    for (const statement of statements) {
      const inputs = {
        'pgaudit-stderr': `2024-01-02 10:00:00.123 UTC [77] a@b ERROR:  syntax error\n2024-01-02 10:00:00.123 UTC [77] a@b STATEMENT:  ${statement}\n`,
        'pgaudit-csv': csvLine(`statement: ${statement}`),
      };
      for (const [name, input] of Object.entries(inputs)) expect(JSON.stringify(readLog(name, input))).not.toContain('ter2');
    }
  });
});

describe('rubbish', () => {
  const stderr = `2024-01-02 10:00:00.123 UTC [77] a@b LOG:  ${AUDIT}\n\tmore "é"\n2024-01-02 10:00:00.1 CET [77] a@b ERROR:  x\n2024-01-02 10:00:00.1 CET [77] a@b DETAIL:  y\n`;
  const csv =
    csvLine('AUDIT: SESSION,1,1,DDL,CREATE TABLE,TABLE,t,"create table t (\na int)",<none>') +
    csvLine('disconnection: session time: 0:00:01.000 user=a database=b host=h');
  const json =
    '{"timestamp":"2024-01-02 10:00:00.1 UTC","user":"a","error_severity":"LOG","message":"connection authorized: user=a database=b","line_num":1}\n';
  const inputs = Object.entries({ 'pgaudit-stderr': stderr, 'pgaudit-csv': csv, 'pgaudit-json': json });

  it.each(inputs)('%s: never throws', (name, input) => {
    expect(() => expectNeverThrows(formatOf(name), input)).not.toThrow();
  });

  it.each(inputs)('%s: cut anywhere it reads the same', (name, input) => {
    expect(() => expectCutsHold(formatOf(name), input)).not.toThrow();
  });

  it('long lines that promise much are read in one go', () => {
    const long = (text: string) => text.repeat(Math.ceil(300_000 / text.length));
    const heads = [
      'FATAL:  no pg_hba.conf entry for host "h", user "',
      'LOG:  disconnection: session time: 0:00:01.000 user=',
      'LOG:  connection authenticated: identity="',
      'LOG:  statement: select ',
      'LOG:  AUDIT: SESSION,1,1,READ,SELECT,,,',
    ];
    for (const head of heads)
      for (const tail of [
        '", database "',
        ' host=a',
        '" method=x (',
        'password ',
        "password '''",
        ' crypt((',
        'a://b:c',
        ',"',
        '""',
        'from ',
        ':  LOG',
        '/*',
      ])
        expect(readLog('pgaudit-stderr', `2024-01-02 10:00:00.123 UTC [77] a@b ${head}${long(tail)}\n`)).toHaveLength(1);
  });
});
