import { useEffect, useMemo, useState } from 'react';
import { setParams, useLocation } from './location.ts';
import { DEFAULT_RANGE, isoOf, nowMs, rangeOf, type Span, spanOf } from './time.ts';

export interface SpanState {
  readonly range: string;
  readonly span: Span;
  /** As the API takes them. */
  readonly from: string;
  readonly to: string;
  /** A range that ends now ends at the present moment again. */
  readonly refresh: () => void;
  readonly choose: (range: string | Span) => void;
  /** Whether the page asks again by itself; undefined for a range that does not end now. */
  readonly auto: boolean | undefined;
  readonly setAuto: (on: boolean) => void;
  /** Whether it was the page that asked for the present moment, and nobody else. */
  readonly bySelf: boolean;
}

/** A wall that shows the overview is looked at now and then; the server counts what it asks in between. */
const AUTO_MS = 60_000;

/** The span of time that the address names. It stands still until somebody asks for the newest. */
export function useSpan(): SpanState {
  const { params } = useLocation();
  const range = params.get('range') ?? DEFAULT_RANGE;
  const [{ turn, bySelf }, setTurn] = useState({ turn: 0, bySelf: false });
  const auto = range.includes('..') ? undefined : params.get('auto') === '1';
  const span = useMemo(() => spanOf(range, nowMs()), [range, turn]);
  useEffect(() => {
    if (auto !== true) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setTurn((before) => ({ turn: before.turn + 1, bySelf: true }));
    }, AUTO_MS);
    return () => clearInterval(timer);
  }, [auto]);
  return {
    auto,
    setAuto: (on) => setParams({ auto: on ? '1' : undefined }),
    bySelf,
    range,
    span,
    from: isoOf(span.fromMs),
    to: isoOf(span.toMs),
    refresh: () => setTurn({ turn: turn + 1, bySelf: false }),
    choose(next) {
      setTurn({ turn, bySelf: false });
      setParams({ range: typeof next === 'string' ? next : rangeOf(next) });
    },
  };
}
