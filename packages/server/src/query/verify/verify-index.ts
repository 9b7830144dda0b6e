import { hash } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Ledger, LogId } from '../../ledger/types.ts';
import type { Engine } from '../engine/engine.ts';
import { BLOCK_ENTRIES } from '../indexer/batch.ts';
import type { IdxRange } from '../indexer/gap.ts';
import type { IndexFinding } from '../types.ts';
import { compareBlock } from './compare-block.ts';
import { DIGEST_BYTES, ExpectedRow } from './expected-row.ts';
import { HeldRows } from './held-rows.ts';
import { findingOf, joinedRuns, type Run } from './run.ts';

/**
 * Compares every row of `access_logs` with the row that its ledger entry says.
 *
 * Per block of 65,536 entries both sides make one SHA-256 over the SHA-256 of each row in idx order. ClickHouse digests what it has stored (all columns, as
 * RowBinary); the server writes the same bytes from the entry without asking ClickHouse. Only blocks that differ are looked at row by row.
 *
 * Rejected: streaming the rows out (the engine would have to sort whole rows of up to 64 kB, and all bytes would travel); inserting recomputed rows into a
 * second table and comparing the two within ClickHouse (then both sides would come from the side that is doubted, and a fault of the INSERT path would
 * cancel out); sums of row hashes (an order-free checksum can be forged).
 */
export interface VerifyIndexOptions {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** Resolves when the index has these sizes: what is merely not indexed yet is no finding. */
  readonly indexed: (sizes: Readonly<Record<LogId, number>>, signal: AbortSignal) => Promise<void>;
  readonly progress: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Blocks of one question: the engine keeps some 60 bytes for each of their rows. */
const BLOCKS_AT_ONCE = 8;
/** Rows that are made before others have their turn: about a millisecond. */
const SLICE_ROWS = 128;

export async function* verifyIndex({ engine, ledger, indexed, progress, signal: given }: VerifyIndexOptions): AsyncGenerator<IndexFinding> {
  const signal = given ?? new AbortController().signal;
  const ranges = new Map<LogId, IdxRange>();
  for (const log of ledger.logs) ranges.set(log, { from: ledger.state(log).firstIdx, to: ledger.state(log).size });
  await indexed(Object.fromEntries([...ranges].map(([log, { to }]) => [log, to])), signal);
  const all = [...ranges.values()].reduce((sum, { from, to }) => sum + to - from, 0);
  const count = counter(progress, all);
  const held = new HeldRows(engine, signal);
  for (const [log, range] of ranges) {
    for await (const run of joinedRuns(logRuns({ ledger, held, log, range, signal, count }))) yield findingOf(run);
  }
  for (const { log, rows, first, last } of await held.foreign(ledger.logs)) {
    yield findingOf({
      code: 'index_row_extra',
      log: printable(log),
      firstIdx: first,
      lastIdx: last,
      detail: `${rows} rows of a log that the ledger does not have`,
    });
  }
}

interface LogCheck {
  readonly ledger: Ledger;
  readonly held: HeldRows;
  readonly log: LogId;
  readonly range: IdxRange;
  readonly signal: AbortSignal;
  readonly count: (entries: number) => void;
}

async function* logRuns(check: LogCheck): AsyncGenerator<Run> {
  const { ledger, held, log, range } = check;
  const before = await held.before(log, range.from);
  if (before !== undefined)
    yield { code: 'index_row_extra', log, firstIdx: before.from, lastIdx: before.to - 1, detail: 'pruned from the ledger' };
  const row = new ExpectedRow(log);
  for (const blocks of groupsOf(range)) {
    const [first, last] = [blocks[0], blocks.at(-1)];
    if (first === undefined || last === undefined) continue;
    const [theirs, ours] = await Promise.all([held.blocks(log, { from: first.from, to: last.to }), expectedDigests(check, blocks, row)]);
    for (const [i, block] of blocks.entries()) {
      const expected = ours[i] ?? Buffer.alloc(0);
      const found = theirs.get(Math.floor(block.from / BLOCK_ENTRIES));
      if (found?.rows === block.to - block.from && found.digest === hash('sha256', expected, 'hex')) continue;
      yield* await compareBlock({ log, range: block, expected, held, ledger, row });
    }
  }
  yield* await beyondRuns(check);
}

/** Blocks of the range, in groups that are asked about together. */
function groupsOf({ from, to }: IdxRange): IdxRange[][] {
  const groups: IdxRange[][] = [];
  for (let at = from; at < to; ) {
    const group: IdxRange[] = [];
    for (; at < to && group.length < BLOCKS_AT_ONCE; at = group.at(-1)?.to ?? to) {
      group.push({ from: at, to: Math.min(to, (Math.floor(at / BLOCK_ENTRIES) + 1) * BLOCK_ENTRIES) });
    }
    groups.push(group);
  }
  return groups;
}

/** The digests of each block's rows, one behind the other. */
async function expectedDigests({ ledger, log, signal, count }: LogCheck, blocks: readonly IdxRange[], row: ExpectedRow): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for (const { from, to } of blocks) {
    const digests = Buffer.alloc((to - from) * DIGEST_BYTES);
    for await (const { firstIdx, count: entries, bytes, starts, ends } of ledger.read(log, from, to, signal)) {
      for (let i = 0; i < entries; i++) {
        if (i % SLICE_ROWS === SLICE_ROWS - 1) await yieldToOthers();
        row.set(firstIdx + i, bytes, starts[i] ?? 0, ends[i] ?? 0);
        digests.write(row.digest(), (firstIdx + i - from) * DIGEST_BYTES, 'latin1');
      }
      count(entries);
    }
    all.push(digests);
  }
  return all;
}

/** Rows from the ledger's end on. The log may grow meanwhile: what the ledger has by the time that the answer is here is none of them. */
async function beyondRuns({ ledger, held, log, range }: LogCheck): Promise<Run[]> {
  const found = await held.beyond(log, range.to);
  const { size } = ledger.state(log);
  const runs: Run[] = [];
  for (const idx of found.toReversed()) {
    if (idx >= size) runs.push({ code: 'index_row_extra', log, firstIdx: idx, lastIdx: idx, detail: '' });
  }
  return runs;
}

function counter(progress: (done: number, total: number) => void, total: number): (entries: number) => void {
  let done = 0;
  progress(done, total);
  return (entries) => {
    done += entries;
    progress(done, total);
  };
}

/** The name of a log that anybody may have written. */
function printable(log: string): string {
  return log.slice(0, 64).replaceAll(/[^ -~]/g, '?');
}
