import { DaybookError, ERRORS, type ErrorCode } from '@daybook/protocol';

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
  const { code, statusCode, message } = (error ?? {}) as { code?: unknown; statusCode?: unknown; message?: unknown };
  const detail = typeof message === 'string' ? message : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new DaybookError('body_too_large', undefined, { cause: error });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new DaybookError('media_type_unsupported', undefined, { cause: error });
  if (code === 'FST_ERR_VALIDATION') return new DaybookError('bad_request', detail, { cause: error, ...fieldOf(error) });
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new DaybookError('bad_request', detail, { cause: error });
  return new DaybookError('internal', undefined, { cause: error });
}

function fieldOf(error: unknown): { readonly field?: string } {
  const first = (error as { validation?: readonly { instancePath?: string; params?: Record<string, unknown> }[] }).validation?.[0];
  const at = first?.instancePath?.slice(1).replaceAll('/', '.');
  const extra = first?.params?.['additionalProperty'] ?? first?.params?.['missingProperty'];
  const field = [at, extra].filter((part) => typeof part === 'string' && part !== '').join('.');
  return field === '' ? {} : { field };
}
