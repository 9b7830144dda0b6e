import { FIELDS, type Field } from '@daybook/protocol';

/** How a column's value is written in ClickHouse's RowBinary; what a missing value means is part of the kind. */
export type ColumnKind =
  | 'string' // String or LowCardinality(String); missing = ''
  | 'enum' // Enum8; missing = `missing`
  | 'time' // DateTime64(6, 'UTC'); missing = 1970
  | 'uint8'
  | 'uint64' // missing = 0
  | 'nullable-uint64'
  | 'nullable-float64'
  | 'nullable-bool'
  | 'ip' // IPv6; missing = ::
  | 'strings'
  | 'map'
  | 'json' // String with the JSON text; missing = ''
  | 'event-id'; // String; missing = `log:idx`

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** ClickHouse type with default and codec, as it stands in CREATE TABLE. */
  readonly definition: string;
  /** Of kind `enum`: words in the order of their numbers from 1, and the word that stands for a missing value. */
  readonly words?: readonly string[];
  readonly missing?: string;
  /** Its place in FIELDS; undefined for what the ledger adds. */
  readonly field?: number;
}

/** Texts of which a part of the table has few different ones: a dictionary per part makes them small and fast to group by. */
const LOW_CARDINALITY: ReadonlySet<string> = new Set([
  'as_org', 'auth_method', 'city', 'country_code', 'environment', 'event_type', 'host', 'importance', 'location', 'method', 'protocol', 'resource_sensitivity',
  'resource_type', 'source', 'status_code', 'tenant_id', 'user_agent',
]); // biome-ignore format: a word list
/** Numbers for which 0 says something else than "not known". */
const NULLABLE: ReadonlySet<string> = new Set(['row_count', 'bytes_out', 'duration_ms']);
/** For entries of the ledger's own, which lack what every event has: never a word that claims something. */
const MISSING_WORD: Readonly<Record<string, string>> = {
  action: 'other',
  actor_type: 'unknown',
  category: 'audit',
  channel: 'api',
  outcome: 'unknown',
};

const PLAIN = 'CODEC(ZSTD(1))';
/** Times and places in a log grow by small steps. */
const STEPS = 'CODEC(Delta(8), ZSTD(1))';

function columnOf(field: Field, index: number): Column {
  const { name, type, values = [] } = field;
  const made = (kind: ColumnKind, definition: string): Column => ({ name, kind, definition, field: index });
  switch (type) {
    case 'string':
      if (name === 'event_id') return made('event-id', `String DEFAULT concat(log, ':', toString(idx)) ${PLAIN}`);
      return made('string', LOW_CARDINALITY.has(name) ? `LowCardinality(String) ${PLAIN}` : `String ${PLAIN}`);
    case 'enum': {
      const missing = MISSING_WORD[name] ?? values[0] ?? '';
      const words = values.map((word, i) => `'${word}' = ${i + 1}`).join(', ');
      return { ...made('enum', `Enum8(${words}) DEFAULT '${missing}' ${PLAIN}`), words: values, missing };
    }
    case 'time':
      return made('time', `DateTime64(6, 'UTC') ${STEPS}`);
    case 'bool':
      return made('nullable-bool', `Nullable(Bool) ${PLAIN}`);
    case 'uint':
      if (name === 'severity') return made('uint8', `UInt8 ${PLAIN}`);
      return NULLABLE.has(name) ? made('nullable-uint64', `Nullable(UInt64) ${PLAIN}`) : made('uint64', `UInt64 ${PLAIN}`);
    case 'float':
      return made('nullable-float64', `Nullable(Float64) ${PLAIN}`);
    case 'ip':
      return made('ip', `IPv6 ${PLAIN}`);
    case 'strings':
      return made('strings', `Array(String) ${PLAIN}`);
    case 'map':
      return made('map', `Map(LowCardinality(String), String) ${PLAIN}`);
    case 'json':
      return made('json', `String ${PLAIN}`);
    default:
      return type satisfies never;
  }
}

/** What the ledger knows of an entry, in front. */
export const LEDGER_COLUMNS: readonly Column[] = [
  { name: 'log', kind: 'string', definition: `LowCardinality(String) ${PLAIN}` },
  { name: 'idx', kind: 'uint64', definition: `UInt64 ${STEPS}` },
  { name: 'recorded_at', kind: 'time', definition: `DateTime64(6, 'UTC') ${STEPS}` },
  { name: 'kind', kind: 'string', definition: `LowCardinality(String) ${PLAIN}` },
  { name: 'src', kind: 'string', definition: `LowCardinality(String) ${PLAIN}` },
  { name: 'sseq', kind: 'nullable-uint64', definition: `Nullable(UInt64) ${PLAIN}` },
];

/** Every stored column of `access_logs`. */
export const COLUMNS: readonly Column[] = [...LEDGER_COLUMNS, ...FIELDS.map(columnOf)];

/** IPv4 addresses lie mapped in `ip_address`; `ip` is the text that people know, for LIKE '10.%'. */
export const IP_ALIAS = "String ALIAS if(ip_address = toIPv6('::'), '', replaceRegexpOne(IPv6NumToString(ip_address), '^::ffff:', ''))";
