import { Readable } from 'node:stream';
import { ClickHouseError } from '@clickhouse/client';
import type { Logger } from 'pino';
import { paused } from '../../base/base.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { entryShape, rowShape } from '../schema/insert-shape.ts';
import { type Batch, LENGTH_BYTES } from './batch.ts';
import { MINIMAL_COLUMNS, minimalRow } from './minimal-row.ts';
import { rowLine } from './row-bytes.ts';

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
  const shape = entryShape(batch.log, batch.firstIdx + from, batch.fields);
  for (let tries = 1; ; tries++) {
    try {
      // The bytes are not copied: the batch keeps them until the insert has ended.
      await options.connection.insert(
        options.table,
        shape,
        Readable.from([batch.entries(from, to)], { objectMode: false }),
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
  const bytes = batch.entries(at, at + 1);
  const idx = batch.firstIdx + at;
  // In front of an entry stand the two bytes that part it from the one before.
  const line = rowLine({ log: batch.log, idx, bytes, start: LENGTH_BYTES, end: bytes.length });
  if (line === undefined) throw new Error(`entry ${idx} of ${batch.log} is not in the form of an entry`);
  await options.connection.insert(
    options.table,
    rowShape(MINIMAL_COLUMNS),
    Readable.from([minimalRow(line)], { objectMode: false }),
    options.signal,
  );
}
