import { useCallback, useEffect, useState } from 'react';
import { ApiError } from './api.ts';

export interface Query<T> {
  /** Of the present key or, while that loads, of the one before. */
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** Loads what a key names, again when the key changes; an answer that comes too late is dropped. `undefined`: nothing to load. */
export function useQuery<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Query<T> {
  const [state, setState] = useState<{ key?: string | undefined; data?: T | undefined; error?: ApiError | undefined }>({});
  const [turn, setTurn] = useState(0);
  const wanted = key === undefined ? undefined : `${turn} ${key}`;
  useEffect(() => {
    if (wanted === undefined) return undefined;
    const ending = new AbortController();
    load(ending.signal).then(
      // oxlint-disable-next-line always-return
      (data) => {
        if (!ending.signal.aborted) setState({ key: wanted, data });
      },
      (error: unknown) => {
        if (!ending.signal.aborted) setState((before) => ({ key: wanted, data: before.data, error: asApiError(error) }));
      },
    );
    return () => ending.abort();
    // `load` belongs to the key: it closes over nothing else that changes.
  }, [wanted]);
  const settled = state.key === wanted;
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  return {
    data: wanted === undefined ? undefined : state.data,
    error: settled ? state.error : undefined,
    loading: wanted !== undefined && !settled,
    reload,
  };
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError({ status: 0, code: 'console_failed', detail, advice: 'Reload the page; if it comes again, report it.' });
}
