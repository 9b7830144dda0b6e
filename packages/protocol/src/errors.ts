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
  category_reserved: { status: 400, title: "The item claims category audit, which is for Daybook's own records.", advice: 'Leave category out, or use another.' },
  duplicate_key: { status: 400, title: 'A key stands twice in one object.', advice: 'Send each key once: nobody could tell which of the two is meant.' },
  event_empty: { status: 400, title: 'The item says nothing of an access.', advice: 'Give at least one of user_id, event_type, action, resource and ip_address.' },
  field_range: { status: 400, title: 'A value is outside of what its field takes.', advice: 'See the message and the reference of fields.' },
  field_type: { status: 400, title: 'A value is of another type than its field.', advice: 'See the message and the reference of fields.' },
  invalid_utf8: { status: 400, title: 'The text is not valid UTF-8.', advice: 'Send text in UTF-8, bytes as base64.' },
  item_too_large: { status: 400, title: 'The item is larger than the server takes.', advice: 'Send less of it: an item may have 512 KiB.' },
  json_syntax: { status: 400, title: 'The item is not JSON.', advice: 'See the message for the place.' },
  lone_surrogate: { status: 400, title: 'A text holds half of a surrogate pair, which is no Unicode.', advice: 'Repair the text where it was cut.' },
  not_an_object: { status: 400, title: 'The item is JSON, but not an object.', advice: 'Send one object per event.' },
  number_precision: { status: 400, title: 'A number would lose digits.', advice: 'Send long numbers as strings.' },
  protobuf_syntax: { status: 400, title: 'The item is not a Protocol Buffers message.', advice: 'See the message for the place; make your code from /schemas/daybook.proto.' },
  reserved_attribute: { status: 400, title: 'The attribute daybook is the server\'s own.', advice: 'Use another name.' },
  reserved_word: { status: 400, title: 'Words that begin with `daybook.` are the server\'s own.', advice: 'Use another word.' },
  server_field: { status: 400, title: 'The item sets a field that only the server sets.', advice: 'Leave it out; importers send x-daybook-src.' },
  source_not_owned: { status: 400, title: 'The token does not own the source that the item claims.', advice: 'Leave source out, or have an admin make a token with it.' },
  src_not_owned: { status: 400, title: 'The producer instance of the item is not the token\'s.', advice: 'Begin src with the token\'s name.' },
  tenant_not_owned: { status: 400, title: 'The token does not own the tenant that the item claims.', advice: 'Have an admin make a token with it.' },
  too_deep: { status: 400, title: 'The item nests deeper than 16 levels.', advice: 'Send less of it, or as text.' },
  too_many_keys: { status: 400, title: 'An object has more than 256 keys.', advice: 'Send less of it, or as a list.' },
  too_many_values: { status: 400, title: 'The item has more than 8,192 values.', advice: 'Send less of it, or as text.' },
  user_id_missing: { status: 400, title: 'The item names a kind of actor, but no actor.', advice: 'Give user_id, or actor_type anonymous, system or unknown.' },
  unauthenticated: { status: 401, title: 'The request carries no valid token.', advice: 'Send `Authorization: Bearer dbk_…`; an admin makes tokens by `daybook token create`.' },
  signature_wrong: { status: 401, title: 'The delivery is not signed with our secret.', advice: 'Set the same secret at the sender and in daybook.yaml, under capture.webhooks.' },
  sign_in_failed: { status: 401, title: 'The sign-in failed.', advice: 'Check name and password; a link opens once and for three days: ask an admin for another.' },
  logout_token_invalid: { status: 400, title: 'The logout token is not one of the provider.', advice: 'Check issuer, client id and clock at the provider; a token counts once and for five minutes.' },
  second_factor_needed: { status: 401, title: 'The account asks for a second factor.', advice: 'Send the code of the authenticator app as `totp`.' },
  csrf: { status: 403, title: 'The request does not come from a page of this server.', advice: 'Send the `csrf` of GET /v1/session as `x-csrf-token`, from the same origin; or use a token.' },
  forbidden: { status: 403, title: 'The token may not do this.', advice: 'Use a token whose role allows it: producers write, auditors read, admins do both.' },
  not_found: { status: 404, title: 'There is nothing at this address.', advice: 'See /openapi.json for the paths, /logs for the logs.' },
  method_not_allowed: { status: 405, title: 'This address does not take this method.', advice: 'See /openapi.json.' },
  request_timeout: { status: 408, title: 'The request did not arrive in time.', advice: 'Send smaller batches, or over a faster line.' },
  conflict: { status: 409, title: 'Something that exists stands in the way.', advice: 'Choose another name, or change or remove what is there.' },
  exports_full: { status: 409, title: 'There is no room for another export.', advice: 'Remove exports by DELETE /v1/exports/{id}, or choose fewer events; each leaves by itself a day after it was made.' },
  export_outdated: { status: 410, title: 'The export was made with other rights than you have now.', advice: 'Make it anew.' },
  body_too_large: { status: 413, title: 'The request body is larger than the server takes.', advice: 'Send smaller batches; nothing of this one was kept.' },
  media_type_unsupported: { status: 415, title: 'The content type or encoding is not supported.', advice: 'Send application/json, application/x-ndjson or application/x-protobuf, plain or gzip.' },
  too_busy: { status: 429, title: 'The server has as much in hand as it can hold.', advice: 'Send again after the time in Retry-After; nothing of this request was kept.' },
  too_many_attempts: { status: 429, title: 'Too many failed sign-ins.', advice: 'Wait for the time in Retry-After; an admin can make a new sign-in link at any time.' },
  headers_too_large: { status: 431, title: 'The address or the headers are longer than the server takes.', advice: 'Send long queries in the body.' },
  disk_full: { status: 503, title: 'The disk has no room; nothing was kept.', advice: 'Free space on the ledger disk; the server resumes by itself.' },
  ledger_unavailable: { status: 503, title: 'The ledger does not take entries now.', advice: 'See the server log; send again later.' },
  engine_unavailable: { status: 503, title: 'The query engine is not up.', advice: 'Events are kept meanwhile; ask again later, see /readyz.' },
  provider_unavailable: { status: 503, title: 'The OpenID Connect provider does not answer.', advice: 'Sign in by password or link meanwhile; see the server log.' },
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
