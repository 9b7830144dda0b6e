import { type AccessKindName, isAccessKind, microsToText } from '@daybook/protocol';
import type { EngineConnection } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { quoteString } from '../sql/lexer.ts';
import { kindExpression } from './seen.ts';

/** An event that holds a marker. */
export interface Marked {
  readonly source: string;
  readonly kind: AccessKindName;
  readonly log: string;
  readonly idx: number;
  /** Canonical text. */
  readonly recordedAt: string;
}

/** Where an action that we did ourselves leaves its marker: as a name, a path, an agent, in a statement, or unmapped. */
const PLACES = ['user_id', 'user_name', 'resource', 'resource_id', 'user_agent', 'query_text', 'attributes', 'request_id', 'reason', 'session_id', 'target_user_id']; // biome-ignore format: a word list
/** Of one action there may be several events: a request and its statements. */
const ROWS_MAX = 50;
const SETTINGS = { max_execution_time: 10, max_threads: 1, max_memory_usage: '300000000' } as const;

export interface MarkedQuestion {
  readonly marker: string;
  /** By log: the first entry that may hold it. The index of places lets the engine look at nothing older. */
  readonly from: Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
}

/** The events with this marker, behind these places. The server's own entries do not count. */
export async function markedEvents(connection: EngineConnection, { marker, from, signal }: MarkedQuestion): Promise<Marked[]> {
  const { sql, parameters } = kindExpression(null);
  const found = PLACES.map((column) => `position(${column}, {marker:String}) > 0`).join(' OR ');
  const behind = Object.entries(from).map(([log, idx]) => `(log = ${quoteString(log)} AND idx >= ${Math.floor(idx)})`);
  const rows = await connection.rows<{ source: string; access: string; log: string; idx: number; at: number }>(
    `SELECT source, ${sql} AS access, log, idx, toUnixTimestamp64Micro(recorded_at) AS at FROM ${EVENTS_TABLE}
     WHERE kind = 'event' AND (${behind.join(' OR ')}) AND (${found})
     ORDER BY recorded_at LIMIT ${ROWS_MAX}`,
    { lane: 'long', settings: SETTINGS, parameters: { ...parameters, marker }, signal },
  );
  return rows.map(({ source, access, log, idx, at }) => ({
    source,
    kind: isAccessKind(access) ? access : 'other',
    log,
    idx,
    recordedAt: microsToText(at),
  }));
}
