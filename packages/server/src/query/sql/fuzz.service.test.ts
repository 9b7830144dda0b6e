import { existsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HARMLESS } from './test-harmless.ts';
import { HOSTILE } from './test-hostile.ts';
import { guardQuery } from './guard.ts';
import { SqlRefusal } from './refusal.ts';
import { CANARY, openSandbox, type Sandbox } from '../../../../../test/support/sql-sandbox.ts';
import { chosenSettings, settingsClause } from './settings.ts';
import { tableNames } from './tables.ts';

/**
 * Statements bred from the corpora: pieces of hostile ones planted into harmless ones, words dropped, doubled, swapped. Whatever the guard lets through runs in an engine
 * with tripwires: a table and a file that hold the canary, a port that counts calls, an inventory of the databases.
 */
const RUNS = 600;
const SHORT = HOSTILE.filter((query) => query.length < 400);
const PIECES = [...SHORT, ...HARMLESS].map(words);
const WORDS = [...new Set(PIECES.flat())];
const EXPRESSIONS = [
  "file('{file}')", 'secret.t', 'secret', '(SELECT a FROM secret.t)', '(SELECT * FROM secret)', "url('http://127.0.0.1:{port}/')", 'system.users', "(SELECT * FROM file('{file}', LineAsString))",
  "dictGet('d', 'a', 1)", "x -> file(x)", "merge('', '^secret$')", 'default.secret', '`default.secret`', "APPLY(file)", 'default', '(secret AS s)', 'EXCEPT secret', "joinGet('secret.t', 'a', 1)", 'view(SELECT * FROM secret.t)',
]; // biome-ignore format: a list

let sandbox: Sandbox;
let listener: net.Server;
let contacted = 0;
let before: string;

const inventory = (): Promise<string> =>
  sandbox.admin("SELECT database, name, create_table_query FROM system.tables WHERE database NOT ILIKE '%system%' AND database NOT ILIKE 'information%' ORDER BY 1, 2 FORMAT TSV"); // biome-ignore format: one statement

beforeAll(async () => {
  sandbox = await openSandbox();
  writeFileSync(path.join(sandbox.dir, 'c.txt'), `${CANARY}\n`);
  listener = net.createServer((socket) => {
    contacted += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  before = await inventory();
});

afterAll(async () => {
  sandbox.close();
  await new Promise((resolve) => listener.close(resolve));
});

function words(query: string): string[] {
  return query.match(/'(?:[^'\\]|\\.)*'|`[^`]*`|[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|\s+|./gs) ?? [];
}

const word = fc.constantFrom(...WORDS);
const piece = fc.constantFrom(...PIECES);

/** A harmless or hostile statement with a few changes. */
const mutated = fc
  .tuple(
    piece,
    fc.array(
      fc.tuple(
        fc.constantFrom('drop', 'double', 'insert', 'replace', 'plant', 'splice'),
        fc.nat(),
        word,
        fc.constantFrom(...EXPRESSIONS),
        piece,
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([start, changes]) => {
    let query = [...start];
    for (const [kind, place, other, expression, donor] of changes) {
      const at = query.length === 0 ? 0 : place % query.length;
      if (kind === 'drop') query.splice(at, 1);
      else if (kind === 'double') query.splice(at, 0, query[at] ?? '');
      else if (kind === 'insert') query.splice(at, 0, ' ', other, ' ');
      else if (kind === 'replace') query[at] = ` ${other} `;
      else if (kind === 'plant') query[at] = ` ${expression} `;
      else query = [...query.slice(0, at), ' ', ...donor.slice(place % Math.max(1, donor.length))];
    }
    return query.join('');
  });

const TABLES = tableNames();
const LIMITS = settingsClause(chosenSettings([['max_execution_time', '1'], ['max_memory_usage', '100000000'], ['max_result_rows', '10000']])); // biome-ignore format: pairs

it('a statement bred from the corpora sees, writes and reaches nothing outside', { timeout: 600_000 }, async () => {
  const port = (listener.address() as net.AddressInfo).port;
  let accepted = 0;
  const ask = async (sql: string): Promise<Buffer> => {
    const { stream } = await sandbox.read(sql, { queryId: '', signal: new AbortController().signal });
    return Buffer.concat(await stream.toArray());
  };
  await fc.assert(
    fc.asyncProperty(mutated, async (template) => {
      const query = template
        .replaceAll('{file}', path.join(sandbox.dir, 'c.txt'))
        .replaceAll('{out}', path.join(sandbox.dir, 'out'))
        .replaceAll('{port}', String(port));
      let sql: string | undefined;
      let explains = false;
      try {
        const statement = await guardQuery(query, { tables: TABLES, userName: 'auditor', parameters: new Map([['t', 'secret'], ['d', 'secret']]) }, ask); // biome-ignore format: pairs
        ({ sql, explains } = statement);
      } catch (error) {
        if (!(error instanceof SqlRefusal)) throw error;
        return;
      }
      if (sql === undefined) return;
      accepted += 1;
      let seen: string;
      try {
        seen = (await ask(`${sql} FORMAT TSV ${explains ? settingsClause(new Map(), true) : LIMITS}`)).toString('latin1');
      } catch (error) {
        seen = error instanceof Error ? error.message : String(error);
      }
      expect(seen).not.toContain(CANARY);
      expect(contacted).toBe(0);
    }),
    { numRuns: RUNS },
  );
  expect(accepted).toBeGreaterThan(RUNS / 20);
  expect(existsSync(path.join(sandbox.dir, 'out'))).toBe(false);
  expect(await inventory()).toBe(before);
});
