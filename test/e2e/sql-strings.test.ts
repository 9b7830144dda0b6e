import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../support/sql-sandbox.ts';
import { ALLOWED_AGGREGATES, ALLOWED_SCALARS } from '../../packages/server/src/query/sql/function-names.ts';

/**
 * A function that parses one of its strings as SQL and evaluates it is a way past any guard. So every allowed function gets such strings as arguments;
 * whether one was evaluated shows, since the file that they name is not there.
 */
const READ = "file(\\'/nothing-of-this-name\\')";
const PAYLOADS = [`'groupConcat(${READ})'`, `'a UInt8 DEFAULT ${READ}'`, `'FixedString(length(${READ}))'`];
const SHAPES = ['(P)', "(P, 'a')", "(P, ['a', 'b'])", '(1, P)', "('a', P)"];
/** The guard lets these have a plain name only; see call.ts. */
const CHECKED = ['arrayReduce', 'arrayReduceInRanges', 'initializeAggregation'];

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
});

afterAll(() => sandbox.close());

const evaluates = async (sql: string): Promise<boolean> =>
  /nothing-of-this-name.*FILE_DOESNT_EXIST|Code: (?:107|291)\b/s.test(await sandbox.admin(sql).catch(String));

it('no allowed function evaluates SQL that stands in a string', { timeout: 300_000 }, async () => {
  const found = new Set<string>();
  for (const name of words(`${ALLOWED_SCALARS} ${ALLOWED_AGGREGATES}`)) {
    for (const payload of PAYLOADS) {
      for (const shape of SHAPES) if (await evaluates(`SELECT ${name}${shape.replace('P', payload)} FORMAT Null`)) found.add(name);
    }
  }
  expect([...found].sort()).toEqual(['arrayReduce', 'initializeAggregation']);
  expect(CHECKED).toEqual(expect.arrayContaining([...found]));
});

it('nor does an aggregate function evaluate one of its parameters', { timeout: 300_000 }, async () => {
  const found: string[] = [];
  for (const name of words(ALLOWED_AGGREGATES)) {
    for (const payload of PAYLOADS) if (await evaluates(`SELECT ${name}(${payload})('a') FORMAT Null`)) found.push(name);
  }
  expect(found).toEqual([]);
});

it('a function that does would be noticed', async () => {
  expect(await evaluates(`SELECT structureToProtobufSchema('a UInt8 DEFAULT ${READ}')`)).toBe(true);
});

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
