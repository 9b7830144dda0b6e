import { DaybookError, ERRORS, type ErrorCode } from '@daybook/protocol';
import { codeOf, isRecord } from './json.ts';

/** The body of an answer that is an error (RFC 9457). `code` is what programs match on. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly advice: string;
  readonly field?: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** What the sender of a request is told of a failure. What has no code is `internal`: its message stays in the log. */
export function problemOf(error: unknown): Problem {
  const known = knownError(error);
  const { status, title, advice } = ERRORS[known.code];
  return {
    type: `urn:daybook:error:${known.code}`,
    title,
    status,
    detail: known.message,
    code: known.code,
    advice,
    ...(known.field === undefined ? {} : { field: known.field }),
  };
}

/** Fastify's own refusals in the words of the registry. */
export function knownError(error: unknown): DaybookError {
  if (error instanceof DaybookError) return error;
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : undefined;
  const status = isRecord(error) ? error['statusCode'] : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new DaybookError('body_too_large', undefined, { cause: error });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new DaybookError('media_type_unsupported', undefined, { cause: error });
  if (code === 'FST_ERR_VALIDATION') return new DaybookError('bad_request', detail, { cause: error, ...fieldOf(error) });
  if (typeof status === 'number' && status >= 400 && status < 500) return new DaybookError('bad_request', detail, { cause: error });
  return new DaybookError('internal', undefined, { cause: error });
}

/** Which parameter or member the schema refused. */
function fieldOf(error: unknown): { readonly field?: string } {
  const first: unknown = isRecord(error) && Array.isArray(error['validation']) ? error['validation'][0] : undefined;
  if (!isRecord(first)) return {};
  const params = isRecord(first['params']) ? first['params'] : {};
  const at = typeof first['instancePath'] === 'string' ? first['instancePath'].slice(1).replaceAll('/', '.') : '';
  const extra = params['additionalProperty'] ?? params['missingProperty'];
  const field = [at, extra].filter((part) => typeof part === 'string' && part !== '').join('.');
  return field === '' ? {} : { field };
}
