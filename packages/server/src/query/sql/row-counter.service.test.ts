import { afterAll, beforeAll, expect, it } from 'vitest';
import { FORMATS } from './formats.ts';
import { rowCounter } from './row-counter.ts';
import { openSandbox, type Sandbox } from '../../../../../test/support/sql-sandbox.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
});

afterAll(() => sandbox.close());

/** Values that look like line ends and counts. */
const QUERY = `SELECT number, concat('a\\n"rows": 9\\t\\r\\n', toString(number)) AS s FROM numbers(7)`;

it('counts the rows of every format, or says nothing', async () => {
  const wrong: unknown[] = [];
  const counted: string[] = [];
  for (const format of FORMATS) {
    const bytes = await answer(`${QUERY} FORMAT ${format}`).catch((error: unknown) => error);
    if (!Buffer.isBuffer(bytes)) {
      wrong.push({ format, bytes });
      continue;
    }
    const counter = rowCounter(format);
    // Cut at every tenth byte: a count may not depend on how the answer is cut.
    for (let at = 0; at < bytes.length; at += 10) counter.add(bytes.subarray(at, at + 10));
    const rows = counter.rows();
    if (rows !== undefined && rows !== 7) wrong.push({ format, rows, bytes: bytes.toString() });
    if (rows === 7) counted.push(format);
  }
  expect(wrong).toEqual([]);
  expect(counted).toEqual(
    expect.arrayContaining(['JSON', 'JSONCompact', 'JSONEachRow', 'JSONCompactEachRowWithNamesAndTypes', 'TabSeparated', 'TSVWithNames']),
  );
});

async function answer(sql: string): Promise<Buffer> {
  const { stream } = await sandbox.read(sql, { queryId: '', signal: new AbortController().signal });
  return Buffer.concat(await stream.toArray());
}
