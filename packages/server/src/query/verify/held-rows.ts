import { BLOCK_ENTRIES } from '../indexer/batch.ts';
import type { IdxRange } from '../indexer/gap.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import type { Engine } from '../engine/engine.ts';
import { COLUMNS } from '../schema/columns.ts';

/**
 * A row as text has many forms that mean the same; in RowBinary it has one, and every value carries its length. (`formatRowNoNewline` would cut the line feed that a
 * last value may end in.) 512 rows at a time: entries have up to 64 kB, so
 * that a block of the longest takes some 64 MB in the engine.
 */
const binary = (names: string): string => `formatRow('RowBinary', ${names})`;
const ROW_DIGEST = `SHA256(${binary(COLUMNS.map(({ name }) => name).join(', '))})`;
const COLUMN_DIGESTS = `[${COLUMNS.map(({ name }) => `lower(hex(SHA256(${binary(name)})))`).join(', ')}]`;
const SETTINGS = { max_block_size: '512', max_threads: 1, max_execution_time: 600 } as const;
/** More rows than a block has entries tell that it differs; how many more does not matter, and must not cost memory. */
const DIGESTS_MAX = BLOCK_ENTRIES + 1;
/** Rows beyond the end that are named. */
const BEYOND_MAX = 1000;

export interface HeldBlock {
  readonly rows: number;
  /** SHA-256 over the digests of its rows in idx order, hex in small letters. */
  readonly digest: string;
}

export interface HeldRow {
  readonly idx: number;
  /** Above 1: doubled. */
  readonly rows: number;
  readonly digest: string;
}

/** Questions about what ClickHouse holds. Digests are made there, from the stored values of every column; only digests travel. */
export class HeldRows {
  private readonly engine: Engine;
  private readonly signal: AbortSignal;

  constructor(engine: Engine, signal: AbortSignal) {
    this.engine = engine;
    this.signal = signal;
  }

  /** By number of block; blocks without any row are missing. */
  async blocks(log: string, range: IdxRange): Promise<Map<number, HeldBlock>> {
    const rows = await this.ask<HeldBlock & { block: number }>(
      `SELECT intDiv(idx, ${BLOCK_ENTRIES}) AS block, count() AS rows,
        lower(hex(SHA256(arrayStringConcat(arrayMap(row -> row.2, arraySort(groupArray(${DIGESTS_MAX})((idx, ${ROW_DIGEST})))))))) AS digest
       FROM ${EVENTS_TABLE} WHERE ${within(range)} GROUP BY block`,
      { log },
    );
    return new Map(rows.map((row) => [row.block, row]));
  }

  /** One for each idx in the range that is held. */
  rows(log: string, range: IdxRange): Promise<HeldRow[]> {
    return this.ask<HeldRow>(
      `SELECT idx, count() AS rows, lower(hex(min(${ROW_DIGEST}))) AS digest FROM ${EVENTS_TABLE} WHERE ${within(range)} GROUP BY idx`,
      { log },
    );
  }

  /** SHA-256 in hex of each column's value, in the order of COLUMNS. */
  async columns(log: string, idx: number): Promise<readonly string[]> {
    const [row] = await this.ask<{ digests: string[] }>(
      `SELECT ${COLUMN_DIGESTS} AS digests FROM ${EVENTS_TABLE} WHERE ${within({ from: idx, to: idx + 1 })} LIMIT 1`,
      { log },
    );
    return row?.digests ?? [];
  }

  /** The highest idx from `from` on, at most a thousand, descending. */
  async beyond(log: string, from: number): Promise<number[]> {
    const rows = await this.ask<{ idx: number }>(
      `SELECT DISTINCT idx FROM ${EVENTS_TABLE} WHERE log = {log:String} AND idx >= ${from} ORDER BY idx DESC LIMIT ${BEYOND_MAX}`,
      { log },
    );
    return rows.map(({ idx }) => idx);
  }

  /** Rows below the first entry that exists. */
  async before(log: string, firstIdx: number): Promise<IdxRange | undefined> {
    if (firstIdx === 0) return undefined;
    const [found] = await this.ask<{ rows: number; first: number; last: number }>(
      `SELECT count() AS rows, min(idx) AS first, max(idx) AS last FROM ${EVENTS_TABLE} WHERE log = {log:String} AND idx < ${firstIdx}`,
      { log },
    );
    return found === undefined || found.rows === 0 ? undefined : { from: found.first, to: found.last + 1 };
  }

  /** Rows of logs that are none of ours. */
  foreign(
    logs: readonly string[],
  ): Promise<{ readonly log: string; readonly rows: number; readonly first: number; readonly last: number }[]> {
    return this.ask(
      `SELECT toString(log) AS log, count() AS rows, min(idx) AS first, max(idx) AS last FROM ${EVENTS_TABLE} WHERE log NOT IN {logs:Array(String)} GROUP BY log ORDER BY log LIMIT 100`,
      { logs },
    );
  }

  private ask<T>(sql: string, parameters: Readonly<Record<string, unknown>>): Promise<T[]> {
    return this.engine.connection().rows<T>(sql, { parameters, signal: this.signal, lane: 'long', settings: SETTINGS });
  }
}

function within({ from, to }: IdxRange): string {
  return `log = {log:String} AND idx >= ${from} AND idx < ${to}`;
}
