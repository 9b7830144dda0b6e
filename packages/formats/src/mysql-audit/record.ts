/** An audit record in whichever of the forms it was written. */
export interface AuditRecord {
  /** Class and event of JSON (`connection`, `connect`), or the name of the others (`Query`), in lower case with `_`. */
  readonly group: string;
  readonly name: string;
  /** The source's own word for it. */
  readonly type: string;
  readonly time: string;
  readonly id: string;
  readonly connection: string;
  /** Who the client says it is, and whose rights it has. */
  readonly user: string;
  readonly account: string;
  readonly proxy: string;
  readonly osUser: string;
  readonly host: string;
  readonly ip: string;
  readonly database: string;
  readonly table: string;
  readonly query: string;
  /** `create_table`; `Query`. */
  readonly sqlCommand: string;
  readonly command: string;
  readonly status: string;
  readonly more: Record<string, unknown>;
}

/**
 * `priv_user[user] @ host [ip]`, as the general log names a user (sql_class.cc, make_user_name): in the records of statements of Percona's plugin, and of
 * MySQL's in XML.
 */
export function splitUser(text: string): Pick<AuditRecord, 'user' | 'account' | 'host' | 'ip'> | undefined {
  const match = /^([^]*)\[([^]*)\] @ ([^]*) \[([^[\]]*)\]$/.exec(text.slice(0, USER_CHARS_MAX));
  if (match === null) return undefined;
  const [, account = '', user = '', host = '', ip = ''] = match;
  return { account, user, host, ip };
}

/** Two names of 32 characters, a host and an address. */
const USER_CHARS_MAX = 512;
