import { quoteString } from './lexer.ts';
import { SqlRefusal } from './refusal.ts';

/** A setting that a request may give as URL parameter. `max` set: a limit of Daybook's, an integer from 1 to `max`. */
export interface Setting {
  readonly byDefault: string;
  readonly doc: string;
  readonly max?: number;
}

const MB = 1_000_000;

/**
 * Limits first. Defaults keep one careless query from hurting the others; the largest value that a request may ask for keeps any query from taking the
 * machine: server and engine together are to stay below 1.5 GB.
 */
export const SETTINGS: ReadonlyMap<string, Setting> = new Map(
  Object.entries({
    max_execution_time: { byDefault: '30', max: 600, doc: 'Seconds that a query may run.' },
    max_memory_usage: { byDefault: String(400 * MB), max: 800 * MB, doc: 'Bytes of memory that a query may hold.' },
    max_result_rows: { byDefault: String(1 * MB), max: 100 * MB, doc: 'Rows that a query may return.' },
    max_result_bytes: { byDefault: String(1000 * MB), max: 20_000 * MB, doc: 'Bytes that a query may return.' },
    date_time_output_format: { byDefault: 'simple', doc: 'simple, iso or unix_timestamp.' },
    output_format_json_quote_64bit_integers: { byDefault: '0', doc: 'Quote 64-bit integers in JSON.' },
    output_format_json_quote_denormals: { byDefault: '0', doc: 'Quote nan and inf in JSON.' },
    output_format_json_quote_decimals: { byDefault: '0', doc: 'Quote decimals in JSON.' },
    output_format_json_named_tuples_as_objects: { byDefault: '1', doc: 'Named tuples as JSON objects.' },
    output_format_json_array_of_rows: { byDefault: '0', doc: 'JSONEachRow as one array.' },
    output_format_json_escape_forward_slashes: { byDefault: '1', doc: 'Escape / in JSON.' },
    output_format_native_use_flattened_dynamic_and_json_serialization: { byDefault: '0', doc: 'Flat Dynamic and JSON columns in Native.' },
    output_format_native_encode_types_in_binary_format: { byDefault: '0', doc: 'Types in binary form in Native.' },
    output_format_binary_write_json_as_string: { byDefault: '0', doc: 'JSON columns as strings in RowBinary.' },
    output_format_arrow_string_as_string: { byDefault: '1', doc: 'Strings as Arrow strings.' },
    output_format_parquet_string_as_string: { byDefault: '1', doc: 'Strings as Parquet strings.' },
    output_format_pretty_max_rows: { byDefault: '1000', doc: 'Rows that Pretty formats show.' },
    output_format_pretty_color: { byDefault: '0', doc: 'Colours in Pretty formats.' },
    output_format_csv_crlf_end_of_line: { byDefault: '0', doc: 'CRLF in CSV.' },
    format_csv_delimiter: { byDefault: ',', doc: 'Delimiter of CSV.' },
    session_timezone: { byDefault: '', doc: 'Time zone of dates without one.' },
    extremes: { byDefault: '0', doc: 'Minimum and maximum behind the rows.' },
    join_use_nulls: { byDefault: '0', doc: 'NULL for what an outer join did not find.' },
    group_by_use_nulls: { byDefault: '0', doc: 'NULL keys in ROLLUP and CUBE.' },
    prefer_column_name_to_alias: { byDefault: '0', doc: 'A column wins over an alias of the same name.' },
    union_default_mode: { byDefault: '', doc: 'ALL or DISTINCT for a bare UNION.' },
    transform_null_in: { byDefault: '0', doc: 'NULL equals NULL for IN.' },
    cast_keep_nullable: { byDefault: '0', doc: 'CAST keeps Nullable.' },
  } satisfies Record<string, Setting>),
); // biome-ignore format: a table, one row a line

/**
 * Settings and parameters that known clients send although nothing depends on them here: the statement is read-only, has no session, and its speed and memory
 * are Daybook's to decide. They are accepted and do nothing.
 */
