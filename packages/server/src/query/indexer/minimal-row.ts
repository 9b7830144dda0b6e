import { parseJson } from '@daybook/protocol';

/** `event_type` of a row that stands for an entry which ClickHouse did not take as it is. */
export const UNINDEXABLE = 'daybook.unindexable';

/** Members of a minimal row. */
export const MINIMAL_COLUMNS = [
  'log',
  'idx',
  'recorded_at',
  'kind',
  'src',
  'sseq',
  'timestamp',
  'observed_at',
  'event_type',
  'attributes',
] as const;
const KEPT = ['log', 'idx', 'recorded_at', 'kind', 'src', 'sseq'] as const;

/** From a row's line the one that surely fits: what the ledger knows, and the event as text in `attributes`, so that it can be found and read. */
export function minimalRow(line: Buffer): Buffer {
  const row: unknown = parseJson(line.toString('utf8'));
  const all: Record<string, unknown> = typeof row === 'object' && row !== null ? { ...row } : {};
  const kept: Record<string, unknown> = {};
  for (const name of KEPT) {
    if (all[name] !== undefined) kept[name] = all[name];
    delete all[name];
  }
  // When it happened is not known to fit either; when it was recorded is.
  const minimal = {
    ...kept,
    timestamp: kept['recorded_at'],
    observed_at: kept['recorded_at'],
    event_type: UNINDEXABLE,
    attributes: JSON.stringify(all),
  };
  return Buffer.from(`${JSON.stringify(minimal)}\n`);
}
