/** What a record ends with: the server's own words, which tell its kind whatever a client put before them. */
export interface End {
  readonly kind: 'connection' | 'proxy' | 'statement' | 'table';
  /** Where the statement, the table or the database of a connection ends. */
  readonly to: number;
  /** The comma before the status; the last one of a table's record. */
  readonly last: number;
  readonly status: string;
  readonly account?: string | undefined;
  readonly tls?: string | undefined;
  readonly connectionType?: string | undefined;
}

/** Behind a connection's status in the port for MySQL (connection_type_map); RDS documents the numbers of its enumeration. */
const TYPE = /,(UNDEFINED|TCP\/IP|SOCKET|NAMED_PIPE|SSL(?:\/TLS)?|SHARED_MEMORY)$/;
const TYPE_CHARS_MAX = 16;
const STATUS = /^-?\d{1,10}$/;
const TLS = /,(|TLSv?\d(?:\.\d)?|SSLv\d)$/;
const TLS_CHARS_MAX = 16;
/** Two names of at most 128 characters with their quotes. */
const ACCOUNT = /,`([^`]{0,128})`@`([^`]{0,255})`$/;
const ACCOUNT_CHARS_MAX = 400;

export function endOf(text: string): End | undefined {
  const tail = text.slice(-TYPE_CHARS_MAX);
  if (tail.endsWith(',')) return statementOfPort(text) ?? tableEnd(text);
  const type = TYPE.exec(tail);
  const whole = type === null ? text.length : text.length - type[0].length;
  const last = text.lastIndexOf(',', whole - 1);
  const status = text.slice(last + 1, whole);
  if (last < 2 || !STATUS.test(status)) return undefined;
  if (type === null && text[last - 1] === "'") return { kind: 'statement', to: last - 1, last, status };
  const connectionType = type?.[1];
  const tls = TLS.exec(text.slice(Math.max(0, last - TLS_CHARS_MAX), last));
  if (tls !== null) {
    const version = tls[1] === '' ? undefined : tls[1];
    return { kind: 'connection', to: last - tls[0].length, last, status, tls: version, connectionType };
  }
  const proxy = ACCOUNT.exec(text.slice(Math.max(0, last - ACCOUNT_CHARS_MAX), last));
  return proxy === null ? undefined : { kind: 'proxy', to: last - proxy[0].length, last, status, account: proxy[1], connectionType };
}

/** `',0,,`. A table whose name ends so is told by its operation: the first that the line names, for who is logged in has a name without commas. */
function statementOfPort(text: string): End | undefined {
  const found = /',(-?\d{1,10}),,?$/.exec(text.slice(-TYPE_CHARS_MAX));
  if (found === null || TABLE.test(OPERATION.exec(text.slice(0, HEAD_CHARS_MAX))?.[1] ?? '')) return undefined;
  const to = text.length - found[0].length;
  return { kind: 'statement', to, last: to + 1, status: found[1] ?? '' };
}

const OPERATION = /,\d{1,20},\d{1,20},([A-Z][A-Z_]{2,31}),/;
const TABLE = /^(?:READ|WRITE|CREATE|ALTER|RENAME|DROP)$/;
/** Names of server, user and host stand before the operation. */
const HEAD_CHARS_MAX = 1024;

const tableEnd = (text: string): End | undefined => {
  const last = text.length - 1;
  return last < 2 ? undefined : { kind: 'table', to: last, last, status: '' };
};
