import type { LogId } from '../ledger/types.ts';
import type { OwnEntry } from './coverage/last.ts';
import type { Marked, MarkedQuestion } from './coverage/marked.ts';
import type { Seen, SeenQuestion } from './coverage/seen.ts';

export type { Marked, MarkedQuestion, OwnEntry, Seen, SeenQuestion };

export interface IndexState {
  readonly log: LogId;
  /** Entries idx < indexed are in `access_logs`. */
  readonly indexed: number;
  readonly ledgerSize: number;
}

export interface Query {
  /** Whether the engine was up once since the start (readyz), and whether it answers now. */
  engine(): { readonly wasUp: boolean; readonly up: boolean; readonly detail?: string; readonly version?: string };
  /** Whether look-ups are as fast as they get; once the engine is up never false for long. */
  warm(): boolean;
  /** Index progress per log; `lagMs` = age of the oldest durable entry that is not indexed, 0 when none. */
  index(): { readonly logs: readonly IndexState[]; readonly lagMs: number };
  /** Resolves when every entry idx < size of each named log is queryable. */
  indexed(sizes: Readonly<Record<LogId, number>>, signal?: AbortSignal): Promise<void>;
  /** Rebuilds `access_logs` from the ledger; reports entries done of total. Resumable; progress survives a kill. */
  reindex(progress: (done: number, total: number) => void, signal?: AbortSignal): Promise<void>;
  /** Compares what ClickHouse holds with rows recomputed from the ledger, block by block. */
  verifyIndex(progress: (done: number, total: number) => void, signal?: AbortSignal): AsyncIterable<IndexFinding>;
  /** What each source showed, by kind of access. Throws engine_unavailable. */
  seen(asked: SeenQuestion): Promise<Seen[]>;
  /** The newest event of each of these sources, whenever it was, in microseconds since 1970. */
  lastOf(sources: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** The server's own newest entry of a kind about each thing. */
  newestOwn(kind: 'daybook.source' | 'daybook.canary', signal?: AbortSignal): Promise<OwnEntry[]>;
  /** The newest event of every source since a time. */
  lastSince(sinceMicros: number, signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** Events that hold a marker. */
  marked(asked: MarkedQuestion): Promise<Marked[]>;
  close(): Promise<void>;
}

export interface IndexFinding {
  /** `index_row_differs`, `index_row_missing`, `index_row_extra`, `index_row_double` … */
  readonly code: string;
  readonly log: LogId;
  readonly firstIdx: number;
  readonly lastIdx: number;
  readonly message: string;
}
