import { useCallback, useEffect, useRef, useState } from 'react';
import { address, type ApiError, askJson } from '../api.ts';
import type { EventRow } from '../event.ts';
import { asApiError } from '../use-query.ts';

/** A page is asked for when the end comes near; small enough to be drawn at once. */
const PAGE_ROWS = 200;

interface Page {
  readonly events: readonly EventRow[];
  readonly next_cursor: string | null;
}

export interface Events {
  readonly rows: readonly EventRow[];
  readonly loading: boolean;
  readonly error: ApiError | undefined;
  /** Whether there are older ones that are not loaded. */
  readonly more: boolean;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

export interface Question {
  readonly q: string;
  readonly from: string;
  readonly to: string;
}

interface Loaded {
  readonly key?: string | undefined;
  readonly rows: readonly EventRow[];
  readonly cursor?: string | null;
  readonly error?: ApiError | undefined;
}

/** The events of a question, newest first, page by page without a ceiling. */
export function useEvents(key: string | undefined, question: Question, bySelf = false): Events {
  const [loaded, setLoaded] = useState<Loaded>({ rows: [] });
  const [turn, setTurn] = useState(0);
  const wanted = key === undefined ? undefined : `${turn} ${key}`;
  const latest = useRef<string | undefined>(undefined);
  latest.current = wanted;
  const asking = useRef(false);
  const fetchPage = useCallback(
    (cursor: string | undefined, signal?: AbortSignal) =>
      askJson<Page>(address('/v1/events', { ...question, limit: PAGE_ROWS, cursor }), { signal, refresh: bySelf && cursor === undefined }),
    [wanted],
  );
  useEffect(() => {
    if (wanted === undefined) return undefined;
    const ending = new AbortController();
    fetchPage(undefined, ending.signal).then(
      // oxlint-disable-next-line always-return
      (page) => {
        if (!ending.signal.aborted) setLoaded({ key: wanted, rows: page.events, cursor: page.next_cursor });
      },
      (error: unknown) => {
        if (!ending.signal.aborted) setLoaded({ key: wanted, rows: [], error: asApiError(error) });
      },
    );
    return () => ending.abort();
  }, [wanted]);
  const { cursor } = loaded;
  const more = loaded.key === wanted && typeof cursor === 'string';
  const loadMore = useCallback(() => {
    if (asking.current || typeof cursor !== 'string') return;
    asking.current = true;
    const belongsTo = wanted;
    fetchPage(cursor)
      .then(
        // oxlint-disable-next-line always-return
        (page) => {
          if (latest.current === belongsTo)
            setLoaded((before) => ({ ...before, rows: [...before.rows, ...page.events], cursor: page.next_cursor }));
        },
        (error: unknown) => {
          if (latest.current === belongsTo) setLoaded((before) => ({ ...before, cursor: null, error: asApiError(error) }));
        },
      )
      .finally(() => {
        asking.current = false;
      });
  }, [cursor, wanted, fetchPage]);
  return {
    rows: loaded.rows,
    loading: wanted !== undefined && loaded.key !== wanted,
    error: loaded.key === wanted ? loaded.error : undefined,
    more,
    loadMore,
    reload: () => setTurn(turn + 1),
  };
}
