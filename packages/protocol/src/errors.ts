/**
 * The one registry of error codes. A code is stable: people and programs match on it. `title` is the sentence for the log and the page of
 * codes, `advice` says what the operator or the sender can do. Rejections of single items use the same codes.
 */
export interface ErrorKind {
  /** HTTP status of a request that fails so. */
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

export const ERRORS = {
  unauthenticated: { status: 401, title: 'The request carries no valid token.', advice: 'Send `Authorization: Bearer dbk_…`; an admin makes tokens by `daybook token create`.' },
  forbidden: { status: 403, title: 'The token may not do this.', advice: 'Use a token whose role allows it: producers write, auditors read, admins do both.' },
  not_found: { status: 404, title: 'There is nothing at this address.', advice: 'See /openapi.json for the paths, /logs for the logs.' },
  method_not_allowed: { status: 405, title: 'This address does not take this method.', advice: 'See /openapi.json.' },
  request_timeout: { status: 408, title: 'The request did not arrive in time.', advice: 'Send smaller batches, or over a faster line.' },
  conflict: { status: 409, title: 'Something that exists stands in the way.', advice: 'See the detail.' },
  body_too_large: { status: 413, title: 'The request body is larger than the server takes.', advice: 'Send smaller batches; nothing of this one was kept.' },
  media_type_unsupported: { status: 415, title: 'The content type or encoding is not supported.', advice: 'Send application/json or application/x-ndjson, plain or gzip.' },
  too_busy: { status: 429, title: 'The server has as much in hand as it can hold.', advice: 'Send again after the time in Retry-After; nothing of this request was kept.' },
  headers_too_large: { status: 431, title: 'The address or the headers are longer than the server takes.', advice: 'Send long queries in the body.' },
  disk_full: { status: 503, title: 'The disk has no room; nothing was kept.', advice: 'Free space on the ledger disk; the server resumes by itself.' },
  ledger_unavailable: { status: 503, title: 'The ledger does not take entries now.', advice: 'See the server log; send again later.' },
  engine_unavailable: { status: 503, title: 'The query engine is not up.', advice: 'Events are kept meanwhile; ask again later, see /readyz.' },
  shutting_down: { status: 503, title: 'The server is stopping.', advice: 'Send again after the restart.' },
  bad_request: { status: 400, title: 'The request is not understood.', advice: 'See the detail and /openapi.json.' },
  bad_setting: { status: 500, title: 'A setting is unknown or wrong.', advice: 'Correct it and start again.' },
  internal: { status: 500, title: 'Daybook failed.', advice: 'The server log has the details under the request id.' },
} as const satisfies Record<string, ErrorKind>; // biome-ignore format: a table, one row a line

export type ErrorCode = keyof typeof ERRORS;

/** A failure of an outside thing: a request, a setting, a file, the disk. Broken invariants are `assert`, not this. */
export class DaybookError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  /** Seconds, for the Retry-After header. */
  readonly retryAfterS: number | undefined;

  /** `detail`: one sentence that names the very thing; it goes to the sender, so no secret and no other sender's content. */
  constructor(
    code: ErrorCode,
    detail?: string,
    options: { readonly cause?: unknown; readonly field?: string; readonly retryAfterS?: number } = {},
  ) {
    super(detail ?? ERRORS[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DaybookError';
    this.code = code;
    this.field = options.field;
    this.retryAfterS = options.retryAfterS;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
