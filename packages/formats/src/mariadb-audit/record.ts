import { type End, endOf } from './record-end.ts';

/**
 * The grammar (plugin/server_audit/server_audit.c: log_header, log_connection, log_statement_ex, log_table, log_rename), with no escapes but in the statement:
 *
 *     20240102 03:04:05,SERVER,USER,HOST[:PORT],CONNECTION,QUERY,OPERATION,   and then
 *         connection   DATABASE,[TLS],STATUS                  the version of TLS since MariaDB 12.0: `TLSv1.3`
 *         proxy        DATABASE,`ACCOUNT`@`HOST`,STATUS       whose rights the user has
 *         statement    DATABASE,'STATEMENT',STATUS            ' \ and white space escaped
 *         table        DATABASE,TABLE,                        of RENAME: DATABASE,TABLE|DATABASE.TABLE,
 *
 * To syslog without the time. In Aurora's own log the time is in microseconds since 1970. The port for MySQL (audit-plugin-for-mysql, plugin/server_audit/server_audit.cc;
 * of Amazon RDS for MySQL) has one value more: `,SSL` behind the status of a connection, nothing behind that of a statement: `',0,,`.
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
  readonly kind: 'connection' | 'proxy' | 'statement' | 'table';
  /** Whose rights a proxied user has. */
  readonly account?: string | undefined;
  /** `TLSv1.3`; `SSL`, `TCP/IP`, `SOCKET`. */
  readonly tls?: string | undefined;
  readonly connectionType?: string | undefined;
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
  proxy: /^PROXY_CONNECT$/,
  statement: /^(?:QUERY(?:_\w+)?|EXECUTE|PREPARE)$/,
  table: /^(?:READ|WRITE|CREATE|ALTER|RENAME|DROP)$/,
};
/** A line with more is an attack. */
const PLACES_MAX = 16;

/** `text` is all behind the time. undefined: no record. */
export function recordOf(text: string): AuditRecord | undefined {
  const comma = text.indexOf(',');
  const end = endOf(text);
  if (comma < 0 || end === undefined) return undefined;
  const { kind } = end;
  const places: RegExpExecArray[] = [];
  MIDDLE.lastIndex = comma + 1;
  for (let match = MIDDLE.exec(text); match !== null && places.length < PLACES_MAX; match = MIDDLE.exec(text)) {
    if (KINDS[kind].test(match[4] ?? '') && (kind !== 'connection' || (match[4] === 'FAILED_CONNECT') === (end.status !== '0')))
      places.push(match);
    // The last comma of one may be the first of the next; a name may begin anywhere within it.
    MIDDLE.lastIndex = match.index + 1;
    if ((kind === 'statement' || kind === 'table') && places.length > 0) break;
  }
  const [first] = places;
  if (first === undefined) return undefined;
  const server = text.slice(0, comma);
  return places.length > 1 ? ambiguousRecord(text, { server, end, places }) : plainRecord(text, { server, end, comma, place: first });
}

interface Found {
  readonly server: string;
  readonly end: End;
  readonly comma: number;
  readonly place: RegExpExecArray;
}

function plainRecord(text: string, { server, end, comma, place }: Found): AuditRecord | undefined {
  const [whole, host = '', connection = '', query = '', operation = ''] = place;
  const { kind, to, status, account, tls, connectionType } = end;
  const behind = place.index + whole.length;
  // A statement may hold anything, a connection's database too; what stands behind them is the server's.
  const from = kind === 'statement' ? text.indexOf(",'", behind) + 2 : kind === 'table' ? text.indexOf(',', behind) + 1 : to;
  if (from < behind || to < from - 1) return undefined;
  const isObject = kind === 'statement' || kind === 'table';
  return {
    server,
    user: text.slice(comma + 1, place.index),
    host,
    connection,
    query,
    operation,
    database: text.slice(behind, kind === 'statement' ? from - 2 : kind === 'table' ? from - 1 : to),
    object: isObject ? text.slice(from, to) : '',
    status,
    kind,
    account,
    tls,
    connectionType,
    ambiguous: undefined,
    from,
    to,
  };
}

/** Of a failed connection both the name and the database are the client's: its end alone is sure. */
function ambiguousRecord(
  text: string,
  { server, end, places }: { readonly server: string; readonly end: End; readonly places: readonly RegExpExecArray[] },
): AuditRecord {
  const operations = new Set(places.map((place) => place[4] ?? ''));
  const [operation = ''] = operations;
  const { kind, status, tls, connectionType } = end;
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
    kind,
    tls,
    connectionType,
    ambiguous: text.slice(server.length + 1, end.last),
    from: 0,
    to: 0,
  };
}
