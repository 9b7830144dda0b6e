import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { formatNamed, recognise } from '../index.ts';
import { readLog } from './test-postgres.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');

/** What PostgreSQL 15 with pgaudit wrote of one and the same work to its three destinations, and what is read from it. */
it.each([
  ['pgaudit-stderr', 'log'],
  ['pgaudit-csv', 'csv'],
  ['pgaudit-json', 'jsonlog'],
])('%s: a file of PostgreSQL 15 reads as the golden file says', (name, extension) => {
  const log = readFileSync(path.join(FIXTURES, `${name}.${extension}`), 'utf8');
  expect(recognise(log.slice(0, 4096), '')).toBe(formatNamed(name));
  const lines = readLog(name, log).map(({ line, lastLine, result, code, event }) =>
    JSON.stringify({ line, lastLine, result, code, event }),
  );
  expect(lines.join('\n')).toBe(readFileSync(path.join(FIXTURES, `${name}.golden.jsonl`), 'utf8').trimEnd());
});
