import { DaybookError } from '@daybook/protocol';
import { RESERVED_PREFIX } from './walker.ts';
import { SqlRefusal } from './refusal.ts';
import { SETTINGS } from './settings.ts';

/** How a query failed, in the words of the ClickHouse HTTP interface. */
export interface SqlFailure {
  readonly status: number;
  /** ClickHouse's number, for X-ClickHouse-Exception-Code. */
  readonly code: number;
  /** The body, ended by a line feed. */
  readonly text: string;
  readonly outcome: 'denied' | 'failure';
  readonly retryAfterS?: number;
}

/** The engine's limits that a query can hit → the setting behind each. */
const LIMITS: ReadonlyMap<number, string> = new Map([
  [159, 'max_execution_time'],
  [160, 'max_execution_time'],
  [241, 'max_memory_usage'],
  [396, 'max_result_rows'],
  [158, 'max_result_rows'],
  [307, 'max_result_bytes'],
]);
const NETWORK_ERROR = 210;
const AUTHENTICATION_FAILED = 516;
const ACCESS_DENIED = 497;
/** Messages repeat the statement that ran; a screenful tells enough. */
const MESSAGE_CHARS_MAX = 4000;
const RETRY_AFTER_S = 2;

export function failureOf(error: unknown): SqlFailure {
  if (error instanceof SqlRefusal) {
    const busy = error.status === 429 || error.status === 503;
    return {
      status: error.status,
      code: error.code,
      text: error.text,
      outcome: busy ? 'failure' : 'denied',
      ...(busy ? { retryAfterS: RETRY_AFTER_S } : {}),
    };
  }
  if (error instanceof DaybookError) return ofDaybook(error);
  if (statusOf(error) === 413) return failureOf(new SqlRefusal('QUERY_IS_TOO_LARGE', 'The query is larger than the server takes.'));
  if (statusOf(error) !== undefined)
    return failureOf(new SqlRefusal('BAD_ARGUMENTS', error instanceof Error ? error.message : 'The request is not understood.'));
  const message = error instanceof Error ? error.message : String(error);
  const code = /Code: (\d+)/.exec(message)?.[1];
  if (code === undefined) return ofDaybook(new DaybookError('engine_unavailable'));
  return ofEngine(Number(code), message);
}

/** The HTTP server's own refusals carry a status of 4xx. */
function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** The engine's own message, with its position, without the names that only Daybook writes. */
function ofEngine(code: number, message: string): SqlFailure {
  const start = message.indexOf('DB::Exception: ');
  const own = (start < 0 ? message : message.slice(start)).replaceAll(RESERVED_PREFIX, '').trim();
  const clipped = own.length <= MESSAGE_CHARS_MAX ? own : `${own.slice(0, MESSAGE_CHARS_MAX)}…`;
  const setting = limitOf(code, own);
  const limit = setting === undefined ? undefined : SETTINGS.get(setting);
  const advice =
    limit === undefined
      ? ''
      : ` The limit is ${setting}: ${limit.byDefault} unless the URL says otherwise (…/sql?${setting}=N, at most ${limit.max}); or ask for less.`;
  return { status: 400, code, text: `Code: ${code}. ${start < 0 ? 'DB::Exception: ' : ''}${clipped}${advice}\n`, outcome: 'failure' };
}

/** One code says that an answer has too many rows, or too many bytes. */
function limitOf(code: number, message: string): string | undefined {
  return code === 396 && /\bbytes\b/i.test(message) ? 'max_result_bytes' : LIMITS.get(code);
}

function ofDaybook(error: DaybookError): SqlFailure {
  const code = error.code === 'unauthenticated' ? AUTHENTICATION_FAILED : error.code === 'forbidden' ? ACCESS_DENIED : NETWORK_ERROR;
  return {
    status: error.status,
    code,
    text: `Code: ${code}. DB::Exception: ${error.message} (${error.code})\n`,
    outcome: error.code === 'unauthenticated' || error.code === 'forbidden' ? 'denied' : 'failure',
    ...(error.status === 429 || error.status === 503 ? { retryAfterS: error.retryAfterS ?? RETRY_AFTER_S } : {}),
  };
}
