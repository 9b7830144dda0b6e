/**
 * Errors of the SQL endpoint in the words of the ClickHouse HTTP interface: clients read `Code: N. DB::Exception: … (NAME)` from the body and N from
 * `X-ClickHouse-Exception-Code`, and decide by them. Numbers are ClickHouse's own.
 */
const KINDS = {
  SYNTAX_ERROR: { code: 62, status: 400 },
  UNKNOWN_TABLE: { code: 60, status: 404 },
  UNKNOWN_DATABASE: { code: 81, status: 404 },
  UNKNOWN_FORMAT: { code: 73, status: 400 },
  UNKNOWN_SETTING: { code: 115, status: 400 },
  BAD_ARGUMENTS: { code: 36, status: 400 },
  UNKNOWN_QUERY_PARAMETER: { code: 456, status: 400 },
  QUERY_IS_TOO_LARGE: { code: 191, status: 413 },
  READONLY: { code: 164, status: 403 },
  ACCESS_DENIED: { code: 497, status: 403 },
  AUTHENTICATION_FAILED: { code: 516, status: 401 },
  TOO_MANY_SIMULTANEOUS_QUERIES: { code: 202, status: 429 },
  SERVER_OVERLOADED: { code: 745, status: 503 },
} as const; // biome-ignore format: a table, one row a line

export type RefusalName = keyof typeof KINDS;

/** Daybook itself declines the statement: nothing of it reached the engine. */
export class SqlRefusal extends Error {
  readonly kind: RefusalName;

  /** `detail`: one sentence that names the very thing and, where there is one, the way that works. */
  constructor(kind: RefusalName, detail: string) {
    super(detail);
    this.name = 'SqlRefusal';
    this.kind = kind;
  }

  get code(): number {
    return KINDS[this.kind].code;
  }

  get status(): number {
    return KINDS[this.kind].status;
  }

  /** The body that ClickHouse clients expect. */
  get text(): string {
    return `Code: ${this.code}. DB::Exception: ${this.message} (${this.kind})\n`;
  }
}

/** Refuses what could read, write or wait outside of the allowed tables. */
export function denied(detail: string): SqlRefusal {
  return new SqlRefusal('ACCESS_DENIED', detail);
}
