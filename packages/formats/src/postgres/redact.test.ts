import { expect, it } from 'vitest';
import { redactSql } from './redact.ts';
import { csvLine, readLog } from './test-postgres.ts';

const M = '[redacted]';

it('masks what a name of a secret leads to, and nothing else', () => {
  const f = (sql: string, masked: string) => expect(redactSql(sql)).toBe(masked);
  f("alter user x password -- c\n 'a'", `alter user x password -- c\n ${M}`);
  f("alter user x password/* c */'a'\n  'b' valid until 'k'", `alter user x password/* c */${M} valid until 'k'`);
  f("alter role x connection limit 5 PASSWORD'a'", `alter role x connection limit 5 PASSWORD${M}`);
  f('alter user x password NULL', 'alter user x password NULL');
  f("set session authorization 'k'", "set session authorization 'k'");
  f("alter system set password_encryption = 'k'", "alter system set password_encryption = 'k'");
  f("options (user 'k', \"password\" 'a')", `options (user 'k', "password" ${M})`);
  f("options (api_key 'a', token E'b\\'c')", `options (api_key ${M}, token ${M})`);
  f("connection 'host=h password=a\\ b x=k'", `connection 'host=h password=${M} x=k'`);
  f("connection E'password=\\'a\\' x=k'", `connection E'password=${M} x=k'`);
  f("set app.token to 'a'; set \"my.api_key\" = 'b'", `set app.token to ${M}; set "my.api_key" = ${M}`);
  f("select set_config('app.secret', 'a', false)", `select set_config('app.secret', ${M}, false)`);
  f("where token in ('a', 'b') and x = 'k'", `where token in (${M}, ${M}) and x = 'k'`);
  f("update users set password_hash = 'a', name = 'k'", `update users set password_hash = ${M}, name = 'k'`);
  f("insert into t (a, password) values ('k', 'a'), ('(k', 'b') returning 'k'", `insert into t (a, password) values ('k', ${M}), ('(k', ${M}) returning 'k'`);
  f("update t set (a, \"password\") = ('k', 'a')", `update t set (a, "password") = ('k', ${M})`);
  f("execute format('alter role x password %L', 'a')", `execute format('alter role x password %L', ${M})`);
  f("execute 'create user x password ' || quote_literal('a')", `execute 'create user x password ' || quote_literal(${M})`);
  f("select crypt($$a$$, p), hmac(x, 'a', 'sha256'), 'k'", `select crypt(${M}, p), hmac(x, ${M}, ${M}), 'k'`);
  f("copy t from program 'curl -u k:a -H \"X: k\"'", `copy t from program 'curl -u k:${M} -H "X: k"'`);
  f("copy t from program 'mysql -uk -pa'", `copy t from program 'mysql -uk -p${M}'`);
  f("set archive_command = 'PGPASSWORD=a cp'", `set archive_command = 'PGPASSWORD=${M} cp'`);
  f('headers := \'{"Authorization": "Bearer a.b-c"}\'', `headers := '{"Authorization": "${M}"}'`);
  f("values ('{\"password\": \"a\", \"x\": \"k\"}')", `values ('{"password": "${M}", "x": "k"}')`);
  f("comment on role x is 'password: a'", `comment on role x is 'password: ${M}'`);
}); // biome-ignore format: short

it('keeps values of parameters out where the statement names a secret, there alone', () => {
  const at = '2024-01-02 10:00:00.123 UTC [77] a@b ';
  const bound = (statement: string) => `${at}LOG:  execute <unnamed>: ${statement}\n${at}DETAIL:  parameters: $1 = 'hunter2'\n`;
  const texts = [
    bound('update users set password = $1'),
    `${at}LOG:  AUDIT: SESSION,1,1,WRITE,UPDATE,,,"update users set a = 1, password = $1","x,hunter2",1\n`,
    `${at}ERROR:  syntax error at or near "hunter2" at character 9\n${at}STATEMENT:  ALTER USER bob PASSWORD hunter2;\n`,
    `${at}ERROR:  duplicate key\n${at}DETAIL:  Key (password)=(hunter2) already exists.\n`,
  ];
  for (const text of texts) expect(JSON.stringify(readLog('pgaudit-stderr', text))).not.toContain('hunter2');
  expect(readLog('pgaudit-stderr', bound("select 'http://x', $1 from t"))[0]?.event?.['attributes']).toMatchObject({
    detail: "parameters: $1 = 'hunter2'",
  });
});

it('finds secrets however the log escapes them', () => {
  const statement = "alter role x password\n\t'hunter2'; insert into \"u\" (\"a\", \"password\") values (E'\\'', 'hunter2')";
  const row = { timestamp: '2024-01-02 10:00:00.123 UTC', error_severity: 'ERROR', message: 'x', statement, detail: statement, line_num: 1 };
  expect(JSON.stringify(readLog('pgaudit-json', `${JSON.stringify(row)}\n`))).not.toContain('hunter2');
  expect(JSON.stringify(readLog('pgaudit-csv', csvLine(`AUDIT: SESSION,1,1,ROLE,ALTER ROLE,,,"${statement.replaceAll('"', '""')}",<none>`)))).not.toContain('hunter2');
}); // biome-ignore format: short
