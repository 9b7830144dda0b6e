/**
 * The grammar (plugin/server_audit/server_audit.c: log_header, log_connection, log_statement_ex, log_table, log_rename), with no escapes but in the statement:
 *
 *     20240102 03:04:05,SERVER,USER,HOST[:PORT],CONNECTION,QUERY,OPERATION,   and then
 *         connection   DATABASE,,STATUS
 *         statement    DATABASE,'STATEMENT',STATUS        ' and \ escaped, white space a blank
 *         table        DATABASE,TABLE,                    of RENAME: DATABASE,TABLE|DATABASE.TABLE,
 *
 * To syslog without the time. In Aurora's own log the time is in microseconds since 1970.
 */
export interface AuditRecord {
  readonly server: string;
  readonly user: string | undefined;
  readonly host: string | undefined;
  readonly connection: string | undefined;
  readonly query: string | undefined;
  readonly operation: string;
  readonly database: string;
  /** Statement, as it stands in the line, or table. */
  readonly object: string;
  readonly status: string;
  readonly kind: 'connection' | 'statement' | 'table';
  /** Several places look like the middle of the record, since a user name or a database may hold commas: what they claim, and none is taken. */
  readonly ambiguous: string | undefined;
  /** Where the statement stands in `text`. */
  readonly from: number;
  readonly to: number;
}

/** Host, connection, query, operation. */
const MIDDLE = /,([^,\s]{0,260}),(\d{1,20}),(\d{1,20}),([A-Z][A-Z_]{2,31}),/g;
const KINDS: Readonly<Record<AuditRecord['kind'], RegExp>> = {
  connection: /^(?:CONNECT|DISCONNECT|FAILED_CONNECT|CHANGEUSER)$/,
  statement: /^(?:QUERY(?:_\w+)?|EXECUTE|PREPARE)$/,
  table: /^(?:READ|WRITE|CREATE|ALTER|RENAME|DROP)$/,
};
/** A line with more is an attack. */
const PLACES_MAX = 16;

/** `text` is all behind the time. undefined: no record. */
export function recordOf(text: string): AuditRecord | undefined {
  const comma = text.indexOf(',');
  const kind = kindOf(text);
  if (comma < 0 || kind === undefined) return undefined;
  const places: RegExpExecArray[] = [];
  MIDDLE.lastIndex = comma + 1;
  for (let match = MIDDLE.exec(text); match !== null && places.length < PLACES_MAX; match = MIDDLE.exec(text)) {
    if (KINDS[kind].test(match[4] ?? '') && (kind !== 'connection' || isSaidBy(text, match[4] === 'FAILED_CONNECT'))) places.push(match);
    // The last comma of one may be the first of the next; a name may begin anywhere within it.
    MIDDLE.lastIndex = match.index + 1;
    if (kind !== 'connection' && places.length > 0) break;
  }
  const [first] = places;
  if (first === undefined) return undefined;
  const server = text.slice(0, comma);
  return places.length > 1 ? ambiguousRecord(text, server, places) : plainRecord(text, { server, kind, comma, place: first });
}

/** What each kind ends with is the server's own, and tells the kinds apart whatever a client put before it. */
function kindOf(text: string): AuditRecord['kind'] | undefined {
  const last = text.lastIndexOf(',');
  if (last < 2) return undefined;
  if (last === text.length - 1) return 'table';
  if (!/^-?\d{1,10}$/.test(text.slice(last + 1))) return undefined;
  return text[last - 1] === "'" ? 'statement' : text[last - 1] === ',' ? 'connection' : undefined;
}

/** A connection failed exactly if its status, which a client can't write, is not 0. */
const isSaidBy = (text: string, isFailed: boolean): boolean => isFailed !== text.endsWith(',,0');

interface Found {
  readonly server: string;
  readonly kind: AuditRecord['kind'];
  readonly comma: number;
  readonly place: RegExpExecArray;
}

function plainRecord(text: string, { server, kind, comma, place }: Found): AuditRecord | undefined {
  const [whole, host = '', connection = '', query = '', operation = ''] = place;
  const behind = place.index + whole.length;
  const last = text.lastIndexOf(',');
  const from = kind === 'statement' ? text.indexOf(",'", behind) + 2 : text.indexOf(',', behind) + 1;
  const to = kind === 'statement' ? last - 1 : last;
  if (from < behind || to < from - 1) return undefined;
  return {
    server,
    user: text.slice(comma + 1, place.index),
    host,
    connection,
    query,
    operation,
    database: text.slice(behind, kind === 'statement' ? from - 2 : from - 1),
    object: kind === 'connection' ? '' : text.slice(from, to),
    status: text.slice(last + 1),
    kind,
    ambiguous: undefined,
    from,
    to,
  };
}

/** Of a failed connection both the name and the database are the client's: its end alone is sure. */
function ambiguousRecord(text: string, server: string, places: readonly RegExpExecArray[]): AuditRecord {
  const operations = new Set(places.map((place) => place[4] ?? ''));
  const [operation = ''] = operations;
  const last = text.lastIndexOf(',');
  const status = text.slice(last + 1);
  return {
    server,
    user: undefined,
    host: undefined,
    connection: undefined,
    query: undefined,
    operation: operations.size === 1 || status !== '0' ? operation : 'CONNECT',
    database: '',
    object: '',
    status,
    kind: 'connection',
    ambiguous: text.slice(server.length + 1, last),
    from: 0,
    to: 0,
  };
}
