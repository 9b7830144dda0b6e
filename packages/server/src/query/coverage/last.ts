import { microsToText } from '@daybook/protocol';
import type { EngineConnection } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { timeLiteral } from '../schema/literals.ts';

/** When a source was last heard: when it happened, but never later than it was recorded, so that a clock that is ahead hides no silence. */
export const LAST = 'least(timestamp, recorded_at)';

const SETTINGS = { max_execution_time: 30, max_threads: 2, max_memory_usage: '500000000' } as const;

/** The newest event of every source since a time: microseconds since 1970. Cheap, for the table lies in the order of `timestamp`. */
export async function lastSince(
  connection: EngineConnection,
  sinceMicros: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const rows = await connection.rows<{ source: string; last: number }>(
    `SELECT source, toUnixTimestamp64Micro(max(${LAST})) AS last FROM ${EVENTS_TABLE} WHERE kind = 'event' AND timestamp >= ${timeLiteral(sinceMicros)} GROUP BY source LIMIT ${SOURCES_MAX}`,
    { lane: 'long', settings: SETTINGS, ...(signal === undefined ? {} : { signal }) },
  );
  return new Map(rows.map(({ source, last }) => [source, last]));
}

/** As many as a register may name, and ten times as many that nobody registered. */
const SOURCES_MAX = 10_000;

/** The newest event of each of these sources, whenever it was: microseconds since 1970. Sources that never said anything are left out. */
export async function lastOf(
  connection: EngineConnection,
  sources: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  if (sources.length === 0) return new Map();
  const rows = await connection.rows<{ source: string; last: number }>(
    `SELECT source, toUnixTimestamp64Micro(max(${LAST})) AS last FROM ${EVENTS_TABLE} WHERE kind = 'event' AND source IN ({sources:Array(String)}) GROUP BY source`,
    { lane: 'long', settings: SETTINGS, parameters: { sources }, ...(signal === undefined ? {} : { signal }) },
  );
  return new Map(rows.map(({ source, last }) => [source, last]));
}

/** The newest entry of the server's own of a kind about each thing: what it knew when it ended. */
export interface OwnEntry {
  readonly resourceId: string;
  readonly eventType: string;
  readonly outcome: string;
  readonly statusCode: string;
  readonly reason: string;
  readonly durationMs: number | null;
  /** Canonical text. */
  readonly at: string;
}

export async function newestOwn(
  connection: EngineConnection,
  kind: 'daybook.source' | 'daybook.canary',
  signal?: AbortSignal,
): Promise<OwnEntry[]> {
  const rows = await connection.rows<{
    id: string;
    type: string;
    result: string;
    why: string;
    status: string;
    ms: number | null;
    at: number;
  }>(
    `SELECT resource_id AS id, argMax(event_type, idx) AS type, toString(argMax(outcome, idx)) AS result, argMax(reason, idx) AS why, toString(argMax(status_code, idx)) AS status,
     argMax(tuple(duration_ms), idx).1 AS ms, toUnixTimestamp64Micro(max(recorded_at)) AS at
     FROM ${EVENTS_TABLE} WHERE kind = {kind:String} GROUP BY resource_id LIMIT 10000`,
    { lane: 'long', settings: SETTINGS, parameters: { kind }, ...(signal === undefined ? {} : { signal }) },
  );
  return rows.map(({ id, type, result, why, status, ms, at }) => ({
    resourceId: id,
    eventType: type,
    outcome: result,
    statusCode: status,
    reason: why,
    durationMs: ms,
    at: microsToText(at),
  }));
}
