import type { LogId } from '../../ledger/types.ts';
import type { EngineConnection } from '../engine/connection.ts';
import { BLOCK_ENTRIES } from './batch.ts';

/** Entries [from, to) of one log. */
export interface IdxRange {
  readonly from: number;
  readonly to: number;
}

export interface Comparison {
  /** In the ledger, not in the table; ascending. */
  readonly missing: readonly IdxRange[];
  /** In the table more than once, or in the table and not in the ledger. */
  readonly wrong: readonly IdxRange[];
}

interface BlockSums {
  readonly block: number;
  readonly rows: number;
  readonly first: number;
  readonly last: number;
  /** Decimal texts of 64-bit sums. */
  readonly sum: string;
  readonly squares: string;
  readonly bits: string;
}

const TWO_64 = 1n << 64n;
/** Blocks of which single rows are looked at in one question. */
const BLOCKS_PER_LOOK = 16;

interface CompareOptions {
  readonly connection: EngineConnection;
  readonly table: string;
  readonly log: LogId;
  /** Entries that exist in the ledger. */
  readonly ledger: IdxRange;
  readonly signal: AbortSignal;
}

/**
 * What a crash of the engine can leave behind: parts that are lost, from the end or from the middle (they are not synced to disk), an insert that landed although its
 * answer never came. Count, least, greatest, sum, sum of squares and exclusive-or of the idx of each block tell whether it holds each idx once; only blocks that differ
 * are looked at row by row.
 */
export async function compareWithLedger(options: CompareOptions): Promise<Comparison> {
  const { connection, table, log, ledger, signal } = options;
  const found = await connection.rows<BlockSums>(
    `SELECT intDiv(idx, ${BLOCK_ENTRIES}) AS block, count() AS rows, min(idx) AS first, max(idx) AS last, toString(sum(idx)) AS sum, toString(sum(idx * idx)) AS squares,
      toString(groupBitXor(idx)) AS bits FROM ${table} WHERE log = {log:String} GROUP BY block ORDER BY block`,
    { parameters: { log }, signal, lane: 'long' },
  );
  const byBlock = new Map(found.map((sums) => [sums.block, sums]));
  const missing: IdxRange[] = [];
  const wrong: IdxRange[] = [];
  const toLookAt: number[] = [];
  for (let block = Math.floor(ledger.from / BLOCK_ENTRIES); block * BLOCK_ENTRIES < ledger.to; block++) {
    const range = { from: Math.max(ledger.from, block * BLOCK_ENTRIES), to: Math.min(ledger.to, (block + 1) * BLOCK_ENTRIES) };
    const sums = byBlock.get(block);
    byBlock.delete(block);
    if (sums === undefined) missing.push(range);
    else if (!holdsEachOnce(sums, range)) toLookAt.push(block);
  }
  // Blocks that the ledger does not have at all.
  for (const { first, last } of byBlock.values()) wrong.push({ from: first, to: last + 1 });
  for (let i = 0; i < toLookAt.length; i += BLOCKS_PER_LOOK) {
    const looked = await lookAt(toLookAt.slice(i, i + BLOCKS_PER_LOOK), options);
    missing.push(...looked.missing);
    wrong.push(...looked.wrong);
  }
  return { missing: joined(missing), wrong: joined(wrong) };
}

function holdsEachOnce(sums: BlockSums, { from, to }: IdxRange): boolean {
  if (sums.rows !== to - from || sums.first !== from || sums.last !== to - 1) return false;
  return sums.bits === String(xorBelow(to) ^ xorBelow(from)) && sums.sum === sumText(from, to) && sums.squares === squaresText(from, to);
}

/** Exclusive-or of 0 … n-1. */
function xorBelow(n: number): bigint {
  const last = BigInt(n) - 1n;
  switch (n & 3) {
    case 1:
      return last;
    case 2:
      return 1n;
    case 3:
      return last + 1n;
    default:
      return 0n;
  }
}

function sumText(from: number, to: number): string {
  const below = (n: bigint): bigint => (n * (n - 1n)) / 2n;
  return String((below(BigInt(to)) - below(BigInt(from))) % TWO_64);
}

function squaresText(from: number, to: number): string {
  const below = (n: bigint): bigint => ((n - 1n) * n * (2n * n - 1n)) / 6n;
  return String((below(BigInt(to)) - below(BigInt(from))) % TWO_64);
}

async function lookAt(blocks: readonly number[], { connection, table, log, ledger, signal }: CompareOptions): Promise<Comparison> {
  const rows = await connection.rows<{ idx: number; rows: number }>(
    `SELECT idx, count() AS rows FROM ${table} WHERE log = {log:String} AND intDiv(idx, ${BLOCK_ENTRIES}) IN (${blocks.join(', ')}) GROUP BY idx ORDER BY idx`,
    { parameters: { log }, signal, lane: 'long' },
  );
  const missing: IdxRange[] = [];
  const wrong: IdxRange[] = [];
  const byIdx = new Map(rows.map((row) => [row.idx, row.rows]));
  for (const [idx, count] of byIdx) if (idx < ledger.from || idx >= ledger.to || count > 1) wrong.push({ from: idx, to: idx + 1 });
  for (const block of blocks) {
    const to = Math.min(ledger.to, (block + 1) * BLOCK_ENTRIES);
    // A double is removed with all its copies, so it is missing then.
    for (let idx = Math.max(ledger.from, block * BLOCK_ENTRIES); idx < to; idx++)
      if (byIdx.get(idx) !== 1) missing.push({ from: idx, to: idx + 1 });
  }
  return { missing, wrong };
}

/** Neighbouring ranges as one. */
export function joined(ranges: readonly IdxRange[]): IdxRange[] {
  const result: { from: number; to: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to);
    else result.push({ ...range });
  }
  return result;
}
