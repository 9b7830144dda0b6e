import { denied } from './refusal.ts';

/**
 * Output formats: those that need no schema file, write nothing and mean something over HTTP, with the content type of ClickHouse's own answers.
 * `Template`, `CapnProto`, `Protobuf` and their like read or write files of the server and are missing for that reason.
 */
const JSON_TYPE = 'application/json; charset=UTF-8';
const LINES_TYPE = 'application/x-ndjson; charset=UTF-8';
const TSV_TYPE = 'text/tab-separated-values; charset=UTF-8';
const TEXT_TYPE = 'text/plain; charset=UTF-8';
const BYTES_TYPE = 'application/octet-stream';

const TYPES: Readonly<Record<string, string>> = {
  [JSON_TYPE]: 'JSON JSONStrings JSONCompact JSONCompactStrings JSONColumns JSONCompactColumns JSONColumnsWithMetadata JSONObjectEachRow PrettyJSONEachRow PrettyNDJSON',
  [LINES_TYPE]:
    'JSONEachRow JSONLines NDJSON JSONStringsEachRow JSONCompactEachRow JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes JSONCompactStringsEachRow JSONCompactStringsEachRowWithNames JSONCompactStringsEachRowWithNamesAndTypes JSONEachRowWithProgress JSONStringsEachRowWithProgress JSONCompactEachRowWithProgress JSONCompactStringsEachRowWithProgress',
  [TSV_TYPE]:
    'TSV TSVRaw TSVWithNames TSVWithNamesAndTypes TSVRawWithNames TSVRawWithNamesAndTypes TabSeparated TabSeparatedRaw TabSeparatedWithNames TabSeparatedWithNamesAndTypes TabSeparatedRawWithNames TabSeparatedRawWithNamesAndTypes Raw RawWithNames RawWithNamesAndTypes TSKV',
  'text/csv; charset=UTF-8; header=absent': 'CSV',
  'text/csv; charset=UTF-8; header=present': 'CSVWithNames CSVWithNamesAndTypes',
  [TEXT_TYPE]:
    'Pretty PrettyCompact PrettySpace PrettyMonoBlock PrettyCompactMonoBlock PrettySpaceMonoBlock PrettyNoEscapes PrettyCompactNoEscapes PrettySpaceNoEscapes PrettyNoEscapesMonoBlock PrettyCompactNoEscapesMonoBlock PrettySpaceNoEscapesMonoBlock Vertical Values LineAsString SQLInsert Null Hash',
  'text/markdown; charset=UTF-8': 'Markdown',
  'application/xml; charset=UTF-8': 'XML',
  [BYTES_TYPE]: 'Native RowBinary RowBinaryWithNames RowBinaryWithNamesAndTypes RawBLOB Arrow ArrowStream Parquet ORC Avro MsgPack BSONEachRow',
}; // biome-ignore format: a table

const TYPE_OF = new Map(Object.entries(TYPES).flatMap(([type, names]) => names.split(' ').map((name) => [name, type] as const)));

export const FORMATS: ReadonlySet<string> = new Set(TYPE_OF.keys());

/** ClickHouse's own default of the HTTP interface. */
export const DEFAULT_FORMAT = 'TabSeparated';

/** Formats that tell how many rows and bytes the engine has read: within a scope, those of others too. */
export function refuseProgress(format: string): void {
  if (format.endsWith('WithProgress'))
    throw denied(`The format ${format} is not available within a scope: it would tell of the whole table.`);
}

export function contentType(format: string): string {
  return TYPE_OF.get(format) ?? BYTES_TYPE;
}
