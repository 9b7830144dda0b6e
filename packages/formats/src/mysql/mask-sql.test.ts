import { expect, it } from 'vitest';
import { maskSql } from './mask-sql.ts';
import { actionOfTag, statementOf, targetUser } from './statement.ts';

it('masks passwords however they are written, and nothing else', () => {
  const f = (sql: string, masked: string) => expect(maskSql(sql)).toBe(masked);
  const M = '[redacted]';
  f("CREATE USER 'a'@'%' IDENTIFIED BY 'x'", `CREATE USER 'a'@'%' IDENTIFIED BY '${M}'`);
  f(
    "create user a identified/* */\nby 'it''s \\' x' require ssl comment 'kept'",
    `create user a identified/* */\nby '${M}' require ssl comment 'kept'`,
  );
  f(
    "ALTER USER a IDENTIFIED WITH 'mysql_native_password' BY 'x' REPLACE 'y'",
    `ALTER USER a IDENTIFIED WITH 'mysql_native_password' BY '${M}' REPLACE '${M}'`,
  );
  f(
    "ALTER USER a IDENTIFIED VIA ed25519 USING PASSWORD('x') OR unix_socket",
    `ALTER USER a IDENTIFIED VIA ed25519 USING PASSWORD('${M}') OR unix_socket`,
  );
  f('CREATE USER a IDENTIFIED WITH caching_sha2_password AS 0x244124', `CREATE USER a IDENTIFIED WITH caching_sha2_password AS ${M}`);
  f("GRANT ALL ON *.* TO a IDENTIFIED BY PASSWORD '*ABC'", `GRANT ALL ON *.* TO a IDENTIFIED BY PASSWORD '${M}'`);
  f("SET PASSWORD FOR 'a'@'b' = PASSWORD('x')", `SET PASSWORD FOR 'a'@'b' = PASSWORD('${M}')`);
  f("SET PASSWORD = 'x'; SELECT 'kept'", `SET PASSWORD = '${M}'; SELECT 'kept'`);
  f(
    "CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD='x', MASTER_PORT=1",
    `CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD='${M}', MASTER_PORT=1`,
  );
  f("CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = 'x'", `CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = '${M}'`);
  f(
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD 'x')",
    `CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD '${M}')`,
  );
  f("SELECT AES_ENCRYPT('card', UNHEX('key')), 'kept'", `SELECT AES_ENCRYPT('${M}', UNHEX('${M}')), 'kept'`);
  f("SELECT * FROM t WHERE password = 'x' AND name = 'kept'", `SELECT * FROM t WHERE password = '${M}' AND name = 'kept'`);
  f("CREATE TABLE t (a int) CONNECTION='mysql://u:x@h/d'", `CREATE TABLE t (a int) CONNECTION='mysql://u:${M}@h/d'`);
  f(
    "INSERT INTO u (a, `password`) VALUES ('k', SHA2('x', 256)), ('k', 'x')",
    `INSERT INTO u (a, \`password\`) VALUES ('k', SHA2('${M}', 256)), ('k', '${M}')`,
  );
  f(
    "SELECT 'k' WHERE password LIKE 'x' OR token IN ('x', 'y') OR pwd <> 'z' OR a IN ('k')",
    `SELECT 'k' WHERE password LIKE '${M}' OR token IN ('${M}', '${M}') OR pwd <> '${M}' OR a IN ('k')`,
  );
  f("WHERE password = MD5('x') AND b = MD5('k')", `WHERE password = MD5('${M}') AND b = MD5('k')`);
  f(`INSERT INTO t VALUES ('{"password": "x", "b": "k"}')`, `INSERT INTO t VALUES ('{"password": "${M}", "b": "k"}')`);
  f("CREATE USER a IDENTIFIED BY 'cut o", `CREATE USER a IDENTIFIED BY '${M}`);
  f("SELECT 'identified by \"x\"' -- password 'y'", "SELECT 'identified by \"x\"' -- password 'y'");
});

it('says what a statement does', () => {
  const f = (sql: string, tag: string, object: string, action: string, user?: string) => {
    const found = statementOf(sql);
    expect([sql, found.tag, found.object, actionOfTag(found.tag), targetUser(found.tag, sql)]).toEqual([sql, tag, object, action, user]);
  };
  f('/* x */ (SELECT * FROM `shop`.`orders` LIMIT 1)', 'SELECT', 'shop.orders', 'read');
  f("SELECT a INTO OUTFILE '/x' FROM orders", 'SELECT INTO', 'orders', 'export');
  f("SELECT * FROM orders INTO DUMPFILE '/x'", 'SELECT INTO', 'orders', 'export');
  f('SELECT a INTO @a FROM orders', 'SELECT', 'orders', 'read');
  f('INSERT IGNORE INTO orders VALUES (1)', 'INSERT', 'orders', 'create');
  f('UPDATE LOW_PRIORITY orders SET a = 1', 'UPDATE', 'orders', 'update');
  f('DELETE FROM orders', 'DELETE', 'orders', 'delete');
  f('TRUNCATE TABLE orders', 'TRUNCATE', 'orders', 'delete');
  f('WITH x AS (SELECT 1) DELETE FROM orders', 'DELETE', 'orders', 'delete');
  f('CREATE OR REPLACE ALGORITHM = MERGE VIEW v AS SELECT 1', 'CREATE VIEW', 'v', 'create');
  f('DROP TABLE IF EXISTS a', 'DROP TABLE', 'a', 'delete');
  f("CREATE USER 'bob'@'%' IDENTIFIED BY 'x'", 'CREATE USER', 'bob', 'create', 'bob');
  f(`CREATE USER 'o''brien, "x"'@'%'`, 'CREATE USER', `o'brien, "x"`, 'create', `o'brien, "x"`);
  f('GRANT SELECT ON shop.* TO bob', 'GRANT', 'shop.*', 'grant', 'bob');
  f('SET PASSWORD FOR bob = 1', 'SET PASSWORD', '', 'update', 'bob');
  f('/*!50001 CREATE TABLE t (a int) */', 'CREATE TABLE', 't', 'create');
  f('SET GLOBAL server_audit_logging = OFF', 'SET GLOBAL', 'server_audit_logging', 'configure');
  f('SET @@global.read_only = 1', 'SET GLOBAL', 'read_only', 'configure');
  f('START REPLICA', 'START REPLICA', '', 'configure');
  f('START TRANSACTION', 'START TRANSACTION', '', 'other');
  f('SHOW TABLES', 'SHOW', '', 'read');
  f('COMMIT', 'COMMIT', '', 'other');
  f('', '', '', 'other');
});
