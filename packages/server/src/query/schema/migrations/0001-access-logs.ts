import { mergeTree } from '../engine-clauses.ts';
import type { Migration } from '../migrate.ts';

/**
 * The table of events. Frozen: what FIELDS gains later comes by a later migration, and a test holds the two together.
 *
 * - Partitions: retention is counted from `recorded_at` per log, so a log's month can be dropped as a whole; and a log is a retention class, so that what is
 *   denied lies apart from what succeeded (the set index on `outcome` then skips nearly all of the table).
 * - Compact parts below 100 MB: with 60 columns an insert of wide parts costs 12-16 µs per row, of compact ones 9.6.
 * - 2,048 rows a granule: a look-up's second step reads whole granules for single rows.
 * - Projections of (key, timestamp, log, idx) find the newest events of a user, a resource or an address without the table: 7 bytes each, of which idx takes 3. Codecs
 *   of columns do not hold in projections: with the engine's own default, LZ4, each took 11.5.
 */
export const accessLogs: Migration = {
  number: 1,
  name: 'access_logs',
  statements: [
    `CREATE TABLE IF NOT EXISTS default.access_logs (
  timestamp DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
  user_id String CODEC(ZSTD(1)),
  user_name String CODEC(ZSTD(1)),
  action Enum8('create' = 1, 'read' = 2, 'update' = 3, 'delete' = 4, 'list' = 5, 'query' = 6, 'execute' = 7, 'export' = 8, 'share' = 9, 'login' = 10, 'logout' = 11, 'connect' = 12, 'disconnect' = 13, 'grant' = 14, 'revoke' = 15, 'configure' = 16, 'deploy' = 17, 'access' = 18, 'other' = 19) DEFAULT 'other' CODEC(ZSTD(1)),
  event_type LowCardinality(String) CODEC(ZSTD(1)),
  resource String CODEC(ZSTD(1)),
  outcome Enum8('success' = 1, 'failure' = 2, 'denied' = 3, 'unknown' = 4) DEFAULT 'unknown' CODEC(ZSTD(1)),
  ip_address IPv6 CODEC(ZSTD(1)),
  duration_ms Nullable(Float64) CODEC(ZSTD(1)),
  observed_at DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
  actor_type Enum8('user' = 1, 'service' = 2, 'agent' = 3, 'system' = 4, 'anonymous' = 5, 'unknown' = 6) DEFAULT 'unknown' CODEC(ZSTD(1)),
  agent_id String CODEC(ZSTD(1)),
  auth_method LowCardinality(String) CODEC(ZSTD(1)),
  credential_id String CODEC(ZSTD(1)),
  effective_user_id String CODEC(ZSTD(1)),
  mfa Nullable(Bool) CODEC(ZSTD(1)),
  on_behalf_of String CODEC(ZSTD(1)),
  roles Array(String) CODEC(ZSTD(1)),
  session_id String CODEC(ZSTD(1)),
  user_email String CODEC(ZSTD(1)),
  bytes_out Nullable(UInt64) CODEC(ZSTD(1)),
  category Enum8('authentication' = 1, 'iam' = 2, 'data' = 3, 'api' = 4, 'http' = 5, 'file' = 6, 'session' = 7, 'config' = 8, 'audit' = 9) DEFAULT 'audit' CODEC(ZSTD(1)),
  changes String CODEC(ZSTD(1)),
  query_hash String CODEC(ZSTD(1)),
  query_text String CODEC(ZSTD(1)),
  resource_id String CODEC(ZSTD(1)),
  resource_parent String CODEC(ZSTD(1)),
  resource_sensitivity LowCardinality(String) CODEC(ZSTD(1)),
  resource_type LowCardinality(String) CODEC(ZSTD(1)),
  row_count Nullable(UInt64) CODEC(ZSTD(1)),
  target_user_id String CODEC(ZSTD(1)),
  as_org LowCardinality(String) CODEC(ZSTD(1)),
  asn UInt64 CODEC(ZSTD(1)),
  city LowCardinality(String) CODEC(ZSTD(1)),
  country_code LowCardinality(String) CODEC(ZSTD(1)),
  environment LowCardinality(String) CODEC(ZSTD(1)),
  host LowCardinality(String) CODEC(ZSTD(1)),
  ip_chain Array(String) CODEC(ZSTD(1)),
  location LowCardinality(String) CODEC(ZSTD(1)),
  user_agent LowCardinality(String) CODEC(ZSTD(1)),
  channel Enum8('app' = 1, 'gateway' = 2, 'importer' = 3, 'api' = 4, 'agent' = 5) DEFAULT 'api' CODEC(ZSTD(1)),
  method LowCardinality(String) CODEC(ZSTD(1)),
  protocol LowCardinality(String) CODEC(ZSTD(1)),
  request_id String CODEC(ZSTD(1)),
  trace_id String CODEC(ZSTD(1)),
  reason String CODEC(ZSTD(1)),
  severity UInt8 CODEC(ZSTD(1)),
  status_code LowCardinality(String) CODEC(ZSTD(1)),
  purpose String CODEC(ZSTD(1)),
  ticket_id String CODEC(ZSTD(1)),
  attributes String CODEC(ZSTD(1)),
  importance LowCardinality(String) CODEC(ZSTD(1)),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  redactions Array(String) CODEC(ZSTD(1)),
  source LowCardinality(String) CODEC(ZSTD(1)),
  tenant_id LowCardinality(String) CODEC(ZSTD(1)),
  event_id String DEFAULT concat(log, ':', toString(idx)) CODEC(ZSTD(1)),
  source_event_id String CODEC(ZSTD(1)),
  log LowCardinality(String) CODEC(ZSTD(1)),
  idx UInt64 CODEC(Delta(8), ZSTD(1)),
  recorded_at DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
  kind LowCardinality(String) CODEC(ZSTD(1)),
  src LowCardinality(String) CODEC(ZSTD(1)),
  sseq Nullable(UInt64) CODEC(ZSTD(1)),
  ip String ALIAS if(ip_address = toIPv6('::'), '', replaceRegexpOne(IPv6NumToString(ip_address), '^::ffff:', '')),
  INDEX idx_range idx TYPE minmax GRANULARITY 1,
  INDEX outcome_set outcome TYPE set(8) GRANULARITY 1,
  INDEX session_bloom session_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX event_bloom event_id TYPE bloom_filter(0.01) GRANULARITY 4,
  PROJECTION by_user_id (SELECT user_id, timestamp, log, idx ORDER BY user_id, timestamp, log, idx),
  PROJECTION by_resource (SELECT resource, timestamp, log, idx ORDER BY resource, timestamp, log, idx),
  PROJECTION by_ip_address (SELECT ip_address, timestamp, log, idx ORDER BY ip_address, timestamp, log, idx)
) ${mergeTree({
      partitionBy: '(log, toYYYYMM(recorded_at))',
      orderBy: '(timestamp, log, idx)',
      settings: {
        index_granularity: 2048,
        min_bytes_for_wide_part: 100_000_000,
        deduplicate_merge_projection_mode: "'rebuild'",
        default_compression_codec: "'ZSTD(1)'",
        lightweight_mutation_projection_mode: "'rebuild'",
      },
    })}`,
  ],
};
