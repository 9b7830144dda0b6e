import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOWED_AGGREGATES, ALLOWED_SCALARS, REFUSED } from './function-names.ts';
import { classifyFunction } from './functions.ts';
import { openSandbox, type Sandbox } from '../../../../../test/support/sql-sandbox.ts';

let sandbox: Sandbox;
let engine: { name: string; is_aggregate: number; alias_to: string }[];

beforeAll(async () => {
  sandbox = await openSandbox();
  const answer = await sandbox.admin('SELECT name, is_aggregate, alias_to FROM system.functions FORMAT JSONEachRow');
  engine = answer.trim().split('\n').map((line) => JSON.parse(line) as (typeof engine)[number]); // biome-ignore format: one line
});

afterAll(() => sandbox.close());

describe('the list of functions', () => {
  it('names every function of the engine, allowed or refused', () => {
    expect(engine.length).toBeGreaterThan(1500);
    const listed = new Set([ALLOWED_SCALARS, ALLOWED_AGGREGATES, ...Object.values(REFUSED)].flatMap((text) => text.trim().split(/\s+/)));
    expect(engine.map(({ name }) => name).filter((name) => !listed.has(name))).toEqual([]);
    expect(engine.map(({ name }) => name).filter((name) => classifyFunction(name) === 'unknown')).toEqual([]);
  });

  it('has no name in two lists, in any spelling', () => {
    const allowed = `${ALLOWED_SCALARS} ${ALLOWED_AGGREGATES}`.toLowerCase().trim().split(/\s+/);
    const refused = Object.values(REFUSED).flatMap((text) => text.toLowerCase().trim().split(/\s+/));
    expect(allowed.filter((name) => refused.includes(name))).toEqual([]);
  });

  it('treats an alias as what it stands for', () => {
    const differing = engine.filter(({ name, alias_to }) => alias_to !== '' && classifyFunction(name) !== classifyFunction(alias_to));
    expect(differing.map(({ name }) => name).filter((name) => !['connection_id'].includes(name))).toEqual([]);
  });

  it('keeps aggregate functions that came in among the scalar ones apart', () => {
    const aggregates = new Set(ALLOWED_AGGREGATES.trim().split(/\s+/));
    const misplaced = engine.filter(
      ({ name, is_aggregate }) => classifyFunction(name) === 'allowed' && aggregates.has(name) !== (is_aggregate === 1),
    );
    expect(misplaced.map(({ name }) => name)).toEqual([]);
  });

  it('allows no scalar function that is also a table function which reads', async () => {
    const names = (await sandbox.admin('SELECT name FROM system.table_functions FORMAT TSV')).trim().split('\n');
    expect(names.filter((name) => classifyFunction(name) === 'allowed')).toEqual(['format']);
  });
});

describe('a function name', () => {
  const others = (names: string, expected: ReturnType<typeof classifyFunction>): string[] =>
    names.split(' ').filter((name) => classifyFunction(name) !== expected);

  it('is compared in any case', () => {
    expect(others('count COUNT Count CAST cast dateDiff DATE_DIFF', 'allowed')).toEqual([]);
    expect(others('file FILE File dictget DICTGET SLEEP', 'refused')).toEqual([]);
  });

  it('of an aggregate may carry combinators, of a refused or scalar one not', () => {
    expect(
      others('sumIf uniqState quantilesArrayIf countDistinct sumMapMerge anyOrNull groupArrayIfState sumForEachArgMax', 'allowed'),
    ).toEqual([]);
    expect(others('aggThrowIf fileIf upperIf dictGetState StateState sumX no_such', 'unknown')).toEqual([]);
    expect(classifyFunction('')).toBe('unknown');
  });
});
