import { parseJson } from '@daybook/protocol';
import { isRecord } from '../../base/json.ts';
import type { Scope } from '../../base/policy.ts';
import { inScope, masked } from '../../base/scope.ts';
import type { EntryChunk, Ledger } from '../../ledger/types.ts';
import { rowLine } from '../indexer/row-bytes.ts';
import type { Hit } from './find.ts';

/** Entries that one compressed piece of a sealed segment holds: reading one costs as much as reading all of them. */
const BUNDLE_ENTRIES = 256;
/** Pieces in hand at a time: inflating runs on libuv's four threads. */
const READS_AT_A_TIME = 8;

/**
 * The rows of hits as JSON texts, in their order, made from the ledger's own bytes and not from the table: reading whole rows of a table with 60 columns takes ten times as
 * long, and what a look-up shows is then what can be proven. Empty for an entry outside of the scope.
 */
export async function rowsOf(ledger: Ledger, hits: readonly Hit[], signal: AbortSignal, scope: Scope | null = null): Promise<string[]> {
  const rows: string[] = hits.map(() => '');
  const pieces = piecesOf(hits);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let piece = pieces[next++]; piece !== undefined; piece = pieces[next++]) {
      for await (const chunk of ledger.read(piece.log, piece.from, piece.to, signal)) {
        for (const { at, idx } of piece.wanted) {
          const i = idx - chunk.firstIdx;
          if (i >= 0 && i < chunk.count) rows[at] = scoped(scope, rowText(chunk, i));
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(READS_AT_A_TIME, pieces.length) }, worker));
  return rows;
}

/**
 * The row as someone with this scope sees it; empty when it is none of theirs: the index chose it, and an index can be altered, so the ledger's own bytes decide.
 */
function scoped(scope: Scope | null, row: string): string {
  if (scope === null) return row;
  const event: unknown = parseJson(row);
  if (!isRecord(event) || !inScope(scope, event['kind'], event)) return '';
  return scope.masks.length === 0 ? row : JSON.stringify(masked(scope, event));
}

interface Piece {
  readonly log: string;
  from: number;
  to: number;
  readonly wanted: { readonly at: number; readonly idx: number }[];
}

function piecesOf(hits: readonly Hit[]): Piece[] {
  const pieces = new Map<string, Piece>();
  for (const [at, { log, idx }] of hits.entries()) {
    const key = `${log} ${Math.floor(idx / BUNDLE_ENTRIES)}`;
    const piece = pieces.get(key) ?? { log, from: idx, to: idx + 1, wanted: [] };
    piece.from = Math.min(piece.from, idx);
    piece.to = Math.max(piece.to, idx + 1);
    piece.wanted.push({ at, idx });
    pieces.set(key, piece);
  }
  return [...pieces.values()];
}

function rowText({ bytes, log, firstIdx, starts, ends }: EntryChunk, i: number): string {
  const line = rowLine({ log, idx: firstIdx + i, bytes, start: starts[i] ?? 0, end: ends[i] ?? 0 });
  if (line === undefined) throw new Error(`entry ${firstIdx + i} of ${log} is not in the form of an entry`);
  return line.toString();
}
