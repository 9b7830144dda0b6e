import type { Ledger, LogId } from '../../ledger/types.ts';
import type { IdxRange } from '../indexer/gap.ts';
import { COLUMNS } from '../schema/columns.ts';
import { DIGEST_BYTES, type ExpectedRow } from './expected-row.ts';
import type { HeldRow, HeldRows } from './held-rows.ts';
import type { Run, RunCode } from './run.ts';

/** Rows of a block of which the columns that differ are named: each is a question of its own. */
const NAMED_MAX = 100;
/** Findings of a block; what goes beyond is summed up in one of each kind. */
const RUNS_MAX = 100;

/** A block of one log whose digests differ, with the digests of the rows that it should hold. */
export interface DifferingBlock {
  readonly log: LogId;
  readonly range: IdxRange;
  readonly expected: Buffer;
  readonly held: HeldRows;
  readonly ledger: Ledger;
  readonly row: ExpectedRow;
}

/** Compares row by row and names what differs, in idx order; nothing when the block was mended meanwhile. */
export async function compareBlock(block: DifferingBlock): Promise<Run[]> {
  const { log, range, expected, held } = block;
  const byIdx = new Map((await held.rows(log, range)).map((row) => [row.idx, row]));
  const runs: Run[] = [];
  let named = 0;
  for (let idx = range.from; idx < range.to; idx++) {
    const at = (idx - range.from) * DIGEST_BYTES;
    const code = wrong(byIdx.get(idx), expected.subarray(at, at + DIGEST_BYTES));
    if (code === undefined) continue;
    const detail = code !== 'index_row_differs' ? '' : named++ < NAMED_MAX ? await differingColumns(block, idx) : 'columns not looked at';
    add(runs, { code, log, firstIdx: idx, lastIdx: idx, detail });
  }
  return runs.length <= RUNS_MAX ? runs : summedUp(runs);
}

function wrong(row: HeldRow | undefined, expected: Buffer): RunCode | undefined {
  if (row === undefined) return 'index_row_missing';
  if (row.rows > 1) return 'index_row_double';
  return row.digest === expected.toString('hex') ? undefined : 'index_row_differs';
}

async function differingColumns({ log, held, ledger, row }: DifferingBlock, idx: number): Promise<string> {
  const entry = await ledger.entry(log, idx);
  row.set(idx, entry, 0, entry.length);
  const [ours, theirs] = [row.columnDigests(), await held.columns(log, idx)];
  const names = COLUMNS.filter((_, i) => ours[i] !== theirs[i]).map(({ name }) => name);
  return names.length === 1 ? `column ${names.join()}` : `columns ${names.join(', ')}`;
}

function add(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last !== undefined && last.lastIdx + 1 === run.firstIdx && last.code === run.code && last.detail === run.detail)
    runs[runs.length - 1] = { ...last, lastIdx: run.lastIdx };
  else runs.push(run);
}

function summedUp(runs: readonly Run[]): Run[] {
  const summed = new Map<RunCode, { entries: number; run: Run }>();
  for (const run of runs.slice(RUNS_MAX)) {
    const { entries = 0, run: first = run } = summed.get(run.code) ?? {};
    summed.set(run.code, { entries: entries + run.lastIdx - run.firstIdx + 1, run: { ...first, lastIdx: run.lastIdx } });
  }
  const sums = [...summed.values()].map(({ entries, run }) => ({ ...run, detail: `${entries} entries within this range` }));
  return [...runs.slice(0, RUNS_MAX), ...sums];
}
