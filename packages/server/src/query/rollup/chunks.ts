import { type EngineConnection, INTERNAL_DATABASE } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { quoteString } from '../sql/lexer.ts';

export const HOURS_TABLE = `${INTERNAL_DATABASE}.hours`;
export const DAYS_TABLE = `${INTERNAL_DATABASE}.days`;
export const HOUR_MICROS = 3_600_000_000;
export const DAY_MICROS = 24 * HOUR_MICROS;
/** The fields of `days`, and where their text stands in the table of events. */
export const DAY_FIELDS: Readonly<Record<string, string>> = { user_id: 'user_id', resource: 'resource', ip_address: 'ip' };

/** Entries of one log, from idx `first` on. */
export interface Chunk {
  readonly log: string;
  readonly first: number;
  readonly entries: number;
}

/** For later questions: it may take its time, in one thread, and puts on disk what would be much memory. */
const SETTINGS =
  'SETTINGS max_threads = 1, max_execution_time = 300, max_memory_usage = 400000000, max_bytes_before_external_group_by = 200000000';

/** Counts a chunk anew, whatever there was of it; its entries are all in the table of events. Returns whether it came out whole. */
export async function makeChunk(connection: EngineConnection, chunk: Chunk, signal: AbortSignal): Promise<boolean> {
  await dropChunk(connection, chunk, signal);
  const { log, first, entries } = chunk;
  const rows = `FROM ${EVENTS_TABLE} WHERE log = ${quoteString(log)} AND idx >= ${first} AND idx < ${first + entries}`;
  await connection.command(
    `INSERT INTO ${HOURS_TABLE} (first, entries, log, hour, kind, outcome, action, source, resource_type, resource_sensitivity, country_code, n)
SELECT ${first}, ${entries}, log, intDiv(toUnixTimestamp64Micro(timestamp), ${HOUR_MICROS}) AS hour, kind, outcome, action, source, resource_type, resource_sensitivity, country_code, count()
${rows} GROUP BY log, hour, kind, outcome, action, source, resource_type, resource_sensitivity, country_code ${SETTINGS}`,
    signal,
  );
  for (const [field, text] of Object.entries(DAY_FIELDS))
    await connection.command(
      `INSERT INTO ${DAYS_TABLE} (first, entries, log, day, field, value, kind, outcome, action, resource_sensitivity, n)
SELECT ${first}, ${entries}, log, intDiv(toUnixTimestamp64Micro(timestamp), ${DAY_MICROS}) AS day, '${field}', ${text} AS value, kind, outcome, if(action = 'login', action, 'other') AS act, resource_sensitivity, count()
${rows} GROUP BY log, day, value, kind, outcome, act, resource_sensitivity ${SETTINGS}`,
      signal,
    );
  const { whole } = await foundChunks(connection, signal, `log = ${quoteString(log)} AND first = ${first} AND entries = ${entries}`);
  return whole.length > 0;
}

export async function dropChunk(connection: EngineConnection, { log, first, entries }: Chunk, signal?: AbortSignal): Promise<void> {
  for (const table of [HOURS_TABLE, DAYS_TABLE])
    await connection.command(`ALTER TABLE ${table} DROP PARTITION (${quoteString(log)}, ${entries}, ${first})`, signal);
}

export interface FoundChunks {
  readonly whole: readonly Chunk[];
  readonly broken: readonly Chunk[];
}

/**
 * The chunks that are there. One is whole when each of its four sums is the number of its entries; nothing else is kept about them, so that no crash, and no part that
 * a power cut took, can part what is said about a chunk from what is there.
 */
export async function foundChunks(connection: EngineConnection, signal: AbortSignal, which = '1'): Promise<FoundChunks> {
  const sums = await connection.rows<Chunk & { readonly field: string; readonly n: number }>(
    `SELECT log, first, entries, '' AS field, sum(n) AS n FROM ${HOURS_TABLE} WHERE ${which} GROUP BY log, first, entries UNION ALL SELECT log, first, entries, field, sum(n) AS n FROM ${DAYS_TABLE} WHERE ${which} GROUP BY log, first, entries, field`,
    { signal, lane: 'long' },
  );
  const found = new Map<string, { readonly chunk: Chunk; right: number }>();
  for (const { log, first, entries, n } of sums) {
    const one = found.get(`${log}/${entries}/${first}`) ?? { chunk: { log, first, entries }, right: 0 };
    found.set(`${log}/${entries}/${first}`, one);
    if (n === entries) one.right += 1;
  }
  const all = [...found.values()];
  const isWhole = ({ right }: { readonly right: number }): boolean => right === 1 + Object.keys(DAY_FIELDS).length;
  return {
    whole: all.filter(isWhole).map(({ chunk }) => chunk),
    broken: all.filter((one) => !isWhole(one)).map(({ chunk }) => chunk),
  };
}
