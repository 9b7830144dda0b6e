import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statementOf } from './statement.ts';

const f = (sql: string, text: string, more: object = {}) =>
  it(`${sql.slice(0, 60)} …`, () => expect(statementOf(sql)).toMatchObject({ text, ...more }));

describe('statements without their values', () => {
  f("SELECT * FROM users WHERE name = 'Ana''s' AND age > 30", 'SELECT * FROM users WHERE name = ? AND age > ?', {
    verb: 'SELECT',
    action: 'read',
    table: 'users',
  });
  f('select "Full Name" from "Shop"."Users" where id=$1', 'select "Full Name" from "Shop"."Users" where id=$1', { table: 'Shop.Users' });
  f("ALTER ROLE ana PASSWORD 'hunter2'", 'ALTER ROLE ana PASSWORD ?', { action: 'configure' });
  f("ALTER ROLE ana PASSWORD E'hun\\'ter2'", 'ALTER ROLE ana PASSWORD ?');
  f('SELECT $$hidden$$, $tag$ $$ hidden $tag$ , 1e5, 0xff, .5', 'SELECT ?, ?, ?, ?, ?');
  f('SELECT 1 -- a password\n + /* a /* nested */ secret */ 2 /* open', 'SELECT ? + ?');
  f("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'), (3, 'z')", 'INSERT INTO t (a, b) VALUES (?, …), …', { action: 'create', table: 't' });
  f('SELECT * FROM t WHERE id IN ($1, $2, $3)', 'SELECT * FROM t WHERE id IN (?, …)');
  f("UPDATE t SET a = 'open to the end", 'UPDATE t SET a = ?', { action: 'update', table: 't' });
  f('WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone', 'WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone', {
    verb: 'DELETE',
  });
  f('GRANT SELECT ON orders TO ana;', 'GRANT SELECT ON orders TO ana', { action: 'grant', table: 'orders' });
  f('COPY customers TO STDOUT', 'COPY customers TO STDOUT', { action: 'export', table: 'customers' });
  f('  BEGIN', 'BEGIN', { isNoise: true });
  f('SELECT 1', 'SELECT ?', { isNoise: true });

  it('knows the strings of MySQL', () => {
    expect(statementOf(`SELECT 'it\\'s secret', "two\\"secret" FROM \`t\``, { backslash: true }).text).toBe('SELECT ?, ? FROM `t`');
  });

  it('shows no literal, whatever it holds', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((s) => `SECRET${s}SECRET`);
    const quoted = fc.oneof(
      text.map((s) => `'${s.replaceAll("'", "''")}'`),
      text.map((s) => `E'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
      text.filter((s) => !s.includes('$q$')).map((s) => `$q$${s}$q$`),
      text.filter((s) => !s.includes('*/') && !s.includes('/*')).map((s) => `0 /* ${s} */`),
      text.filter((s) => !s.includes('\n')).map((s) => `0 -- ${s}\n`),
    );
    fc.assert(
      fc.property(fc.array(quoted, { minLength: 1, maxLength: 5 }), (literals) => {
        const { text } = statementOf(`SELECT * FROM t WHERE a = ${literals.join(' OR b = ')} AND c = d`);
        expect(text).not.toContain('SECRET');
        expect(text).toMatch(/AND c = d$/);
      }),
    );
  });

  it('ends with every input, soon', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (sql) => typeof statementOf(sql).text === 'string'));
    for (const piece of ['(', "'", '"', '$a$', '/*', '-', '(?, ', '(1),'])
      expect(statementOf(piece.repeat(50_000)).text.length).toBeLessThan(5000);
  });
});
