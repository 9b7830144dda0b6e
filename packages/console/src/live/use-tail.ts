import { parseJson } from '@daybook/protocol';
import { useEffect, useRef, useState } from 'react';
import { address, type ApiError, ask } from '../api.ts';
import type { EventRow } from '../event.ts';
import { nowMs } from '../time.ts';
import { asApiError } from '../use-query.ts';

/** Rows that are kept; older ones are in the search. */
export const ROWS_MAX = 500;
/** Rows are drawn so often: each one by itself would cost more than it tells. */
const DRAW_MS = 250;
export const RATE_SECONDS = 60;
const RETRY_MS = 2000;

export interface Tail {
  readonly rows: readonly EventRow[];
  /** Came while it was paused. */
  readonly waiting: number;
  readonly state: 'connecting' | 'open' | 'broken';
  readonly error: ApiError | undefined;
  /** Events of each of the last seconds, the newest last. */
  readonly rates: readonly number[];
}

/** Follows `/v1/tail`, nothing without a query; while paused, what comes is kept and counted, not shown. */
export function useTail(query: Readonly<Record<string, readonly string[]>> | undefined, paused: boolean): Tail {
  const [tail, setTail] = useState<Tail>({ rows: [], waiting: 0, state: 'connecting', error: undefined, rates: [] });
  const isPaused = useRef(paused);
  isPaused.current = paused;
  const key = JSON.stringify(query);
  useEffect(() => {
    if (query === undefined) return undefined;
    const ending = new AbortController();
    let shown: readonly EventRow[] = [];
    let fresh: EventRow[] = [];
    let state: Tail['state'] = 'connecting';
    let error: ApiError | undefined;
    const seconds = new Map<number, number>();
    const take = (row: EventRow) => {
      fresh.push(row);
      if (fresh.length > ROWS_MAX) fresh.shift();
      const second = Math.floor(nowMs() / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    };
    const draw = () => {
      if (!isPaused.current && fresh.length > 0) {
        shown = [...fresh.toReversed(), ...shown].slice(0, ROWS_MAX);
        fresh = [];
      }
      const now = Math.floor(nowMs() / 1000);
      for (const second of seconds.keys()) if (second < now - RATE_SECONDS) seconds.delete(second);
      const rates = Array.from({ length: RATE_SECONDS }, (_, i) => seconds.get(now - RATE_SECONDS + i) ?? 0);
      setTail({ rows: shown, waiting: fresh.length, state, error, rates });
    };
    const timer = setInterval(draw, DRAW_MS);
    void follow({ query, signal: ending.signal, take, tell: (next, failed) => ([state, error] = [next, failed]) });
    return () => {
      clearInterval(timer);
      ending.abort();
    };
  }, [key]);
  return tail;
}

interface Following {
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly signal: AbortSignal;
  readonly take: (row: EventRow) => void;
  readonly tell: (state: Tail['state'], error: ApiError | undefined) => void;
}

/** Connects again after every end, behind the last event that came. A refusal is final. */
async function follow({ query, signal, take, tell }: Following): Promise<void> {
  let after: string | undefined;
  while (!signal.aborted) {
    try {
      const response = await ask(address('/v1/tail', { ...query, after }), { signal });
      tell('open', undefined);
      for await (const { id, data } of messages(response)) {
        after = id ?? after;
        if (data !== undefined) take(data);
      }
      tell('connecting', undefined);
    } catch (failed) {
      if (signal.aborted) return;
      const error = asApiError(failed);
      tell('broken', error);
      if (error.status >= 400 && error.status < 500 && error.status !== 429) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function* messages(response: Response): AsyncGenerator<{ readonly id: string | undefined; readonly data: EventRow | undefined }> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
    const blocks = (rest + next.value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const field = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
      if (field('event: ') === 'end') continue;
      const data = field('data: ');
      yield { id: field('id: '), data: data === undefined ? undefined : (parseJson(data) as EventRow) }; // oxlint-disable-line no-unsafe-type-assertion
    }
  }
}
