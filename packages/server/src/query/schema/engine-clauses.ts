/**
 * The one place that decides how tables are stored: as plain MergeTree here; on a cluster the same definitions become ReplicatedMergeTree with a Distributed
 * table in front by changing this file alone.
 */
interface Storage {
  readonly partitionBy?: string;
  readonly orderBy: string;
  readonly settings?: Readonly<Record<string, number | string>>;
}

/**
 * A part that a power cut left in pieces is put aside and its rows come again from the ledger: however many there are, they must not keep the table from
 * opening (by default more than 100 do).
 */
const SURVIVES_BROKEN_PARTS = { max_suspicious_broken_parts: 1_000_000, max_suspicious_broken_parts_bytes: 1_000_000_000_000 };
/**
 * Parts that were merged into others are kept for 8 minutes by default, as a copy in case of a power cut; here the ledger is that copy, and under load they would
 * double the disk.
 */
const MERGED_PARTS_GO_SOON = { old_parts_lifetime: 30 };

export function mergeTree({ partitionBy, orderBy, settings }: Storage): string {
  const all = Object.entries({ ...SURVIVES_BROKEN_PARTS, ...MERGED_PARTS_GO_SOON, ...settings }).map(
    ([name, value]) => `${name} = ${value}`,
  );
  return `ENGINE = MergeTree${partitionBy === undefined ? '' : ` PARTITION BY ${partitionBy}`} ORDER BY ${orderBy} SETTINGS ${all.join(', ')}`;
}