const IGNORED =
  /^(?:readonly|session_id|session_check|session_timeout|role|quota_key|client_protocol_version|http_.*|send_progress_in_http_headers|cancel_http_readonly_queries_on_client_close|add_http_cors_header|log_.*|max_threads|max_block_size|max_insert_.*|insert_.*|async_insert.*|wait_for_async_insert.*|wait_end_of_query|buffer_size|input_format_.*|use_query_cache|query_cache_.*|allow_experimental_.*|enable_.*|connect_timeout.*|receive_timeout|send_timeout|network_compression_.*|max_query_size|result_overflow_mode|timeout_overflow_mode|mutations_sync|select_sequential_consistency|format_.*|output_format_.*|user_agent|client_name|stacktrace|close_session|database|fallback_to_stale_replicas_for_distributed_queries|distributed_.*|optimize_.*|load_balancing|max_bytes_to_read|max_rows_to_read|read_overflow_mode|max_network_.*|priority|allow_.*|compatibility.*|throw_if_.*|progress.*|interactive_delay|show_table_uuid_in_table_create_query_if_not_nil)$/;

/** Always set: what the guard let through still may not write, reach out or wait for ever. */
const FIXED: ReadonlyMap<string, string> = new Map([
  ['readonly', '1'],
  ['result_overflow_mode', 'throw'],
  ['timeout_overflow_mode', 'throw'],
  ['max_threads', '2'],
  // `ip`, the readable twin of `ip_address`, is an alias column.
  ['asterisk_include_alias_columns', '1'],
  ['max_ast_depth', '1000'],
  ['max_ast_elements', '100000'],
  ['max_expanded_ast_elements', '1000000'],
  ['max_subquery_depth', '100'],
  ['function_range_max_elements_in_block', '50000000'],
  ['max_bytes_before_external_group_by', '0'],
  ['max_bytes_before_external_sort', '0'],
  ['use_query_cache', '0'],
]);

/** What a value may look like: no setting that is taken needs more, and it is written into the statement as a literal anyway. */
const VALUE = /^[\x20-\x7e]{0,64}$/;

export function isIgnoredSetting(name: string): boolean {
  return !SETTINGS.has(name) && IGNORED.test(name);
}

/** Checks the settings of a request; those that are only tolerated vanish. */
export function chosenSettings(given: Iterable<readonly [string, string]>): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const [name, value] of given) {
    const setting: Setting | undefined = SETTINGS.get(name);
    if (setting === undefined) {
      if (IGNORED.test(name)) continue;
      throw new SqlRefusal(
        'UNKNOWN_SETTING',
        `Daybook does not take the setting ${name.slice(0, 80)}; SELECT name, description FROM system.settings lists those that it takes.`,
      );
    }
    if (!VALUE.test(value)) throw new SqlRefusal('BAD_ARGUMENTS', `The value of the setting ${name} is not understood.`);
    chosen.set(name, setting.max === undefined ? value : bounded(name, value, setting));
  }
  return chosen;
}

function bounded(name: string, value: string, setting: Setting): string {
  const number = Number(value);
  // 0 means "no limit" to ClickHouse: here it means as much as may be asked for.
  if (number === 0) return String(setting.max);
  if (!Number.isFinite(number) || number < 0) throw new SqlRefusal('BAD_ARGUMENTS', `${name} is a number from 1 to ${setting.max}.`);
  return String(Math.min(Math.max(1, Math.floor(number)), setting.max ?? number));
}

/**
 * The SETTINGS clause at the end of the statement that runs. EXPLAIN runs as a subquery, for its format to hold, and the engine counts that as a write: there
 * the guard stands alone.
 */
export function settingsClause(
  chosen: ReadonlyMap<string, string>,
  explains = false,
  own: ReadonlyMap<string, string> = new Map(),
): string {
  const all = new Map<string, string>();
  for (const [name, setting] of SETTINGS) if (setting.max !== undefined) all.set(name, setting.byDefault);
  for (const [name, value] of chosen) all.set(name, value);
  for (const [name, value] of own) all.set(name, value);
  for (const [name, value] of FIXED) if (!explains || name !== 'readonly') all.set(name, value);
  return `SETTINGS ${[...all].map(([name, value]) => `${name} = ${/^[0-9]{1,15}$/.test(value) ? value : quoteString(value)}`).join(', ')}`;
}
