import { type JsonObject, parseJson } from '@daybook/protocol';

/**
 * The documented HTTP API, and nothing beside it. A person is known by the session's cookie, and then changes carry the session's CSRF token; or by an API token that was
 * typed in, which lives in this tab alone.
 */
const TOKEN_KEY = 'daybook.token';
const CSRF_HEADER = 'x-csrf-token';
const REFRESH_HEADER = 'x-daybook-refresh';

let csrf: string | undefined;

/** What the server refused, or that it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly advice: string;

  constructor({ status, code, detail, advice }: { status: number; code: string; detail: string; advice: string }) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.advice = advice;
  }
}

export function keepToken(token: string | undefined): void {
  if (token === undefined) sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

export function keepCsrf(token: string | undefined): void {
  csrf = token;
}

export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  readonly signal?: AbortSignal | undefined;
  /** Nobody asked: the page repeats by itself what it asked before. The server counts these instead of recording each. */
  readonly refresh?: boolean;
}

/** The answer of a request that went well; throws ApiError. */
export async function ask(path: string, { method = 'GET', body, text, signal, refresh = false }: Ask = {}): Promise<Response> {
  const headers = new Headers();
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  else if (csrf !== undefined && method !== 'GET') headers.set(CSRF_HEADER, csrf);
  if (refresh) headers.set(REFRESH_HEADER, '1');
  if (body !== undefined) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      signal: signal ?? null,
      credentials: 'same-origin',
      redirect: 'error',
      ...(body === undefined && text === undefined ? {} : { body: text ?? JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError({
      status: 0,
      code: 'unreachable',
      detail: 'The server does not answer.',
      advice: 'Check that it runs and that this machine reaches it.',
    });
  }
  if (!response.ok) throw await failure(response);
  return response;
}

export async function askJson<T>(path: string, options?: Ask): Promise<T> {
  const text = await (await ask(path, options)).text();
  // The shape is the server's contract (/openapi.json); what is shown of it is text wherever it comes from an event.
  return (text === '' ? undefined : parseJson(text)) as T; // oxlint-disable-line no-unsafe-type-assertion
}

async function failure(response: Response): Promise<ApiError> {
  const text = (await response.text()).slice(0, 4000);
  const problem = problemOf(text);
  const word = (name: string) => (typeof problem?.[name] === 'string' ? problem[name] : undefined);
  return new ApiError({
    status: response.status,
    code: word('code') ?? (response.headers.get('x-clickhouse-exception-code') === null ? 'failed' : 'bad_sql'),
    detail: word('detail') ?? (text.trim() === '' ? `The server answered ${response.status}.` : text.trim()),
    advice: word('advice') ?? '',
  });
}

function problemOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined; // oxlint-disable-line no-unsafe-type-assertion
  } catch {
    return undefined;
  }
}

/** A path with its query string; undefined values are left out, lists repeat the name. */
export function address(path: string, query: Readonly<Record<string, string | number | readonly string[] | undefined>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'object' ? value : [value]) params.append(name, String(one));
  }
  return `${path}?${params}`;
}
