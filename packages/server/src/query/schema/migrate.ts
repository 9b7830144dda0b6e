import { type EngineConnection, INTERNAL_DATABASE } from '../engine/connection.ts';
import { mergeTree } from './engine-clauses.ts';
import { MIGRATIONS } from './migrations/index.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  /** Each can be run again: ClickHouse has no transaction around DDL, a crash may come between any two. */
  readonly statements: readonly string[];
}

const TABLE = `${INTERNAL_DATABASE}.migrations`;

/** Brings the schema up to date; returns the numbers that were applied now. Throws when the schema is of a newer Daybook. */
export async function migrate(connection: EngineConnection, migrations: readonly Migration[] = MIGRATIONS): Promise<number[]> {
  await connection.command(`CREATE DATABASE IF NOT EXISTS ${INTERNAL_DATABASE}`);
  await connection.command(
    `CREATE TABLE IF NOT EXISTS ${TABLE} (number UInt32, name String, applied_at DateTime DEFAULT now()) ${mergeTree({ orderBy: 'number' })}`,
  );
  const done = new Set((await connection.rows<{ number: number }>(`SELECT DISTINCT number FROM ${TABLE}`)).map((row) => row.number));
  const newest = migrations.at(-1)?.number ?? 0;
  const beyond = [...done].filter((number) => number > newest);
  if (beyond.length > 0) {
    throw new Error(
      `the index has the schema of a newer Daybook (migration ${Math.max(...beyond)}, this one knows ${newest}); start that one, or remove the engine directory to rebuild the index from the ledger`,
    );
  }
  const applied: number[] = [];
  for (const { number, name, statements } of migrations) {
    if (done.has(number)) continue;
    for (const statement of statements) await connection.command(statement);
    await connection.command(`INSERT INTO ${TABLE} (number, name) VALUES (${number}, '${name}')`);
    applied.push(number);
  }
  return applied;
}

/** Removes the table of events and everything that the migrations made, to be made anew. */
export async function dropSchema(connection: EngineConnection): Promise<void> {
  for (const table of ['default.access_logs', 'daybook.hours', 'daybook.days'])
    await connection.command(`DROP TABLE IF EXISTS ${table} SYNC`);
  await connection.command(`DROP TABLE IF EXISTS ${TABLE} SYNC`);
}
