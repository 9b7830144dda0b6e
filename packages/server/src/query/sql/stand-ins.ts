import { FORMATS } from './formats.ts';
import { REFUSED_FUNCTIONS } from './functions.ts';
import { quoteString } from './lexer.ts';
import { SETTINGS } from './settings.ts';

/**
 * What clients and BI tools ask of `system` and `information_schema`, answered by subqueries that are written in the place of the name. They show
 * Daybook's tables only, never a path, a host, a process, a user, a secret or another table. A subquery needs no object in the engine, so nothing has to be
 * migrated and nothing can be altered behind Daybook's back.
 *
 * Inside, columns are named through an alias that users can't write, so that no alias of the user's statement can stand for them.
 */
const T = '`daybook:t`';

/** Rows about the one table that users see. */
const OWN_TABLE = `${T}.database = 'default' AND ${T}.\`table\` = 'access_logs'`;

function from(table: string, columns: readonly string[], where?: string): string {
  const list = columns.map((column) => `${T}.\`${column}\` AS \`${column}\``).join(', ');
  return `SELECT ${list} FROM ${table} AS ${T}${where === undefined ? '' : ` WHERE ${where}`}`;
}

/** The table's own columns, and no row: it exists, and there is nothing in it for this user. */
function empty(table: string): string {
  return `SELECT * FROM ${table} AS ${T} WHERE false`;
}

function row(columns: Readonly<Record<string, string>>): string {
  return `SELECT ${Object.entries(columns).map(([name, value]) => `${value} AS \`${name}\``).join(', ')}`; // biome-ignore format: one line
}

function list(values: Iterable<string>): string {
  return [...values].map(quoteString).join(', ');
}

const DATABASES = row({
  name: "'default'",
  engine: "'Atomic'",
  data_path: "''",
  metadata_path: "''",
  uuid: "toUUID('00000000-0000-0000-0000-000000000000')",
  engine_full: "'Atomic'",
  comment: "'Access events kept by Daybook'",
  is_external: 'toUInt8(0)',
});

const tables = (eventsSql: string): string =>
  `SELECT 'default' AS database, 'access_logs' AS name, 'access_logs' AS \`table\`, toUUID('00000000-0000-0000-0000-000000000000') AS uuid,
 'MergeTree' AS engine, toUInt8(0) AS is_temporary, CAST([], 'Array(String)') AS data_paths, '' AS metadata_path,
 toDateTime(0) AS metadata_modification_time, toInt32(0) AS metadata_version, CAST([], 'Array(String)') AS dependencies_database, CAST([], 'Array(String)') AS dependencies_table,
 '' AS create_table_query, 'MergeTree' AS engine_full, '' AS as_select, 'toYYYYMM(recorded_at)' AS partition_key, 'timestamp' AS sorting_key,
 'timestamp' AS primary_key, '' AS sampling_key, 'default' AS storage_policy, CAST(${T}.rows, 'Nullable(UInt64)') AS total_rows, CAST(NULL, 'Nullable(UInt64)') AS total_bytes,
 CAST(NULL, 'Nullable(UInt64)') AS total_bytes_uncompressed, CAST(NULL, 'Nullable(UInt64)') AS lifetime_rows, CAST(NULL, 'Nullable(UInt64)') AS lifetime_bytes,
 'Access events: who did what, when, from where' AS comment, toUInt8(0) AS has_own_data, CAST([], 'Array(String)') AS loading_dependencies_database,
 CAST([], 'Array(String)') AS loading_dependencies_table, CAST([], 'Array(String)') AS loading_dependent_database, CAST([], 'Array(String)') AS loading_dependent_table
 FROM (SELECT count() AS rows FROM ${eventsSql}) AS ${T}`.replaceAll('\n', '');

const BYTES = ['data_compressed_bytes', 'data_uncompressed_bytes', 'marks_bytes'];
const COLUMNS = from(
  'system.columns',
  [
    'database', 'table', 'name', 'type', 'position', 'default_kind', 'default_expression', ...BYTES,
    'comment', 'is_in_partition_key', 'is_in_sorting_key', 'is_in_primary_key', 'is_in_sampling_key', 'compression_codec', 'character_octet_length',
    'numeric_precision', 'numeric_precision_radix', 'numeric_scale', 'datetime_precision',
  ],
  OWN_TABLE,
); // biome-ignore format: a word list
/** How large the whole table is, is more than its part. */
const COLUMNS_OF_A_PART = BYTES.reduce((sql, name) => sql.replace(`${T}.\`${name}\` AS`, 'toUInt64(0) AS'), COLUMNS);

/** Only the settings that the endpoint takes, so that clients which look before they send stay quiet about others. */
const SETTINGS_ROWS = [...SETTINGS]
  .map(([name, { byDefault, doc }]) => `(${quoteString(name)}, ${quoteString(byDefault)}, ${quoteString(doc)})`)
  .join(', ');
