import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardQuery } from './guard.ts';
import { openSandbox, type Sandbox } from '../../../../../test/support/sql-sandbox.ts';
import { tableNames } from './tables.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
});

afterAll(() => sandbox.close());

const TABLES = tableNames('`scope_7`.`access_logs`');

async function f(query: string): Promise<string> {
  const statement = await guardQuery(query, { tables: TABLES, userName: "o'neil", parameters: new Map([['n', '3'], ['m', "{'a':1}"]]) }, async (sql) => {
    const { stream } = await sandbox.read(sql, { queryId: '', signal: new AbortController().signal });
    return Buffer.concat(await stream.toArray());
  }); // biome-ignore format: one call
  return statement.sql ?? 'nothing';
}

describe('what runs', () => {
  it('names what the user may see instead of what the user wrote', async () => {
    expect(await f('select user_id from access_logs')).toBe('SELECT `user_id` FROM `scope_7`.`access_logs` AS `access_logs`');
    expect(await f('select a.user_id from default.access_logs a')).toBe('SELECT `a`.`user_id` FROM `scope_7`.`access_logs` AS `a`');
    expect(await f('select default.access_logs.user_id from default.access_logs')).toBe(
      'SELECT `access_logs`.`user_id` FROM `scope_7`.`access_logs` AS `access_logs`',
    );
    expect(await f("select 1 from numbers(1) where 'x' in access_logs")).toContain("'x' IN ((SELECT * FROM `scope_7`.`access_logs`))");
    expect(await f('select total_rows from system.tables')).toContain('FROM (SELECT count() AS rows FROM `scope_7`.`access_logs`)');
    expect(await f('describe access_logs')).toBe('DESCRIBE TABLE `scope_7`.`access_logs`');
    await expect(f('show create table access_logs')).rejects.toThrow('within a scope');
    await expect(f('explain select 1 from access_logs')).rejects.toThrow('within a scope');
  });

  it('renames common table expressions, so that none can fall through to a table', async () => {
    expect(await f('with x as (select 1 as a) select x.a from x where 1 in x')).toBe(
      'WITH `daybook:x` AS (SELECT 1 AS `a`) SELECT `x`.`a` FROM `daybook:x` AS `x` WHERE 1 IN ((SELECT * FROM `daybook:x`))',
    );
    await expect(f('select * from (with x as (select 1) select * from x), x')).rejects.toThrow('There is no table x');
  });

  it('holds names right of IN as columns', async () => {
    expect(await f("select 'a' in ip_chain from access_logs")).toContain("'a' IN (identity(`ip_chain`))");
    expect(await f("select 'a' in (secret.t)")).toContain("'a' IN (identity(`secret`.`t`))");
  });

  it('has the values of parameters and of the questions about itself in it', async () => {
    expect(await f('select {n:UInt8}, {m:Map(String, UInt8)}')).toBe("SELECT CAST('3', 'UInt8'), CAST(map('a',1), 'Map(String, UInt8)')");
    expect(await f('select currentUser(), upper(user()), current_database() as db')).toBe(
      "SELECT 'o\\'neil' AS `currentUser()`, upper('o\\'neil'), 'default' AS `db`",
    );
  });

  it('is nothing for what sets nothing', async () => {
    expect(await f('use default')).toBe('nothing');
    expect(await f("set max_threads = 1, session_timeout = '9'")).toBe('nothing');
    await expect(f('set max_execution_time = 1')).rejects.toThrow('URL parameter');
  });

  it('means the same when the engine formats it again', async () => {
    for (const query of [
      'select -1, - x, a.1, (a, b).1, not a in (1), a -> a + 1 from access_logs as `a b`',
      "select 'it''s', '\\\\', `a\\`b`, x'00ff', 'é'",
    ]) {
      const once = await f(query);
      const { stream } = await sandbox.read(`SELECT formatQuerySingleLine(unhex('${Buffer.from(once).toString('hex')}')) = formatQuerySingleLine(unhex('${Buffer.from(query.replace('from access_logs', 'from scope_7.access_logs')).toString('hex')}')) FORMAT TSV`, { queryId: '', signal: new AbortController().signal }); // biome-ignore format: one call
      expect(Buffer.concat(await stream.toArray()).toString()).toBe('1\n');
    }
  });
});

describe('a refusal', () => {
  it("has the engine's position for what is no SQL", async () => {
    await expect(f('select 1 +')).rejects.toThrow(/^Syntax error: failed at position 11 \(end of query\)/);
    await expect(f('select 1; select 2')).rejects.toThrow('Multi-statements are not allowed');
    await expect(f('select 1\0')).rejects.toThrow('NUL character at position 9');
  });

  it('names what is refused and the way that works', async () => {
    await expect(f("select file('x')")).rejects.toThrow('The function file is not available here: it reaches files of the server.');
    await expect(f('select 1 settings max_threads = 1')).rejects.toThrow('URL parameters');
    await expect(f("select 1 into outfile 'x'")).rejects.toThrow('INTO OUTFILE');
    await expect(f('select * apply(upper) from access_logs')).rejects.toThrow('APPLY');
    await expect(f('insert into access_logs values (1)')).rejects.toThrow('read-only');
    await expect(f('show processlist')).rejects.toThrow('SHOW TABLES, DATABASES, COLUMNS and CREATE TABLE are');
  });

  it('comes before the stack ends, however deep or long the text is', async () => {
    await expect(f(`select ${'('.repeat(20_000)}1${')'.repeat(20_000)}`)).rejects.toThrow(/depth|nested|recursion/i);
    await expect(f(`select '${'a'.repeat(200_000)}'`)).rejects.toThrow('is the limit');
  });
});
