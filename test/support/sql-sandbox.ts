import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Session } from 'chdb';
import type { SqlAnswer, SqlEngine } from '../../packages/server/src/query/sql/deps.ts';

/**
 * A real engine in a temporary directory, for tests: the tables that a server has, some rows, and beside them what no query may ever show. Not a part of the
 * product; the product's engine is a process of its own.
 */
export interface Sandbox extends SqlEngine {
  readonly dir: string;
  /** Runs anything, past the guard. */
  admin(sql: string): Promise<string>;
  close(): void;
}

/** Found in an answer it proves that a query saw what it must not. */
export const CANARY = 'canary-7f3a91';

export const TABLE = `CREATE TABLE default.access_logs (
  log LowCardinality(String), idx UInt64, recorded_at DateTime64(6,'UTC'), timestamp DateTime64(6,'UTC'), user_id String, actor_type LowCardinality(String),
  event_type LowCardinality(String), action LowCardinality(String), category LowCardinality(String), resource String, resource_type LowCardinality(String),
  ip_address Nullable(IPv6), ip_chain Array(String), outcome LowCardinality(String), severity UInt8, source LowCardinality(String), duration_ms Nullable(Float64),
  row_count Nullable(UInt64), country_code LowCardinality(String), user_agent String, query_text String, labels Map(LowCardinality(String), String), attributes String
) ENGINE = MergeTree PARTITION BY toYYYYMM(recorded_at) ORDER BY (timestamp, log, idx)`;

const ROWS = [
  { log: 'routine', idx: 0, recorded_at: '2024-01-01 00:00:00', timestamp: '2023-11-04 12:34:56', user_id: 'user_12345', actor_type: 'user', event_type: 'update', action: 'update', category: 'data', resource: 'document_56789', resource_type: '', ip_address: '::ffff:192.168.0.1', ip_chain: [], outcome: 'unknown', severity: 1, source: 'shop', duration_ms: 1.5, row_count: 3, country_code: 'NL', user_agent: 'curl/8', query_text: '', labels: { team: 'a' }, attributes: '{}' },
  { log: 'routine', idx: 1, recorded_at: '2024-01-01 00:00:01', timestamp: '2023-10-21 15:32:00', user_id: 'U12345', actor_type: 'user', event_type: 'access', action: 'access', category: 'api', resource: '/secure-data', resource_type: 'document', ip_address: '::ffff:192.168.1.10', ip_chain: ['10.0.0.1', '10.0.0.2'], outcome: 'success', severity: 1, source: 'shop', duration_ms: 12, row_count: 1, country_code: 'DE', user_agent: 'Mozilla/5.0', query_text: 'SELECT 1', labels: { team: 'b' }, attributes: '{"k":1}' },
  { log: 'important', idx: 0, recorded_at: '2024-01-01 00:00:02', timestamp: '2023-12-01 08:00:00', user_id: 'mallory', actor_type: 'user', event_type: 'login', action: 'login', category: 'authentication', resource: '/login', resource_type: '', ip_address: null, ip_chain: [], outcome: 'denied', severity: 4, source: 'sso', duration_ms: null, row_count: null, country_code: '', user_agent: '', query_text: '', labels: {}, attributes: '' },
]; // biome-ignore format: rows

export async function openSandbox(): Promise<Sandbox> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'daybook-sql-'));
  const session = new Session(path.join(dir, 'engine'));
  let last: Promise<unknown> = Promise.resolve();
  // One session runs one query at a time.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const bytesOf = async (sql: string): Promise<Buffer> => {
    try {
      return Buffer.from((await session.queryAsync(sql, { format: 'TabSeparated' })).bytes());
    } catch (error) {
      // The engine leaves the output of a query that failed in the session; the next answer would begin with it.
      await session.queryAsync('SELECT 1', { format: 'TabSeparated' });
      throw error;
    }
  };
  const admin = (sql: string): Promise<string> => inTurn(async () => (await bytesOf(sql)).toString('utf8'));
  await admin(TABLE);
  const rows = ROWS.map((row) => JSON.stringify(row)).join('\n');
  await admin(`INSERT INTO default.access_logs SETTINGS async_insert = 0 FORMAT JSONEachRow ${rows}`);
  await admin('CREATE DATABASE secret');
  // A tripwire: whoever reads it, and be it for a single bit, gets the canary in the message.
  await admin(`CREATE VIEW secret.t AS SELECT toString(throwIf(materialize(1), '${CANARY}')) AS a`);
  await admin(`CREATE VIEW default.secret AS SELECT toString(throwIf(materialize(1), '${CANARY}')) AS a`);
  return {
    dir,
    admin,
    read: (sql, { signal }) =>
      inTurn(async (): Promise<SqlAnswer> => {
        signal.throwIfAborted();
        return { stream: Readable.from([await bytesOf(sql)]) };
      }),
    close: () => {
      session.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
