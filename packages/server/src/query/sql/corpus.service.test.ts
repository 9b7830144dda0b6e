import { existsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HARMLESS } from './test-harmless.ts';
import { HEAVY, HOSTILE } from './test-hostile.ts';
import { failureOf } from './failure.ts';
import { guardQuery } from './guard.ts';
import { CANARY, openSandbox, type Sandbox } from '../../../../../test/support/sql-sandbox.ts';
import { chosenSettings, settingsClause } from './settings.ts';
import type { GuardedStatement } from './statement.ts';
import { tableNames } from './tables.ts';

const TABLES = tableNames();
const QUICK = settingsClause(chosenSettings([['max_execution_time', '1'], ['max_memory_usage', '300000000'], ['max_result_rows', '100000']])); // biome-ignore format: pairs

let sandbox: Sandbox;
let contacted = 0;
let listener: net.Server;
let file: string;
let out: string;
let tablesBefore: string;

beforeAll(async () => {
  sandbox = await openSandbox();
  file = path.join(sandbox.dir, 'canary.txt');
  out = path.join(sandbox.dir, 'written.csv');
  writeFileSync(file, `${CANARY}\n`);
  process.env['TEST_CANARY'] = CANARY;
  listener = net.createServer((socket) => {
    contacted += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  tablesBefore = await inventory();
});

afterAll(async () => {
  delete process.env['TEST_CANARY'];
  sandbox.close();
  await new Promise((resolve) => listener.close(resolve));
});

const inventory = (): Promise<string> =>
  sandbox.admin("SELECT database, name, create_table_query, total_rows FROM system.tables WHERE database NOT ILIKE '%system%' AND database NOT ILIKE 'information%' ORDER BY 1, 2 FORMAT TSV"); // biome-ignore format: one statement

const ask = async (sql: string): Promise<Buffer> => {
  const { stream } = await sandbox.read(sql, { queryId: '', signal: new AbortController().signal });
  return Buffer.concat(await stream.toArray());
};

const guard = (query: string): Promise<GuardedStatement> =>
  guardQuery(query, { tables: TABLES, userName: 'auditor-1', parameters: new Map([['t', 't'], ['d', 'secret'], ['c', 'user_id'], ['s', 'x']]) }, ask); // biome-ignore format: pairs

interface Attempt {
  readonly kind: 'refused' | 'answered' | 'failed';
  readonly text: string;
}

/** What a client sees of a query. */
async function attempt(query: string): Promise<Attempt> {
  let statement: GuardedStatement;
  try {
    statement = await guard(query);
  } catch (error) {
    return { kind: 'refused', text: failureOf(error).text };
  }
  if (statement.sql === undefined) return { kind: 'answered', text: '' };
  try {
    const settings = statement.explains ? settingsClause(new Map(), true) : QUICK;
    const answer = await ask(`${statement.sql} FORMAT ${statement.format ?? 'TabSeparated'} ${settings}`);
    return { kind: 'answered', text: answer.toString('utf8') };
  } catch (error) {
    return { kind: 'failed', text: failureOf(error).text };
  }
}

describe('hostile queries', () => {
  it('are at least 200, all different', () => {
    expect(new Set([...HOSTILE, ...HEAVY]).size).toBeGreaterThanOrEqual(200);
    expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
  });

  it('would be noticed: the tripwires trip', async () => {
    for (const query of ["SELECT 'x' IN secret.t", 'SELECT * FROM secret', `SELECT file('${file}')`]) {
      expect(await sandbox.admin(query).catch(String)).toContain(CANARY);
    }
  });

  it('are refused, or answered without anything that they were after', { timeout: 120_000 }, async () => {
    const port = (listener.address() as net.AddressInfo).port;
    const letThrough = new Map<string, string>();
    const seeing: string[] = [];
    for (const template of HOSTILE) {
      const result = await attempt(template.replaceAll('{file}', file).replaceAll('{out}', out).replaceAll('{port}', String(port)));
      // What a query itself says may come back in a message; what it was after may not.
      if (result.text.includes(CANARY)) seeing.push(template);
      if (result.kind !== 'refused') letThrough.set(template, result.text);
    }
    expect(seeing).toEqual([]);
    expect([...letThrough.keys()]).toEqual(LET_THROUGH);
    expect([...letThrough].filter(([, text]) => !/^Code: 47\b/.test(text))).toEqual([]);
    expect(existsSync(out)).toBe(false);
    expect(contacted).toBe(0);
    expect(await inventory()).toBe(tablesBefore);
  });

  it('that only ask for too much end by a limit that is named', { timeout: 120_000 }, async () => {
    const otherwise: unknown[] = [];
    for (const query of HEAVY) {
      const result = await attempt(query);
      const named = result.kind === 'answered' || /The limit is max_\w+: \d+ unless|Code: (?:69|128|131|306)\b/.test(result.text);
      if (!named) otherwise.push({ query, result });
    }
    expect(otherwise).toEqual([]);
    expect(contacted).toBe(0);
  });
});

/** Let through, since a name is written where it can only be a column: the engine then says that there is no such column. */
const LET_THROUGH: readonly string[] = [
  "SELECT 'y' IN secret.t",
  "SELECT 'x' IN (secret.t)",
  "SELECT 'x' IN ((secret.t))",
  "SELECT 'x' IN (secret.t AS z)",
  "SELECT 'x' IN secret",
  "SELECT 'x' IN (secret)",
  "SELECT 'x' NOT IN secret",
  "SELECT 'x' GLOBAL IN secret.t",
  "SELECT 'x' GLOBAL NOT IN (secret)",
  "SELECT 'x' IN tuple(secret.t)",
  "SELECT 'x' IN if(1, secret.t, secret.t)",
  "SELECT arrayExists(x -> x IN (secret.t), ['a'])",
  "WITH secret AS x SELECT 'x' IN x",
  "WITH secret.t AS x SELECT 'x' IN (x)",
  'SHOW COLUMNS FROM access_logs WHERE field IN secret',
  'SELECT $1',
  'SELECT FROM',
];

describe('harmless queries', () => {
  it('are at least 120, all different', () => {
    expect(new Set(HARMLESS).size).toBeGreaterThanOrEqual(120);
    expect(new Set(HARMLESS).size).toBe(HARMLESS.length);
  });

  it('are answered', { timeout: 120_000 }, async () => {
    const unanswered: unknown[] = [];
    for (const query of HARMLESS) {
      const result = await attempt(query);
      if (result.kind !== 'answered' || result.text.includes(CANARY)) unanswered.push({ query, result });
    }
    expect(unanswered).toEqual([]);
  });

  it('give the one row that the query of the event page asks for', async () => {
    const result = await attempt(`${HARMLESS[0]?.replace(/;$/, '')} FORMAT JSONEachRow`);
    const lines = result.text.trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ user_id: 'U12345', resource: '/secure-data', outcome: 'success' });
  });
});
