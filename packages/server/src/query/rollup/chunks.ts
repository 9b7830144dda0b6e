import { type EngineConnection, INTERNAL_DATABASE } from '../engine/connection.ts';
import { EVENTS_TABLE } from '../indexer/indexer.ts';
import { quoteString } from '../sql/lexer.ts';

export const HOURS_TABLE = `${INTERNAL_DATABASE}.hours`;
export const DAYS_TABLE = `${INTERNAL_DATABASE}.days`;
export const HOUR_MICROS = 3_600_000_000;
export const DAY_MICROS = 24 * HOUR_MICROS;
/** The fields of `days`, and where their text stands in the table of events. */
export const DAY_FIELDS: Readonly<Record<string, string>> = { user_id: 'user_id', resource: 'resource', ip_address: 'ip' };

/** The entries `number * entries` up to the next chunk's first of one log. */
export interface Chunk {
  readonly log: string;
  readonly number: number;
  readonly entries: number;
}

/** For later questions: it may take its time, in one thread, and puts on disk what would be much memory. */
const SETTINGS =
  'SETTINGS max_threads = 1, max_execution_time = 300, max_memory_usage = 400000000, max_bytes_before_external_group_by = 200000000';

/** Counts a chunk anew, whatever there was of it; its entries are all in the table of events. Returns whether it came out whole. */
export async function makeChunk(connection: EngineConnection, chunk: Chunk, signal: AbortSignal): Promise<boolean> {
  await dropChunk(connection, chunk, signal);
  const { log, number, entries } = chunk;
  const rows = `FROM ${EVENTS_TABLE} WHERE log = ${quoteString(log)} AND idx >= ${number * entries} AND idx < ${(number + 1) * entries}`;
  await connection.command(
    `INSERT INTO ${HOURS_TABLE} (chunk, log, hour, kind, outcome, action, source, resource_type, resource_sensitivity, country_code, n)
SELECT ${number}, log, intDiv(toUnixTimestamp64Micro(timestamp), ${HOUR_MICROS}) AS hour, kind, outcome, action, source, resource_type, resource_sensitivity, country_code, count()
${rows} GROUP BY log, hour, kind, outcome, action, source, resource_type, resource_sensitivity, country_code ${SETTINGS}`,
    signal,
  );
  for (const [field, text] of Object.entries(DAY_FIELDS))
    await connection.command(
      `INSERT INTO ${DAYS_TABLE} (chunk, log, day, field, value, kind, outcome, action, resource_sensitivity, n)
SELECT ${number}, log, intDiv(toUnixTimestamp64Micro(timestamp), ${DAY_MICROS}) AS day, '${field}', ${text} AS value, kind, outcome, if(action = 'login', action, 'other') AS act, resource_sensitivity, count()
${rows} GROUP BY log, day, value, kind, outcome, act, resource_sensitivity ${SETTINGS}`,
      signal,
    );
  const { whole } = await wholeChunks(connection, entries, signal, `log = ${quoteString(log)} AND chunk = ${number}`);
  return whole.get(log)?.has(number) === true;
}

export async function dropChunk(
  connection: EngineConnection,
  { log, number }: Pick<Chunk, 'log' | 'number'>,
  signal?: AbortSignal,
): Promise<void> {
  for (const table of [HOURS_TABLE, DAYS_TABLE])
    await connection.command(`ALTER TABLE ${table} DROP PARTITION (${quoteString(log)}, ${number})`, signal);
}

interface Sum {
  readonly log: string;
  readonly chunk: number;
  readonly field: string;
  readonly n: number;
}

export interface Chunks {
  readonly whole: ReadonlyMap<string, ReadonlySet<number>>;
  readonly broken: readonly Pick<Chunk, 'log' | 'number'>[];
}

/**
 * The chunks that are whole: each of their four sums is the number of their entries. Nothing else is kept about them, so that no crash, and no part that a power cut took,
 * can part what is said about a chunk from what is there.
 */
export async function wholeChunks(connection: EngineConnection, entries: number, signal: AbortSignal, which = '1'): Promise<Chunks> {
  const sums = await connection.rows<Sum>(
    `SELECT log, chunk, '' AS field, sum(n) AS n FROM ${HOURS_TABLE} WHERE ${which} GROUP BY log, chunk UNION ALL SELECT log, chunk, field, sum(n) AS n FROM ${DAYS_TABLE} WHERE ${which} GROUP BY log, chunk, field`,
    { signal, lane: 'long' },
  );
  const right = new Map<string, number>();
  const all = new Map<string, { log: string; number: number }>();
  for (const { log, chunk, n } of sums) {
    const key = `${log}/${chunk}`;
    all.set(key, { log, number: chunk });
    if (n === entries) right.set(key, (right.get(key) ?? 0) + 1);
  }
  const wanted = 1 + Object.keys(DAY_FIELDS).length;
  const whole = new Map<string, Set<number>>();
  const broken: { log: string; number: number }[] = [];
  for (const [key, { log, number }] of all) {
    if (right.get(key) !== wanted) broken.push({ log, number });
    else whole.set(log, (whole.get(log) ?? new Set()).add(number));
  }
  return { whole, broken };
}
