import { expect, it } from 'vitest';
import { isRead, parseInsertHead, splitRead } from './statement.ts';

it('finds FORMAT and SETTINGS at the end, not within strings', () => {
  const f = (text: string, body: string, format: string, settings = '') =>
    expect(splitRead(text, 'TSV')).toEqual({ body, format, settings });
  f('SELECT 1', 'SELECT 1', 'TSV');
  f('SELECT 1 ; ', 'SELECT 1', 'TSV');
  f('SELECT 1 FORMAT JSON', 'SELECT 1', 'JSON');
  f('SELECT 1\nformat JSON;', 'SELECT 1', 'JSON');
  f("SELECT 1 FORMAT JSON SETTINGS a = 1, b = 'x'", 'SELECT 1', 'JSON', " SETTINGS a = 1, b = 'x'");
  f("SELECT ' FORMAT JSON'", "SELECT ' FORMAT JSON'", 'TSV');
  f("SELECT ' FORMAT JSON SETTINGS a = ' FORMAT CSV SETTINGS b = 1", "SELECT ' FORMAT JSON SETTINGS a = '", 'CSV', ' SETTINGS b = 1');
  f('SELECT 1 SETTINGS max_threads = 1', 'SELECT 1 SETTINGS max_threads = 1', 'TSV');
});

it('fails in linear time on texts made to hurt', () => {
  const hostile = `SELECT 1 FORMAT JSON SETTINGS ${'a = 1 '.repeat(20_000)}`;
  expect(splitRead(hostile, 'TSV').format).toBe('TSV');
  expect(splitRead(` FORMAT ${'FORMAT '.repeat(5_000)}`, 'TSV').body).toContain('FORMAT');
});

it('takes the head of an INSERT apart', () => {
  expect(
    parseInsertHead("INSERT INTO default.t (a, `b`) SELECT a, `b` FROM input('a UInt8, b Enum8(\\'x\\' = 1)') FORMAT JSONEachRow"),
  ).toEqual({
    into: 'INSERT INTO default.t (a, `b`) SELECT a, `b`',
    structure: "'a UInt8, b Enum8(\\'x\\' = 1)'",
    format: 'JSONEachRow',
  });
  expect(parseInsertHead('INSERT INTO t FORMAT TSV')).toBeUndefined();
  expect(parseInsertHead('INSERT INTO t VALUES (1)')).toBeUndefined();
  expect(isRead(' (SELECT 1)')).toBe(true);
  expect(isRead('ALTER TABLE t DELETE WHERE 1')).toBe(false);
});
