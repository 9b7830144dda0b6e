import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestQuery, type TestQuery } from '../test-query.ts';
import { COLUMNS } from './columns.ts';
import { entryShape, rowShape } from './insert-shape.ts';
import { mergeTree } from './engine-clauses.ts';
import { type Migration, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations/index.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let query: TestQuery;
beforeAll(async () => {
  query = await openTestQuery();
  await query.settled();
});
afterAll(() => query.close());

/** A type as ClickHouse prints it, without what only says how it is stored. */
const bare = (text: string): string => text.replace(/ CODEC\(.*$/, '').replace(/ DEFAULT .*$/, '');

describe('migrations', () => {
  it('have numbers without gaps', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  it('make the columns that the fields ask for', async () => {
    const { connection } = await query.engine.up(AbortSignal.timeout(10_000));
    const found = await connection.rows<{ name: string; type: string; codec: string; kind: string }>(
      "SELECT name, type, compression_codec AS codec, default_kind AS kind FROM system.columns WHERE database = 'default' AND table = 'access_logs'",
    );
    const stored = found.filter(({ kind }) => kind !== 'ALIAS');
    const wanted = COLUMNS.map(({ name, definition }) => ({ name, type: bare(definition) }));
    expect(stored.map(({ name, type }) => ({ name, type })).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(stored.filter(({ codec }) => codec === '')).toEqual([]);
    expect(found.filter(({ kind }) => kind === 'ALIAS').map(({ name }) => name)).toEqual(['ip']);
  });

  it('are applied once, in order, and again after a crash in the middle of one', async () => {
    const { connection } = await query.engine.up(AbortSignal.timeout(10_000));
    expect(await migrate(connection)).toEqual([]);
    const number = MIGRATIONS.length + 1;
    const broken: Migration = {
      number,
      name: 'later',
      statements: [`CREATE TABLE IF NOT EXISTS daybook.later (a UInt8) ${mergeTree({ orderBy: 'a' })}`, 'SELECT 1 FROM daybook.absent'],
    };
    await expect(migrate(connection, [...MIGRATIONS, broken])).rejects.toThrow('absent');
    const whole = { ...broken, statements: broken.statements.slice(0, 1) };
    expect(await migrate(connection, [...MIGRATIONS, whole])).toEqual([number]);
    expect(await migrate(connection, [...MIGRATIONS, whole])).toEqual([]);
    // A schema from the future is left alone.
    await expect(migrate(connection)).rejects.toThrow('newer Daybook');
    await connection.command(`ALTER TABLE daybook.migrations DELETE WHERE number = ${number} SETTINGS mutations_sync = 2`);
  });
});

describe('an insert', () => {
  it('fills the columns of the ledger and of the fields that the batch has', () => {
    expect(entryShape('routine', 7, undefined).columns).toHaveLength(COLUMNS.length);
    const one = entryShape('routine', 7, { lo: 1, hi: 0 });
    expect(one.columns).toEqual(['recorded_at', 'kind', 'src', 'sseq', 'log', 'idx', 'action']);
    expect(one.values.slice(-2)).toEqual(['7 + rowNumberInAllBlocks()', '`event.action`']);
    const last = COLUMNS.at(-1);
    expect(entryShape('routine', 0, { lo: 0, hi: (1 << ((last?.field ?? 0) - 32)) >>> 0 }).columns.at(-1)).toBe(last?.name);
    expect(rowShape(['log', 'idx']).structure).toEqual(['log String', 'idx UInt64']);
  });
});