const SETTINGS_VIEW =
  `SELECT ${T}.s.1 AS name, ${T}.s.2 AS value, toUInt8(0) AS changed, ${T}.s.3 AS description, CAST(NULL, 'Nullable(String)') AS min,
 CAST(NULL, 'Nullable(String)') AS max, toUInt8(0) AS readonly, 'String' AS type, ${T}.s.2 AS \`default\`, '' AS alias_for, toUInt8(0) AS is_obsolete, 'Production' AS tier
 FROM (SELECT arrayJoin([${SETTINGS_ROWS}]) AS s) AS ${T}`.replaceAll('\n', '');

const FUNCTIONS = from(
  'system.functions',
  ['name', 'is_aggregate', 'case_insensitive', 'alias_to', 'create_query', 'origin', 'description'],
  `${T}.origin = 'System' AND lower(${T}.name) NOT IN (${list(REFUSED_FUNCTIONS)})`,
);

const INFORMATION_COLUMNS = 'SELECT * FROM information_schema.columns AS `daybook:t` WHERE `daybook:t`.table_schema = \'default\' AND `daybook:t`.table_name = \'access_logs\''; // biome-ignore format: one line
const informationTables = (eventsSql: string): string =>
  `SELECT 'default' AS table_catalog, 'default' AS table_schema, 'access_logs' AS table_name, 'BASE TABLE' AS table_type,
 CAST(${T}.rows, 'Nullable(UInt64)') AS table_rows, CAST(NULL, 'Nullable(UInt64)') AS data_length, CAST(NULL, 'Nullable(UInt64)') AS index_length,
 CAST('utf8mb4', 'Nullable(String)') AS table_collation, CAST('', 'Nullable(String)') AS table_comment
 FROM (SELECT count() AS rows FROM ${eventsSql}) AS ${T}`.replaceAll('\n', '');
const INFORMATION_SCHEMATA =
  `SELECT 'default' AS catalog_name, 'default' AS schema_name, 'default' AS schema_owner, CAST(NULL, 'Nullable(String)') AS default_character_set_catalog,
 CAST(NULL, 'Nullable(String)') AS default_character_set_schema, CAST(NULL, 'Nullable(String)') AS default_character_set_name, CAST(NULL, 'Nullable(String)') AS sql_path`.replaceAll(
    '\n',
    '',
  );

/** Tables that tools look into and that say nothing of Daybook. */
const EMPTY_TABLES = [
  'clusters', 'data_skipping_indices', 'dictionaries', 'macros', 'merges', 'mutations', 'parts', 'parts_columns', 'processes', 'projections', 'replicas',
  'user_defined_functions', 'view_refreshes',
]; // biome-ignore format: a word list
const EMPTY_INFORMATION = ['key_column_usage', 'referential_constraints', 'statistics', 'views', 'character_sets', 'collations', 'engines'];

/** Name as users write it → the SELECT that answers. `eventsSql`: what stands for `access_logs`. */
export const standIns = (eventsSql: string, scoped: boolean): ReadonlyMap<string, string> =>
  new Map([
    ['system.one', 'SELECT toUInt8(0) AS dummy'],
    ['system.numbers', 'SELECT number FROM numbers(1000000000)'],
    ['system.databases', DATABASES],
    ['system.tables', tables(eventsSql)],
    ['system.columns', scoped ? COLUMNS_OF_A_PART : COLUMNS],
    ['system.settings', SETTINGS_VIEW],
    ['system.functions', FUNCTIONS],
    ['system.formats', from('system.formats', ['name', 'is_input', 'is_output'], `${T}.name IN (${list(FORMATS)})`)],
    ['system.table_engines', from('system.table_engines', ['name'], `${T}.name = 'MergeTree'`)],
    ['system.table_functions', from('system.table_functions', ['name', 'description'], `${T}.name IN ('numbers', 'generate_series')`)],
    ['system.database_engines', from('system.database_engines', ['name'], `${T}.name = 'Atomic'`)],
    ['system.data_type_families', from('system.data_type_families', ['name', 'case_insensitive', 'alias_to'])],
    ['system.aggregate_function_combinators', from('system.aggregate_function_combinators', ['name', 'is_internal'])],
    ['system.time_zones', from('system.time_zones', ['time_zone'])],
    ['system.collations', from('system.collations', ['name'])],
    ['system.keywords', from('system.keywords', ['keyword'])],
    ...EMPTY_TABLES.map((name): [string, string] => [`system.${name}`, empty(`system.${name}`)]),
    ['information_schema.columns', INFORMATION_COLUMNS],
    ['information_schema.tables', informationTables(eventsSql)],
    ['information_schema.schemata', INFORMATION_SCHEMATA],
    ...EMPTY_INFORMATION.map((name): [string, string] => [`information_schema.${name}`, empty(`information_schema.${name}`)]),
  ]);
