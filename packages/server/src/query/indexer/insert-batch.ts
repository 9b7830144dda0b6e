import { Readable } from 'node:stream';
import { ClickHouseError } from '@clickhouse/client';
import type { Logger } from 'pino';
import { paused } from '../../base/base.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { columnsOf } from '../schema/columns.ts';
import type { Batch } from './batch.ts';
import { minimalRow } from './minimal-row.ts';

/**
 * What ClickHouse says when it is short of something for now: memory, parts, disk, time, a place to run. The batch is tried again, as long as it takes. Any other
 * refusal is taken to be about the rows.
 */
const PASSING: ReadonlySet<number> = new Set([159, 160, 202, 209, 210, 236, 241, 242, 243, 252, 319, 394, 425, 999]);
const MEMORY_LIMIT = 241;
const RETRY_MS = 500;
/** Tries of a batch before even a lack of memory is taken to be about its size. */
const TRIES_BEFORE_SPLIT = 3;

export interface InsertOptions {
  readonly connection: EngineConnection;
  readonly table: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told of every entry that has only a minimal row. */
  readonly onUnindexable: (idx: number, code: string) => void;
}

/** Inserts every row of the batch. Rows that ClickHouse refuses are found by halving and put as minimal rows; throws only when the engine is gone. */
export async function insertBatch(batch: Batch, options: InsertOptions): Promise<void> {
  await insertRange(batch, { from: 0, to: batch.count }, options);
}

interface Range {
  readonly from: number;
  readonly to: number;
}

async function insertRange(batch: Batch, { from, to }: Range, options: InsertOptions): Promise<void> {
  const refusal = await tryInsert(batch, { from, to }, options);
  if (refusal === undefined) return;
  if (to - from === 1) {
    const idx = batch.firstIdx + from;
    options.log.error(
      { log: batch.log, idx, code: refusal.code },
      'an entry does not fit its row; the index has a minimal row for it, the ledger the whole',
    );
    options.onUnindexable(idx, refusal.code);
    await insertMinimal(batch, from, options);
    return;
  }
  const middle = from + Math.floor((to - from) / 2);
  await insertRange(batch, { from, to: middle }, options);
  await insertRange(batch, { from: middle, to }, options);
}

/** Undefined when the rows are in; the refusal when they can't be. */
async function tryInsert(batch: Batch, { from, to }: Range, options: InsertOptions): Promise<ClickHouseError | undefined> {
  const columns = columnsOf(batch.fields);
  for (let tries = 1; ; tries++) {
    try {
      // The bytes are not copied: the batch keeps them until the insert has ended.
      await options.connection.insert(
        options.table,
        columns,
        Readable.from([batch.lines(from, to)], { objectMode: false }),
        options.signal,
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof ClickHouseError)) throw error;
      const code = Number(error.code);
      if (!PASSING.has(code)) return error;
      if (code === MEMORY_LIMIT && tries >= TRIES_BEFORE_SPLIT && to - from > 1) return error;
      options.log.warn({ err: error, log: batch.log, rows: to - from }, 'the engine cannot take a batch now; it is tried again');
      if (!(await paused(RETRY_MS, options.signal))) throw error;
    }
  }
}

async function insertMinimal(batch: Batch, at: number, options: InsertOptions): Promise<void> {
  const { columns, line } = minimalRow(batch.lines(at, at + 1));
  await options.connection.insert(options.table, columns, Readable.from([line], { objectMode: false }), options.signal);
}
