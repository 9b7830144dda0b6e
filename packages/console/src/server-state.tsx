import { useEffect } from 'react';
import { ApiError, ask } from './api.ts';
import { parseJson } from '@daybook/protocol';
import { lengthOf } from './time.ts';
import { useQuery } from './use-query.ts';

/** Costs the server a few microseconds, and is no read of events. */
const REFRESH_MS = 15_000;

interface Readiness {
  readonly status: 'ready' | 'degraded' | 'unready';
  readonly ledger: { readonly up: boolean; readonly code?: string };
  readonly engine: { readonly up: boolean };
  readonly index: { readonly lag_ms: number };
}

/** How far behind what is shown may be, always in sight. */
export function ServerState() {
  const { data, error, reload } = useQuery('readyz', readiness);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const [tone, words] =
    error === undefined && data !== undefined
      ? wordsOf(data)
      : error === undefined
        ? ['', 'Asking the server']
        : ['bad', 'Server unreachable'];
  return (
    <div className="nav-state" role="status">
      <span className={`dot ${tone}`} />
      {words}
    </div>
  );
}

function wordsOf({ ledger, engine, index }: Readiness): [string, string] {
  if (!ledger.up) return ['bad', 'Ledger takes no events'];
  if (!engine.up) return ['warn', 'Index restarting'];
  return index.lag_ms > 5000 ? ['warn', `Index ${lengthOf(index.lag_ms)} behind`] : ['good', 'Index up to date'];
}

async function readiness(signal: AbortSignal): Promise<Readiness> {
  try {
    return parseJson(await (await ask('/readyz', { signal })).text()) as Readiness; // oxlint-disable-line no-unsafe-type-assertion
  } catch (error) {
    // A ledger in trouble answers 503, in the same form, which `ask` takes for a failure.
    if (error instanceof ApiError && error.status === 503)
      return { status: 'unready', ledger: { up: false }, engine: { up: false }, index: { lag_ms: 0 } };
    throw error;
  }
}
